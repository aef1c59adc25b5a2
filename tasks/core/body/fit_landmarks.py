"""Where MediaPipe's 33 body landmarks sit on the body model, and which of a photo's count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Landmarks

Array = NDArray[np.float64]

# Where each landmark lies, for the left side (the right one has the next number): a joint or an
# extreme point of the skin, and the share of the way from there to a second one. Found by running
# MediaPipe 0.10.21 on pictures of 24 dressed Anny people in varied stances: what remains is under
# 1 % of the stature. A skin point is (joint that holds it, direction in which it is extreme).
Point = str | tuple[str, tuple[float, float, float]]
_EAR: Point = ("Head", (1.0, 0.0, 0.0))
_PLACES: dict[int, tuple[Point, Point, float]] = {
    7: (_EAR, ("Head", (-1.0, 0.0, 0.0)), 0.16),
    11: ("Arm", ("Arm", (0.0, 1.0, 0.0)), 0.20),
    13: ("ForeArm", "ForeArm", 0.0),
    15: ("Hand", "Hand", 0.0),
    17: ("HandPinky1", "HandPinky1", 0.0),
    19: ("HandIndex1", "Hand", 0.23),
    23: ("UpLeg", "UpLeg", 0.0),
    25: ("Leg", "Foot", 0.03),
    27: ("Foot", "Leg", 0.05),
    29: (("Foot", (0.0, -1.0, -1.0)), "Foot", 0.25),
    31: (("ToeBase", (-0.4, 0.3, 1.0)), "ToeBase", 0.0),
}
_NOSE: Point = ("Head", (0.0, 0.0, 1.0))
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
    """landmarks: (M,) ids of the 33. Each lies between two points, `share` (M,) of the way from
    the first: vertices (M, 2), -1 where the point is a joint; joints (M, 2), -1 where it is a
    vertex. sigma: (M,) metres."""

    landmarks: NDArray[np.int64]
    vertices: NDArray[np.int64]
    joints: NDArray[np.int64]
    share: Array
    sigma: Array

    def points(self, vertices: NDArray[np.floating], joints: NDArray[np.floating]) -> Array:
        """(V, 3) and (J, 3), at rest or posed → (M, 3)."""
        ends = np.where(
            (self.vertices >= 0)[..., None], vertices[self.vertices], joints[self.joints]
        ).astype(np.float64)
        return self.mixed(ends[:, 0], ends[:, 1])

    def mixed(self, first: Array, second: Array) -> Array:
        """(..., M, 3) positions of both ends → (..., M, 3)."""
        return first + self.share[:, None] * (second - first)


def anchors_of(model: BodyModel) -> Anchors:
    """The landmarks that have a place on this model; skin points are found on its default body."""
    template, _ = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    names = model.topology.joint_names
    skin = np.asarray(model.topology.vertex_groups["body"], np.int64)
    strongest = model.topology.skin_indices[skin, 0]

    def find(point: Point, side: str, sign: float) -> tuple[int, int] | None:
        name, direction = (point, None) if isinstance(point, str) else point
        own = name if name == "Head" else side + name
        if own not in names:
            return None
        place = names.index(own)
        if direction is None:
            return -1, place
        held = skin[strongest == place]
        if not len(held):
            return None
        towards = np.array(direction) * [sign, 1.0, 1.0]
        return int(held[(template[held] @ towards).argmax()]), -1

    wanted = [(0, _NOSE, _NOSE, 0.0, "", 1.0)]
    for number, (first, second, share) in _PLACES.items():
        for side, sign, landmark in (("Left", 1.0, number), ("Right", -1.0, number + 1)):
            wanted.append((landmark, first, second, share, side, sign))
    rows = []
    for landmark, first, second, share, side, sign in sorted(wanted, key=lambda row: row[0]):
        ends = find(first, side, sign), find(second, side, sign)
        if ends[0] is not None:
            # A second point that the model lacks leaves the first alone.
            rows.append((landmark, ends[0], ends[1] or ends[0], share))
    return Anchors(
        landmarks=np.array([row[0] for row in rows], np.int64),
        vertices=np.array([[row[1][0], row[2][0]] for row in rows], np.int64),
        joints=np.array([[row[1][1], row[2][1]] for row in rows], np.int64),
        share=np.array([row[3] for row in rows], np.float64),
        sigma=np.array([_SIGMA_OF.get(row[0], _SIGMA) for row in rows]),
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
