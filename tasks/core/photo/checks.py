"""What the whole frame must fulfil, face or no face, and the list of these checks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Check, Uint8
from tasks.core.photo.limits import DEFAULT_LIMITS, PhotoLimits

PhotoValidator = Callable[[Uint8], Check]
"""(H, W, 3) uint8 sRGB pixels → one row of the quality report. A validator may also raise
`Rejected` itself, to say its own sentence."""

# Rec. 709 luma and luminance weights.
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_BLACK_LEVEL = 16  # 8-bit luma below which nothing can be told apart on a screen
_BLOWN_LEVEL = 250  # all three channels from here on: burnt out, no colour left
_SAMPLES_PER_SIDE = 256  # shares are exact to a fraction of a percent with a grid of this size


def photo_validators(limits: PhotoLimits = DEFAULT_LIMITS) -> tuple[PhotoValidator, ...]:
    """The checks of the whole frame, held against `limits`, in the order they are judged."""
    return (
        partial(check_resolution, limits=limits),
        partial(check_dark_share, limits=limits),
        partial(check_mean_luminance, limits=limits),
        partial(check_blown_share, limits=limits),
        partial(check_contrast, limits=limits),
    )


def check_resolution(pixels: Uint8, *, limits: PhotoLimits = DEFAULT_LIMITS) -> Check:
    """The shorter side, in pixels."""
    side = min(pixels.shape[:2])
    return Check(
        "resolution", float(side), limits.min_side, "px", side >= limits.min_side, "photo.too_small"
    )


def check_dark_share(pixels: Uint8, *, limits: PhotoLimits = DEFAULT_LIMITS) -> Check:
    """The share of the frame that is black."""
    share = float((_luma(pixels) < _BLACK_LEVEL).mean())
    return Check(
        "dark_share",
        share,
        limits.dark_share,
        "ratio",
        share <= limits.dark_share,
        "photo.too_dark",
    )


def check_mean_luminance(pixels: Uint8, *, limits: PhotoLimits = DEFAULT_LIMITS) -> Check:
    """The frame's mean relative luminance, in linear light (0..1)."""
    mean = float((_linear(_grid(pixels)) @ _LUMA).mean(dtype=np.float64))
    return Check(
        "mean_luminance",
        mean,
        limits.min_luminance,
        "ratio",
        mean >= limits.min_luminance,
        "photo.too_dark",
    )


def check_blown_share(pixels: Uint8, *, limits: PhotoLimits = DEFAULT_LIMITS) -> Check:
    """The share of the frame that is burnt out in all three channels."""
    share = float((_grid(pixels).min(axis=2) >= _BLOWN_LEVEL).mean())
    return Check(
        "blown_share",
        share,
        limits.blown_share,
        "ratio",
        share <= limits.blown_share,
        "photo.too_bright",
    )


def check_contrast(pixels: Uint8, *, limits: PhotoLimits = DEFAULT_LIMITS) -> Check:
    """The range of luma between its 1st and 99th percentile, in 8-bit levels."""
    low, high = np.percentile(_luma(pixels), (1.0, 99.0))
    span = float(high - low)
    return Check(
        "contrast",
        span,
        limits.min_contrast,
        "levels",
        span >= limits.min_contrast,
        "photo.no_contrast",
    )


PHOTO_VALIDATORS = photo_validators()


def _grid(pixels: Uint8) -> Uint8:
    rows, columns = (max(1, side // _SAMPLES_PER_SIDE) for side in pixels.shape[:2])
    return pixels[::rows, ::columns]


def _luma(pixels: Uint8) -> NDArray[np.float32]:
    luma: NDArray[np.float32] = _grid(pixels).astype(np.float32) @ _LUMA
    return luma


def _linear(pixels: Uint8) -> NDArray[np.float32]:
    # IEC 61966-2-1.
    s = pixels.astype(np.float32) / np.float32(255)
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4).astype(np.float32)
