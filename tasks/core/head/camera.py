"""The camera of a photo while it is being fitted: pose about the head, and a focal prior."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tasks.core.entities import Camera, Photo

Floats = NDArray[np.float64]

# A photo that does not say its focal length is taken for a 50 mm lens on 36 × 24 mm: the middle
# (geometrically) of what portraits are shot with, 26 mm phones to 85 mm lenses.
ASSUMED_FOCAL_MM = 50.0
FRAME_WIDTH_MM = 36.0
# Spread of log focal length. Perspective shows in a face by some per cent only, less than the
# landmarks' own error, so the assumption is left little room.
FOCAL_LOG_SPREAD = 0.12
# Nobody holds a camera nearer to the own nose; a shorter solved distance is a misread focal.
NEAREST_M = 0.30


@dataclass(frozen=True)
class Pose:
    """Where one camera stands: x_camera = rotation @ (x - pivot) + translation.

    rotation: (3, 3). translation: (3,) metres, camera frame (x right, y down, z forward). focal:
    natural logarithm of the focal length in pixels. pivot: (3,) metres, the head's middle, so that
    turning does not shift. principal: (2,) pixels.
    """

    rotation: Floats
    translation: Floats
    log_focal: float
    pivot: Floats
    principal: Floats

    def local(self, points: Floats) -> Floats:
        """(M, 3) model → camera frame."""
        return (points - self.pivot) @ self.rotation.T + self.translation

    def project(self, points: Floats) -> Floats:
        """(M, 3) model → (M, 2) pixels."""
        local = self.local(points)
        return np.exp(self.log_focal) * local[:, :2] / local[:, 2:] + self.principal

    def moved(self, step: Floats) -> Pose:
        """A step of 7: rotation vector in the camera's frame, translation, log focal."""
        return replace(
            self,
            rotation=Rotation.from_rotvec(step[:3]).as_matrix() @ self.rotation,
            translation=self.translation + step[3:6],
            log_focal=self.log_focal + float(step[6]),
        )

    def camera(self, width: int, height: int) -> Camera:
        """The same as the core's entity."""
        return Camera(
            focal_px=float(np.exp(self.log_focal)),
            principal=self.principal.astype(np.float32),
            rotation=self.rotation.astype(np.float32),
            translation=(self.translation - self.rotation @ self.pivot).astype(np.float32),
            width=width,
            height=height,
        )


def assumed_focal_px(photo: Photo) -> float:
    """The photo's own focal length, else the assumed one over its longer side."""
    if photo.focal_px is not None:
        return float(photo.focal_px)
    return ASSUMED_FOCAL_MM / FRAME_WIDTH_MM * max(photo.pixels.shape[:2])


def first_pose(
    model: Floats,
    seen: NDArray[np.floating],
    weights: Floats,
    focal_px: float,
    size: tuple[int, int],
) -> Pose:
    """A start: the similarity (Umeyama 1991) that takes the model's landmarks to the seen ones.

    Args:
        model: (M, 3) neutral landmarks, metres.
        seen: (M, 3) pixels; z as wide as x, smaller is nearer.
        weights: (M,) at least 0; what an expression moves should weigh little.
        focal_px: pixels.
        size: width and height of the photo.
    """
    share = weights / weights.sum()
    pivot, centre = share @ model, share @ seen
    a, b = model - pivot, seen - centre
    u, singular, vt = np.linalg.svd((share[:, None] * b).T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * sign) @ vt
    scale = float((singular * sign).sum() / (share @ (a * a).sum(axis=1)))
    principal = np.array(size, np.float64) / 2.0
    depth = max(focal_px / scale, NEAREST_M)
    translation = np.array([*((centre[:2] - principal) * depth / focal_px), depth])
    return Pose(rotation, translation, float(np.log(focal_px)), pivot, principal)
