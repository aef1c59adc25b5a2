"""The solver: it descends, obeys bounds, and holds still what it is told to."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.head.evidence import directions
from tasks.core.head.prior import expression_spread, identity_prior
from tasks.core.head.problem import Noise, Problem, State, View
from tasks.core.head.solve import ROBUST_SCALE, Options, robust_weights, solve
from tasks.core.person import Person
from tests.core.head.people import World, angle_between


@pytest.fixture(scope="module")
def case(world: World) -> tuple[Problem, State, State]:
    """A problem, a start some degrees off, and the truth."""
    model = world.model
    truth = world.person(2)
    _, seen, pose = world.photograph(truth, expression={"jawOpen": 0.5})
    points = seen.face[:, :2].astype(np.float64)
    across, along = directions(np.arange(478), points)
    problem = Problem(
        world.basis,
        identity_prior(
            model.phenotype_names, model.phenotype_defaults, model.local_change_names, Person()
        ),
        expression_spread(model.expression_names),
        model.phenotype_defaults.astype(np.float64),
        np.zeros(len(model.local_change_names)),
        (View(points, 80.0, across, along, pose.log_focal, 0.0),),
        Noise(),
    )
    expressions = np.zeros((1, len(model.expression_names)))
    off = pose.moved(np.array([0.08, -0.1, 0.05, 0.01, 0.0, 0.1, 0.0]))
    theta = np.zeros(problem.identity_size)
    return problem, State(theta, expressions, (off,)), State(theta, expressions, (pose,))


def test_finds_the_pose_alone(case: tuple[Problem, State, State]) -> None:
    problem, start, truth = case
    trust = np.ones((1, 478))
    found = solve(problem, start, trust, Options(pose_only=True))
    assert np.array_equal(found.theta, start.theta)
    assert np.array_equal(found.expressions, start.expressions)
    assert angle_between(found.poses[0].rotation, truth.poses[0].rotation) < 4.0
    # The focal length was given: it is not an unknown.
    assert found.poses[0].log_focal == start.poses[0].log_focal


def test_whole_fit_descends_and_is_repeatable(case: tuple[Problem, State, State]) -> None:
    problem, start, _ = case
    trust = np.ones((1, 478))
    found = solve(problem, start, trust, Options())
    before = np.linalg.norm(problem.errors(start), axis=-1).mean()
    after = np.linalg.norm(problem.errors(found), axis=-1).mean()
    assert after < 0.1 * before
    again = solve(problem, start, trust, Options())
    assert np.array_equal(found.theta, again.theta)
    assert np.array_equal(found.expressions, again.expressions)
    assert found.expressions.min() >= 0.0


def test_robust_weights_doubt_what_is_far() -> None:
    errors = np.zeros((1, 3, 2))
    errors[0, 1, 0] = ROBUST_SCALE
    errors[0, 2, 1] = 10.0 * ROBUST_SCALE
    weights = robust_weights(errors)[0]
    assert weights[0] == 1.0
    assert weights[1] == pytest.approx(0.5)
    assert weights[2] < 0.02
