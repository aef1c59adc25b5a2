"""The stage: cut the main person out of the photo, as a soft matte."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Notice, Photo, Subject, Uint8
from tasks.core.landmarks.engine import FaceBox, LandmarkEngine
from tasks.core.photo.colour_matte import colour_matte

# The network's own input; more pixels than these it does not see.
_NETWORK_SIDE = 256
# Around the person found in the whole photo: share of its longer side.
_PERSON_MARGIN = 0.08
# A window on the person shows the network nothing new unless this much smaller than the photo.
_WORTHWHILE = 0.8
# A standing person around a face whom the first look missed, in face boxes: to each side, above,
# below the face's middle.
_PERSON_REACH = (4.0, 2.5, 9.0)
# Closer windows, in face boxes: side, and how far below the face's its middle is. The network knows
# portraits best: first the bust, then the head, wide enough for hair that stands off.
_CLOSER = ((4.8, 1.2), (4.4, 0.0))
# A closer window fades into the wider one over this share of its side.
_FADE = 0.25
_PERSON = 0.5
# A matte over less than this share of the photo has failed.
_MIN_SHARE = 0.002


@dataclass(frozen=True)
class _Window:
    """A rectangle of whole pixels: x0 <= x < x1, y0 <= y < y1."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.y0, self.y1), slice(self.x0, self.x1)


def isolate_subject(photo: Photo, *, engine: LandmarkEngine) -> Subject:
    """Cut out the person of the largest face, or the largest person where no face is seen.

    Never rejects: whether a face can be used is for `find_landmarks` to say. Where no person is
    found, the matte keeps the whole photo, with the notice `photo.no_matte`.

    Args:
        photo: an admitted photo.
        engine: finds faces and the coarse mask.
    """
    pixels = photo.pixels
    height, width = pixels.shape[:2]
    label = f"{engine.name} {engine.version}"
    faces = engine.find_faces(pixels)
    face = faces[0] if faces else None
    whole = _Window(0, 0, width, height)
    first = _look(pixels, whole, engine)
    window = _person_window(first, face, whole)
    if max(window.width, window.height) > _WORTHWHILE * max(width, height):
        window = whole
    mask = first if window == whole else _look(pixels, window, engine)
    # From here on in the window's own pixels, no finer than the colours are looked at.
    near = pixels[window.slices]
    if face is not None:
        shift = np.array([window.x0, window.y0], np.float32)
        face = FaceBox(face.box - np.tile(shift, 2), face.score, face.keypoints - shift)
        for side, below in _CLOSER:
            mask = _with_closer(near, mask, face, side, below, engine)
    mask = _main_component(mask, face)
    if float((mask >= _PERSON).sum()) < _MIN_SHARE * width * height:
        sentence = "The person could not be told from the background, which was kept."
        kept = np.full((height, width), 255, np.uint8)
        return Subject(kept, label, (Notice("photo.no_matte", sentence),))
    matte = np.zeros((height, width), np.uint8)
    matte[window.slices] = colour_matte(near, mask)
    return Subject(matte, label)


