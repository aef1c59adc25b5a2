"""Each bone's own axes, as Ready Player Me's and Mixamo's skeletons have them.

Clips and poses made for those skeletons are rotations in the bones' own axes and replace the rest
rotation (TalkingHead's poses, Mixamo's clips), so a bone must have their axes for the same numbers
to give the same posture. Read off the standing poses of TalkingHead 1.7 (MIT; `poseTemplates`,
Euler angles against the parent) and in agreement with the rolls of MakeHuman's `rig.mixamo.json`
(CC0). In the T-pose:

- trunk, neck, head and eyes: upright, X to the left hand, Y up, Z forward;
- arm and hand, left: Y along the arm, X back, Z down; right: Y along the arm, X forward, Z down;
- leg: Y down, X to the right hand, Z forward; toes: Y forward, Z up.

Limbs and fingers follow the person's own bones, so that Y runs along the bone; the trunk, the
clavicles and the slope of the foot keep the convention, because their joints lie elsewhere in
another body's flesh (a bent spine, a sloping clavicle), and a pose must not straighten them.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.pose import axis_angles
from tasks.core.rig.names import BONES

# From straight down, about X: the foot bone of a flat foot. TalkingHead's flat-footed standing
# poses sum to 1.03 (`straight`) and 1.13 (`side`).
FOOT_PITCH = 1.08

_TRUNK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
_FINGERS = ("Thumb", "Index", "Middle", "Ring", "Pinky")

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]


def t_pose_frames(joints: NDArray[np.floating]) -> Matrix:
    """Axes of every bone of a person standing in the T-pose.

    Args:
        joints: (67, 3) world positions in the order of `BONES`, T-pose, metres.

    Returns:
        (67, 3, 3) float64 rotations; column k is the bone's k-th axis in the world frame.
    """
    place = {bone: np.asarray(joints[row], np.float64) for row, (bone, _) in enumerate(BONES)}
    frames: dict[str, Matrix] = {bone: np.eye(3) for bone in _TRUNK}
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        frames |= _arm(place, side, sign)
        frames |= _leg(place, side)
    for bone, parent in BONES:
        if bone not in frames:
            assert parent is not None
            # Tips and eyes hang on their parent's axes: their local rest rotation is none.
            frames[bone] = frames[parent]
    return np.stack([frames[bone] for bone, _ in BONES])


def quaternions(rotations: NDArray[np.floating]) -> Matrix:
    """(n, 3, 3) rotations → (n, 4) unit quaternions x, y, z, w with w ≥ 0."""
    vector = axis_angles(rotations)
    angle = np.linalg.norm(vector, axis=1, keepdims=True)
    axis = np.divide(vector, angle, out=np.zeros_like(vector), where=angle > 0.0)
    return np.concatenate([axis * np.sin(angle / 2.0), np.cos(angle / 2.0)], axis=1)


def rotations_of(quaternion: NDArray[np.floating]) -> Matrix:
    """(n, 4) unit quaternions x, y, z, w → (n, 3, 3) float64 rotations."""
    q = np.asarray(quaternion, np.float64)
    x, y, z, w = (q / np.linalg.norm(q, axis=1, keepdims=True)).T
    return np.stack(
        [
            1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w),
            2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w),
            2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y),
        ],
        axis=1,
    ).reshape(-1, 3, 3)  # fmt: skip


def _arm(place: dict[str, Vector], side: str, sign: float) -> dict[str, Matrix]:
    frame = _frame(x=(0.0, 0.0, -sign), y=(sign, 0.0, 0.0))
    frames = {f"{side}Shoulder": frame}
    chain = [f"{side}Arm", f"{side}ForeArm", f"{side}Hand", f"{side}HandMiddle1"]
    for bone, child in pairwise(chain):
        frame = _along(frame, place[child] - place[bone])
        frames[bone] = frame
    for finger in _FINGERS:
        frame = frames[f"{side}Hand"]
        for link in (1, 2, 3):
            bone = f"{side}Hand{finger}{link}"
            frame = _along(frame, place[f"{side}Hand{finger}{link + 1}"] - place[bone])
            frames[bone] = frame
    return frames


def _leg(place: dict[str, Vector], side: str) -> dict[str, Matrix]:
    hip, knee, ankle, toe = (side + part for part in ("UpLeg", "Leg", "Foot", "ToeBase"))
    thigh = _along(_frame(x=(-1.0, 0.0, 0.0), y=(0.0, -1.0, 0.0)), place[knee] - place[hip])
    foot = place[toe] - place[ankle]
    heading = np.arctan2(foot[0], foot[2])
    turn = np.array(
        [
            [np.cos(heading), 0.0, np.sin(heading)],
            [0.0, 1.0, 0.0],
            [-np.sin(heading), 0.0, np.cos(heading)],
        ]
    )
    return {
        hip: thigh,
        knee: _along(thigh, place[ankle] - place[knee]),
        ankle: turn @ _frame((-1.0, 0.0, 0.0), (0.0, -np.cos(FOOT_PITCH), np.sin(FOOT_PITCH))),
        toe: turn @ _frame((-1.0, 0.0, 0.0), (0.0, 0.0, 1.0)),
    }


def _frame(x: tuple[float, float, float], y: tuple[float, float, float]) -> Matrix:
    return np.stack([np.array(x), np.array(y), np.cross(x, y)], axis=1)


def _along(frame: Matrix, direction: Vector) -> Matrix:
    """Turn a frame by the smallest rotation that lays its Y axis along a direction."""
    source = frame[:, 1]
    target = direction / np.linalg.norm(direction)
    v = np.cross(source, target)
    cross = np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])
    # No bone of a T-pose runs against its convention, so 1 + cos never nears zero.
    return (np.eye(3) + cross + cross @ cross / (1.0 + source @ target)) @ frame
