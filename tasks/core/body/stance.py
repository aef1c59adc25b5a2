"""Standard poses: from a person's rest pose to a true A-pose or T-pose.

The base mesh rests with bent elbows and feet apart. A stance is found from the person's own
joints, by aligning bone directions, so that it is the same stance on every body.
"""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.body.pose import (
    Posed,
    axis_angles,
    frame_of,
    pose_vertices,
    rotation_matrices,
    shortest_turn,
    unit,
)
from tasks.core.entities import Float32
from tasks.core.errors import Rejected

Stance = Literal["A", "T"]

# How far the arms hang below the horizontal, in the frontal plane.
ARM_DROP: dict[Stance, float] = {"A": np.deg2rad(45.0), "T": 0.0}

# The forearm turns about its own length (pronation) by the two bones crossing, all along; a
# skeleton with one forearm joint can only turn at elbow and wrist, so each takes a half, and
# neither pinches.
_FOREARM_SHARE_OF_TWIST = 0.5

# The clavicle takes this share of the arm's lift between rest and stance (scapulohumeral rhythm:
# two thirds shoulder joint, one third shoulder girdle; Inman et al. 1944).
_GIRDLE_SHARE = 1.0 / 3.0

# The legs open by this much from upright: feet a little wider than the hip joints, so that full
# thighs do not run into each other.
_LEG_SPLAY = np.deg2rad(2.5)

# Under this bend (radians) an elbow counts as straight, and tells nothing of its axis.
_STRAIGHT = np.deg2rad(5.0)

# Of the body's extent at rest: what lies this near its ends can be the top or a sole standing.
_STATURE_MARGIN = 0.08

# Bend of a relaxed, straight finger at each of its three joints, radians.
_FINGER_BEND = (np.deg2rad(6.0), np.deg2rad(8.0), np.deg2rad(5.0))
# Straightened fingers keep this share of their sideways spread.
_FINGER_SPREAD = 0.8

_SIDES: tuple[tuple[str, float], ...] = (("Left", 1.0), ("Right", -1.0))
_FINGERS = ("Index", "Middle", "Ring", "Pinky")
_FORWARD = np.array([0.0, 0.0, 1.0])

Vector = NDArray[np.float64]
Matrix = NDArray[np.float64]


def stance(model: BodyModel, joints: NDArray[np.floating], name: Stance) -> Float32:
    """The rotations that take a person from rest to a standard stance.

    A: straight arms 45° down in the frontal plane, T: horizontal. In both the palms face down
    and towards the thighs, the fingers are straight and slightly relaxed, and the feet stand
    parallel, flat, under the hips.

    Args:
        model: the body model; joints that it lacks are passed over.
        joints: (J, 3) the person's rest joints, metres.
        name: "A" or "T".

    Returns:
        (J, 3) float32 axis-angle, radians, as `pose_vertices` takes it. The hips stay where they
        are: lift the result so that its soles stand at Y = 0 (`stand` does).

    Raises:
        Rejected: `stance.unknown`.
    """
    if name not in get_args(Stance):
        raise Rejected(
            "stance.unknown",
            f"A stance is one of {', '.join(get_args(Stance))}.",
            measured=str(name),
            limit="/".join(get_args(Stance)),
        )
    chain = _standing(model, joints)
    for side, sign in _SIDES:
        _hold_arm(chain, side, sign, ARM_DROP[name])
    return axis_angles(chain.local).astype(np.float32)


def stand(
    model: BodyModel,
    vertices: NDArray[np.floating],
    joints: NDArray[np.floating],
    name: Stance = "A",
) -> Posed:
    """A person in a stance, soles at Y = 0.

    Args:
        vertices, joints: (V, 3) and (J, 3) at rest, metres.
        name: "A" or "T".
    """
    posed = pose_vertices(model.topology, vertices, joints, stance(model, joints, name))
    lift = np.float32(-posed.vertices[_body(model), 1].min())
    return Posed(_lifted(posed.vertices, lift), _lifted(posed.joints, lift))


def stature(
    model: BodyModel, vertices: NDArray[np.floating], joints: NDArray[np.floating]
) -> float:
    """Height of the standing body in metres, soles to the top of the head (ISO 8559-1, 5.1.1).

    Hair, clothes and other helper geometry do not count. The legs stand upright, as in `stance`,
    which at rest they do not: the rest pose's own extent is some millimetres less.
    """
    ids = _body(model)
    # The arms are nothing to it, nor is anything between the feet and the head.
    reach = vertices[ids, 1]
    low, high = float(reach.min()), float(reach.max())
    margin = _STATURE_MARGIN * (high - low)
    ids = ids[(reach < low + margin) | (reach > high - margin)]
    upright = _standing(model, joints).local
    posed = pose_vertices(model.topology, vertices[ids], joints, upright, vertex_ids=ids)
    height = posed.vertices[:, 1].astype(np.float64)
    return float(height.max() - height.min())


def _body(model: BodyModel) -> NDArray[np.int32]:
    return model.topology.vertex_groups["body"]


def _lifted(points: Float32, lift: np.float32) -> Float32:
    return points + np.array([0.0, lift, 0.0], np.float32)


