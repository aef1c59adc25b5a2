"""Paint gums, teeth and tongue: one picture, the same for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Uint8
from tasks.core.skin.dental_arch import (
    GUM_BACK,
    GUM_FRONT,
    LOWER_WIDTHS,
    UPPER_WIDTHS,
    tooth_borders,
)

# Shares of the picture's height: upper teeth, lower teeth, tongue below.
UPPER_BAND = (0.0, 0.25)
LOWER_BAND = (0.25, 0.5)
TONGUE_BAND = (0.5, 1.0)
# Exponents on the shade inside the mouth, by channel: the darker, the redder.
_WARMING = (1.0, 1.35, 1.45)


@dataclass(frozen=True)
class MouthLook:
    """Colours in sRGB. side: pixels of the square picture. seed: of the tongue's papillae."""

    side: int = 512
    tooth: tuple[int, int, int] = (232, 222, 203)
    tooth_neck: tuple[int, int, int] = (214, 194, 162)
    tooth_edge: tuple[int, int, int] = (214, 214, 212)
    gap: tuple[int, int, int] = (96, 62, 54)
    gum: tuple[int, int, int] = (186, 104, 100)
    tongue: tuple[int, int, int] = (190, 98, 98)
    tongue_deep: tuple[int, int, int] = (120, 48, 52)
    seed: int = 11


@cache
def paint_mouth(look: MouthLook = MouthLook()) -> Uint8:
    """(side, side, 3) uint8 sRGB; the same array every time, read-only."""
    picture = np.zeros((look.side, look.side, 3), np.float32)
    for band, widths in ((UPPER_BAND, UPPER_WIDTHS), (LOWER_BAND, LOWER_WIDTHS)):
        rows = slice(int(band[0] * look.side), int(band[1] * look.side))
        picture[rows] = _teeth(look, widths, rows.stop - rows.start)
    top = int(TONGUE_BAND[0] * look.side)
    picture[top:] = _tongue(look, look.side - top)
    pixels = np.rint(np.clip(picture, 0.0, 255.0)).astype(np.uint8)
    pixels.setflags(write=False)
    return pixels


def _teeth(look: MouthLook, widths: tuple[float, ...], height: int) -> NDArray[np.float32]:
    u = ((np.arange(look.side) + 0.5) / look.side).astype(np.float32)[None, :]
    v = ((np.arange(height) + 0.5) / height).astype(np.float32)[:, None]
    borders = tooth_borders(widths).astype(np.float32)
    tooth = np.clip(np.searchsorted(borders, u[0], side="right") - 1, 0, len(borders) - 2)
    within = ((u[0] - borders[tooth]) / np.diff(borders)[tooth])[None, :]
    # The gum's edge bows up over each crown and dips between them.
    scallop = np.float32(0.055) * (2.0 * within - 1.0) ** 2
    front, back = GUM_FRONT + scallop, GUM_BACK - scallop
    crown = _step(front - 0.012, front + 0.012, v) * (1.0 - _step(back - 0.012, back + 0.012, v))
    neck = 1.0 - _step(0.0, 0.16, v - front)
    edge = np.exp(-(((v - 0.64) / 0.055) ** 2))
    enamel = _mix(look.tooth, look.tooth_neck, neck * 0.8)
    enamel += (np.array(look.tooth_edge, np.float32) - enamel) * (edge * 0.6)[..., None]
    # Narrow and dark between the teeth, wider towards the gum.
    beside = np.minimum(within, 1.0 - within) * np.diff(borders)[tooth][None, :]
    gap = np.exp(-((beside / (0.0022 + 0.0012 * neck)) ** 2)) * np.float32(0.8)
    enamel += (np.array(look.gap, np.float32) - enamel) * gap[..., None]
    gum = (
        np.array(look.gum, np.float32)
        * (0.82 + 0.18 * _step(0.0, 0.2, v) + 0.05 * np.cos(2.0 * np.pi * (within - 0.5)))[
            ..., None
        ]
    )
    picture = gum + (enamel - gum) * crown[..., None]
    # Little light reaches the cheeks' side at the back, and the inner side.
    dark = 1.0 - 0.62 * _step(0.15, 0.33, np.abs(u - 0.5)) - 0.25 * _step(0.66, 0.95, v)
    # What light there is has passed through lips and gums.
    return picture * np.clip(dark, 0.3, 1.0)[..., None] ** np.array(_WARMING, np.float32)


def _tongue(look: MouthLook, height: int) -> NDArray[np.float32]:
    u = ((np.arange(look.side) + 0.5) / look.side).astype(np.float32)[None, :]
    v = ((np.arange(height) + 0.5) / height).astype(np.float32)[:, None]
    papillae = np.random.default_rng(look.seed).standard_normal((height, look.side))
    papillae = cv2.GaussianBlur(papillae.astype(np.float32), (0, 0), 1.6)
    groove = np.exp(-(((u - 0.5) / 0.022) ** 2)) * _step(0.05, 0.25, v) * (1 - _step(0.7, 0.9, v))
    # v runs from the root to the tip.
    deep = np.clip(1.0 - _step(0.1, 0.75, v) + 0.0 * u, 0.0, 1.0)
    picture = _mix(look.tongue, look.tongue_deep, deep)
    return picture * (1.0 + 0.10 * papillae - 0.16 * groove)[..., None]


def _mix(
    first: tuple[int, int, int], second: tuple[int, int, int], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    a, b = np.array(first, np.float32), np.array(second, np.float32)
    return a + (b - a) * share[..., None]


def _step(
    start: float | NDArray[np.float32], end: float | NDArray[np.float32], value: NDArray[np.float32]
) -> NDArray[np.float32]:
    t = np.clip((value - start) / (np.asarray(end) - start), 0.0, 1.0).astype(np.float32)
    return t * t * (3.0 - 2.0 * t)
