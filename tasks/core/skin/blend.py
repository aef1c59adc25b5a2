"""Seamless blending in UV space: push-pull filling and multi-band composition.

Burt and Adelson, "A multiresolution spline with application to image mosaics", ACM TOG 1983:
low frequencies are mixed over wide borders, high ones over narrow ones, so that neither a step nor
a ghost is left. Gradient-domain blending (Poisson) would hide borders as well; it was not tried,
since it needs a solve over a million texels where the pyramid needs a few blurs.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tasks.core.entities import Float32

# Six levels: the widest border is a sixteenth of the texture.
LEVELS = 6
# Keeps quotients finite where nothing is known; any larger weight is knowledge, if far from it.
UNKNOWN = 1e-12


def fill(color: Float32, weight: Float32) -> Float32:
    """Give every texel a colour: its own where it is trusted, else its neighbourhood's.

    Args:
        color: (H, W, 3) float32. weight: (H, W) float32 in 0..1.

    Returns:
        (H, W, 3) float32; equal to `color` where weight is 1.
    """
    height, width = weight.shape
    trust = cv2.cvtColor(weight, cv2.COLOR_GRAY2RGB)
    if min(height, width) <= 2:
        total = max(float(weight.sum()), UNKNOWN)
        mean = (color * trust).sum(axis=(0, 1)) / total
        return np.broadcast_to(mean, color.shape).astype(np.float32)
    coarse_weight = cv2.pyrDown(weight)
    coarse = cv2.pyrDown(color * trust)
    coarse /= cv2.cvtColor(np.maximum(coarse_weight, UNKNOWN), cv2.COLOR_GRAY2RGB)
    # Growing the trust on the way down lets far knowledge reach into wide holes.
    below = fill(coarse, np.minimum(2.0 * coarse_weight, 1.0))
    up = cv2.pyrUp(below, dstsize=(width, height))
    # Written so that full trust gives the colour itself, to the bit.
    up *= 1.0 - trust
    up += color * trust
    return np.asarray(up, np.float32)


def compose(
    base: Float32, layers: Sequence[tuple[Float32, Float32]], levels: int = LEVELS
) -> Float32:
    """Lay layers over one another, each fading into what lies below.

    Args:
        base: (H, W, 3) float32, the lowest colour.
        layers: (color (H, W, 3) float32, cover (H, W) float32 in 0..1), from below.
        levels: of the pyramid; the widest border is about 2 ** (levels + 1) texels.

    Returns:
        (H, W, 3) float32.
    """
    result = base
    for color, cover in layers:
        mixed = _mix(color - result, cover, levels)
        mixed += result
        result = mixed
    return result


def _mix(difference: Float32, cover: Float32, levels: int) -> Float32:
    # Blending two Laplacian pyramids equals weighting the pyramid of their difference.
    share = cv2.cvtColor(cover, cv2.COLOR_GRAY2RGB)
    if levels == 0 or min(cover.shape) <= 4:
        return np.asarray(difference * share, np.float32)
    size = cover.shape[::-1]
    coarse = cv2.pyrDown(difference)
    band = cv2.subtract(difference, cv2.pyrUp(coarse, dstsize=size))
    band *= share
    band += cv2.pyrUp(_mix(coarse, cv2.pyrDown(cover), levels - 1), dstsize=size)
    return np.asarray(band, np.float32)