def _look(pixels: Uint8, window: _Window, engine: LandmarkEngine) -> Float32:
    """The network on a window, at the window's size: (h, w) float32.

    Averaged with the mirror image's, which halves its flicker and knows no left and right.
    """
    size = (_NETWORK_SIDE, _NETWORK_SIDE)
    small = cv2.resize(pixels[window.slices], size, interpolation=cv2.INTER_AREA)
    mask = engine.person_mask(np.asarray(small, np.uint8))
    mirrored = engine.person_mask(np.ascontiguousarray(small[:, ::-1], np.uint8))
    both = (mask + mirrored[:, ::-1]) / 2
    return np.asarray(
        cv2.resize(both, (window.width, window.height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _person_window(mask: Float32, face: FaceBox | None, whole: _Window) -> _Window:
    """A square on the main person, as far as the photo reaches."""
    main = _main_component(mask, face) >= _PERSON
    rows, columns = np.flatnonzero(main.any(axis=1)), np.flatnonzero(main.any(axis=0))
    low = np.array([np.inf, np.inf])
    high = -low
    if rows.size:
        low = np.array([columns[0], rows[0]], np.float64)
        high = np.array([columns[-1] + 1, rows[-1] + 1], np.float64)
    if face is not None:
        middle, size = (face.box[:2] + face.box[2:]) / 2, np.ptp(face.box.reshape(2, 2), axis=0)
        missed = rows.size == 0
        side, up, down = _PERSON_REACH if missed else (1.0, 1.0, 1.0)
        low = np.minimum(low, middle - size * (side, up))
        high = np.maximum(high, middle + size * (side, down))
    if not np.isfinite(low).all():
        return whole
    half = float((high - low).max()) * (0.5 + _PERSON_MARGIN)
    x, y = (low + high) / 2
    return _Window(
        max(0, int(x - half)),
        max(0, int(y - half)),
        min(whole.x1, int(np.ceil(x + half))),
        min(whole.y1, int(np.ceil(y + half))),
    )


def _with_closer(
    pixels: Uint8, mask: Float32, face: FaceBox, side: float, below: float, engine: LandmarkEngine
) -> Float32:
    """Look again at a square about the face, and fade what is seen into the mask."""
    height, width = mask.shape
    unit = float((face.box[2:] - face.box[:2]).max())
    x, y = (face.box[:2] + face.box[2:]) / 2 + np.array([0, below * unit])
    half = side * unit / 2
    window = _Window(
        max(0, int(x - half)),
        max(0, int(y - half)),
        min(width, int(x + half)),
        min(height, int(y + half)),
    )
    if max(window.width, window.height) > _WORTHWHILE * max(width, height):
        return mask
    near = _look(pixels, window, engine)
    weight = _fade(window, width, height, 2 * half * _FADE)
    out = mask.copy()
    out[window.slices] += weight * (near - out[window.slices])
    return out


def _fade(window: _Window, width: int, height: int, ramp: float) -> Float32:
    """1 inside, falling to 0 at those edges that are not the photo's own."""

    def line(start: int, stop: int, end: int) -> NDArray[np.float32]:
        at = np.arange(start, stop, dtype=np.float32) + np.float32(0.5)
        low = (at - start) / ramp if start > 0 else np.ones_like(at)
        high = (stop - at) / ramp if stop < end else np.ones_like(at)
        return np.asarray(np.clip(np.minimum(low, high), 0, 1), np.float32)

    return line(window.y0, window.y1, height)[:, None] * line(window.x0, window.x1, width)[None]


def _main_component(mask: Float32, face: FaceBox | None) -> Float32:
    """Keep the connected person under the face (else the largest) and what is soft around it."""
    height, width = mask.shape
    # Who is connected to whom shows as well in a small copy.
    scale = min(1.0, 2 * _NETWORK_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        (small >= _PERSON).astype(np.uint8), connectivity=4
    )
    if count < 2:
        return mask
    sizes = stats[:, cv2.CC_STAT_AREA].astype(np.float64)
    if face is not None:
        x0, y0, x1, y1 = np.maximum(face.box * scale, 0).astype(int)
        under = np.bincount(labels[y0 : y1 + 1, x0 : x1 + 1].ravel(), minlength=count)
        if under[1:].any():
            sizes = under.astype(np.float64)
    sizes[0] = -1
    main = (labels == int(sizes.argmax())).astype(np.uint8)
    others = ((labels > 0) & (main == 0)).astype(np.uint8)
    if not others.any():
        return mask
    # What lies nearer to the main person than to any other keeps its softness.
    to_main = cv2.distanceTransform(1 - main, cv2.DIST_L2, 3)
    to_other = cv2.distanceTransform(1 - others, cv2.DIST_L2, 3)
    keep = (to_main < to_other).astype(np.float32)
    if scale < 1.0:
        keep = cv2.resize(keep, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(mask * keep, np.float32)
