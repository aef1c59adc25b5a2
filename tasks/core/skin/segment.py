"""Tell skin from hair around one face, by colours learnt from the photo itself.

No network: the landmarks say where skin certainly is (cheeks, nose, chin) and where hair
probably is (inside the matte, around and above the face oval); two colour histograms decide the
rest (Jones and Rehg, "Statistical color models", IJCV 2002), a guided filter gives the result the
photo's own edges (He et al., "Guided image filtering", TPAMI 2013).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Landmarks, Photo, Subject, Uint8
from tasks.core.photo.guided import guided_filter
from tasks.core.skin.eyewear import find_eyewear

# The crop reaches this many face heights from the face's middle: voluminous hair fits in.
CROP_FACE_HEIGHTS = 1.6
# Crops are worked on at most this wide; hair and skin borders need no more.
CROP_PIXELS = 448
# Histogram bins per Lab channel, and its blur: a face gives some 10,000 samples.
BINS = 24
BIN_BLUR = 1.0
# Lightness varies over one head far more than chroma does.
LIGHTNESS_BLUR = 2.0
# From here up, in face heights over the chin, a head that is not bald shows hair alone.
CROWN = 1.25
# Hair nearer to its outline than this, in face heights, lets a bright background through.
SHINE_THROUGH = 0.10
# The forehead reaches this many face heights beyond the landmarks' oval.
FOREHEAD_MARGIN = 0.25
# Hair hangs at most this far below the chin, in face heights, before it is taken for clothes.
HAIR_BELOW_CHIN = 0.9
# Below this many face heights under the chin the person wears clothes.
CLOTHES_BELOW_CHIN = -0.6
# Log odds for hair well outside of the oval and above the ears.
CROWN_ODDS = 5.0
# A crown this likely skin, against the cheeks, counts as bald; blond hair reaches .46.
BALD_LIKENESS = 0.6
# Where nothing was learnt about a colour both likelihoods are this small.
UNSEEN = 1e-4
# A colour this likely under the skin's histogram looks like skin.
SKIN_LIKE = 8 * UNSEEN

# MediaPipe's canonical face mesh: closed outlines by landmark id.
FACE_OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_BROW = (276, 283, 282, 295, 285, 300, 293, 334, 296, 336)
RIGHT_BROW = (46, 53, 52, 65, 55, 70, 63, 105, 66, 107)
LIPS = (
    61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185,
)  # fmt: skip
# Cheeks, nose tip and chin: skin whatever the hair does, and below any glasses.
SURE_SKIN = (
    (50, 36, 205, 187, 123), (280, 266, 425, 411, 352), (45, 4, 275, 5),
    (18, 83, 201, 199, 421, 313), (205, 187, 192, 214, 216), (425, 411, 416, 434, 436),
)  # fmt: skip
CHIN, FOREHEAD = 152, 10


@dataclass(frozen=True)
class HeadSegments:
    """Skin and hair around one face.

    origin: (2,) photo pixel of the crop's corner; scale: crop pixels per photo pixel. pixels:
    (h, w, 3) uint8 sRGB crop; matte, skin, hair: (h, w) float32 in 0..1. face: (478, 2)
    landmarks and face_height in crop pixels; up: (2,) unit vector from chin to forehead.
    eyewear: glasses were found and taken out of the skin.
    """

    origin: Float32
    scale: float
    pixels: Uint8
    matte: Float32
    skin: Float32
    hair: Float32
    face: Float32
    face_height: float
    up: Float32
    eyewear: bool = False

    def to_crop(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 2) photo pixels → crop pixels."""
        return (np.asarray(points, np.float64) - self.origin) * self.scale


