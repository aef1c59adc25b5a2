"""What the caller states about the person. Nothing here is ever guessed from a photo."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from tasks.core.digest import Digested
from tasks.core.errors import Rejected

Gender = Literal["female", "male", "neutral"]

# Newborns are about 0.5 m; the tallest person on record stood 2.72 m.
HEIGHT_M = (0.45, 2.75)
# The lightest surviving newborns to the heaviest person on record.
WEIGHT_KG = (2.0, 640.0)
AGE_YEARS = (0.0, 120.0)
# Below this stature the person is a small child, and without a stated age a unit slip is likelier.
CHILD_HEIGHT_M = 1.0
# A child is shorter than CHILD_HEIGHT_M up to about this age.
CHILD_AGE_YEARS = 8.0
# kg/m²: outside of this no living adult or child has been recorded.
BODY_MASS_INDEX = (6.0, 200.0)

CM_PER_INCH = 2.54


@dataclass(frozen=True)
class Person(Digested):
    """Stated facts: stature in metres, weight in kg, gender and age in years; None: not stated.

    Raises:
        Rejected: `person.height`, `person.weight`, `person.gender`, `person.age`,
            `person.proportions`; the sentence names the unit slip where one is likely.
    """

    height_m: float | None = None
    weight_kg: float | None = None
    gender: Gender | None = None
    age_years: float | None = None

    def __post_init__(self) -> None:
        if self.gender is not None and self.gender not in get_args(Gender):
            raise Rejected(
                "person.gender",
                f"Gender must be one of {', '.join(get_args(Gender))}.",
                measured=str(self.gender),
                limit="/".join(get_args(Gender)),
            )
        _within("person.age", "Age", self.age_years, AGE_YEARS, "years")
        _check_height(self.height_m, self.age_years)
        _within("person.weight", "Weight", self.weight_kg, WEIGHT_KG, "kg")
        _check_proportions(self.height_m, self.weight_kg)

    def without_size(self) -> Person:
        """The same person without height and weight: what a head depends on."""
        return Person(gender=self.gender, age_years=self.age_years)


def person_of(
    *,
    height_cm: float | None = None,
    weight_kg: float | None = None,
    gender: Gender | None = None,
    age_years: float | None = None,
) -> Person:
    """A `Person` from the units people speak in (centimetres).

    Raises:
        Rejected: as `Person`.
    """
    return Person(
        height_m=None if height_cm is None else height_cm / 100.0,
        weight_kg=weight_kg,
        gender=gender,
        age_years=age_years,
    )


def _within(
    code: str,
    name: str,
    value: float | None,
    bounds: tuple[float, float],
    unit: str,
    hint: str = "",
) -> None:
    if value is None:
        return
    low, high = bounds
    if not (math.isfinite(value) and low <= value <= high):
        raise Rejected(
            code,
            f"{name} must lie between {low:g} and {high:g} {unit}.{hint}",
            measured=round(value, 4) if math.isfinite(value) else str(value),
            limit=low if value < low else high,
        )


def _check_height(height_m: float | None, age_years: float | None) -> None:
    if height_m is None:
        return
    low, high = HEIGHT_M
    height_cm = height_m * 100.0
    _within(
        "person.height", "Height", height_cm, (low * 100, high * 100), "cm", _height_hint(height_cm)
    )
    if height_m < CHILD_HEIGHT_M and (age_years is None or age_years > CHILD_AGE_YEARS):
        inches = height_cm * CM_PER_INCH
        raise Rejected(
            "person.height",
            f"{height_cm:g} cm is the height of a small child. If these were inches, give "
            f"{inches:.0f} cm; if it is a child, state the age as well.",
            measured=round(height_cm, 4),
            limit=CHILD_HEIGHT_M * 100,
        )


def _height_hint(height_cm: float) -> str:
    """Which unit the number was probably meant in: metres, decimetres, feet, millimetres."""
    if not math.isfinite(height_cm):
        return ""
    # 3.5 to 7.5 can only have been feet; a number of metres is below.
    for slip, factor in (("metres", 100.0), ("feet", 12 * CM_PER_INCH)):
        meant = height_cm * factor
        if HEIGHT_M[0] * 200 <= meant <= HEIGHT_M[1] * 100:
            return f" This looks like {slip}: did you mean {meant:.0f} cm?"
    for slip, factor in (("a slipped decimal point", 10.0), ("millimetres", 0.1)):
        meant = height_cm * factor
        if HEIGHT_M[0] * 200 <= meant <= HEIGHT_M[1] * 100:
            return f" This looks like {slip}: did you mean {meant:.0f} cm?"
    return ""


def _check_proportions(height_m: float | None, weight_kg: float | None) -> None:
    if height_m is None or weight_kg is None:
        return
    index = weight_kg / height_m**2
    low, high = BODY_MASS_INDEX
    if not low <= index <= high:
        raise Rejected(
            "person.proportions",
            f"{weight_kg:g} kg at {height_m * 100:g} cm is no human build; is one of the two in "
            "another unit (pounds, stones, inches)?",
            measured=round(index, 1),
            limit=low if index < low else high,
        )
