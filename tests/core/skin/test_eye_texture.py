"""The painted eye: pupil in the middle, the asked colour around it, a white that is not white."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.skin.eye_texture import EyeLook, paint_eye


def _rings(pixels: np.ndarray) -> np.ndarray:
    axis = (np.arange(len(pixels)) + 0.5) / len(pixels) * 2.0 - 1.0
    return np.hypot(*np.meshgrid(axis, axis))


@pytest.mark.parametrize("colour", [(92, 62, 42), (96, 132, 160), (90, 110, 76)], ids=str)
def test_iris_has_the_asked_colour_on_average(colour: tuple[int, int, int]) -> None:
    look = EyeLook()
    pixels = paint_eye(np.array(colour, np.uint8), look)
    reach = _rings(pixels) / look.iris_edge
    ring = (reach > 0.45) & (reach < 0.85)
    assert np.abs(pixels[ring].mean(axis=0) - colour).max() < 0.12 * max(colour)


def test_pupil_is_dark_and_the_white_is_bright_but_not_white() -> None:
    look = EyeLook()
    pixels = paint_eye(np.array((92, 62, 42), np.uint8), look)
    reach = _rings(pixels)
    assert pixels[reach < 0.8 * look.pupil * look.iris_edge].max() < 30
    beside = (reach > 1.1 * look.iris_edge) & (reach < 1.3 * look.iris_edge)
    white = pixels[beside].mean(axis=0)
    assert white.min() > 150
    assert white.max() < 235
    assert white[0] > white[2]


def test_limbus_is_darker_than_the_iris() -> None:
    look = EyeLook()
    pixels = paint_eye(np.array((92, 62, 42), np.uint8), look).astype(float)
    reach = _rings(pixels) / look.iris_edge
    inner = pixels[(reach > 0.5) & (reach < 0.7)].mean()
    assert pixels[(reach > 0.92) & (reach < 0.96)].mean() < 0.8 * inner


def test_painting_is_repeatable_and_leaves_no_trace() -> None:
    first = paint_eye(np.array((92, 62, 42), np.uint8))
    paint_eye(np.array((96, 132, 160), np.uint8))
    np.testing.assert_array_equal(first, paint_eye(np.array((92, 62, 42), np.uint8)))
