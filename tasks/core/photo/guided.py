"""Guided filter: give a mask the edges of a colour photo.

He, Sun and Tang, "Guided image filtering", TPAMI 2013, with colour guidance. Written out with
OpenCV's box filter because the filter of its contrib modules is missing wherever another package
has put the plain OpenCV over them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Uint8


def guided_filter(guide: Uint8, mask: NDArray[np.floating], radius: int, epsilon: float) -> Float32:
    """Smooth `mask` within, but not across, the edges of `guide`.

    Args:
        guide: (H, W, 3) uint8. mask: (H, W) floating, 0..1. radius: half the window, pixels.
        epsilon: variance of the guide, squared 8-bit levels, below which it counts as flat.

    Returns:
        (H, W) float32, not clipped.
    """
    size = (2 * radius + 1, 2 * radius + 1)
    image = guide.astype(np.float32) / 255.0
    target = np.asarray(mask, np.float32)
    regular = np.float32(epsilon / 255.0**2)

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.blur(values, size, borderType=cv2.BORDER_REFLECT), np.float32)

    middle, target_mean = mean(image), mean(target)
    cross = mean(image * target[..., None]) - middle * target_mean[..., None]
    pairs = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    moments = [mean(image[..., i] * image[..., j]) - middle[..., i] * middle[..., j]
               for i, j in pairs]  # fmt: skip
    rr, rg, rb, gg, gb, bb = moments
    rr, gg, bb = rr + regular, gg + regular, bb + regular
    # The symmetric 3 x 3 inverse by cofactors, a pixel each.
    c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c11, c12, c22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c00 + rg * c01 + rb * c02
    x, y, z = (cross[..., k] for k in range(3))
    slope = np.stack(
        [c00 * x + c01 * y + c02 * z, c01 * x + c11 * y + c12 * z, c02 * x + c12 * y + c22 * z],
        axis=-1,
    )
    slope /= determinant[..., None]
    offset = target_mean - (slope * middle).sum(axis=-1)
    result = (mean(slope.astype(np.float32)) * image).sum(axis=-1) + mean(offset)
    return np.asarray(result, np.float32)
