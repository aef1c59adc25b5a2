"""sRGB to linear light and back (IEC 61966-2-1)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

_KNEE_ENCODED = 0.04045
_KNEE_LINEAR = 0.0031308

ROOT_STEPS = 4096


def to_linear(srgb: NDArray[np.generic]) -> NDArray[np.float64]:
    """sRGB 0..255, any shape → linear 0..1."""
    value = np.asarray(srgb, np.float64) / 255.0
    return np.where(value <= _KNEE_ENCODED, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Linear 0..1, clipped → sRGB 0..255, rounded."""
    value = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    encoded = np.where(value <= _KNEE_LINEAR, value * 12.92, 1.055 * value ** (1 / 2.4) - 0.055)
    return np.rint(encoded * 255.0).astype(np.uint8)


def to_root(srgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """sRGB 0..255 → the square root of linear light, 0..1, by table: where colours are blended."""
    table = np.sqrt(to_linear(np.arange(256))).astype(np.float32)
    return np.asarray(cv2.LUT(srgb, table), np.float32)


def from_root(root: NDArray[np.floating]) -> NDArray[np.uint8]:
    """The square root of linear light, clipped → sRGB 0..255, by table."""
    # Sixteen times finer than sRGB's steps: no bands.
    table = to_srgb((np.arange(ROOT_STEPS) / (ROOT_STEPS - 1)) ** 2)
    index = np.clip(np.asarray(root, np.float32) * (ROOT_STEPS - 1) + 0.5, 0, ROOT_STEPS - 1)
    return table[index.astype(np.uint16)]
