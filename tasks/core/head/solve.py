"""Gauss–Newton with damping, bounds and robust weights, for the head fit's problem."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.head.prior import EXPRESSION_LINEAR
from tasks.core.head.problem import POSE_SIZE, Problem, State

Floats = NDArray[np.float64]

# Whitened error beyond which a landmark is doubted (Cauchy's scale): with the noise as it is set,
# about a tenth of the eye distance.
ROBUST_SCALE = 1.5
# Levenberg's damping: first value, factor down on success, factor up on failure, and the end.
_DAMPING, _EASE, _STIFFEN, _MOST_DAMPING = 1e-3, 0.3, 8.0, 1e6
# A relative gain in cost below this ends the fit.
_ENOUGH = 1e-4


@dataclass(frozen=True)
class Options:
    """iterations: at most so many. pose_only: keep identity and expression as they are."""

    iterations: int = 14
    pose_only: bool = False


def solve(problem: Problem, state: State, trust: Floats, options: Options) -> State:
    """Minimise robust landmark errors plus priors.

    Args:
        problem: what to fit.
        state: where to start.
        trust: (N, M) weights of each photo's landmarks.
        options: see `Options`.

    Returns:
        The best state; deterministic.
    """
    damping = _DAMPING
    cost = _cost(problem, state, trust)
    for _ in range(options.iterations):
        matrix, gradient = _normal_equations(problem, state, trust)
        free = _free(problem, state, gradient, options)
        accepted = False
        while damping < _MOST_DAMPING:
            step = np.zeros(problem.size)
            inner = matrix[np.ix_(free, free)]
            damped = inner + damping * np.diag(np.diag(inner))
            # numpy's own solver: scipy brings a second BLAS, whose threads fight with numpy's.
            step[free] = np.linalg.solve(damped, -gradient[free])
            tried = problem.stepped(state, step)
            tried_cost = _cost(problem, tried, trust)
            if tried_cost < cost:
                accepted = True
                break
            damping *= _STIFFEN
        if not accepted:
            break
        gain = (cost - tried_cost) / max(cost, 1e-30)
        state, cost, damping = tried, tried_cost, max(damping * _EASE, 1e-9)
        if gain < _ENOUGH:
            break
    return state


def robust_weights(whitened: Floats) -> Floats:
    """(N, M, 2) → (N, M): Cauchy weights of whitened errors, 1 where they are small."""
    square = (whitened**2).sum(axis=-1)
    return 1.0 / (1.0 + square / ROBUST_SCALE**2)


def _cost(problem: Problem, state: State, trust: Floats) -> float:
    square = (problem.whitened(problem.errors(state)) ** 2).sum(axis=-1)
    cost = float((trust * ROBUST_SCALE**2 * np.log1p(square / ROBUST_SCALE**2)).sum())
    cost += float(((state.theta / problem.prior.spread) ** 2).sum())
    share = state.expressions[:, problem.active] / problem.expression_spread[problem.active]
    cost += float((share**2).sum() + 2.0 * EXPRESSION_LINEAR * share.sum())
    for view, pose in zip(problem.views, state.poses, strict=True):
        if view.focal_spread > 0.0:
            cost += ((pose.log_focal - view.log_focal) / view.focal_spread) ** 2
    return cost


def _normal_equations(problem: Problem, state: State, trust: Floats) -> tuple[Floats, Floats]:
    n, e = problem.identity_size, len(problem.active)
    matrix = np.zeros((problem.size, problem.size))
    gradient = np.zeros(problem.size)
    whitened = problem.whitened(problem.errors(state))
    robust = robust_weights(whitened)
    spread = problem.expression_spread[problem.active]
    for index, (view, pose) in enumerate(zip(problem.views, state.poses, strict=True)):
        root = np.sqrt(trust[index] * robust[index])[:, None]
        jacobian = (problem.jacobian(state, index) * root[..., None]).reshape(-1, n + e + POSE_SIZE)
        residual = (whitened[index] * root).reshape(-1)
        start = n + index * (e + POSE_SIZE)
        rows = np.concatenate([np.arange(n), np.arange(start, start + e + POSE_SIZE)])
        matrix[np.ix_(rows, rows)] += jacobian.T @ jacobian
        gradient[rows] += jacobian.T @ residual
        here = np.arange(start, start + e)
        share = state.expressions[index, problem.active] / spread
        matrix[here, here] += spread**-2
        gradient[here] += (share + EXPRESSION_LINEAR) / spread
        if view.focal_spread > 0.0:
            last = start + e + POSE_SIZE - 1
            matrix[last, last] += view.focal_spread**-2
            gradient[last] += (pose.log_focal - view.log_focal) / view.focal_spread**2
    head = np.arange(n)
    matrix[head, head] += problem.prior.spread**-2
    gradient[:n] += state.theta / problem.prior.spread**2
    return matrix, gradient


def _free(problem: Problem, state: State, gradient: Floats, options: Options) -> NDArray[np.int64]:
    """Unknowns that may move: not those at a bound with the descent pointing outwards."""
    n, e = problem.identity_size, len(problem.active)
    held = np.zeros(problem.size, bool)
    held[:n] = ((state.theta <= problem.prior.lower) & (gradient[:n] > 0.0)) | (
        (state.theta >= problem.prior.upper) & (gradient[:n] < 0.0)
    )
    for index, view in enumerate(problem.views):
        start = n + index * (e + POSE_SIZE)
        here = slice(start, start + e)
        weights = state.expressions[index, problem.active]
        held[here] = ((weights <= 0.0) & (gradient[here] > 0.0)) | (
            (weights >= 1.0) & (gradient[here] < 0.0)
        )
        held[start + e + POSE_SIZE - 1] = view.focal_spread == 0.0
        if options.pose_only:
            held[here] = True
    if options.pose_only:
        held[:n] = True
    return np.flatnonzero(~held)
