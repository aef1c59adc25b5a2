"""The names clients throw over when one is missing."""

from __future__ import annotations

from tasks.core.body.anny_body import AnnyBody
from tasks.core.rig.names import ARKIT, BONE_NAMES, BONES, VISEMES


def test_bones_are_the_67_of_ready_player_me() -> None:
    sides = [
        side + part
        for side in ("Left", "Right")
        for part in (
            ["Shoulder", "Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot", "ToeBase", "Toe_End"]
            + ["Eye"]
            + [
                f"Hand{finger}{link}"
                for finger in ("Thumb", "Index", "Middle", "Ring", "Pinky")
                for link in (1, 2, 3, 4)
            ]
        )
    ]
    trunk = ["Hips", "Spine", "Spine1", "Spine2", "Neck", "Head", "HeadTop_End"]
    assert len(BONE_NAMES) == 67
    assert sorted(BONE_NAMES) == sorted(trunk + sides)


def test_parents_come_first_and_the_root_is_hips() -> None:
    seen: set[str] = set()
    for bone, parent in BONES:
        assert parent in seen or (parent is None and bone == "Hips")
        seen.add(bone)


def test_the_body_model_has_every_bone_and_the_same_tree(anny: AnnyBody) -> None:
    names, parents = anny.topology.joint_names, anny.topology.joint_parents
    tree = {
        name: names[above] if above >= 0 else None
        for name, above in zip(names, parents.tolist(), strict=True)
    }
    assert dict(BONES) == tree


def test_arkit_names_are_the_body_models(anny: AnnyBody) -> None:
    assert len(ARKIT) == 52
    assert sorted(ARKIT) == sorted(anny.expression_names)


def test_visemes_are_the_oculus_fifteen() -> None:
    names = ["sil", "PP", "FF", "TH", "DD", "kk", "CH", "SS", "nn", "RR", "aa", "E", "I", "O", "U"]
    assert [name.removeprefix("viseme_") for name in VISEMES] == names
