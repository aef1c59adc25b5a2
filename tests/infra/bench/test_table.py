"""Figures against bounds."""

from __future__ import annotations

from infra.bench.table import Figure, at_most, table


def test_a_bound_is_reached_up_to_and_including_itself() -> None:
    assert at_most("x", 2.0, 2.0, "s").reached
    assert not at_most("x", 2.001, 2.0, "s").reached


def test_table_is_markdown_that_says_what_fell_short() -> None:
    text = table([at_most("build", 5.0, 4.0, "s", 1), Figure("machine", "this one")])
    assert text.splitlines() == [
        "| figure  | measured | to reach |    |",
        "|---------|----------|----------|----|",
        "| build   | 5.0 s    | ≤ 4 s    | NO |",
        "| machine | this one |          |    |",
    ]
