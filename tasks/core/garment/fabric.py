"""Paint the outfit's cloth: knit, twill, ribs, seams, folds and the shade in them.

What is painted is a factor of brightness and a zone number per pixel, the same for everybody;
a person's colours then fill the zones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Uint8
from tasks.core.garment.charts import (
    COLLAR_RIB,
    CUFF_RIB,
    HEM_RIB,
    LEG,
    SHOE_SOLE,
    SHOE_UPPER,
    SHOE_WALL,
    SLEEVE,
    SOLE,
    TORSO,
    Chart,
)

# Zones of the picture, in the order of `OutfitColours.zones`.
_TOP, _COLLAR, _BOTTOM, _SHOE, _SOLE, _LACE = range(6)


@dataclass(frozen=True)
class OutfitColours:
    """sRGB of each zone: the top, its collar, cuffs follow the top; trousers; shoes."""

    top: tuple[int, int, int]
    collar: tuple[int, int, int]
    bottom: tuple[int, int, int]
    shoe: tuple[int, int, int]
    sole: tuple[int, int, int] = (216, 213, 206)
    lace: tuple[int, int, int] = (226, 224, 219)

    def zones(self) -> NDArray[np.float32]:
        """(6, 3) float32, by zone number."""
        return np.array(
            [self.top, self.collar, self.bottom, self.shoe, self.sole, self.lace], np.float32
        )


@dataclass(frozen=True)
class FabricOptions:
    """side: pixels of the square texture. seed: of folds and threads. weave: how much the
    threads show; fold: how much the folds do, as shares of brightness."""

    side: int = 1024
    seed: int = 17
    weave: float = 0.035
    fold: float = 0.11


def paint_outfit(colours: OutfitColours, options: FabricOptions = FabricOptions()) -> Uint8:
    """(side, side, 3) uint8 sRGB for the layout in `charts`."""
    light, zone = _cloth(options)
    picture = np.empty((options.side, options.side, 3), np.uint8)
    for channel in range(3):
        # Dark cloth shows its folds by what it reflects: a little is added, not multiplied.
        base = colours.zones()[:, channel]
        slope, floor = (base + _SHEEN)[zone], np.float32(_SHEEN)
        picture[..., channel] = np.clip(slope * light - floor + 0.5, 0.0, 255.0)
    return picture


# sRGB steps that folds move even black cloth.
_SHEEN = 26.0


@cache
def _cloth(options: FabricOptions) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """(side, side) brightness about 1 and zone number."""
    light = np.ones((options.side, options.side), np.float32)
    zone = np.zeros((options.side, options.side), np.uint8)
    random = np.random.default_rng(options.seed)
    for chart, paint in (
        (TORSO, _torso),
        (SLEEVE, _sleeve),
        (LEG, _leg),
        (SHOE_WALL, _shoe_wall),
        (SHOE_UPPER, _shoe_upper),
        (SHOE_SOLE, _shoe_sole),
    ):
        _place(chart, paint(_Canvas.of(chart, options, random)), light, zone)
    light.setflags(write=False)
    zone.setflags(write=False)
    return light, zone


@dataclass(frozen=True)
class _Canvas:
    """One chart without its margin: `across` (1, W) and `up` (H, 1), 0..1."""

    across: NDArray[np.float32]
    up: NDArray[np.float32]
    options: FabricOptions
    random: np.random.Generator

    @staticmethod
    def of(chart: Chart, options: FabricOptions, random: np.random.Generator) -> _Canvas:
        width = round((chart.width - 2.0 * chart.margin) * options.side)
        height = round((chart.height - 2.0 * chart.margin) * options.side)
        across = ((np.arange(width) + 0.5) / width).astype(np.float32)[None, :]
        up = (1.0 - (np.arange(height) + 0.5) / height).astype(np.float32)[:, None]
        return _Canvas(across, up, options, random)

    def folds(self, around: int, along: int) -> NDArray[np.float32]:
        """Smooth noise, -1..1, of so many swings around and along, going on across the seam."""
        grid = self.random.standard_normal((along + 3, around)).astype(np.float32)
        grid = np.concatenate([grid[:, -2:], grid, grid[:, :2]], axis=1)
        height, width = self.up.shape[0], self.across.shape[1]
        zoom_x, zoom_y = width / around, height / along
        matrix = np.array([[zoom_x, 0.0, -1.5 * zoom_x], [0.0, zoom_y, -zoom_y]])
        noise = cv2.warpAffine(
            grid, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(np.tanh(noise), np.float32)

    def threads(self, around: int, rows: int, slant: float) -> NDArray[np.float32]:
        """-1..1: so many columns of stitches; `slant` leans them, as in twill."""
        wave = np.cos(2.0 * np.pi * (around * self.across + slant * rows * self.up))
        grain = self.random.standard_normal(wave.shape).astype(np.float32)
        return np.asarray(0.6 * wave + 0.4 * np.clip(grain, -2.0, 2.0), np.float32)


_Painted = tuple[NDArray[np.float32], NDArray[np.uint8]]


def _torso(canvas: _Canvas) -> _Painted:
    across, up, weave, fold = canvas.across, canvas.up, canvas.options.weave, canvas.options.fold
    light = 1.0 + weave * canvas.threads(150, 90, 0.0)
    # Sweaters gather over the hem and hang in soft, level folds at the waist.
    waist = _hill(up, 0.28, 0.17)
    light += fold * (0.55 * canvas.folds(9, 16) * waist + 0.35 * canvas.folds(7, 9))
    for side in (0.25, 0.75):
        light -= 0.16 * _hill(across, side, 0.05) * _hill(up, 0.66, 0.12)
    collar = (up > 1.0 - COLLAR_RIB) | np.zeros_like(across, bool)
    ribs = (up < HEM_RIB) | collar
    light = np.where(ribs, 1.0 + 0.10 * np.cos(2.0 * np.pi * 96 * across), light)
    for line in (HEM_RIB, 1.0 - COLLAR_RIB):
        light -= 0.20 * _hill(up, line, 0.004)
    return light, np.where(collar, _COLLAR, _TOP).astype(np.uint8)


def _sleeve(canvas: _Canvas) -> _Painted:
    across, up, weave, fold = canvas.across, canvas.up, canvas.options.weave, canvas.options.fold
    light = 1.0 + weave * canvas.threads(64, 90, 0.0)
    bend = _hill(up, 0.50, 0.11) + 0.8 * _hill(up, 0.14, 0.07)
    light += fold * (0.6 * canvas.folds(4, 26) * bend + 0.35 * canvas.folds(4, 9))
    light -= 0.18 * _hill(np.minimum(across, 1.0 - across), 0.0, 0.14) * _hill(up, 1.0, 0.16)
    light -= 0.07 * _hill(np.minimum(across, 1.0 - across), 0.0, 0.01)
    ribs = (up < CUFF_RIB) | np.zeros_like(across, bool)
    light = np.where(ribs, 1.0 + 0.10 * np.cos(2.0 * np.pi * 40 * across), light)
    light -= 0.20 * _hill(up, CUFF_RIB, 0.005)
    return light, np.full(light.shape, _TOP, np.uint8)


def _leg(canvas: _Canvas) -> _Painted:
    across, up, weave, fold = canvas.across, canvas.up, canvas.options.weave, canvas.options.fold
    light = 1.0 + weave * canvas.threads(120, 190, 1.0)
    bends = 0.9 * _hill(up, 0.45, 0.07) + _hill(up, 0.04, 0.06) + 0.6 * _hill(up, 0.80, 0.06)
    light += fold * (0.85 * canvas.folds(5, 34) * bends + 0.35 * canvas.folds(5, 9))
    # Worn cloth is paler where thighs and knees stretch it.
    light += 0.07 * _hill(across, 0.27, 0.09) * _hill(up, 0.62, 0.16)
    inner = np.minimum(across, 1.0 - across)
    light -= 0.22 * _hill(inner, 0.0, 0.10) * _hill(up, 0.80, 0.10)
    light -= 0.25 * _step(0.845, 0.875, up)
    light = _seam(light, across - 0.5, 0.012)
    light = _seam(light, inner, 0.012)
    light = _seam(light, up - 0.022, 0.006)
    return light, np.full(light.shape, _BOTTOM, np.uint8)


def _shoe_wall(canvas: _Canvas) -> _Painted:
    across, up = canvas.across, canvas.up
    light = 1.0 + 0.03 * canvas.folds(40, 12) + 0.0 * up
    sole = (up < SOLE) | np.zeros_like(across, bool)
    light -= 0.45 * _hill(up, SOLE + 0.012, 0.008) + 0.12 * _hill(up, 0.09, 0.012)
    light -= 0.20 * _step(0.55, 0.75, up)
    # The heel's cap and the toe's.
    heel = np.minimum(across, 1.0 - across)
    light -= np.where(sole, 0.0, 0.22 * _hill(heel, 0.10, 0.006))
    light -= np.where(sole, 0.0, 0.22 * _hill(np.abs(across - 0.5), 0.075, 0.006))
    return light, np.where(sole, _SOLE, _SHOE).astype(np.uint8)


def _shoe_upper(canvas: _Canvas) -> _Painted:
    across, up = canvas.across, canvas.up
    light = 1.0 + 0.03 * canvas.folds(10, 16)
    beside = np.abs(across - 0.5)
    tongue = (beside < 0.17) & (up > 0.40) & (up < 0.70)
    light -= np.where(tongue, 0.10, 0.0)
    light -= 0.30 * _hill(beside, 0.19, 0.012) * _step(0.36, 0.40, up) * (1 - _step(0.68, 0.72, up))
    rows = np.abs((up * 100.0) % 6.0 - 3.0) < 1.25
    laces = tongue & rows & (beside < 0.15)
    light -= np.where(tongue & ~rows, 0.12, 0.0)
    light -= 0.22 * _hill(up, 0.78 - 0.5 * beside**2, 0.008)
    return light, np.where(laces, _LACE, _SHOE).astype(np.uint8)


def _shoe_sole(canvas: _Canvas) -> _Painted:
    # The tread keeps to the middle: the rim is seen from the side.
    tread = np.cos(2.0 * np.pi * 22 * canvas.up) > 0.4
    middle = np.hypot((canvas.across - 0.5) / 0.30, (canvas.up - 0.5) / 0.40) < 1.0
    light = 0.97 - 0.22 * (tread & middle)
    return light.astype(np.float32), np.full(light.shape, _SOLE, np.uint8)


def _seam(
    light: NDArray[np.float32], distance: NDArray[np.float32], gap: float
) -> NDArray[np.float32]:
    """A sewn line: a dark crease and a row of stitches on either side."""
    stitches = _hill(np.abs(distance), gap, 0.25 * gap)
    return np.asarray(light - 0.16 * _hill(distance, 0.0, 0.3 * gap) + 0.10 * stitches, np.float32)


def _place(
    chart: Chart, painted: _Painted, light: NDArray[np.float32], zone: NDArray[np.uint8]
) -> None:
    """Put a chart and its margin in the picture; around the tube the cloth simply goes on."""
    side = len(light)
    top, left = round(chart.top * side), round(chart.left * side)
    bottom, right = (
        round((chart.top + chart.height) * side),
        round((chart.left + chart.width) * side),
    )
    before = round((chart.top + chart.margin) * side) - top
    beside = round((chart.left + chart.margin) * side) - left
    height, width = painted[0].shape
    rows = (before, bottom - top - before - height)
    columns = (beside, right - left - beside - width)
    inside = (slice(top, bottom), slice(left, right))
    light[inside] = np.pad(np.pad(painted[0], (rows, (0, 0)), "edge"), ((0, 0), columns), "wrap")
    zone[inside] = np.pad(np.pad(painted[1], (rows, (0, 0)), "edge"), ((0, 0), columns), "wrap")


def _hill(
    value: NDArray[np.float32], middle: float | NDArray[np.float32], width: float
) -> NDArray[np.float32]:
    return np.asarray(np.exp(-(((value - middle) / width) ** 2)), np.float32)


def _step(start: float, end: float, value: NDArray[np.float32]) -> NDArray[np.float32]:
    t = np.clip((value - start) / (end - start), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t), np.float32)
