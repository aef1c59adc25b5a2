"""Influences as a file stores them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tasks.core.rig.weights import WEIGHT_STEPS, quantised_influences, weight_steps

JOINTS = hnp.arrays(np.int64, (7, 5), elements=st.integers(0, 9))
WEIGHTS = hnp.arrays(np.float64, (7, 5), elements=st.floats(0.0, 1.0))


@given(JOINTS, WEIGHTS)
def test_rows_sum_to_one_without_repeats(joints: np.ndarray, weights: np.ndarray) -> None:
    weights[:, 0] += 0.1
    bone_of = np.array([0, 1, 2, 3, 4, 5, 6, 7, 7, 3])
    bones, shares = quantised_influences(joints, weights, bone_of)
    steps = weight_steps(shares)
    assert bones.shape == steps.shape == (7, 4)
    assert (steps.astype(int).sum(axis=1) == WEIGHT_STEPS).all()
    np.testing.assert_allclose(shares.sum(axis=1, dtype=np.float64), 1.0, atol=1e-6)
    np.testing.assert_array_equal((steps / WEIGHT_STEPS).astype(np.float32), shares)
    assert (bones[steps == 0] == 0).all()
    for row, step in zip(bones, steps, strict=True):
        used = row[step > 0].tolist()
        assert len(used) == len(set(used))


def test_joints_on_one_bone_pool_their_weight() -> None:
    bones, shares = quantised_influences(
        np.array([[1, 2, 0, 0]]), np.array([[0.4, 0.4, 0.2, 0.0]]), np.array([0, 5, 5])
    )
    np.testing.assert_array_equal(bones[0], [5, 0, 0, 0])
    np.testing.assert_allclose(shares[0], [0.8, 0.2, 0.0, 0.0], atol=1e-5)


def test_the_four_strongest_stay() -> None:
    weights = np.array([[0.1, 0.3, 0.05, 0.25, 0.3]])
    bones, shares = quantised_influences(np.array([[0, 1, 2, 3, 4]]), weights, np.arange(5))
    np.testing.assert_array_equal(bones[0], [1, 4, 3, 0])
    np.testing.assert_allclose(shares[0], np.array([0.3, 0.3, 0.25, 0.1]) / 0.95, atol=2e-5)


def test_a_vertex_on_no_bone_is_an_error() -> None:
    with pytest.raises(ValueError, match="no bone"):
        quantised_influences(np.zeros((1, 4), int), np.zeros((1, 4)), np.arange(1))
