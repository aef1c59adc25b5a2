"""Which joint of the body model is behind each bone of the skeleton."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import Topology
from tasks.core.errors import Rejected
from tasks.core.rig.names import BONE_NAMES, BONES

# End bones turn nothing: a model that lacks them (SMPL-X) gets them by carrying on the bone
# before by this share of its length. The head is some three times as high as the neck is long.
_END_SHARES: dict[str, float] = {"HeadTop_End": 3.0, "LeftToe_End": 0.4, "RightToe_End": 0.4}
_FINGER_TIP_SHARE = 1.0


@dataclass(frozen=True)
class BoneSource:
    """carriers: (67,) the model's joint that moves each bone; positions: (67, 3) float64 rest
    positions of the bones, metres; bone_of_joint: (J,) the bone each joint's weights go to."""

    carriers: NDArray[np.int64]
    positions: NDArray[np.float64]
    bone_of_joint: NDArray[np.int64]


def bone_source(topology: Topology, joints: NDArray[np.floating]) -> BoneSource:
    """Find the bones among a model's joints.

    Args:
        topology: the model's; a joint that is no bone gives its weights to the next one above.
        joints: (J, 3) the person's rest joints, metres.

    Raises:
        Rejected: `rig.bones_missing` where a bone that turns something has no joint.
    """
    joint_of = {name: joint for joint, name in enumerate(topology.joint_names)}
    missing = [bone for bone in BONE_NAMES if bone not in joint_of and not _is_end(bone)]
    if missing:
        raise Rejected(
            "rig.bones_missing",
            f"The body model has no joint for {', '.join(missing[:5])}"
            f"{' …' if len(missing) > 5 else ''}.",
            measured=len(BONES) - len(missing),
            limit=len(BONES),
        )
    rest = np.asarray(joints, np.float64)
    above = dict(BONES)
    carriers, positions = [], []
    for bone, parent in BONES:
        if bone in joint_of:
            carriers.append(joint_of[bone])
            positions.append(rest[joint_of[bone]])
            continue
        assert parent is not None
        start = above[parent]
        assert start is not None
        last = rest[joint_of[parent]]
        share = _END_SHARES.get(bone, _FINGER_TIP_SHARE)
        carriers.append(joint_of[parent])
        positions.append(last + share * (last - rest[joint_of[start]]))
    bone_of_joint = np.full(len(topology.joint_names), -1, np.int64)
    for row, bone in enumerate(BONE_NAMES):
        if bone in joint_of:
            bone_of_joint[joint_of[bone]] = row
    for joint, parent_joint in enumerate(topology.joint_parents.tolist()):
        if bone_of_joint[joint] < 0:
            bone_of_joint[joint] = bone_of_joint[parent_joint] if parent_joint >= 0 else 0
    return BoneSource(np.array(carriers, np.int64), np.stack(positions), bone_of_joint)


def _is_end(bone: str) -> bool:
    return bone in _END_SHARES or bone.endswith("4")
