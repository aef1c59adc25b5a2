"""Find glasses, so that they are not painted on the skin.

Frames and dark lenses are what is much darker than the skin around the eyes and is neither eye,
brow nor hair. Rimless and light frames are not found; their traces are faint.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Uint8

# Around both eyes, from above the brows to the cheekbones and out to the ears.
ZONE = (
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 356, 454, 352, 280, 266, 195, 36, 50, 123,
    234, 127,
)  # fmt: skip
# Darker than this share of the skin's lightness (Lab L) is no shadow of a lit face.
DARK = 0.55
# The eye with its lashes reaches this share of its width over its outline, a brow this share.
EYE_REACH, BROW_REACH = 0.30, 0.10
# Dark over more than this share of both eyes and their lids: sunglasses.
LENS_SHARE = 0.60
# Lenses reach this share of the face's height beyond the zone, and have reflections this wide.
LENS_REACH = 0.07
# Frames cover at least this share of the zone on either side of the nose: thin ones .10, while
# deep-set eyes in low light give .033.
FRAME_SHARE = 0.055
# Thin parts of frames: lines up to this wide, in face heights, and this much darker than what they
# lie on; lashes reach this share of the eye's width over its outline.
LINE_WIDTH, LINE_DEPTH, LASH_REACH = 0.03, 0.10, 0.18
# A rim may be lost to reflections over this share of the face's height.
RIM_REACH = 0.2
# The mask grows by this share of the face's height: a frame's edge is mixed with skin.
GROWTH = 0.015


def find_eyewear(
    lab: Uint8,
    face: NDArray[np.floating],
    face_height: float,
    skin_lightness: float,
    hair: Float32,
    oval: NDArray[np.bool_],
    outlines: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]],
) -> NDArray[np.bool_] | None:
    """Where the crop shows glasses.

    Args:
        lab: (h, w, 3) uint8 CIE Lab. face: (478, 2) landmarks in crop pixels.
        face_height: in crop pixels. skin_lightness: median L of the skin, 0..255.
        hair: (h, w) 0..1, believed outside of the face's `oval` (h, w) bool only: inside of it dark
            frames look like hair.
        outlines: landmark ids of left eye, right eye, left brow, right brow.

    Returns:
        (h, w) bool, or None where there are none.
    """
    shape = lab.shape[:2]
    zone = _hull(shape, face[list(ZONE)], 0.0)
    dim = (lab[..., 0] < DARK * skin_lightness) & (oval | (hair < 0.5))
    dark = dim & zone
    eyes = [_hull(shape, face[list(o)], EYE_REACH) for o in outlines[:2]]
    brows = [_hull(shape, face[list(o)], BROW_REACH) for o in outlines[2:]]
    grow = _disc(GROWTH * face_height)
    if all(float(dark[eye].mean()) > LENS_SHARE for eye in eyes):
        around = cv2.dilate(zone.astype(np.uint8), _disc(LENS_REACH * face_height)) > 0
        lens = (dim & around) | eyes[0] | eyes[1]
        closed = cv2.morphologyEx(
            lens.astype(np.uint8), cv2.MORPH_CLOSE, _disc(LENS_REACH * face_height)
        )
        return np.asarray(cv2.dilate(closed, grow, iterations=2), bool)
    frame = dark & ~eyes[0] & ~eyes[1] & ~brows[0] & ~brows[1]
    middle = face[[6, 195]].mean(axis=0)
    across = face[454] - face[234]
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]]
    side = (columns - middle[0]) * across[0] + (rows - middle[1]) * across[1] > 0
    shares = [float(frame[zone & part].mean()) for part in (side, ~side)]
    if min(shares) < FRAME_SHARE:
        return None
    # Now that there are frames, their thin parts count too: dark lines, however faint.
    line = cv2.morphologyEx(lab[..., 0], cv2.MORPH_BLACKHAT, _disc(LINE_WIDTH * face_height))
    wide = cv2.dilate(zone.astype(np.uint8), _disc(LENS_REACH * face_height)) > 0
    thin = (line > LINE_DEPTH * skin_lightness) & wide & oval & ~brows[0] & ~brows[1]
    near = cv2.dilate(frame.astype(np.uint8), _disc(RIM_REACH * face_height)) > 0
    thin &= ~_hull(shape, face[list(outlines[0])], LASH_REACH)
    thin &= ~_hull(shape, face[list(outlines[1])], LASH_REACH)
    return np.asarray(cv2.dilate((frame | (thin & near)).astype(np.uint8), grow), bool)


def _hull(shape: tuple[int, ...], points: NDArray[np.floating], reach: float) -> NDArray[np.bool_]:
    mask = np.zeros(shape[:2], np.uint8)
    hull = cv2.convexHull(points.astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [np.round(hull - 0.5).astype(np.int32)], 1)
    width = float(np.ptp(points[:, 0]))
    return np.asarray(cv2.dilate(mask, _disc(reach * width)) if reach else mask, bool)


def _disc(radius: float) -> Uint8:
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
