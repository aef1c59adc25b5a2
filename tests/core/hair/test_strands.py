"""Plain hair has the photo's tones and grain."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tasks.core.entities import Float32
from tasks.core.hair.field import HEIGHT, WIDTH
from tasks.core.hair.strands import STRENGTH, plain_hair

MEAN = np.array([0.16, 0.09, 0.04], np.float32)
EVERYWHERE = np.ones((HEIGHT, WIDTH), np.float32)


def hair(*, straight: bool, strength: float = 0.1) -> Float32:
    noise = np.random.default_rng(7).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    reach = (12.0, 0.7) if straight else (1.2, 1.2)
    grain = cv2.GaussianBlur(noise, (0, 0), sigmaX=reach[0], sigmaY=reach[1])
    grain /= grain.std()
    return np.asarray(np.sqrt(MEAN) * (1.0 + strength * grain[..., None]), np.float32)


def run_length(plain: Float32) -> float:
    """How far down the map a strand stays like itself, in texels."""
    light = plain.mean(axis=2)
    strands = (light - light.mean()) / light.std()
    for step in range(1, 60):
        if (strands[step:] * strands[:-step]).mean() < 0.5:
            return float(step)
    return 60.0


def test_straight_hair_gives_long_strands_and_curly_hair_short_ones() -> None:
    straight = plain_hair(hair(straight=True), EVERYWHERE, MEAN)
    curly = plain_hair(hair(straight=False), EVERYWHERE, MEAN)
    assert run_length(straight) > 20.0
    assert run_length(curly) < 6.0


def test_tone_is_the_photos() -> None:
    plain = plain_hair(hair(straight=True), EVERYWHERE, MEAN)
    np.testing.assert_allclose(plain.mean(axis=(0, 1)), np.sqrt(MEAN), rtol=0.02)


def test_lighter_above_stays_lighter_above() -> None:
    root = hair(straight=True)
    root[: HEIGHT // 2] *= 1.4
    plain = plain_hair(root, EVERYWHERE, MEAN)
    assert plain[:100].mean() == pytest.approx(1.4 * plain[-100:].mean(), rel=0.05)


def test_unseen_hair_has_the_mean_tone() -> None:
    root = np.full((HEIGHT, WIDTH, 3), 0.9, np.float32)
    plain = plain_hair(root, np.zeros_like(EVERYWHERE), MEAN)
    np.testing.assert_allclose(plain.mean(axis=(0, 1)), np.sqrt(MEAN), rtol=0.02)


@pytest.mark.parametrize("strength", [0.001, 0.08, 0.9])
def test_grain_follows_the_photo_within_bounds(strength: float) -> None:
    plain = plain_hair(hair(straight=True, strength=strength), EVERYWHERE, MEAN)
    light = plain.mean(axis=2)
    found = float(light.std() / light.mean())
    assert 0.9 * STRENGTH[0] < found < 1.1 * STRENGTH[1]


def test_the_same_every_time() -> None:
    first = plain_hair(hair(straight=False), EVERYWHERE, MEAN)
    second = plain_hair(hair(straight=False), EVERYWHERE, MEAN)
    np.testing.assert_array_equal(first, second)
