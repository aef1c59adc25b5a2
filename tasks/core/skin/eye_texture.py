"""Paint an eyeball: iris with fibres, pupil, limbal ring, a white that is not white.

The texture is polar about the pole that looks out: its middle is the pupil's centre, `iris_edge`
(a share of half the side) is the limbus, the rim is the back of the eye.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Uint8


@dataclass(frozen=True)
class EyeLook:
    """How an eye is painted. Lengths are shares of the iris' radius unless said otherwise.

    side: pixels of the square texture. iris_edge: radius of the limbus as a share of half the
    side. pupil: radius in ordinary indoor light (about 3.8 mm across of 11.7). limbus: width of
    the dark ring's falloff. fibres: number of angular frequencies. sclera: sRGB of the white.
    blush, vein_tint: what blood takes from the white, by channel, at most; ruff_tint: what the
    collarette adds. pupil_grey: sRGB, not quite black. seed: of fibres and veins.
    """

    side: int = 512
    iris_edge: float = 0.52
    pupil: float = 0.33
    limbus: float = 0.13
    fibres: tuple[int, ...] = (24, 47, 83, 131)
    fibre_contrast: float = 0.30
    sclera: tuple[int, int, int] = (214, 205, 199)
    veins: int = 26
    blush: tuple[float, float, float] = (0.08, 0.17, 0.19)
    vein_tint: tuple[float, float, float] = (0.04, 0.20, 0.20)
    ruff_tint: tuple[float, float, float] = (0.04, 0.0, -0.06)
    pupil_grey: float = 13.0
    seed: int = 5


def paint_eye(colour: Uint8, look: EyeLook = EyeLook()) -> Uint8:
    """The eye's base colour, painted in encoded values as a painter would.

    Args:
        colour: (3,) uint8 sRGB, the iris' mean colour.

    Returns:
        (side, side, 3) uint8 sRGB.
    """
    axis = (np.arange(look.side, dtype=np.float32) + np.float32(0.5)) / look.side * 2.0 - 1.0
    picture = _white(look).copy()
    # The iris is worked out where it lies, a quarter of the picture.
    near = np.flatnonzero(np.abs(axis) < 1.05 * look.iris_edge)
    span = slice(int(near[0]), int(near[-1]) + 1)
    across, down = np.meshgrid(axis[span], axis[span])
    reach = np.hypot(across, down) / np.float32(look.iris_edge)
    iris = _iris(look, colour.astype(np.float32), reach, np.arctan2(down, across))
    # The cornea's rim is soft: iris and white mix over a twelfth of the radius.
    inside = _smooth(1.04, 0.955, reach)[..., None]
    picture[span, span] += (iris - picture[span, span]) * inside
    picture *= _lid_shade(axis)[:, None, None]
    return np.rint(np.clip(picture, 0.0, 255.0)).astype(np.uint8)


def _lid_shade(down: NDArray[np.float32]) -> NDArray[np.float32]:
    """The upper lid and its lashes keep light away; the lower lid a little."""
    return 1.0 - 0.36 * _smooth(0.16, 0.62, -down) - 0.08 * _smooth(0.3, 0.8, down)


def _iris(
    look: EyeLook,
    colour: NDArray[np.float32],
    reach: NDArray[np.float32],
    angle: NDArray[np.float32],
) -> NDArray[np.float32]:
    random = np.random.default_rng(look.seed)
    fibres = np.zeros_like(reach)
    for frequency in look.fibres:
        phase, bend, swing = random.uniform(0.0, 2.0 * np.pi, 3).astype(np.float32)
        # Fibres wander a little on their way out, or they look like spokes.
        wander = 0.35 * np.sin(3.0 * angle + bend) + 0.8 * np.sin(5.0 * reach + swing)
        fibres += np.sin(frequency * angle + phase + wander)
    fibres *= np.float32(look.fibre_contrast / np.sqrt(len(look.fibres)))
    # The collarette, a third of the way out, is paler and warmer than the rest.
    ruff = np.exp(-(((reach - 0.48) / 0.10) ** 2))
    light = 1.06 + fibres * _smooth(look.pupil, 0.55, reach) + 0.16 * ruff
    light *= 1.0 - 0.50 * _smooth(1.0 - 2.2 * look.limbus, 1.0, reach)
    # Light enters from above and gathers on the far side of the iris.
    light *= 1.0 + 0.14 * np.sin(angle) * reach
    tint = 1.0 + ruff[..., None] * np.array(look.ruff_tint, np.float32)
    shaded = colour * light[..., None] * tint
    pupil = _smooth(look.pupil * 1.08, look.pupil * 0.92, reach)[..., None]
    return shaded + (np.float32(look.pupil_grey) - shaded) * pupil


@cache
def _white(look: EyeLook) -> NDArray[np.float32]:
    axis = (np.arange(look.side, dtype=np.float32) + np.float32(0.5)) / look.side * 2.0 - 1.0
    radius = np.hypot(axis[None, :], axis[:, None])
    rim = np.clip((radius - look.iris_edge) / (1.0 - look.iris_edge), 0.0, 1.0)
    # Towards the corners more blood shows through.
    blush = _smooth(0.05, 0.75, rim)[..., None] * np.array(look.blush, np.float32)
    veins = _veins(look)[..., None] * np.array(look.vein_tint, np.float32)
    white = np.array(look.sclera, np.float32) * (1.0 - blush) * (1.0 - veins)
    white.setflags(write=False)
    return white


def _veins(look: EyeLook) -> NDArray[np.float32]:
    """(side, side) 0..1: faint, branching, from the corners inward and never up to the iris."""
    random = np.random.default_rng(look.seed + 1)
    drawn = np.zeros((look.side, look.side), np.uint8)
    half = look.side / 2.0
    for _ in range(look.veins):
        # Two fans, towards the inner and the outer corner of the eye.
        angle = random.normal(0.0, 0.55) + (np.pi if random.random() < 0.5 else 0.0)
        radius, stop = 0.98, random.uniform(look.iris_edge * 1.22, 0.85)
        points = []
        while radius > stop:
            points.append((1.0 + radius * np.cos(angle), 1.0 + radius * np.sin(angle)))
            radius -= 0.02
            angle += random.normal(0.0, 0.035)
        line = np.rint(np.array(points) * half * 16.0).astype(np.int32)
        strength = int(random.uniform(60, 150))
        layer = np.zeros_like(drawn)
        cv2.polylines(layer, [line], False, strength, 1, cv2.LINE_AA, 4)
        drawn = np.maximum(drawn, layer)
    return cv2.GaussianBlur(drawn, (0, 0), 1.1).astype(np.float32) / 255.0


def _smooth(start: float, end: float, value: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hermite step from 0 at `start` to 1 at `end`; `start` may be the larger."""
    t = np.clip((value - start) / (end - start), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
