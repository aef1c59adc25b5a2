"""`make bench`: the figures of the README, measured."""
