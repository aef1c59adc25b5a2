"""Where a head looks, from its mesh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.landmarks.topology import RIGID_IDS, RIGID_POINTS

# The mesh's outline says y down and z away from the camera; heads here are y up, z to the camera.
_TO_HEAD = np.array([1.0, -1.0, -1.0])


@dataclass(frozen=True)
class HeadPose:
    """yaw, pitch, roll: radians, as in `Landmarks.head_angles`. eye_distance: pixels between the
    outer corners of the eyes, were the head turned to the camera; a size that turning leaves."""

    yaw: float
    pitch: float
    roll: float
    eye_distance: float

    @property
    def angles(self) -> NDArray[np.float32]:
        """(3,) float32 yaw, pitch, roll."""
        return np.array([self.yaw, self.pitch, self.roll], np.float32)


def head_pose(face: NDArray[np.floating]) -> HeadPose:
    """Fit the rigid part of a neutral head to a mesh by a similarity (Umeyama 1991).

    The rotation is about the camera's ray to the head, so 0 looks into the lens wherever the face
    is in the photo. On renderings of the default body within 50 degrees of yaw and 25 of pitch it
    is within 7 degrees; beyond, the mesh itself turns less than the head.

    Args:
        face: (478, 3) x, y photo pixels, z pixels, smaller is nearer.
    """
    seen = np.asarray(face, np.float64)[RIGID_IDS] * _TO_HEAD
    seen = seen - seen.mean(axis=0)
    left, stretch, right = np.linalg.svd(seen.T @ RIGID_POINTS)
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(left @ right))])
    rotation = (left * signs) @ right
    scale = float((stretch * signs).sum() / (RIGID_POINTS**2).sum())
    # rotation = Ry(yaw) Rx(-pitch) Rz(roll)
    return HeadPose(
        yaw=float(np.arctan2(rotation[0, 2], rotation[2, 2])),
        pitch=float(np.arcsin(np.clip(rotation[1, 2], -1.0, 1.0))),
        roll=float(np.arctan2(rotation[1, 0], rotation[1, 1])),
        eye_distance=scale,
    )
