"""Levenberg–Marquardt within bounds, for a few dozen unknowns and many residuals.

Steps are solved on the normal equations, whose factorisation is a hundredth of the singular value
decomposition that scipy's bounded solver makes of the whole Jacobian; the problems here are held
well-conditioned by their priors. Damping after Nielsen (1999), bounds by projection with an
active set (Kanzow, Yamashita & Fukushima 2004).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

Array = NDArray[np.float64]

_FIRST_DAMPING = 1e-3
_LEAST_DAMPING = 1e-7
# A step that gains less than this share of the cost is the last one.
_ENOUGH = 1e-4
# Failed trials within one step before the search gives up.
_TRIALS = 6


def solve_bounded(
    residuals: Callable[[Array], Array],
    jacobian: Callable[[Array], Array],
    start: Array,
    low: Array,
    high: Array,
    scale: Array,
    steps: int,
) -> Array:
    """The unknowns that make the sum of squared residuals least, as near as `steps` bring it.

    Args:
        residuals: (n,) unknowns → (m,).
        jacobian: (n,) → (m, n).
        start: (n,), brought within the bounds first.
        low, high: (n,), may be infinite.
        scale: (n,) size of a usual change of each unknown; damping is measured in it.
        steps: how many Jacobians are taken at most.

    Returns:
        (n,), never worse than the start.
    """
    x = np.clip(start, low, high)
    value = residuals(x)
    cost = float(value @ value)
    damping, worse = _FIRST_DAMPING, 2.0
    for _ in range(steps):
        slope = jacobian(x)
        gradient = slope.T @ value
        # At a bound with the way down leading out: held there for this step.
        stuck = ((x <= low) & (gradient > 0.0)) | ((x >= high) & (gradient < 0.0))
        free = np.flatnonzero(~stuck)
        normal = slope[:, free].T @ slope[:, free]
        for _ in range(_TRIALS):
            damped = normal + np.diag(damping * (np.diag(normal) + 1.0 / scale[free] ** 2))
            move = np.zeros_like(x)
            move[free] = -cho_solve(cho_factor(damped), gradient[free])
            tried = np.clip(x + move, low, high)
            tried_value = residuals(tried)
            tried_cost = float(tried_value @ tried_value)
            if tried_cost < cost:
                break
            damping, worse = damping * worse, worse * 2.0
        else:
            return x
        gained = cost - tried_cost
        x, value, cost = tried, tried_value, tried_cost
        damping, worse = max(damping / 3.0, _LEAST_DAMPING), 2.0
        if gained <= _ENOUGH * cost:
            break
    return x
