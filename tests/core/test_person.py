"""Stated facts about a person: what is refused, and which slip the sentence names."""

from __future__ import annotations

import pytest

from tasks.core.errors import Rejected
from tasks.core.person import Person, person_of


def test_nothing_stated_is_fine() -> None:
    assert Person() == person_of()


def test_centimetres_become_metres() -> None:
    assert person_of(height_cm=175).height_m == pytest.approx(1.75)


def test_a_toddler_with_a_stated_age_is_fine() -> None:
    assert person_of(height_cm=80, age_years=1.5).height_m == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("height_cm", "hint"),
    [
        (1.75, "metres: did you mean 175 cm"),
        (17.5, "slipped decimal point: did you mean 175 cm"),
        (1750, "millimetres: did you mean 175 cm"),
        (5.9, "feet: did you mean 180 cm"),
        (69, "give 175 cm"),
        (0, "between 45 and 275 cm"),
        (-175, "between 45 and 275 cm"),
        (float("nan"), "between 45 and 275 cm"),
        (float("inf"), "between 45 and 275 cm"),
    ],
)
def test_unit_slips_in_the_height_are_named(height_cm: float, hint: str) -> None:
    with pytest.raises(Rejected) as caught:
        person_of(height_cm=height_cm)
    assert caught.value.code == "person.height"
    assert hint in caught.value.sentence


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"weight_kg": 0.5}, "person.weight"),
        ({"weight_kg": 70000}, "person.weight"),
        ({"age_years": -1}, "person.age"),
        ({"age_years": 200}, "person.age"),
        ({"gender": "robot"}, "person.gender"),
        ({"height_cm": 180, "weight_kg": 10}, "person.proportions"),
    ],
)
def test_impossible_facts_are_refused(stated: dict[str, object], code: str) -> None:
    with pytest.raises(Rejected) as caught:
        person_of(**stated)  # type: ignore[arg-type]
    assert caught.value.code == code
    assert caught.value.measured is not None
    assert caught.value.limit is not None


def test_the_head_does_not_know_the_size() -> None:
    tall = person_of(height_cm=190, weight_kg=90, gender="female", age_years=30)
    small = person_of(height_cm=150, gender="female", age_years=30)
    assert tall.without_size().digest == small.without_size().digest
    assert tall.digest != small.digest