class _Chain:
    """The joints of one person with the rotations decided so far."""

    def __init__(self, model: BodyModel, joints: NDArray[np.floating]) -> None:
        topology = model.topology
        self.index = {name: place for place, name in enumerate(topology.joint_names)}
        self.parents: list[int] = topology.joint_parents.tolist()
        self.joints = np.asarray(joints, np.float64)
        self.local: Matrix = np.tile(np.eye(3), (len(self.joints), 1, 1))

    def has(self, *names: str) -> bool:
        return all(name in self.index for name in names)

    def rest(self, start: str, end: str) -> Vector:
        """Unit direction between two joints at rest."""
        return unit(self.joints[self.index[end]] - self.joints[self.index[start]])

    def turned(self, name: str) -> Matrix:
        """(3, 3) how the world at this joint is turned now."""
        return self._turned(self.index[name])

    def turn_to(self, name: str, world: Matrix) -> None:
        """Make this joint's whole rotation equal `world`."""
        place = self.index[name]
        self.local[place] = self._turned(self.parents[place]).T @ world

    def _turned(self, place: int) -> Matrix:
        world = np.eye(3)
        while place >= 0:
            world = self.local[place] @ world
            place = self.parents[place]
        return world


def _standing(model: BodyModel, joints: NDArray[np.floating]) -> _Chain:
    chain = _Chain(model, joints)
    for side, sign in _SIDES:
        _stand_leg(chain, side, sign)
    return chain


def _stand_leg(chain: _Chain, side: str, sign: float) -> None:
    hip, knee, ankle, toe = (side + part for part in ("UpLeg", "Leg", "Foot", "ToeBase"))
    if not chain.has(hip, knee, ankle, toe):
        return
    # In the frontal plane only: the natural line of the leg seen from the side stays.
    line = chain.rest(hip, ankle)
    close = sign * _LEG_SPLAY - np.arctan2(line[0], -line[1])
    chain.turn_to(hip, rotation_matrices(np.array([0.0, 0.0, close])))
    foot = chain.rest(ankle, toe)
    chain.turn_to(ankle, rotation_matrices(np.array([0.0, np.arctan2(-foot[0], foot[2]), 0.0])))


def _hold_arm(chain: _Chain, side: str, sign: float, drop: float) -> None:
    girdle, upper, fore, hand = (side + part for part in ("Shoulder", "Arm", "ForeArm", "Hand"))
    if not chain.has(upper, fore, hand):
        return
    along = np.array([sign * np.cos(drop), -np.sin(drop), 0.0])
    palm = np.array([-sign * np.sin(drop), -np.cos(drop), 0.0])
    rest_upper, rest_fore = chain.rest(upper, fore), chain.rest(fore, hand)
    if chain.has(girdle):
        lift = np.arctan2(along[1], abs(along[0])) - np.arctan2(rest_upper[1], abs(rest_upper[0]))
        chain.turn_to(girdle, rotation_matrices(np.array([0.0, 0.0, sign * _GIRDLE_SHARE * lift])))
    # The elbow bends about the axis across upper arm and forearm; held with the palm down and
    # the arm in the frontal plane, a bend would bring the hand forward.
    hinge = np.cross(rest_upper, rest_fore)
    if np.linalg.norm(hinge) > np.sin(_STRAIGHT):
        swing = frame_of(along, np.cross(along, _FORWARD)) @ frame_of(rest_upper, hinge).T
    else:
        swing = shortest_turn(rest_upper, along)
    chain.turn_to(upper, swing)
    straight = shortest_turn(swing @ rest_fore, along) @ swing
    if not chain.has(hand + "Middle1", hand + "Index1", hand + "Pinky1"):
        chain.turn_to(fore, straight)
        return
    rest_palm = -sign * np.cross(
        chain.rest(hand, hand + "Index1"), chain.rest(hand, hand + "Pinky1")
    )
    rest_along = chain.rest(hand, hand + "Middle1")
    held = frame_of(along, palm) @ frame_of(rest_along, rest_palm).T
    # What the hand still has to turn about the forearm once it is swung straight.
    straight_hand = shortest_turn(straight @ rest_along, along) @ straight
    twist = axis_angles(held @ straight_hand.T)
    chain.turn_to(fore, rotation_matrices(_FOREARM_SHARE_OF_TWIST * twist) @ straight)
    chain.turn_to(hand, held)
    for finger in _FINGERS:
        _straighten(chain, hand + finger, along, palm)


def _straighten(chain: _Chain, finger: str, along: Vector, palm: Vector) -> None:
    links = [finger + str(number) for number in (1, 2, 3, 4)]
    across = np.cross(palm, along)
    bend = 0.0
    spread: float | None = None
    for start, end, more in zip(links[:-1], links[1:], _FINGER_BEND, strict=True):
        if not chain.has(start, end):
            return
        turned = chain.turned(start)
        now = turned @ chain.rest(start, end)
        if spread is None:
            spread = _FINGER_SPREAD * float(np.arctan2(now @ across, now @ along))
        bend += more
        ray = np.cos(spread) * along + np.sin(spread) * across
        chain.turn_to(start, shortest_turn(now, np.cos(bend) * ray + np.sin(bend) * palm) @ turned)
