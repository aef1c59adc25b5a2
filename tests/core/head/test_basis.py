"""The landmark basis against the whole model."""

from __future__ import annotations

import numpy as np
import pytest

from tests.core.head.people import World


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_rest_is_the_model_s_own_shape(world: World, seed: int) -> None:
    truth = world.person(seed)
    vertices, _ = world.model.shape(truth.phenotypes, truth.local_changes)
    embedding = world.model.landmarks
    assert embedding is not None
    assert embedding.offsets is not None
    expected = embedding.points(vertices) + embedding.offsets
    np.testing.assert_allclose(truth.rest, expected, atol=2e-6)


def test_expressions_are_the_model_s_own(world: World) -> None:
    model = world.model
    embedding = model.landmarks
    assert embedding is not None
    index = model.expression_names.index("jawOpen")
    field = np.zeros((len(model.topology.skin_indices), 3))
    field[model.expressions[index].indices] = model.expressions[index].offsets
    expected = embedding.points(field)
    np.testing.assert_allclose(world.basis.expressions[index].reshape(-1, 3), expected, atol=1e-6)


def test_normals_point_outwards(world: World) -> None:
    points, normals = world.basis.template, world.basis.normals
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-6)
    assert normals[4, 2] > 0.8
    assert normals[454, 0] > 0.7
    assert normals[234, 0] < -0.7
    centre = points.mean(axis=0) - [0.0, 0.0, 0.06]
    assert (np.einsum("md,md->m", points - centre, normals) > 0.0).mean() > 0.9


def test_local_slope_at_zero_is_between_both_sides(world: World) -> None:
    count = len(world.model.local_change_names)
    which = np.array([world.model.local_change_names.index("chin-width-incr")])
    zero = world.basis.local_slopes(np.zeros(count), which)
    values = np.zeros(count)
    values[which] = 0.1
    above = world.basis.local_slopes(values, which)
    below = world.basis.local_slopes(-values, which)
    np.testing.assert_allclose(zero, 0.5 * (above + below))
    assert np.abs(above).max() > 0.001
