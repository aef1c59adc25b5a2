"""Where MediaPipe's 33 body landmarks sit on the body model, and which of a photo's count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Landmarks

Array = NDArray[np.float64]

# Landmark → joint, for the left side; the right one has the next number.
_JOINTS: dict[int, str] = {
    11: "Arm", 13: "ForeArm", 15: "Hand", 17: "HandPinky1", 19: "HandIndex1",
    23: "UpLeg", 25: "Leg", 27: "Foot", 31: "Toe_End",
}  # fmt: skip
_NOSE, _LEFT_EAR, _RIGHT_EAR, _LEFT_HEEL, _RIGHT_HEEL = 0, 7, 8, 29, 30
SHOULDERS, HIPS = (11, 12), (23, 24)

# Standard deviation of each landmark's place in the photo, metres at the person: MediaPipe's own
# scatter and the skin over the joint. Hips and shoulders lie deep under clothes.
_SIGMA = 0.025
_SIGMA_OF: dict[int, float] = {11: 0.03, 12: 0.03, 23: 0.04, 24: 0.04, 7: 0.03, 8: 0.03}

# A landmark less visible than this was guessed; between, its weight grows evenly.
_UNSEEN, _SEEN = 0.3, 0.8
# A body counts as seen when shoulders and hips are at least this visible and in the picture.
_BODY_SEEN = 0.5


@dataclass(frozen=True)
class Anchors:
    """landmarks: (M,) ids of the 33; vertices: (M,) vertex or -1; joints: (M,) joint or -1;
    sigma: (M,) metres."""

    landmarks: NDArray[np.int64]
    vertices: NDArray[np.int64]
    joints: NDArray[np.int64]
    sigma: Array


def anchors_of(model: BodyModel) -> Anchors:
    """The landmarks that have a place on this model: its joints, and extreme points of the head
    and heels found on the unshaped model."""
    names = model.topology.joint_names
    rows: list[tuple[int, int, int]] = []
    for number, part in _JOINTS.items():
        for side, landmark in (("Left", number), ("Right", number + 1)):
            if side + part in names:
                rows.append((landmark, -1, names.index(side + part)))
    template, _ = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    skin = model.topology.vertex_groups["body"]
    strongest = model.topology.skin_indices[skin, 0]

    def extreme(joint: str, direction: tuple[float, float, float], landmark: int) -> None:
        if joint in names:
            own = skin[strongest == names.index(joint)]
            if len(own):
                rows.append((landmark, int(own[(template[own] @ direction).argmax()]), -1))

    extreme("Head", (0.0, 0.0, 1.0), _NOSE)
    extreme("Head", (1.0, 0.0, 0.0), _LEFT_EAR)
    extreme("Head", (-1.0, 0.0, 0.0), _RIGHT_EAR)
    extreme("LeftFoot", (0.0, -1.0, -1.0), _LEFT_HEEL)
    extreme("RightFoot", (0.0, -1.0, -1.0), _RIGHT_HEEL)
    rows.sort()
    table = np.array(rows, np.int64).reshape(-1, 3)
    return Anchors(
        landmarks=table[:, 0],
        vertices=table[:, 1],
        joints=table[:, 2],
        sigma=np.array([_SIGMA_OF.get(int(k), _SIGMA) for k in table[:, 0]]),
    )


def landmark_weights(landmarks: Landmarks, width: int, height: int) -> Array:
    """(33,) 0..1: how far each landmark counts; none outside of the picture. All zero where no
    body was found."""
    if landmarks.body is None or landmarks.visibility is None:
        return np.zeros(33)
    x, y = landmarks.body.astype(np.float64).T
    inside = (x >= 0.0) & (y >= 0.0) & (x <= width) & (y <= height)
    seen = (landmarks.visibility.astype(np.float64) - _UNSEEN) / (_SEEN - _UNSEEN)
    return np.where(inside, np.clip(seen, 0.0, 1.0), 0.0)


def body_is_seen(landmarks: Landmarks, width: int, height: int) -> bool:
    """Shoulders and hips are in the picture: enough to place a body by."""
    if landmarks.body is None or landmarks.visibility is None or landmarks.body_world is None:
        return False
    trunk = [*SHOULDERS, *HIPS]
    weights = landmark_weights(landmarks, width, height)
    return bool((landmarks.visibility[trunk] >= _BODY_SEEN).all() and (weights[trunk] > 0.0).all())
