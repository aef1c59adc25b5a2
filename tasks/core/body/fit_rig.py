"""The joints that a fit moves: twenty of the skeleton's, with human limits, many poses at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.body.pose import rotation_matrices

Array = NDArray[np.float64]

# Spread (standard deviation about rest) and limit of each movement, radians; wide where people
# move widely. Ranges after the American Academy of Orthopaedic Surgeons (1965), rounded.
_FREE = np.inf
_TRUNK = ("Spine", "Spine1", "Spine2")
_TRUNK_SPREAD = (0.35, 0.25, 0.25)
_TRUNK_LIMIT = 0.9
_NECK = ("Neck", "Head")
_NECK_SPREAD = 0.30
_NECK_LIMIT = 1.0
_GIRDLE_SPREAD, _GIRDLE_LIMIT = 0.12, 0.4
_SHOULDER_SPREAD, _SHOULDER_LIMIT = 0.8, 2.6
_ELBOW_SPREAD, _ELBOW_FLEXED = 0.7, 2.6
_ELBOW_OVER_STRAIGHT = 0.05
_PRONATION_SPREAD, _PRONATION_LIMIT = 0.5, 1.5
_WRIST_SPREAD, _WRIST_LIMIT = 0.3, 1.0
_HIP_SPREAD, _HIP_LIMIT = 0.5, 2.2
_KNEE_SPREAD, _KNEE_LOW, _KNEE_HIGH = 0.6, -0.1, 2.5
_ANKLE_SPREAD, _ANKLE_LIMIT = 0.25, 0.8

# Under this sine the elbow is straight at rest and its axis is taken from the stance instead.
_STRAIGHT_SINE = 0.09
_AXES = np.eye(3)


@dataclass(frozen=True)
class FitRig:
    """joints: (A,) the model's index of each active joint; parents: (A,) among the active;
    owner: (J,) the active joint that carries each joint of the model. movement_names: (D,) the
    first joint of each movement, `root` for the root's. basis: (D, A, 3), each movement's
    axis-angle; spread, low, high: (D,) radians."""

    joints: NDArray[np.int64]
    parents: NDArray[np.int64]
    owner: NDArray[np.int64]
    movement_names: tuple[str, ...]
    basis: Array
    spread: Array
    low: Array
    high: Array

    def weights(self, model: BodyModel, vertex_ids: NDArray[np.integer]) -> Array:
        """(n, A) skinning weights, each passive joint's counted to its carrier."""
        topology = model.topology
        rows = np.zeros((len(vertex_ids), len(self.joints)))
        carriers = self.owner[topology.skin_indices[vertex_ids]]
        np.add.at(
            rows,
            (np.arange(len(vertex_ids))[:, None], carriers),
            topology.skin_weights[vertex_ids].astype(np.float64),
        )
        return rows / rows.sum(axis=1, keepdims=True)

    def rotations(self, movements: Array) -> Array:
        """(D,) movements → (J, 3) axis-angle of every joint of the model."""
        full = np.zeros((len(self.owner), 3))
        full[self.joints] = np.tensordot(movements, self.basis, 1)
        return full

    def maps(self, movements: Array, joints: Array) -> Array:
        """(B, D) movements and (B or 1, A, 3) rest joints → (B, A, 12): each active joint's
        rotation, row by row, and offset."""
        local = rotation_matrices(np.tensordot(movements, self.basis, 1))
        count = max(len(local), len(joints))
        turned = np.empty((count, len(self.joints), 3, 3))
        offset = np.empty((count, len(self.joints), 3))
        for place, parent in enumerate(self.parents.tolist()):
            rest = joints[:, place]
            if parent < 0:
                turned[:, place] = local[:, place]
                at = rest
            else:
                turned[:, place] = turned[:, parent] @ local[:, place]
                at = (turned[:, parent] @ rest[..., None])[..., 0] + offset[:, parent]
            offset[:, place] = at - (turned[:, place] @ rest[..., None])[..., 0]
        return np.concatenate([turned.reshape(count, -1, 9), offset], axis=-1)


def pose_points(maps: Array, weights: Array, points: Array) -> Array:
    """(B, A, 12) maps, (n, A) weights, (B or 1, n, 3) rest points → (B, n, 3)."""
    mixed = weights @ maps
    x, y, z = points[..., 0:1], points[..., 1:2], points[..., 2:3]
    # Row-major 3 × 3: columns of the rotation are every third number.
    return mixed[..., 0:9:3] * x + mixed[..., 1:9:3] * y + mixed[..., 2:9:3] * z + mixed[..., 9:]


