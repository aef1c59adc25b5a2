"""The fit's small rig moves the body as the whole skeleton does."""

from __future__ import annotations

import numpy as np

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit_rig import build_rig, pose_points
from tasks.core.body.pose import pose_vertices
from tasks.core.entities import Float32


def test_it_poses_as_the_full_skeleton_does(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    vertices, joints = person
    rig = build_rig(anny, joints)
    rng = np.random.default_rng(2)
    many = np.clip(rng.normal(0.0, 0.4, (3, len(rig.low))), rig.low, rig.high)
    ids = np.arange(0, 13000, 100)
    maps = rig.maps(many, joints[None, rig.joints].astype(np.float64))
    points = pose_points(maps, rig.weights(anny, ids), vertices[None, ids].astype(np.float64))
    for row, moves in enumerate(many):
        whole = pose_vertices(anny.topology, vertices, joints, rig.rotations(moves))
        np.testing.assert_allclose(points[row], whole.vertices[ids], atol=1e-5)


def test_elbows_and_knees_bend_only_the_human_way(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    joints = person[1]
    rig = build_rig(anny, joints)
    names = anny.topology.joint_names

    def bend(moves: np.ndarray, first: str, middle: str, last: str) -> float:
        posed = pose_vertices(anny.topology, *person, rig.rotations(moves)).joints
        a, b, c = (posed[names.index(n)].astype(np.float64) for n in (first, middle, last))
        upper, lower = b - a, c - b
        return float(np.arctan2(np.linalg.norm(np.cross(upper, lower)), upper @ lower))

    elbow = rig.movement_names.index("LeftForeArm")
    knee = rig.movement_names.index("LeftLeg")
    for place, chain, straight in (
        (elbow, ("LeftArm", "LeftForeArm", "LeftHand"), rig.low[elbow]),
        (knee, ("LeftUpLeg", "LeftLeg", "LeftFoot"), 0.0),
    ):
        moves = np.zeros(len(rig.low))
        moves[place] = straight
        assert bend(moves, *chain) < 0.15
        moves[place] = rig.high[place]
        assert bend(moves, *chain) > 2.3
    moves = np.zeros(len(rig.low))
    moves[knee] = 1.0
    posed = pose_vertices(anny.topology, *person, rig.rotations(moves)).joints
    assert posed[names.index("LeftFoot")][2] < joints[names.index("LeftFoot")][2] - 0.2


def test_each_joint_of_the_model_has_a_carrier(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    rig = build_rig(anny, person[1])
    names = anny.topology.joint_names
    carriers = {name: names[rig.joints[rig.owner[k]]] for k, name in enumerate(names)}
    assert carriers["LeftHandIndex3"] == "LeftHand"
    assert carriers["LeftEye"] == "Head"
    assert carriers["RightToe_End"] == "RightFoot"
    assert carriers["Spine1"] == "Spine1"
    assert (rig.low <= 0.0).all()
    assert (rig.high >= 0.0).all()
