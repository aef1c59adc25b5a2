"""The bounded least squares against problems with known answers, and against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import least_squares

from tasks.core.body.levenberg import solve_bounded

FREE = np.full(2, np.inf)


def rosenbrock(x: np.ndarray) -> np.ndarray:
    return np.array([10.0 * (x[1] - x[0] ** 2), 1.0 - x[0]])


def rosenbrock_slope(x: np.ndarray) -> np.ndarray:
    return np.array([[-20.0 * x[0], 10.0], [-1.0, 0.0]])


def solved(start: list[float], low: np.ndarray, high: np.ndarray, steps: int = 100) -> np.ndarray:
    return solve_bounded(
        rosenbrock, rosenbrock_slope, np.array(start), low, high, np.ones(2), steps
    )


def test_it_finds_the_minimum_of_a_curved_valley() -> None:
    np.testing.assert_allclose(solved([-1.2, 1.0], -FREE, FREE), [1.0, 1.0], atol=1e-6)


def test_it_agrees_with_scipy_at_a_bound() -> None:
    low, high = np.array([-2.0, -1.0]), np.array([0.6, 2.0])
    expected = least_squares(rosenbrock, [-1.2, 1.0], rosenbrock_slope, bounds=(low, high)).x
    np.testing.assert_allclose(solved([-1.2, 1.0], low, high), expected, atol=1e-3)


def test_a_start_outside_is_brought_in_and_the_result_stays_within() -> None:
    low, high = np.array([2.0, 2.0]), np.array([3.0, 3.0])
    found = solved([9.0, -9.0], low, high)
    assert ((found >= low) & (found <= high)).all()
    np.testing.assert_allclose(found, [2.0, 3.0], atol=0.3)


def test_it_is_never_worse_than_its_start() -> None:
    start = np.array([-1.2, 1.0])
    for steps in (0, 1, 2, 5):
        found = solved(start.tolist(), -FREE, FREE, steps)
        assert np.sum(rosenbrock(found) ** 2) <= np.sum(rosenbrock(start) ** 2)


@pytest.mark.parametrize("seed", range(3))
def test_a_straight_problem_is_solved_outright(seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, right = rng.normal(size=(30, 6)), rng.normal(size=30)
    found = solve_bounded(
        lambda x: matrix @ x - right,
        lambda x: matrix,
        np.zeros(6),
        np.full(6, -np.inf),
        np.full(6, np.inf),
        np.ones(6),
        30,
    )
    expected = np.linalg.lstsq(matrix, right, rcond=None)[0]
    np.testing.assert_allclose(found, expected, atol=1e-4)
