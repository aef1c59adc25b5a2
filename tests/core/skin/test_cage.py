"""Riding geometry: any affine change of the cage is followed exactly."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.body.model import Sparse
from tasks.core.skin.cage import cage_offsets, ride, rigid_weights


@given(seed=st.integers(0, 2**31))
def test_ride_follows_every_affine_map(seed: int) -> None:
    random = np.random.default_rng(seed)
    cage = random.normal(size=(12, 3)) * 0.02 + random.normal(size=3)
    points = random.normal(size=(30, 3)) * 0.03 + cage.mean(axis=0)
    matrix, shift = np.eye(3) + 0.3 * random.normal(size=(3, 3)), random.normal(size=3)
    weights = ride(cage, points)
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-9)
    np.testing.assert_allclose(
        weights @ (cage @ matrix.T + shift), points @ matrix.T + shift, atol=1e-9
    )


def test_offsets_are_picked_by_vertex_and_zero_elsewhere() -> None:
    sparse = Sparse(
        indices=np.array([3, 7, 9], np.int32),
        offsets=np.array([[1, 0, 0], [0, 2, 0], [0, 0, 3]], np.float32),
    )
    found = cage_offsets(sparse, np.array([2, 7, 9, 11], np.int32))
    np.testing.assert_array_equal(found, [[0, 0, 0], [0, 2, 0], [0, 0, 3], [0, 0, 0]])


def test_rigid_weights_name_one_joint() -> None:
    joints, weights = rigid_weights(52, 3)
    assert joints[:, 0].tolist() == [52, 52, 52]
    assert joints[:, 1:].sum() == 0
    np.testing.assert_array_equal(weights, [[1, 0, 0, 0]] * 3)
