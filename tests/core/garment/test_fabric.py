"""The painted cloth: the asked colours in their places, with detail but without noise."""

from __future__ import annotations

import cv2
import numpy as np

from tasks.core.garment.charts import LEG, SHOE_UPPER, SHOE_WALL, SLEEVE, TORSO, Chart
from tasks.core.garment.fabric import FabricOptions, OutfitColours, paint_outfit

_COLOURS = OutfitColours(
    top=(40, 90, 170), collar=(20, 20, 22), bottom=(120, 140, 165), shoe=(150, 40, 30)
)


def _within(pixels: np.ndarray, chart: Chart, up: tuple[float, float]) -> np.ndarray:
    side = len(pixels)
    rows = [
        chart.top + chart.height - chart.margin - (chart.height - 2 * chart.margin) * u for u in up
    ]
    top, bottom = round(rows[1] * side), round(rows[0] * side)
    left = round((chart.left + chart.margin) * side)
    return pixels[top:bottom, left : left + round((chart.width - 2 * chart.margin) * side)]


def test_every_zone_has_its_colour() -> None:
    pixels = paint_outfit(_COLOURS)
    for chart, up, wanted in (
        (TORSO, (0.2, 0.9), _COLOURS.top),
        (TORSO, (0.96, 1.0), _COLOURS.collar),
        (SLEEVE, (0.2, 0.9), _COLOURS.top),
        (LEG, (0.1, 0.8), _COLOURS.bottom),
        (SHOE_WALL, (0.25, 0.5), _COLOURS.shoe),
        (SHOE_WALL, (0.02, 0.15), _COLOURS.sole),
    ):
        mean = _within(pixels, chart, up).reshape(-1, 3).mean(axis=0)
        assert np.abs(mean - wanted).max() < 14, (chart, wanted, mean)
    upper = _within(pixels, SHOE_UPPER, (0.4, 0.7)).reshape(-1, 3)
    assert (np.abs(upper - np.array(_COLOURS.lace)).max(axis=1) < 20).any()


def test_cloth_goes_on_across_the_seam() -> None:
    pixels = paint_outfit(_COLOURS).astype(int)
    inner = _within(pixels, TORSO, (0.2, 0.9))
    step = np.abs(inner[:, 0] - inner[:, -1]).mean()
    usual = np.abs(np.diff(inner, axis=1)).mean()
    assert step < 3.0 * usual


def test_black_cloth_is_not_flat_and_compresses_well() -> None:
    black = OutfitColours(
        top=(24, 22, 22), collar=(24, 22, 22), bottom=(30, 30, 34), shoe=(20, 20, 20)
    )
    pixels = paint_outfit(black)
    assert _within(pixels, TORSO, (0.2, 0.9)).std() > 0.8
    encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 88])[1]
    assert len(encoded) < 200_000


def test_painting_is_repeatable_at_any_size() -> None:
    small = FabricOptions(side=256)
    first = paint_outfit(_COLOURS, small)
    assert first.shape == (256, 256, 3)
    np.testing.assert_array_equal(first, paint_outfit(_COLOURS, small))
