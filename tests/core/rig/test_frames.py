"""Bones turn as Ready Player Me's do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.body.pose import rotation_matrices
from tasks.core.entities import RiggedAvatar
from tasks.core.rig.frames import quaternions, rotations_of
from tests.core.rig.kinematics import euler_xyz, local_rest, posed_matrices

# TalkingHead 1.7 (MIT), poseTemplates.straight: a person standing at ease, arms hanging.
STRAIGHT: dict[str, tuple[float, float, float]] = {
    "Hips": (0.047, 0.007, -0.007),
    "Spine": (-0.143, -0.007, 0.005),
    "Spine1": (-0.043, -0.014, 0.012),
    "Spine2": (0.072, -0.013, 0.013),
    "Neck": (0.048, -0.003, 0.012),
    "Head": (0.05, -0.02, -0.017),
    "LeftShoulder": (1.62, -0.166, -1.605),
    "LeftArm": (1.275, 0.544, -0.092),
    "LeftForeArm": (0.0, 0.0, 0.302),
    "LeftHand": (-0.225, -0.154, 0.11),
    "RightShoulder": (1.615, 0.064, 1.53),
    "RightArm": (1.313, -0.424, 0.131),
    "RightForeArm": (0.0, 0.0, -0.317),
    "RightHand": (-0.158, -0.639, -0.196),
    "LeftUpLeg": (-0.077, -0.058, 3.126),
    "LeftLeg": (-0.252, 0.001, -0.018),
    "LeftFoot": (1.315, -0.064, 0.315),
    "LeftToeBase": (0.577, -0.07, -0.009),
    "RightUpLeg": (-0.083, -0.032, 3.124),
    "RightLeg": (-0.272, -0.003, 0.021),
    "RightFoot": (1.342, 0.076, -0.222),
    "RightToeBase": (0.44, 0.069, 0.016),
}


def standing(avatar: RiggedAvatar) -> dict[str, np.ndarray]:
    local = {bone: euler_xyz(*angles) for bone, angles in STRAIGHT.items()}
    world = posed_matrices(avatar.skeleton, local)
    return {name: world[bone, :3, 3] for bone, name in enumerate(avatar.skeleton.names)}


@given(st.lists(st.floats(-3.1, 3.1), min_size=3, max_size=3))
def test_quaternions_and_matrices_agree(vector: list[float]) -> None:
    matrix = rotation_matrices(np.array([vector]))
    quaternion = quaternions(matrix)
    np.testing.assert_allclose(np.linalg.norm(quaternion, axis=1), 1.0, atol=1e-12)
    np.testing.assert_allclose(rotations_of(quaternion), matrix, atol=1e-9)


def test_frames_are_rotations(in_a: RiggedAvatar) -> None:
    frames = rotations_of(in_a.skeleton.rotations)
    np.testing.assert_allclose(np.linalg.det(frames), 1.0, atol=1e-6)


@pytest.mark.parametrize(
    ("bone", "x", "y", "z"),
    [
        ("Hips", (1, 0, 0), (0, 1, 0), (0, 0, 1)),
        ("LeftArm", (0, 0, -1), (1, 0, 0), (0, -1, 0)),
        ("RightArm", (0, 0, 1), (-1, 0, 0), (0, -1, 0)),
        ("LeftUpLeg", (-1, 0, 0), (0, -1, 0), (0, 0, 1)),
        ("RightUpLeg", (-1, 0, 0), (0, -1, 0), (0, 0, 1)),
        ("LeftToeBase", (-1, 0, 0), (0, 0, 1), (0, 1, 0)),
    ],
)
def test_axes_in_the_t_pose(
    in_t: RiggedAvatar,
    bone: str,
    x: tuple[int, int, int],
    y: tuple[int, int, int],
    z: tuple[int, int, int],
) -> None:
    frame = rotations_of(in_t.skeleton.rotations)[in_t.skeleton.names.index(bone)]
    # A leg is not quite plumb: within 6 degrees of the convention.
    cosines = np.einsum("ka,ka->k", frame.T, np.array([x, y, z], float))
    assert cosines.min() > np.cos(np.deg2rad(6.0))


@pytest.mark.parametrize("bone", ["LeftForeArm", "RightHandIndex2", "LeftHandThumb3", "RightLeg"])
def test_y_runs_along_the_bone(in_a: RiggedAvatar, bone: str) -> None:
    skeleton = in_a.skeleton
    index = skeleton.names.index(bone)
    child = skeleton.parents.tolist().index(index)
    along = (skeleton.positions[child] - skeleton.positions[index]).astype(np.float64)
    along /= np.linalg.norm(along)
    assert rotations_of(skeleton.rotations)[index][:, 1] @ along > 0.99999


def test_eyes_and_tips_rest_unturned(in_a: RiggedAvatar) -> None:
    for bone in ("LeftEye", "RightEye", "HeadTop_End", "LeftToe_End", "RightHandIndex4"):
        np.testing.assert_allclose(local_rest(in_a.skeleton, bone), np.eye(3), atol=1e-6)


def test_a_pose_made_for_ready_player_me_stands_at_ease(in_a: RiggedAvatar) -> None:
    at = standing(in_a)
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        arm = at[f"{side}Hand"] - at[f"{side}Arm"]
        assert np.degrees(np.arccos(-arm[1] / np.linalg.norm(arm))) < 25.0, "the arm hangs"
        assert 0.15 < sign * at[f"{side}Hand"][0] < 0.40, "beside the thigh"
        foot = at[f"{side}Toe_End"] - at[f"{side}ToeBase"]
        assert abs(np.degrees(np.arctan2(foot[1], foot[2]))) < 20.0, "the toes lie on the ground"
        knee = at[f"{side}Foot"] - at[f"{side}UpLeg"]
        assert np.degrees(np.arccos(-knee[1] / np.linalg.norm(knee))) < 15.0, "the leg stands"
    trunk = at["HeadTop_End"] - at["Hips"]
    assert np.degrees(np.arccos(trunk[1] / np.linalg.norm(trunk))) < 8.0, "the trunk is upright"


def test_the_same_clip_gives_the_same_posture_from_either_stance(
    in_a: RiggedAvatar, in_t: RiggedAvatar
) -> None:
    first, second = standing(in_a), standing(in_t)
    for bone in first:
        if "Hand" not in bone:  # fingers keep their own rest, which the stances share
            np.testing.assert_allclose(first[bone], second[bone], atol=2e-5)
