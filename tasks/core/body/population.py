"""What a person looks like on average, where the caller did not say: stature, mass, age.

Medians of the WHO child growth standards (2006, 0 to 5 years) and growth reference (2007, 5 to 19
years); adults continue from 19 years. They are defaults that the result names as such, never a
statement about the person.
"""

from __future__ import annotations

import numpy as np

from tasks.core.person import Gender

# Years; medians of stature in metres for boys and girls; of body mass index in kg/m². The last
# two rows of the index are adults: the worldwide means of 2014 (NCD-RisC, Lancet 2016), rounded.
_AGE_OF_STATURE = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 19.0)
_STATURE_M: dict[str, tuple[float, ...]] = {
    "male": (
        0.499, 0.757, 0.878, 0.961, 1.033, 1.160, 1.273, 1.378, 1.491, 1.632, 1.729, 1.761, 1.765,
    ),
    "female": (
        0.491, 0.740, 0.864, 0.951, 1.027, 1.151, 1.266, 1.386, 1.512, 1.598, 1.625, 1.631, 1.632,
    ),
}  # fmt: skip
_AGE_OF_INDEX = (0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 25.0, 40.0)
_MASS_INDEX: dict[str, tuple[float, ...]] = {
    "male": (13.4, 16.8, 16.0, 15.3, 15.3, 15.7, 16.4, 17.5, 19.0, 20.5, 21.7, 23.5, 24.5),
    "female": (13.3, 16.4, 15.7, 15.3, 15.3, 15.7, 16.6, 18.0, 19.6, 20.7, 21.3, 22.5, 24.5),
}

# Anny's age axis. To sixteen years the anchors are those that its authors calibrated on the WHO
# statures (shape_calibration of the anny package, 0.6.2). Two thirds is by construction the young
# adult of 25 years and one the old of 90 (MakeHuman's targets), between which shape only ages.
_YEARS = (0.0, 1.0, 4.0, 11.0, 16.0, 25.0, 90.0)
_ANNY_AGE = (0.0, 0.05, 0.215, 0.415, 2.0 / 3.0, 2.0 / 3.0, 1.0)

# An adult, where no age is stated and the stature does not say otherwise.
ADULT_YEARS = 30.0
# Below this stature (metres), a person of unstated age is taken for a child of that stature: one
# adult in some thousands is shorter.
CHILD_BELOW_M = 1.40


def anny_age(years: float) -> float:
    """Years → Anny's age phenotype, 0 (newborn) .. 1 (90 years and more)."""
    return float(np.interp(years, _YEARS, _ANNY_AGE))


def median_stature(years: float, gender: Gender | None) -> float:
    """Metres; the mean of both tables where the gender is neutral or not stated."""
    return _between(_STATURE_M, _AGE_OF_STATURE, years, gender)


def median_mass_index(years: float, gender: Gender | None) -> float:
    """kg/m²; the mean of both tables where the gender is neutral or not stated."""
    return _between(_MASS_INDEX, _AGE_OF_INDEX, years, gender)


def years_of_stature(stature_m: float, gender: Gender | None) -> float:
    """The age at which the median child has this stature; ADULT_YEARS from CHILD_BELOW_M on."""
    if stature_m >= CHILD_BELOW_M:
        return ADULT_YEARS
    tall = [median_stature(years, gender) for years in _AGE_OF_STATURE]
    return float(np.interp(stature_m, tall, _AGE_OF_STATURE))


def _between(
    table: dict[str, tuple[float, ...]],
    ages: tuple[float, ...],
    years: float,
    gender: Gender | None,
) -> float:
    columns = [gender] if gender in table else ["male", "female"]
    return float(np.mean([np.interp(years, ages, table[str(column)]) for column in columns]))
