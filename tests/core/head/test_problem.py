"""The problem's derivatives against differences, in double precision."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.head.evidence import directions
from tasks.core.head.prior import expression_spread, identity_prior
from tasks.core.head.problem import POSE_SIZE, Noise, Problem, State, View
from tasks.core.person import Person
from tests.core.head.people import World

STEP = 1e-6


@pytest.fixture(scope="module")
def case(world: World) -> tuple[Problem, State]:
    model = world.model
    _, seen, pose = world.photograph(world.person(0), yaw=20.0, noise_px=3.0)
    _, _, other = world.photograph(world.person(1), pitch=10.0)
    points = seen.face[:, :2].astype(np.float64)
    across, along = directions(np.arange(478), points)
    view = View(points, 90.0, across, along, 7.4, 0.1)
    problem = Problem(
        world.basis,
        identity_prior(
            model.phenotype_names, model.phenotype_defaults, model.local_change_names, Person()
        ),
        expression_spread(model.expression_names),
        model.phenotype_defaults.astype(np.float64),
        np.zeros(len(model.local_change_names)),
        (view, view),
        Noise(),
    )
    random = np.random.default_rng(5)
    # Away from 0, where a local change has two slopes, and from a phenotype's anchors.
    theta = problem.prior.spread * random.uniform(0.2, 0.5, problem.identity_size)
    expressions = random.uniform(0.1, 0.6, (2, len(model.expression_names)))
    return problem, State(theta, expressions, (pose, other))


@pytest.mark.parametrize("view", [0, 1])
def test_jacobian_is_the_slope_of_the_errors(case: tuple[Problem, State], view: int) -> None:
    problem, state = case
    jacobian = problem.jacobian(state, view)
    n, e = problem.identity_size, len(problem.active)
    own = n + view * (e + POSE_SIZE)
    columns = [*range(n), *range(own, own + e + POSE_SIZE)]
    assert jacobian.shape[2] == len(columns)
    for column, unknown in enumerate(columns):
        if column >= 7 and column < n and column % 5:
            continue
        step = np.zeros(problem.size)
        step[unknown] = STEP
        ahead = problem.whitened(problem.errors(problem.stepped(state, step)))[view]
        behind = problem.whitened(problem.errors(problem.stepped(state, -step)))[view]
        slope = (ahead - behind) / (2.0 * STEP)
        scale = max(np.abs(slope).max(), 1e-3)
        assert np.abs(jacobian[:, :, column] - slope).max() < 1e-4 * scale, column


def test_one_photo_s_expression_does_not_touch_another(case: tuple[Problem, State]) -> None:
    problem, state = case
    step = np.zeros(problem.size)
    step[problem.identity_size] = 0.1
    moved = problem.errors(problem.stepped(state, step)) - problem.errors(state)
    assert np.abs(moved[0]).max() > 1e-4
    assert not moved[1].any()


def test_steps_stop_at_the_bounds(case: tuple[Problem, State]) -> None:
    problem, state = case
    far = problem.stepped(state, np.full(problem.size, 50.0))
    assert np.array_equal(far.theta, problem.prior.upper)
    assert far.expressions[:, problem.active].max() == 1.0
    back = problem.stepped(state, np.full(problem.size, -50.0))
    assert np.array_equal(back.theta, problem.prior.lower)
    assert back.expressions[:, problem.active].min() == 0.0
