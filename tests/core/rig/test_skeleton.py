"""Models with fewer or more joints than the skeleton has bones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.model import Topology
from tasks.core.entities import Figure
from tasks.core.errors import Rejected
from tasks.core.rig.names import BONE_NAMES
from tasks.core.rig.skeleton import bone_source


def without(topology: Topology, joints: np.ndarray, gone: list[str]) -> tuple[Topology, np.ndarray]:
    kept = [k for k, name in enumerate(topology.joint_names) if name not in gone]
    place = {old: new for new, old in enumerate(kept)}
    parents = [place.get(int(topology.joint_parents[k]), -1) for k in kept]
    cut = replace(
        topology,
        joint_names=tuple(topology.joint_names[k] for k in kept),
        joint_parents=np.array(parents, np.int32),
    )
    return cut, joints[kept]


def test_each_bone_is_where_its_joint_is(anny: AnnyBody, figure: Figure) -> None:
    source = bone_source(anny.topology, figure.joints)
    names = anny.topology.joint_names
    assert [names[joint] for joint in source.carriers] == list(BONE_NAMES)
    np.testing.assert_array_equal(source.positions, figure.joints[source.carriers])
    np.testing.assert_array_equal(source.bone_of_joint[source.carriers], np.arange(67))


def test_missing_ends_carry_on_their_bone(anny: AnnyBody, figure: Figure) -> None:
    gone = ["HeadTop_End", "LeftToe_End", "RightToe_End", "LeftHandIndex4"]
    topology, joints = without(anny.topology, figure.joints, gone)
    source = bone_source(topology, joints)
    whole = bone_source(anny.topology, figure.joints)
    for bone in gone:
        row = BONE_NAMES.index(bone)
        assert np.linalg.norm(source.positions[row] - whole.positions[row]) < 0.08
    carrier = topology.joint_names[source.carriers[BONE_NAMES.index("LeftHandIndex4")]]
    assert carrier == "LeftHandIndex3"


def test_a_missing_limb_is_refused(anny: AnnyBody, figure: Figure) -> None:
    topology, joints = without(anny.topology, figure.joints, ["LeftHandIndex3"])
    with pytest.raises(Rejected) as caught:
        bone_source(topology, joints)
    assert caught.value.code == "rig.bones_missing"
    assert "LeftHandIndex3" in caught.value.sentence


def test_a_joint_beyond_the_skeleton_moves_with_the_bone_above(
    anny: AnnyBody, figure: Figure
) -> None:
    topology = replace(
        anny.topology,
        joint_names=(*anny.topology.joint_names, "Jaw"),
        joint_parents=np.append(
            anny.topology.joint_parents, anny.topology.joint_names.index("Head")
        ).astype(np.int32),
    )
    joints = np.concatenate([figure.joints, figure.joints[:1]])
    assert bone_source(topology, joints).bone_of_joint[-1] == BONE_NAMES.index("Head")
