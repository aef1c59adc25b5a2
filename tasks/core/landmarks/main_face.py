"""Which of several faces the photo is about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.core.entities import Float32, Uint8
from tasks.core.landmarks.engine import FaceBox, LandmarkEngine
from tasks.core.landmarks.head_angles import HeadPose, head_pose

# A face with less than this share of the largest one's box cannot rival it.
_RIVAL_AREA = 0.2
# At the photo's corner a face counts this much of one in the middle.
_CORNER_WEIGHT = 0.5


@dataclass(frozen=True)
class MainFace:
    """The most prominent face.

    mesh: (478, 3) float32 photo pixels. count: faces as large as a rival. lead: prominence (area,
    more in the middle of the photo) over that of the next face; infinite where there is none.
    """

    found: FaceBox
    mesh: Float32
    pose: HeadPose
    count: int
    lead: float


def main_face(pixels: Uint8, engine: LandmarkEngine) -> MainFace | None:
    """The most prominent face that also has a mesh; None where there is none."""
    boxes = engine.find_faces(pixels)
    ranked: list[tuple[float, FaceBox, Float32, HeadPose]] = []
    for box in boxes:
        if box.area < _RIVAL_AREA * boxes[0].area:
            break
        mesh = engine.face(pixels, box)
        if mesh is None:
            continue
        pose = head_pose(mesh)
        prominence = pose.eye_distance**2 * _weight(mesh, pixels)
        ranked.append((prominence, box, mesh, pose))
    if not ranked:
        return None
    ranked.sort(key=lambda face: -face[0])
    lead = ranked[0][0] / ranked[1][0] if len(ranked) > 1 else float("inf")
    return MainFace(*ranked[0][1:], count=len(ranked), lead=lead)


def _weight(mesh: Float32, pixels: Uint8) -> float:
    """1 in the middle of the photo, `_CORNER_WEIGHT` in a corner."""
    half = np.array([pixels.shape[1], pixels.shape[0]]) / 2
    away = (mesh[:, :2].mean(axis=0) - half) / half
    distance = min(1.0, float(np.hypot(*away)) / np.sqrt(2))
    return 1 - (1 - _CORNER_WEIGHT) * distance
