"""Averages of the population: known rows of the WHO tables, and sound behaviour between them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.population import (
    CHILD_BELOW_M,
    anny_age,
    median_mass_index,
    median_stature,
    years_of_stature,
)
from tasks.core.body.stance import stature


def test_known_rows_of_the_tables() -> None:
    assert median_stature(4.0, "male") == pytest.approx(1.033)
    assert median_stature(10.0, "female") == pytest.approx(1.386)
    assert median_stature(45.0, "female") == pytest.approx(1.632)
    assert median_stature(45.0, None) == pytest.approx((1.765 + 1.632) / 2.0)
    assert median_stature(45.0, "neutral") == median_stature(45.0, None)
    assert median_mass_index(4.0, "female") == pytest.approx(15.3)


@given(st.floats(0.0, 120.0), st.floats(0.0, 120.0))
def test_age_and_stature_never_run_backwards(one: float, other: float) -> None:
    young, old = sorted((one, other))
    assert anny_age(young) <= anny_age(old)
    assert median_stature(young, "female") <= median_stature(old, "female")


def test_the_age_axis_has_its_landmarks() -> None:
    assert anny_age(0.0) == 0.0
    assert anny_age(25.0) == pytest.approx(2.0 / 3.0)
    assert anny_age(90.0) == anny_age(120.0) == 1.0
    assert anny_age(57.5) == pytest.approx(5.0 / 6.0)


@pytest.mark.parametrize("years", [1.0, 4.0, 8.0, 11.0, 16.0])
@pytest.mark.parametrize("gender", ["female", "male"])
def test_the_age_axis_spans_the_children_of_the_tables(
    anny: AnnyBody, years: float, gender: str
) -> None:
    # The median stature lies well inside what the model reaches at that age.
    phenotypes = anny.phenotype_defaults.copy()
    names = anny.phenotype_names
    phenotypes[names.index("age")] = anny_age(years)
    phenotypes[names.index("gender")] = float(gender == "female")
    found = []
    for height in (0.2, 0.6):
        phenotypes[names.index("height")] = height
        found.append(stature(anny, *anny.shape(phenotypes, np.zeros(len(anny.local_change_names)))))
    assert found[0] < median_stature(years, gender) < found[1]


def test_a_small_person_of_unknown_age_is_taken_for_a_child_of_that_stature() -> None:
    assert years_of_stature(1.033, "male") == pytest.approx(4.0)
    assert years_of_stature(CHILD_BELOW_M, None) == 30.0