def build_rig(model: BodyModel, joints: NDArray[np.floating]) -> FitRig:
    """The rig of one person; the elbow's axis follows the arm's own bend at rest.

    Args:
        joints: (J, 3) rest joints, metres. Joints that the model lacks are left out.
    """
    names = model.topology.joint_names
    sides = [
        side + part
        for side in ("Left", "Right")
        for part in ("Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot")
    ]
    wanted = {"Hips", *_TRUNK, *_NECK, *sides}
    # Joint 0 is the root of every model, whatever its name.
    active = [k for k, name in enumerate(names) if name in wanted or k == 0]
    place = {k: a for a, k in enumerate(active)}
    owner = np.zeros(len(names), np.int64)
    for k, parent in enumerate(model.topology.joint_parents.tolist()):
        owner[k] = place[k] if k in place else owner[parent]
    parents = np.array(
        [-1 if k == 0 else owner[model.topology.joint_parents[k]] for k in active], np.int64
    )
    moves = _Moves({names[k]: a for k, a in place.items()}, len(active))
    moves.turn((names[0],), _AXES, _FREE, np.pi * 2.0)
    for axis, spread in zip(_AXES, _TRUNK_SPREAD, strict=True):
        moves.turn(_TRUNK, axis[None], spread, _TRUNK_LIMIT)
    moves.turn(_NECK, _AXES, _NECK_SPREAD, _NECK_LIMIT)
    rest = {name: np.asarray(joints[k], np.float64) for k, name in enumerate(names)}
    for side in ("Left", "Right"):
        _arm(moves, rest, side)
        moves.turn((side + "UpLeg",), _AXES, _HIP_SPREAD, _HIP_LIMIT)
        moves.turn((side + "Leg",), _AXES[:1], _KNEE_SPREAD, _KNEE_HIGH, _KNEE_LOW)
        moves.turn((side + "Foot",), _AXES[:2], _ANKLE_SPREAD, _ANKLE_LIMIT)
    return FitRig(
        joints=np.array(active, np.int64),
        parents=parents,
        owner=owner,
        movement_names=tuple(moves.names),
        basis=np.array(moves.basis),
        spread=np.array(moves.spread),
        low=np.array(moves.low),
        high=np.array(moves.high),
    )


class _Moves:
    def __init__(self, places: dict[str, int], count: int) -> None:
        self.places = places
        self.count = count
        self.names: list[str] = []
        self.basis: list[Array] = []
        self.spread: list[float] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def turn(
        self,
        names: tuple[str, ...],
        axes: Array,
        spread: float,
        high: float,
        low: float | None = None,
    ) -> None:
        """One movement an axis, shared evenly by the named joints."""
        here = [self.places[name] for name in names if name in self.places]
        if not here:
            return
        for axis in axes:
            row = np.zeros((self.count, 3))
            row[here] = axis / len(here)
            self.names.append("root" if here == [0] else names[0])
            self.basis.append(row)
            self.spread.append(spread)
            self.low.append(-high if low is None else low)
            self.high.append(high)


def _arm(moves: _Moves, rest: dict[str, Array], side: str) -> None:
    upper, fore, hand = (side + part for part in ("Arm", "ForeArm", "Hand"))
    moves.turn((side + "Shoulder",), _AXES[1:], _GIRDLE_SPREAD, _GIRDLE_LIMIT)
    moves.turn((upper,), _AXES, _SHOULDER_SPREAD, _SHOULDER_LIMIT)
    if not {upper, fore, hand} <= rest.keys():
        return
    first, second = rest[fore] - rest[upper], rest[hand] - rest[fore]
    first, second = first / np.linalg.norm(first), second / np.linalg.norm(second)
    hinge = np.cross(first, second)
    sine = float(np.linalg.norm(hinge))
    bent = float(np.arctan2(sine, first @ second))
    if sine < _STRAIGHT_SINE:
        # Palms down, a bend brings the hand forward.
        hinge, sine = np.cross(first, _AXES[2]), 1.0
    hinge = hinge / sine
    moves.turn(
        (fore,), hinge[None], _ELBOW_SPREAD, _ELBOW_FLEXED - bent, -bent - _ELBOW_OVER_STRAIGHT
    )
    moves.turn((fore,), second[None], _PRONATION_SPREAD, _PRONATION_LIMIT)
    across = np.stack([hinge, np.cross(second, hinge)])
    moves.turn((hand,), across, _WRIST_SPREAD, _WRIST_LIMIT)
