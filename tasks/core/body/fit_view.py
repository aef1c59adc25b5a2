"""One photo as a body fit sees it, and where the fit starts in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.fit_landmarks import HIPS, SHOULDERS, landmark_weights
from tasks.core.body.fit_rig import FitRig
from tasks.core.body.pose import axis_angles, frame_of, shortest_turn, unit
from tasks.core.entities import Landmarks, Photo, Subject, Uint8
from tasks.core.errors import Rejected

Array = NDArray[np.float64]

# Without EXIF, the focal length in diagonals of the picture: 43 mm on a 36 × 24 mm frame, between
# a phone's 26 mm and a portrait's 70 mm.
_FOCAL_DIAGONALS = 1.0

# Below this bend (radians) a limb's own plane is noise and it is swung, not rolled.
_BEND_THAT_TELLS = 0.35

# The camera's frame: x right, y down, z forward, looking at the avatar's front.
TO_CAMERA = np.diag([1.0, -1.0, -1.0])

# Bones whose lengths tell the size of MediaPipe's metric body: pairs of landmarks.
_BONES = ((11, 12), (23, 24), (11, 13), (13, 15), (12, 14), (14, 16), (11, 23), (12, 24),
          (23, 25), (25, 27), (24, 26), (26, 28))  # fmt: skip


@dataclass(frozen=True)
class View:
    """pixels: (33, 2); weights: (33,) 0..1; world: (33, 3) metres about the hips' middle, the
    avatar's axes; matte: (H, W) uint8."""

    focal_px: float
    principal: Array
    width: int
    height: int
    pixels: Array
    weights: Array
    world: Array
    matte: Uint8

    def project(self, points: Array) -> Array:
        """(..., 3) in the camera's frame → (..., 2) pixels."""
        return self.focal_px * points[..., :2] / points[..., 2:3] + self.principal


def view_of(photo: Photo, subject: Subject, landmarks: Landmarks) -> View:
    """The evidence of one photo that shows a body (`body_is_seen`)."""
    if landmarks.body is None or landmarks.body_world is None:
        raise Rejected("body.photos", "These landmarks hold no body.")
    height, width = photo.pixels.shape[:2]
    return View(
        focal_px=photo.focal_px or _FOCAL_DIAGONALS * float(np.hypot(width, height)),
        principal=np.array([width / 2.0, height / 2.0]),
        width=width,
        height=height,
        pixels=landmarks.body.astype(np.float64),
        weights=landmark_weights(landmarks, width, height),
        world=landmarks.body_world.astype(np.float64),
        matte=subject.matte,
    )


def metric_scale(view: View, places: dict[int, Array]) -> float:
    """The model's bones over MediaPipe's, which are an average person's: median over bones seen.

    Args:
        places: landmark → (3,) rest position on the model.
    """
    ratios = [
        np.linalg.norm(places[a] - places[b]) / np.linalg.norm(view.world[a] - view.world[b])
        for a, b in _BONES
        if a in places and b in places and min(view.weights[a], view.weights[b]) > 0.0
    ]
    return float(np.median(ratios)) if ratios else 1.0


def first_pose(view: View, rig: FitRig, places: dict[int, Array]) -> Array:
    """(D,) movements that turn each bone towards where the metric landmarks have it."""
    world, names = view.world, rig.movement_names
    moves = np.zeros(len(names))

    def put(name: str, values: Array | float) -> None:
        at = [k for k, own in enumerate(names) if own == name]
        if at:
            moves[at] = np.broadcast_to(values, len(at))

    def trunk(points: dict[int, Array]) -> Array:
        up = sum(points[k] for k in SHOULDERS) - sum(points[k] for k in HIPS)
        return frame_of(np.asarray(up), points[HIPS[0]] - points[HIPS[1]])

    turned = trunk(dict(enumerate(world))) @ trunk(places).T
    put("root", axis_angles(turned))
    # In the trunk's own frame from here on.
    local = world @ turned
    for side, first in (("Left", 0), ("Right", 1)):
        for names_of, chain, hinge in (
            (("Arm", "ForeArm"), (11, 13, 15), None),
            (("UpLeg", "Leg"), (23, 25, 27), np.array([1.0, 0.0, 0.0])),
        ):
            ids = [k + first for k in chain]
            if min(view.weights[ids]) <= 0.0 or not set(ids) <= places.keys():
                continue
            swing, bend = _limb([places[k] for k in ids], [local[k] for k in ids], hinge)
            put(side + names_of[0], swing)
            put(side + names_of[1], bend)
    return np.clip(moves, rig.low, rig.high)


def first_shift(view: View, landmarks: NDArray[np.int64], points: Array) -> Array:
    """(3,) translation that lays posed points, in the camera's turn, on their landmarks.

    f (x + a) = (u - c)(z + d) is linear in the shift; solved by weighted least squares.

    Args:
        landmarks: (M,) ids; points: (M, 3).
    """
    offset = view.pixels[landmarks] - view.principal
    root = np.sqrt(view.weights[landmarks])
    rows = np.zeros((len(landmarks), 2, 3))
    rows[:, 0, 0] = rows[:, 1, 1] = view.focal_px
    rows[:, :, 2] = -offset
    right = offset * points[:, 2:] - view.focal_px * points[:, :2]
    left = (rows * root[:, None, None]).reshape(-1, 3)
    shift: Array = np.linalg.lstsq(left, (right * root[:, None]).ravel(), rcond=None)[0]
    # A person cannot stand behind the camera, whatever the landmarks say.
    nearest = 0.1 - float(points[:, 2].min())
    shift[2] = max(float(shift[2]), nearest)
    return shift


def _limb(rest: list[Array], seen: list[Array], hinge: Array | None) -> tuple[Array, float]:
    """Axis-angle of the upper bone, and how much further than at rest the lower one is bent."""
    upper, lower = rest[1] - rest[0], rest[2] - rest[1]
    wanted, beyond = seen[1] - seen[0], seen[2] - seen[1]
    axis = np.cross(upper, lower) if hinge is None else hinge
    fold = np.cross(wanted, beyond)
    bent = _angle(upper, lower) if hinge is None else 0.0
    bend = _angle(wanted, beyond)
    if bend > _BEND_THAT_TELLS and np.linalg.norm(axis) > 0.0:
        swing = frame_of(wanted, fold) @ frame_of(upper, axis).T
    else:
        swing = shortest_turn(unit(upper), unit(wanted))
    return axis_angles(swing), bend - bent


def _angle(first: Array, second: Array) -> float:
    return float(np.arctan2(np.linalg.norm(np.cross(first, second)), first @ second))