def segment_head(photo: Photo, subject: Subject, landmarks: Landmarks) -> HeadSegments:
    """Skin and hair likelihoods in a square around the face.

    Args:
        photo: the photo. subject: its matte. landmarks: the face's 478 points.

    Returns:
        Maps at crop resolution; outside the photo everything is 0.
    """
    face = landmarks.face[:, :2].astype(np.float64)
    up = face[FOREHEAD] - face[CHIN]
    height = float(np.linalg.norm(up))
    up = up / height
    half = CROP_FACE_HEIGHTS * height
    scale = min(1.0, CROP_PIXELS / (2 * half))
    origin = face[list(FACE_OVAL)].mean(axis=0) + 0.15 * height * up - half
    side = max(1, round(2 * half * scale))
    pixels = _crop(photo.pixels, origin, scale, side)
    matte = _crop(subject.matte, origin, scale, side).astype(np.float32) / 255.0
    points = (face - origin) * scale
    height *= scale

    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB)
    oval = _polygon(side, points[list(FACE_OVAL)])
    sure_skin = np.zeros((side, side), bool)
    for patch in SURE_SKIN:
        sure_skin |= _polygon(side, cv2.convexHull(points[list(patch)].astype(np.float32))[:, 0])
    features = np.zeros((side, side), bool)
    for outline in (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS):
        hull = cv2.convexHull(points[list(outline)].astype(np.float32))[:, 0]
        features |= _polygon(side, hull)
    sure_skin &= ~features

    rows, columns = np.mgrid[0:side, 0:side] + 0.5
    above_chin = ((columns - points[CHIN, 0]) * up[0] + (rows - points[CHIN, 1]) * up[1]) / height
    outside = cv2.distanceTransform((~oval).astype(np.uint8), cv2.DIST_L2, 5) / height
    ring = (matte > 0.8) & (outside > 0.04) & (above_chin > 0.45)
    clothes = (matte > 0.8) & (above_chin < CLOTHES_BELOW_CHIN)

    skin_like = _look_up(_histogram(lab, _typical(lab, sure_skin)), lab)
    hair_seeds = ring & ((skin_like < SKIN_LIKE) | (above_chin > CROWN))
    hair_like = _look_up(_histogram(lab, hair_seeds), lab)
    clothes_like = _look_up(_histogram(lab, clothes & (skin_like < SKIN_LIKE)), lab)
    top = (matte > 0.8) & (above_chin > 1.1)
    bald = bool(top.any()) and bool(
        np.median(skin_like[top]) > BALD_LIKENESS * np.median(skin_like[sure_skin])
    )
    # The forehead is lighter than the cheeks: learn its colours too, where they are not the
    # crown's (a fringe).
    inside = cv2.distanceTransform((matte > 0.9).astype(np.uint8), cv2.DIST_L2, 5) / height
    deep = top & (above_chin > CROWN) & (inside > SHINE_THROUGH)
    crown_like = _look_up(_histogram(lab, deep if deep.any() else top), lab)
    forehead = oval & ~features & (above_chin > 0.6) & (crown_like < 0.5 * SKIN_LIKE)
    grown = _look_up(_histogram(lab, sure_skin | forehead), lab)
    # Around it the crown alone says what is hair: the seeds beside it may be forehead themselves.
    # Only what is about as light as the cheeks can be forehead at all.
    lightness = float(np.median(lab[sure_skin][:, 0]))
    zone = (outside < FOREHEAD_MARGIN) & (above_chin > 0.6) & (lab[..., 0] > 0.8 * lightness)
    skin_like = np.where(zone, np.maximum(np.maximum(skin_like, grown), SKIN_LIKE), skin_like)
    hair_like = np.where(zone, crown_like, hair_like)

    # Place speaks beside colour: the middle of the face is skin, what lies outside of its oval
    # above the ears is hair, unless the crown itself has the skin's colour.
    inner = _soft(_polygon(side, points[list(FACE_OVAL)] * 0.72 + 0.28 * points[4]), 0.04 * height)
    jaw = _soft((oval & (above_chin < 0.55)) | _under_chin(side, points, up, height), 0.02 * height)
    odds = np.log(skin_like) - np.log(hair_like) + 5.0 * inner + 4.0 * jaw + 1.0 * oval
    if bald:
        # The crown taught the hair's colours, and they are the skin's.
        odds = np.log(skin_like) - np.log(UNSEEN) + 5.0 * inner + 4.0 * jaw + 1.0 * oval
    else:
        crown = np.clip((above_chin - 0.45) / 0.2, 0.0, 1.0)
        crown *= np.clip((outside - 0.05) / 0.25, 0.0, 1.0)
        odds = odds - CROWN_ODDS * crown
    skin = 1.0 / (1.0 + np.exp(-np.clip(odds, -20.0, 20.0)))
    # Ears and neck: skin must look like it, since clothes and background do not compete above.
    skin = skin * np.where(oval, 1.0, np.clip(skin_like / SKIN_LIKE, 0.0, 1.0))
    over_chin = np.clip((above_chin - 0.02) / 0.12, 0.0, 1.0)
    not_clothes = over_chin + (1.0 - over_chin) * hair_like / (hair_like + clothes_like)
    hair = (1.0 - skin) * not_clothes * matte * (0.0 if bald else 1.0)
    hair[above_chin < -HAIR_BELOW_CHIN] = 0.0
    hair = _joined(hair.astype(np.float32), above_chin > 0.9, 0.02 * height)
    radius = max(2, round(0.015 * height))
    hair = _crisp(_guided(pixels, hair, radius))
    skin = _crisp(_guided(pixels, (skin * (1.0 - hair) * matte).astype(np.float32), radius))
    outlines = (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW)
    eyewear = find_eyewear(lab, points, height, lightness, hair, oval, outlines)
    if eyewear is not None:
        skin[eyewear] = 0.0
        hair[eyewear & oval] = 0.0
    return HeadSegments(
        origin=origin.astype(np.float32),
        scale=scale,
        pixels=pixels,
        matte=matte,
        skin=skin,
        hair=hair,
        face=points.astype(np.float32),
        face_height=height,
        up=up.astype(np.float32),
        eyewear=eyewear is not None,
    )


