"""Flatten the photo's light on the skin, so that the two halves of the face match.

Two smooth gains per colour, both in log light: the part of the brightness that follows the surface
normal (second-order spherical harmonics, which carry 99 % of diffuse shading: Ramamoorthi and
Hanrahan, SIGGRAPH 2001) and what still differs between the halves at low frequency.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32

# How much of the shading is taken out: all of it would also take out what cheeks and forehead
# differ by in truth, which the same harmonics explain.
FLATTEN = 0.7
# Gains beyond this (a factor of 2.2) are shadows that a gain cannot repair.
LARGEST_LOG_GAIN = 0.8
# Halves are compared over this share of the map.
MATCH_BLUR = 0.035
ROBUST_ROUNDS = 4
# Less trust than this tells nothing about the light.
KNOWN = 0.05


def flatten_light(log_light: Float32, weight: Float32, normals: Float32) -> Float32:
    """The gain that evens the light out.

    Args:
        log_light: (R, C, 3) float32 natural log of linear colour, any value where weight is 0.
        weight: (R, C) trust, 0 for no skin. Rows mirror: y → R - 1 - y is the other half.
        normals: (R, C, 3) unit surface normals, the head's own frame.

    Returns:
        (R, C, 3) float32 gain for linear colour, about 1; 1 where no skin is known at all.
    """
    if not (weight > KNOWN).any():
        return np.ones_like(log_light)
    basis = _harmonics(normals)
    shading = _fit(log_light, weight, basis)
    middle = _average(shading, weight)
    gain = FLATTEN * (middle - shading)
    even = log_light + gain
    difference = _smooth_difference(even, weight)
    gain = gain + 0.5 * difference
    return np.exp(np.clip(gain, -LARGEST_LOG_GAIN, LARGEST_LOG_GAIN)).astype(np.float32)


def _harmonics(normals: Float32) -> NDArray[np.float64]:
    x, y, z = (normals[..., k].astype(np.float64) for k in range(3))
    return np.stack(
        [np.ones_like(x), x, y, z, x * y, y * z, x * z, x * x - y * y, 3 * z * z - 1], axis=-1
    )


def _fit(log_light: Float32, weight: Float32, basis: NDArray[np.float64]) -> NDArray[np.float64]:
    """Robust weighted least squares of the log light on the harmonics, per colour."""
    known = weight > KNOWN
    rows, target, trust = basis[known], log_light[known].astype(np.float64), weight[known]
    ridge = 0.02 * trust.sum() * np.diag([0.0] + [1.0] * (basis.shape[-1] - 1))
    robust = np.ones(len(trust))
    solution = np.zeros((basis.shape[-1], 3))
    for _ in range(ROBUST_ROUNDS):
        weighted = rows * (trust * robust)[:, None]
        solution = np.linalg.solve(rows.T @ weighted + ridge, weighted.T @ target)
        error = np.abs(target - rows @ solution).mean(axis=1)
        robust = 1.0 / (1.0 + (error / 0.25) ** 2)
    return np.asarray(basis @ solution)


def _average(values: NDArray[np.float64], weight: Float32) -> NDArray[np.float64]:
    return np.asarray((values * weight[..., None]).sum(axis=(0, 1)) / max(weight.sum(), 1e-9))


def _smooth_difference(log_light: NDArray[np.floating], weight: Float32) -> NDArray[np.float64]:
    """Other half minus this half, where both are seen, blurred."""
    sigma = MATCH_BLUR * weight.shape[0]
    both = np.minimum(weight, weight[::-1])
    difference = (log_light[::-1] - log_light) * both[..., None]
    blurred = cv2.GaussianBlur(difference.astype(np.float32), (0, 0), sigma)
    share = cv2.GaussianBlur(both, (0, 0), sigma)
    # Where little was compared the difference fades out instead of growing noisy.
    return np.asarray(blurred / (share[..., None] + 0.05), np.float64)
