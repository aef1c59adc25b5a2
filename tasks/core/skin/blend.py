"""Seamless blending in UV space: push-pull filling and multi-band composition.

Burt and Adelson, "A multiresolution spline with application to image mosaics", ACM TOG 1983:
low frequencies are mixed over wide borders, high ones over narrow ones, so that neither a step nor
a ghost is left. Gradient-domain blending (Poisson) was tried in thought and left: a solve over
4 million texels costs seconds for a border that the pyramid hides in 0.2 s.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tasks.core.entities import Float32

# Six levels: the widest border is a sixteenth of the texture.
LEVELS = 6
# A weight below this is no knowledge.
UNKNOWN = 1e-3


def fill(color: Float32, weight: Float32) -> Float32:
    """Give every texel a colour: its own where it is trusted, else its neighbourhood's.

    Args:
        color: (S, S, 3) float32. weight: (S, S) float32 in 0..1. S: a power of two at best.

    Returns:
        (S, S, 3) float32; equal to `color` where weight is 1.
    """
    height, width = weight.shape
    if min(height, width) <= 2:
        total = max(float(weight.sum()), UNKNOWN)
        mean = (color * weight[..., None]).sum(axis=(0, 1)) / total
        return np.broadcast_to(mean, color.shape).astype(np.float32)
    coarse_weight = cv2.pyrDown(weight)
    coarse = cv2.pyrDown(color * weight[..., None])
    coarse = coarse / np.maximum(coarse_weight, UNKNOWN)[..., None]
    # Growing the trust on the way down lets far knowledge reach into wide holes.
    below = fill(coarse, np.clip(2.0 * coarse_weight, 0.0, 1.0))
    up = cv2.pyrUp(below, dstsize=(width, height))
    return np.asarray(up + (color - up) * weight[..., None], np.float32)


def compose(base: Float32, layers: Sequence[tuple[Float32, Float32]]) -> Float32:
    """Lay layers over one another, each fading into what lies below.

    Args:
        base: (S, S, 3) float32, the lowest colour.
        layers: (color (S, S, 3) float32, cover (S, S) float32 in 0..1), from below.

    Returns:
        (S, S, 3) float32.
    """
    result = base
    for color, cover in layers:
        result = _over(result, color, cover)
    return result


def _over(below: Float32, above: Float32, cover: Float32) -> Float32:
    difference = above - below
    mixed = _mix(difference, cover, LEVELS)
    return np.asarray(below + mixed, np.float32)


def _mix(difference: Float32, cover: Float32, levels: int) -> Float32:
    # Blending two Laplacian pyramids equals weighting the pyramid of their difference.
    if levels == 0 or min(cover.shape) <= 4:
        return difference * cover[..., None]
    height, width = cover.shape
    coarse = cv2.pyrDown(difference)
    band = difference - cv2.pyrUp(coarse, dstsize=(width, height))
    rest = _mix(coarse, cv2.pyrDown(cover), levels - 1)
    return np.asarray(
        band * cover[..., None] + cv2.pyrUp(rest, dstsize=(width, height)), np.float32
    )
