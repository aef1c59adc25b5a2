from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.photo.colour_matte import colour_matte

_PERSON = np.array([180, 60, 40], np.float64)
_BEHIND = np.array([60, 120, 200], np.float64)


def _true_alpha(size: int, *, soft: float) -> NDArray[np.float64]:
    """A disc with thin rays, as hair stands off a head; softened as a lens does."""
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    distance, angle = np.hypot(x, y), np.arctan2(y, x)
    rays = (np.cos(angle * 24) > 0.5) & (distance < size * 0.315)
    alpha = ((distance < size * 0.3) | rays).astype(np.float64)
    return np.asarray(cv2.GaussianBlur(alpha, (0, 0), soft))


def _scene(alpha: NDArray[np.float64]) -> NDArray[np.uint8]:
    noise = np.random.default_rng(1).normal(0, 3, (*alpha.shape, 3))
    mixed = alpha[..., None] * _PERSON + (1 - alpha[..., None]) * _BEHIND + noise
    return np.clip(np.round(mixed), 0, 255).astype(np.uint8)


def _coarse(alpha: NDArray[np.float64], wide: float) -> NDArray[np.float32]:
    return cv2.GaussianBlur(alpha, (0, 0), wide).astype(np.float32)


def test_a_blurred_mask_is_brought_back_to_the_edges() -> None:
    alpha = _true_alpha(512, soft=1.0)
    coarse = _coarse(alpha, 6.0)
    matte = colour_matte(_scene(alpha), coarse) / 255
    before, after = np.abs(coarse - alpha).mean(), np.abs(matte - alpha).mean()
    assert after < 0.3 * before


def test_a_soft_border_stays_soft() -> None:
    alpha = _true_alpha(512, soft=3.0)
    matte = colour_matte(_scene(alpha), _coarse(alpha, 6.0)) / 255
    border = (alpha > 0.3) & (alpha < 0.7)
    assert 0.25 < matte[border].mean() < 0.75
    assert np.abs(matte - alpha)[border].mean() < 0.15


def test_far_from_the_border_colours_are_not_asked() -> None:
    """A patch of the background's colour on the shirt is shirt; one of the shirt's is wall."""
    alpha = _true_alpha(512, soft=1.0)
    scene = _scene(alpha)
    scene[240:260, 240:260] = _BEHIND
    scene[20:40, 20:40] = _PERSON
    matte = colour_matte(scene, _coarse(alpha, 6.0))
    assert (matte[240:260, 240:260] == 255).all()
    assert (matte[20:40, 20:40] == 0).all()


def test_clothing_half_seen_is_filled_and_a_gap_is_not() -> None:
    alpha = _true_alpha(512, soft=1.0)
    coarse = _coarse(alpha, 3.0)
    coarse[200:220, 200:220] = 0.35
    coarse[290:310, 290:310] = 0.0
    scene = _scene(alpha)
    scene[290:310, 290:310] = _BEHIND
    matte = colour_matte(scene, coarse)
    assert matte[205:215, 205:215].min() > 240
    assert matte[295:305, 295:305].max() < 15


def test_equal_colours_leave_the_mask() -> None:
    alpha = _true_alpha(256, soft=1.0)
    grey = np.full((256, 256, 3), 128, np.uint8)
    coarse = _coarse(alpha, 3.0)
    matte = colour_matte(grey, coarse)
    assert ((matte > 127) == (coarse > 0.5)).mean() > 0.995


def test_large_photos_keep_their_size_and_empty_masks_stay_empty() -> None:
    pixels = np.full((1500, 700, 3), 90, np.uint8)
    matte = colour_matte(pixels, np.zeros((1500, 700), np.float32))
    assert matte.shape == (1500, 700)
    assert matte.dtype == np.uint8
    assert not matte.any()
