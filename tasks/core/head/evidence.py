"""How far each landmark of a photo is to be believed, and in which direction."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.head.camera import Pose

Floats = NDArray[np.float64]

# MediaPipe's FACEMESH_FACE_OVAL, in order around the face.
FACE_OVAL: tuple[int, ...] = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
# The upper part of the oval: where the hair begins, MediaPipe only continues a mean face.
_HAIRLINE: tuple[int, ...] = (
    10, 338, 297, 332, 284, 251, 389, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
IRIS_BORDERS: tuple[int, ...] = (469, 470, 471, 472, 474, 475, 476, 477)
IRISES: tuple[int, ...] = (468, 473)

# An outline's landmark is sure across the outline and slides along it.
_OVAL_ALONG = 0.35
# Weights by region.
_HAIRLINE_TRUST = 0.4
_IRIS_BORDER_TRUST = 0.3
# Two points carry the gaze, against some hundred that carry the lids.
_IRIS_TRUST = 4.0
# Skin that faces away from the camera (cosine) is not seen: MediaPipe imagines it. Between these
# two cosines the trust rises from the least to 1.
_FACING_AWAY, _FACING = -0.1, 0.35
_LEAST_TRUST = 0.03
# The same for an outline, which faces sideways by its nature.
_OVAL_AWAY, _OVAL_FACING = -0.35, 0.0


def landmark_trust(ids: NDArray[np.integer], facing: Floats) -> Floats:
    """(M,) weights of landmarks.

    Args:
        ids: (M,) MediaPipe's ids.
        facing: (M,) cosine between the skin's normal and the way to the camera.
    """
    oval = np.isin(ids, FACE_OVAL)
    low = np.where(oval, _OVAL_AWAY, _FACING_AWAY)
    high = np.where(oval, _OVAL_FACING, _FACING)
    rise = np.clip((facing - low) / (high - low), 0.0, 1.0)
    trust = _LEAST_TRUST + (1.0 - _LEAST_TRUST) * rise * rise * (3.0 - 2.0 * rise)
    trust[np.isin(ids, _HAIRLINE)] *= _HAIRLINE_TRUST
    trust[np.isin(ids, IRIS_BORDERS)] *= _IRIS_BORDER_TRUST
    trust[np.isin(ids, IRISES)] *= _IRIS_TRUST
    return trust


def facing(pose: Pose, points: Floats, normals: Floats) -> Floats:
    """(M,) cosine between each landmark's normal and the way to the camera."""
    local = pose.local(points)
    way = -local / np.linalg.norm(local, axis=1, keepdims=True)
    return np.einsum("md,md->m", normals @ pose.rotation.T, way)


def directions(ids: NDArray[np.integer], seen: Floats) -> tuple[Floats, Floats]:
    """(M, 2) direction in which each landmark counts fully, and (M,) how much the other counts."""
    place = {int(landmark): row for row, landmark in enumerate(ids)}
    across = np.tile([1.0, 0.0], (len(ids), 1))
    along = np.ones(len(ids))
    ring = [landmark for landmark in FACE_OVAL if landmark in place]
    for position, landmark in enumerate(ring):
        before = seen[place[ring[position - 1]], :2]
        after = seen[place[ring[(position + 1) % len(ring)]], :2]
        tangent = after - before
        length = float(np.linalg.norm(tangent))
        if length > 0.0:
            across[place[landmark]] = np.array([tangent[1], -tangent[0]]) / length
            along[place[landmark]] = _OVAL_ALONG
    return across, along
