"""The shape parameters of a fit: positions as the model gives them, derivatives as they are."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit_space import ShapeParameters, ShapeSpace, shape_parameters, shape_space
from tasks.core.body.plausible import plausible_parameters, target_of
from tasks.core.person import Person

IDS = np.array([3, 900, 5000, 12000])


@pytest.fixture(scope="module")
def space(anny: AnnyBody) -> ShapeSpace:
    target = target_of(Person(1.7, None, None, 40.0))
    parameters = shape_parameters(anny, *plausible_parameters(anny, target), target)
    return shape_space(anny, parameters, IDS, anny.joint_subset(parameters.fixed))


def some(parameters: ShapeParameters, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = parameters.start + 0.7 * rng.normal(size=len(parameters.start)) * parameters.spread
    return np.clip(values, parameters.low + 0.01, parameters.high - 0.01)


def test_points_are_the_models_own(anny: AnnyBody, space: ShapeSpace) -> None:
    for seed in range(3):
        values = some(space.parameters, seed)
        vertices, joints = anny.shape(*space.parameters.of_model(values))
        expected = np.concatenate([vertices[IDS], joints])
        np.testing.assert_allclose(space.points(values), expected, atol=1e-5)


def test_derivatives_are_those_of_the_points(space: ShapeSpace) -> None:
    values = some(space.parameters, 9)
    slopes = space.jacobian(values)
    for place in range(len(values)):
        step = np.zeros(len(values))
        step[place] = 1e-4
        numeric = (space.points(values + step) - space.points(values - step)) / 2e-4
        np.testing.assert_allclose(slopes[place], numeric, atol=2e-3)


def test_at_the_upper_limit_the_derivative_looks_inwards(space: ShapeSpace) -> None:
    values = space.parameters.start.copy()
    weight = 2 if len(space.parameters.places) == 5 else 1
    values[weight] = 1.0
    assert np.abs(space.jacobian(values)[weight]).max() > 1e-3


def test_a_stated_gender_does_not_vary(anny: AnnyBody) -> None:
    target = target_of(Person(1.7, None, "female", None))
    parameters = shape_parameters(anny, *plausible_parameters(anny, target), target)
    gender = anny.phenotype_names.index("gender")
    assert gender not in parameters.places
    assert parameters.of_model(some(parameters, 1))[0][gender] == 1.0
