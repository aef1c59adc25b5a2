"""The A- and T-pose on different people: where the bones and soles end up."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.pose import pose_vertices
from tasks.core.body.stance import stance, stand, stature
from tasks.core.entities import Float32
from tasks.core.errors import Rejected

PEOPLE = {
    "default": {},
    "old heavy man": {"gender": 0.0, "age": 0.95, "weight": 1.0, "muscle": 0.6},
    "slim woman": {"gender": 1.0, "weight": 0.1, "height": 0.3},
    "child": {"age": 0.2, "height": 0.5},
}


@pytest.fixture(params=list(PEOPLE))
def anyone(request: pytest.FixtureRequest, anny: AnnyBody) -> tuple[Float32, Float32]:
    phenotypes = anny.phenotype_defaults.copy()
    for name, value in PEOPLE[request.param].items():
        phenotypes[anny.phenotype_names.index(name)] = value
    return anny.shape(phenotypes, np.zeros(len(anny.local_change_names)))


def direction(anny: AnnyBody, joints: Float32, start: str, end: str) -> np.ndarray:
    names = anny.topology.joint_names
    line = joints[names.index(end)].astype(np.float64) - joints[names.index(start)]
    return line / np.linalg.norm(line)


@pytest.mark.parametrize(("name", "drop"), [("A", 45.0), ("T", 0.0)])
def test_arms_are_straight_in_the_frontal_plane(
    anny: AnnyBody, anyone: tuple[Float32, Float32], name: str, drop: float
) -> None:
    joints = stand(anny, *anyone, name).joints
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        wanted = [sign * np.cos(np.deg2rad(drop)), -np.sin(np.deg2rad(drop)), 0.0]
        for start, end in (("Arm", "ForeArm"), ("ForeArm", "Hand"), ("Hand", "HandMiddle1")):
            found = direction(anny, joints, side + start, side + end)
            np.testing.assert_allclose(found, wanted, atol=1e-4)


@pytest.mark.parametrize("name", ["A", "T"])
def test_palms_face_down_and_thumbs_forward(
    anny: AnnyBody, anyone: tuple[Float32, Float32], name: str
) -> None:
    joints = stand(anny, *anyone, name).joints
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        index = direction(anny, joints, side + "Hand", side + "HandIndex1")
        pinky = direction(anny, joints, side + "Hand", side + "HandPinky1")
        palm = -sign * np.cross(index, pinky)
        assert palm[1] / np.linalg.norm(palm) < -0.6
        assert (index - pinky)[2] > 0.1


def test_fingers_are_nearly_straight(anny: AnnyBody, anyone: tuple[Float32, Float32]) -> None:
    joints = stand(anny, *anyone, "A").joints
    for side in ("Left", "Right"):
        for finger in ("Index", "Middle", "Ring", "Pinky"):
            base = side + "Hand" + finger
            first = direction(anny, joints, base + "1", base + "2")
            last = direction(anny, joints, base + "3", base + "4")
            assert np.rad2deg(np.arccos(first @ last)) == pytest.approx(13.0, abs=0.5)


def test_feet_are_parallel_and_as_flat_as_at_rest(
    anny: AnnyBody, anyone: tuple[Float32, Float32]
) -> None:
    joints = stand(anny, *anyone, "A").joints
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        foot = direction(anny, joints, side + "Foot", side + "ToeBase")
        rest = direction(anny, anyone[1], side + "Foot", side + "ToeBase")
        assert foot[0] == pytest.approx(0.0, abs=1e-5)
        assert foot[1] == pytest.approx(rest[1], abs=1e-5)
        leg = direction(anny, joints, side + "UpLeg", side + "Foot")
        assert np.rad2deg(np.arctan2(sign * leg[0], -leg[1])) == pytest.approx(2.5, abs=0.01)


def test_nothing_is_twisted_far(anny: AnnyBody, anyone: tuple[Float32, Float32]) -> None:
    # Beyond some 60° at one joint, linear blend skinning pinches.
    angles = np.rad2deg(np.linalg.norm(stance(anny, anyone[1], "A"), axis=1))
    assert angles.max() < 60.0
    names = anny.topology.joint_names
    assert max(angles[names.index(side + "Hand")] for side in ("Left", "Right")) < 25.0


def test_a_stance_of_a_stance_changes_nothing(
    anny: AnnyBody, anyone: tuple[Float32, Float32]
) -> None:
    names = anny.topology.joint_names
    again = stance(anny, stand(anny, *anyone, "A").joints, "A")
    still = [i for i, n in enumerate(names) if "Thumb" not in n and "Hand" not in n[4:]]
    np.testing.assert_allclose(again[still], 0.0, atol=2e-3)


def test_soles_stand_on_the_ground_and_both_stances_share_the_stature(
    anny: AnnyBody, anyone: tuple[Float32, Float32]
) -> None:
    skin = anny.topology.vertex_groups["body"]
    tall = stature(anny, *anyone)
    for name in ("A", "T"):
        height = stand(anny, *anyone, name).vertices[skin, 1]
        assert height.min() == pytest.approx(0.0, abs=1e-6)
        assert np.ptp(height) == pytest.approx(tall, abs=1e-5)


def test_stature_scales_with_the_person(anny: AnnyBody, person: tuple[Float32, Float32]) -> None:
    vertices, joints = person
    grown = stature(anny, 1.1 * vertices + [0.1, 0.7, 0.0], 1.1 * joints + [0.1, 0.7, 0.0])
    assert grown == pytest.approx(1.1 * stature(anny, vertices, joints), abs=1e-5)


def test_a_straight_arm_tells_no_hinge_and_is_still_held(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    standing = stand(anny, *person, "T")
    again = stance(anny, standing.joints, "A")
    joints = pose_vertices(anny.topology, standing.vertices, standing.joints, again).joints
    found = direction(anny, joints, "LeftArm", "LeftHand")
    np.testing.assert_allclose(found, [np.sqrt(0.5), -np.sqrt(0.5), 0.0], atol=1e-4)


def test_an_unknown_stance_is_refused(anny: AnnyBody, person: tuple[Float32, Float32]) -> None:
    with pytest.raises(Rejected) as caught:
        stance(anny, person[1], "Y")  # type: ignore[arg-type]
    assert caught.value.code == "stance.unknown"
