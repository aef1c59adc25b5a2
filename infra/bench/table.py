"""Figures beside what they should reach, as the README shows them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row. reached: None where there is no bound to hold it against."""

    name: str
    value: str
    bound: str = ""
    reached: bool | None = None


def at_most(name: str, value: float, bound: float, unit: str, digits: int = 2) -> Figure:
    """A figure that must not exceed its bound."""
    return Figure(name, f"{value:.{digits}f} {unit}", f"≤ {bound:g} {unit}", reached=value <= bound)


def table(figures: Sequence[Figure]) -> str:
    """A Markdown table, readable as it is."""
    rows = [("figure", "measured", "to reach", "")]
    verdicts = {True: "yes", False: "NO", None: ""}
    rows += [(f.name, f.value, f.bound, verdicts[f.reached]) for f in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
