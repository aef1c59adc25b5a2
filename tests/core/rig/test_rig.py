"""The rigged avatar: standing, whole, moving where it should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.pose import rotation_matrices
from tasks.core.entities import Figure, MeshPart, RiggedAvatar, Skin
from tasks.core.errors import Rejected
from tasks.core.rig.names import ARKIT, BONE_NAMES, VISEMES
from tasks.core.rig.rig import rig_avatar
from tests.core.rig.kinematics import local_rest, posed_matrices, rest_matrices, skinned
from tests.core.rig.standin import plain_figure, plain_skin


def part_of(avatar: RiggedAvatar, name: str) -> MeshPart:
    return next(part for part in avatar.parts if part.name == name)


@pytest.mark.parametrize("pose", ["A", "T"])
@pytest.mark.parametrize("height", [1.2, 1.75, 2.05])
def test_stature_and_soles(anny: AnnyBody, pose: str, height: float) -> None:
    figure = plain_figure(anny, height)
    body = rig_avatar(anny, figure, plain_skin(anny, figure), pose=pose).parts[0]
    assert abs(body.positions[:, 1].min()) < 1e-4
    assert body.positions[:, 1].max() - body.positions[:, 1].min() == pytest.approx(
        height, abs=1e-3
    )


def test_feet_stand_flat_and_parallel(in_a: RiggedAvatar) -> None:
    at = dict(zip(BONE_NAMES, in_a.skeleton.positions, strict=True))
    for side in ("Left", "Right"):
        foot = at[f"{side}ToeBase"] - at[f"{side}Foot"]
        assert abs(np.degrees(np.arctan2(foot[0], foot[2]))) < 3.0
    body = in_a.parts[0].positions
    for sign in (1.0, -1.0):
        soles = body[(sign * body[:, 0] > 0) & (body[:, 1] < 0.004)]
        assert np.ptp(soles[:, 2]) > 0.15, "heel and ball both touch the ground"


def test_arms_hang_at_45_degrees_or_stretch_level(in_a: RiggedAvatar, in_t: RiggedAvatar) -> None:
    for avatar, drop in ((in_a, 45.0), (in_t, 0.0)):
        at = dict(zip(BONE_NAMES, avatar.skeleton.positions, strict=True))
        for side in ("Left", "Right"):
            arm = at[f"{side}Hand"] - at[f"{side}Arm"]
            assert np.degrees(np.arctan2(-arm[1], abs(arm[0]))) == pytest.approx(drop, abs=0.5)


def test_every_part_carries_the_67_names_or_none(in_a: RiggedAvatar) -> None:
    for part in in_a.parts:
        assert tuple(morph.name for morph in part.morphs) == ARKIT + VISEMES
        for morph in part.morphs:
            assert (np.diff(morph.indices) > 0).all()


def test_parts_without_morphs_and_strange_morphs_are_kept(
    anny: AnnyBody, figure: Figure, skin: Skin
) -> None:
    body, eyes = skin.parts[:2]
    strange = replace(eyes.morphs[0], name="earWiggle")
    parts = (replace(body, morphs=()), replace(eyes, morphs=(*eyes.morphs, strange)))
    avatar = rig_avatar(anny, figure, replace(skin, parts=parts))
    assert avatar.parts[0].morphs == ()
    assert avatar.parts[1].morphs[-1].name == "earWiggle"
    bare = rig_avatar(anny, figure, replace(skin, parts=parts[:1]))
    assert [notice.code for notice in bare.notices] == ["rig.no_morphs"]


def test_weights_and_bones(in_a: RiggedAvatar) -> None:
    for part in in_a.parts:
        sums = part.weights.sum(axis=1, dtype=np.float64)
        np.testing.assert_allclose(sums, 1.0, atol=1e-6)
        assert int(part.joints.max()) < 67
        assert (part.joints[part.weights == 0] == 0).all()
        np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1.0, atol=1e-5)


def test_reposing_turns_morphs_with_the_flesh(in_a: RiggedAvatar, in_t: RiggedAvatar) -> None:
    for first, second in zip(in_a.parts, in_t.parts, strict=True):
        for a, b in zip(first.morphs, second.morphs, strict=True):
            np.testing.assert_allclose(
                np.linalg.norm(a.offsets, axis=1), np.linalg.norm(b.offsets, axis=1), atol=1e-4
            )


def test_rest_bones_leave_the_mesh_alone(in_a: RiggedAvatar) -> None:
    part = in_a.parts[0]
    moved = skinned(part, in_a.skeleton, rest_matrices(in_a.skeleton))
    np.testing.assert_allclose(moved, part.positions, atol=1e-6)


def test_the_head_turns_rigidly(in_a: RiggedAvatar) -> None:
    part = in_a.parts[0]
    head = BONE_NAMES.index("Head")
    turn = rotation_matrices(np.array([0.1, 0.6, -0.2]))
    world = posed_matrices(in_a.skeleton, {"Head": local_rest(in_a.skeleton, "Head") @ turn})
    moved = skinned(part, in_a.skeleton, world)
    rigid = (part.joints[:, 0] == head) & (part.weights[:, 0] == 1.0)
    assert rigid.sum() > 1000
    move = world[head] @ np.linalg.inv(rest_matrices(in_a.skeleton)[head])
    expected = part.positions[rigid] @ move[:3, :3].T + move[:3, 3]
    np.testing.assert_allclose(moved[rigid], expected, atol=1e-6)
    far = part.positions[:, 1] < 1.0
    np.testing.assert_allclose(moved[far], part.positions[far], atol=1e-6)


def test_eye_bones_turn_the_eyeballs_in_place(in_a: RiggedAvatar) -> None:
    eyes = part_of(in_a, "eyes")
    turn = rotation_matrices(np.array([0.0, np.deg2rad(20.0), 0.0]))
    world = posed_matrices(in_a.skeleton, {"LeftEye": turn})
    moved = skinned(eyes, in_a.skeleton, world)
    left = eyes.positions[:, 0] > 0
    rest = eyes.positions[left]
    assert np.linalg.norm(moved[left].mean(axis=0) - rest.mean(axis=0)) < 1.5e-3
    front = rest[:, 2].argmax()
    assert moved[left][front, 0] - rest[front, 0] > 0.002, "the left eye looks to the left"
    np.testing.assert_allclose(moved[~left], eyes.positions[~left], atol=1e-6)


def test_jaw_open_opens_lips_and_lower_teeth(in_a: RiggedAvatar) -> None:
    for name in ("skin", "teeth", "tongue"):
        morph = next(m for m in part_of(in_a, name).morphs if m.name == "jawOpen")
        assert morph.offsets[:, 1].min() < -0.015


def test_blinking_moves_the_left_lid_alone(in_a: RiggedAvatar) -> None:
    body = part_of(in_a, "skin")
    morph = next(m for m in body.morphs if m.name == "eyeBlinkLeft")
    at = body.positions[morph.indices]
    eyes = {
        side: in_a.skeleton.positions[BONE_NAMES.index(f"{side}Eye")] for side in ("Left", "Right")
    }
    # In front of the eye's middle: the base mesh also moves unseen flesh behind the nose.
    lids = {
        side: (np.linalg.norm(at - eye, axis=1) < 0.025) & (at[:, 2] > eye[2] + 0.003)
        for side, eye in eyes.items()
    }
    distance = np.linalg.norm(morph.offsets, axis=1)
    assert distance[lids["Left"]].max() > 0.010
    assert distance[lids["Right"]].max(initial=0.0) < 0.001
    assert morph.offsets[:, 1].min() < -0.005


def test_an_unknown_pose_is_refused(anny: AnnyBody, figure: Figure, skin: Skin) -> None:
    with pytest.raises(Rejected) as caught:
        rig_avatar(anny, figure, skin, pose="Y")
    assert caught.value.code == "rig.pose_unknown"


def test_the_same_input_gives_the_same_avatar(
    anny: AnnyBody, figure: Figure, skin: Skin, in_a: RiggedAvatar
) -> None:
    assert rig_avatar(anny, figure, skin).digest == in_a.digest
