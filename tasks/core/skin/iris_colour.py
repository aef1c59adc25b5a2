"""The colour of the irises, measured in photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Landmarks, Photo, Uint8
from tasks.core.skin.srgb import to_linear, to_srgb

# MediaPipe's refined face mesh: (iris centre, four points on the limbus, the lids' rim).
_EYES: tuple[tuple[int, tuple[int, ...], tuple[int, ...]], ...] = (
    (
        468,
        (469, 470, 471, 472),
        (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    ),
    (
        473,
        (474, 475, 476, 477),
        (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398),
    ),
)

# The eye is looked at in a patch where the iris has this radius, whatever its size in the photo.
_PATCH_IRIS_PX = 24
_PATCH_PX = 128


@dataclass(frozen=True)
class IrisOptions:
    """What counts as iris, as shares of the limbus' radius, and what a measurement needs.

    inner, outer: the ring between the largest usual pupil and the soft, dark limbus.
    sclera: where the white of the eye begins. min_radius_px: below this the lids' and the
    pupil's blur fill the whole iris. min_share: of the ring that must be uncovered. highlight:
    pixels brighter than this many times the ring's median are reflections. white_linear: the
    green of a white eye's albedo, linear. min_contrast: sclera over iris; lower means that
    glasses or shade hide the eye. max_gain: the largest correction for shade. deepest, palest:
    bounds of a real iris' lightness (CIE L*), from near-black brown to pale blue.
    """

    inner: float = 0.48
    outer: float = 0.88
    sclera: float = 1.15
    min_radius_px: float = 2.5
    min_share: float = 0.25
    highlight: float = 1.9
    white_linear: float = 0.62
    min_contrast: float = 1.6
    max_gain: float = 1.7
    deepest: float = 14.0
    palest: float = 62.0


def iris_colour(
    photos: Sequence[Photo],
    landmarks: Sequence[Landmarks],
    options: IrisOptions = IrisOptions(),
) -> Uint8 | None:
    """The iris colour of the person, freed of pupil, lids, reflections and, in part, of the light.

    Args:
        photos: photos of one person. landmarks: theirs, in the same order.

    Returns:
        (3,) uint8 sRGB, or None where no photo shows an iris well enough.
    """
    colours, trust = [], []
    for photo, found in zip(photos, landmarks, strict=True):
        for centre, limbus, rim in _EYES:
            seen = _one_eye(photo.pixels, found.face, centre, limbus, rim, options)
            if seen is not None:
                colours.append(seen[0])
                # Glasses and corneas reflect: what falsifies an iris makes it brighter.
                trust.append(seen[1] / max(float(seen[0].mean()), 1e-3) ** 2)
    if not colours:
        return None
    mean = np.average(np.stack(colours), axis=0, weights=np.asarray(trust))
    return _plausible(mean, options)


def _one_eye(
    pixels: Uint8,
    face: NDArray[np.float32],
    centre: int,
    limbus: tuple[int, ...],
    rim: tuple[int, ...],
    options: IrisOptions,
) -> tuple[NDArray[np.float64], float] | None:
    """Linear RGB of one iris and its radius in pixels of the photo."""
    middle = face[centre, :2].astype(np.float64)
    radius = float(np.linalg.norm(face[list(limbus), :2] - middle, axis=1).mean())
    if radius < options.min_radius_px:
        return None
    zoom = _PATCH_IRIS_PX / radius
    half = _PATCH_PX / 2.0
    # Pixel centres lie at .5 in photo coordinates and at integers for OpenCV.
    matrix = np.array(
        [
            [zoom, 0.0, half - zoom * (middle[0] - 0.5)],
            [0.0, zoom, half - zoom * (middle[1] - 0.5)],
        ]
    )
    size = (_PATCH_PX, _PATCH_PX)
    patch = cv2.warpAffine(
        pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    lids = (face[list(rim), :2] - middle) * zoom + half
    opening = np.zeros((_PATCH_PX, _PATCH_PX), np.uint8)
    cv2.fillPoly(opening, [np.rint(lids).astype(np.int32)], 1)
    # Lashes and the lids' shadow lie along the rim.
    opening = cv2.erode(opening, np.ones((5, 5), np.uint8))
    rows, columns = np.mgrid[0:_PATCH_PX, 0:_PATCH_PX]
    reach = np.hypot(columns - half, rows - half) / _PATCH_IRIS_PX
    ring_everywhere = (reach > options.inner) & (reach < options.outer)
    ring = ring_everywhere & (opening > 0)
    if ring.sum() < options.min_share * ring_everywhere.sum():
        return None
    linear = to_linear(patch)
    brightness = linear.mean(axis=2)
    limit = options.highlight * float(np.median(brightness[ring]))
    iris = np.median(linear[ring & (brightness <= limit)], axis=0)
    white = (reach > options.sclera) & (opening > 0)
    if white.sum() >= _PATCH_IRIS_PX:
        bright = brightness >= np.percentile(brightness[white], 60)
        sclera = np.median(linear[white & bright], axis=0)
        if sclera.mean() < options.min_contrast * iris.mean():
            return None
        shade = options.white_linear / max(float(sclera.mean()), 1e-3)
        gain = float(np.clip(shade, 1.0, options.max_gain))
        # Half of the cast only: the white of an eye is itself a little yellow or pink.
        cast = np.sqrt(np.clip(sclera / max(sclera.mean(), 1e-3), 0.7, 1.4))
        iris = iris * gain / cast
    return iris, radius


def _plausible(linear: NDArray[np.float64], options: IrisOptions) -> Uint8:
    srgb = to_srgb(linear).astype(np.float32) / np.float32(255.0)
    lab = cv2.cvtColor(srgb[None, None], cv2.COLOR_RGB2Lab)
    lab[..., 0] = np.clip(lab[..., 0], options.deepest, options.palest)
    bounded = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)[0, 0]
    return np.rint(np.clip(bounded, 0.0, 1.0) * 255.0).astype(np.uint8)