def _crop(image: Uint8, origin: NDArray[np.float64], scale: float, side: int) -> Uint8:
    # Pixel centres are at .5: the transform is taken between centres.
    shift = -origin * scale + 0.5 * scale - 0.5
    matrix = np.array([[scale, 0.0, shift[0]], [0.0, scale, shift[1]]])
    if scale < 1.0:
        # warpAffine does not prefilter; a blur of the right width does.
        image = cv2.GaussianBlur(image, (0, 0), 0.4 / scale)
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_LINEAR), np.uint8)


def _polygon(side: int, outline: NDArray[np.floating]) -> NDArray[np.bool_]:
    mask = np.zeros((side, side), np.uint8)
    cv2.fillPoly(mask, [np.round(outline - 0.5).astype(np.int32)], 1)
    return mask.astype(bool)


def _soft(mask: NDArray[np.bool_], sigma: float) -> NDArray[np.float32]:
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32), (0, 0), max(0.5, sigma)))


def _under_chin(
    side: int, points: NDArray[np.float64], up: NDArray[np.float64], height: float
) -> NDArray[np.bool_]:
    """The throat: between the jaw's corners, half a face height down. Hair rarely falls there."""
    right, left = points[172], points[397]
    down = -0.5 * height * up
    return _polygon(side, np.stack([right, left, left + down, right + down]))


def _histogram(lab: Uint8, mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(BINS, BINS, BINS) smoothed colour density, at least UNSEEN everywhere."""
    samples = lab[mask].astype(np.int64) * BINS // 256
    flat = (samples[:, 0] * BINS + samples[:, 1]) * BINS + samples[:, 2]
    counts = np.bincount(flat, minlength=BINS**3).reshape(BINS, BINS, BINS).astype(np.float32)
    for axis, blur in enumerate((LIGHTNESS_BLUR, BIN_BLUR, BIN_BLUR)):
        moved = np.moveaxis(counts, axis, 0).reshape(BINS, -1)
        moved = cv2.GaussianBlur(moved, (1, 0), sigmaX=0.1, sigmaY=blur)
        counts = np.moveaxis(moved.reshape(BINS, BINS, BINS), 0, axis)
    return np.asarray(counts / max(1.0, float(counts.sum())) + UNSEEN, np.float32)


def _look_up(histogram: NDArray[np.float32], lab: Uint8) -> NDArray[np.float32]:
    index = lab.astype(np.int64) * BINS // 256
    return histogram[index[..., 0], index[..., 1], index[..., 2]]


def _typical(lab: Uint8, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pixels of the mask near its median colour: drops glasses, fringes and highlights."""
    samples = lab[mask].astype(np.float32)
    middle = np.median(samples, axis=0)
    spread = np.maximum(np.median(np.abs(samples - middle), axis=0), 4.0)
    typical = mask.copy()
    typical[mask] = (np.abs(samples - middle) < 3.5 * spread).all(axis=1)
    return typical


def _joined(hair: Float32, crown: NDArray[np.bool_], neck: float) -> Float32:
    """Keep the hair that hangs together with the crown's by more than a thread of `neck` px."""
    size = 2 * max(1, round(neck)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    core = cv2.morphologyEx((hair > 0.5).astype(np.uint8), cv2.MORPH_OPEN, kernel)
    count, labels = cv2.connectedComponents(core, connectivity=4)
    sizes = np.bincount(labels[crown], minlength=count)
    sizes[0] = 0
    if sizes.max() == 0:
        return np.zeros_like(hair)
    keep = np.isin(labels, np.flatnonzero(sizes > 0.2 * sizes.max())).astype(np.uint8)
    near = cv2.dilate(keep, kernel, iterations=2).astype(bool)
    return np.where(near, hair, 0.0).astype(np.float32)


def _crisp(mask: Float32) -> Float32:
    """Half-hearted likelihoods decided, borders left soft."""
    return np.clip((mask - 0.25) / 0.5, 0.0, 1.0)


def _guided(guide: Uint8, mask: Float32, radius: int) -> Float32:
    # Epsilon in squared 8-bit levels: edges under about 8 levels are smoothed over.
    filtered = guided_filter(guide, mask, radius, 64.0)
    return np.clip(filtered, 0.0, 1.0).astype(np.float32)
