"""Flattening light: what shading adds goes, what the skin has stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.entities import Float32
from tasks.core.skin.relight import LARGEST_LOG_GAIN, flatten_light

ROWS, COLUMNS = 64, 48


def normals() -> Float32:
    """A head's front as a map: rows run from one side to the other, columns from top to bottom."""
    side = np.deg2rad(np.linspace(-70.0, 70.0, ROWS))[:, None]
    up = np.deg2rad(np.linspace(50.0, -50.0, COLUMNS))[None]
    parts = [np.sin(side) * np.cos(up), np.sin(up) + 0 * side, np.cos(side) * np.cos(up)]
    return np.stack(parts, axis=-1).astype(np.float32)


def albedo() -> np.ndarray:
    """Symmetric: lips, eyes and cheeks of their own colour on even skin."""
    y, x = np.mgrid[0:ROWS, 0:COLUMNS]
    skin = np.full((ROWS, COLUMNS, 3), (0.5, 0.3, 0.2))
    aside = np.abs(y - (ROWS - 1) / 2)
    skin[(aside < 8) & (x > 33) & (x < 39)] = (0.4, 0.15, 0.13)
    skin[(np.hypot(aside - 12, x - 14) < 4)] = (0.2, 0.15, 0.12)
    skin[(np.hypot(aside - 16, x - 26) < 6)] *= (1.05, 0.9, 0.9)
    return skin


def lit_from(direction: tuple[float, float, float], ambient: float) -> np.ndarray:
    """(ROWS, COLUMNS, 1) Lambertian shading under a large light: linear harmonics alone."""
    towards = np.array(direction) / np.linalg.norm(direction)
    return (ambient + (1.0 - ambient) * 0.5 * (1.0 + normals() @ towards))[..., None]


def unevenness(log_light: np.ndarray, weight: np.ndarray) -> float:
    """Weighted mean absolute difference of the halves."""
    both = np.minimum(weight, weight[::-1])[..., None]
    return float((np.abs(log_light - log_light[::-1]) * both).sum() / both.sum() / 3)


EVEN = np.ones((ROWS, COLUMNS), np.float32)


@pytest.mark.parametrize("direction", [(1.0, 0.2, 0.6), (-1.0, 0.0, 0.3), (0.5, 1.0, 0.5)])
@pytest.mark.parametrize("ambient", [0.15, 0.4])
def test_the_halves_match_afterwards(direction: tuple[float, float, float], ambient: float) -> None:
    logs = np.log(albedo() * lit_from(direction, ambient)).astype(np.float32)
    after = logs + np.log(flatten_light(logs, EVEN, normals()))
    assert unevenness(logs, EVEN) > 0.1
    assert unevenness(after, EVEN) < 0.2 * unevenness(logs, EVEN)


def test_the_shading_shrinks_and_the_skins_own_colours_stay() -> None:
    true = np.log(albedo())
    logs = (true + np.log(lit_from((1.0, 0.6, 0.4), 0.2))).astype(np.float32)
    after = logs + np.log(flatten_light(logs, EVEN, normals()))

    def error(image: np.ndarray) -> float:
        difference = image - true
        return float((difference - difference.mean(axis=(0, 1))).std())

    assert error(after) < 0.5 * error(logs)
    # The lips' contrast to the skin around them.
    lips, skin = (slice(28, 36), slice(34, 39)), (slice(28, 36), slice(28, 32))
    contrast = [image[lips].mean() - image[skin].mean() for image in (true, after)]
    assert contrast[1] == pytest.approx(contrast[0], rel=0.25)


def test_a_coloured_light_from_one_side_is_taken_out() -> None:
    tint = np.array([1.0, 0.7, 0.4])
    light = lit_from((1.0, 0.0, 0.5), 0.3) * tint + lit_from((-1.0, 0.0, 0.5), 0.3) * tint[::-1]
    logs = np.log(albedo() * light).astype(np.float32)
    after = logs + np.log(flatten_light(logs, EVEN, normals()))
    assert unevenness(after, EVEN) < 0.2 * unevenness(logs, EVEN)


@settings(max_examples=15, deadline=None)
@given(color=st.tuples(*[st.floats(0.01, 1.0)] * 3))
def test_even_skin_in_even_light_needs_no_gain(color: tuple[float, float, float]) -> None:
    logs = np.broadcast_to(np.log(color), (ROWS, COLUMNS, 3)).astype(np.float32)
    np.testing.assert_allclose(flatten_light(logs, EVEN, normals()), 1.0, atol=1e-4)


@settings(max_examples=15, deadline=None)
@given(factor=st.floats(0.05, 20.0))
def test_more_light_changes_nothing_but_the_level(factor: float) -> None:
    logs = np.log(albedo() * lit_from((1.0, 0.3, 0.5), 0.3)).astype(np.float32)
    gain = flatten_light(logs, EVEN, normals())
    brighter = flatten_light(logs + np.float32(np.log(factor)), EVEN, normals())
    np.testing.assert_allclose(brighter, gain, rtol=1e-3)


def test_what_was_not_seen_has_no_say() -> None:
    logs = np.log(albedo() * lit_from((1.0, 0.3, 0.5), 0.3)).astype(np.float32)
    weight = EVEN.copy()
    weight[:20] = 0.0
    spoiled = logs.copy()
    spoiled[:20] = -5.0
    expected = flatten_light(logs, weight, normals())
    np.testing.assert_allclose(flatten_light(spoiled, weight, normals()), expected, atol=1e-5)


def test_the_gain_is_bounded_and_finite_in_the_worst_light() -> None:
    logs = np.where(np.arange(ROWS)[:, None, None] < ROWS // 2, -5.8, 0.0)
    logs = np.broadcast_to(logs, (ROWS, COLUMNS, 3)).astype(np.float32)
    gain = flatten_light(logs, EVEN, normals())
    assert np.isfinite(gain).all()
    assert np.abs(np.log(gain)).max() <= LARGEST_LOG_GAIN + 1e-6


def test_nothing_seen_gives_a_finite_gain() -> None:
    logs = np.zeros((ROWS, COLUMNS, 3), np.float32)
    assert np.isfinite(flatten_light(logs, np.zeros_like(EVEN), normals())).all()
