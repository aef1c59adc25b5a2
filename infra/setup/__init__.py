"""What `make` runs to get a checkout ready. The standard library only: nothing is installed yet."""
