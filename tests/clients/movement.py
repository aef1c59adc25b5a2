"""Which part of a face moved, measured on vertices and on pixels against the eyes.

Lengths are in eye distances, so the same bounds hold for every face. Of a person's face the lips'
line lies about 1.1 eye distances below the eyes and the chin about 1.9.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tests.clients.programs import Visit

# Sum of the channels' differences that counts as a changed pixel.
_CHANGED = 24
# Lips and chin, below the line of the eyes: where a mouth's movement may be centred.
_MOUTH_BELOW = (0.6, 1.9)
_MOUTH_BESIDE = 0.35
# An eyelid's movement is centred this close to the middle of its eye.
_EYE_NEAR = 0.45
# A movement this small could not be seen; a share of the eye distance, and a count of pixels.
_FARTHEST_LEAST = 0.02
_PIXELS_LEAST = 40


def assert_moves_mouth(visit: Visit, shot: str) -> None:
    """The movement is centred on the mouth, midway between left and right."""
    for beside, below in _centres(visit, shot):
        assert abs(beside) < _MOUTH_BESIDE, f"{shot} is {beside:.2f} off the middle"
        assert _MOUTH_BELOW[0] < below < _MOUTH_BELOW[1], f"{shot} lies {below:.2f} below the eyes"


def assert_moves_left_eye(visit: Visit, shot: str) -> None:
    """The movement is centred on the avatar's left eye, on the viewer's right."""
    for beside, below in _centres(visit, shot):
        far = float(np.hypot(beside - 0.5, below))
        assert far < _EYE_NEAR, f"{shot} is centred {far:.2f} from the left eye"


def _centres(visit: Visit, shot: str) -> list[tuple[float, float]]:
    """Centre of what moved, from vertices and from pixels, in eye distances from between the eyes:
    towards the avatar's left, and down."""
    left, right = (np.asarray(visit.facts[name]) for name in ("leftEye", "rightEye"))
    distance = float(np.linalg.norm(left - right))
    moved = visit.measured[shot]
    assert moved["moved"] > 0, f"{shot} moves no vertex"
    assert moved["farthest"] > _FARTHEST_LEAST * distance, f"{shot} hardly moves"
    offset = (np.asarray(moved["centre"]) - (left + right) / 2.0) / distance
    left_px, right_px = (
        np.asarray(visit.facts[name]) for name in ("leftEyePixel", "rightEyePixel")
    )
    distance_px = float(np.linalg.norm(left_px - right_px))
    changed = changed_pixels(visit, shot)
    assert len(changed) >= _PIXELS_LEAST, f"{shot} changes {len(changed)} pixels"
    seen = (changed.mean(axis=0) - (left_px + right_px) / 2.0) / distance_px
    return [(float(offset[0]), float(-offset[1])), (float(seen[0]), float(seen[1]))]


def changed_pixels(visit: Visit, shot: str) -> NDArray[np.float64]:
    """(n, 2) x and y of the pixels that differ from the neutral picture."""
    difference = np.abs(visit.pictures[shot].astype(int) - visit.pictures["neutral"]).sum(axis=2)
    y, x = np.nonzero(difference > _CHANGED)
    return np.stack([x + 0.5, y + 0.5], axis=1)
