"""The whole of what the photos show, on the real portrait."""

from __future__ import annotations

import numpy as np
import pytest

from infra.bench.pipeline import Build
from tasks.core.body.anny_body import AnnyBody
from tasks.core.errors import Rejected
from tasks.core.rig.names import ARKIT
from tasks.core.skin.bake import bake_skin

MOVING = {"skin", "eye_left", "eye_right", "teeth_upper", "teeth_lower", "tongue", "lashes"}


def test_all_parts_are_there_and_drawable(built_avatar: Build) -> None:
    skin = built_avatar.skin
    names = {part.name for part in skin.parts}
    assert names >= MOVING | {"hair", "outfit_top", "outfit_bottom", "outfit_footwear"}
    materials = {material.name: material for material in skin.materials}
    for part in skin.parts:
        assert part.faces.max() < len(part.positions)
        texture = materials[part.material].texture
        assert texture is None or texture in skin.textures


def test_moving_parts_carry_the_arkit_blendshapes_in_order(built_avatar: Build) -> None:
    for part in built_avatar.skin.parts:
        morphs = tuple(morph.name for morph in part.morphs)
        if part.name in MOVING:
            assert sorted(morphs) == sorted(ARKIT), part.name


def test_no_bare_torso(built_avatar: Build) -> None:
    skin = next(part for part in built_avatar.skin.parts if part.name == "skin")
    height = built_avatar.figure.vertices[:, 1].max()
    # Hands hang at the sides; between them from knee to chest everything is clothed.
    middle = np.abs(skin.positions[:, 0]) < 0.1
    torso = (skin.positions[:, 1] > 0.2 * height) & (skin.positions[:, 1] < 0.75 * height)
    assert not (middle & torso).any()


def test_the_portrait_is_seen_and_has_hair(built_avatar: Build) -> None:
    skin = built_avatar.skin
    assert skin.hair_volume_m > 0.02
    check = next(check for check in skin.checks if check.name == "face_seen")
    assert check.passed
    assert {notice.code for notice in skin.notices}.isdisjoint({"skin.eyewear", "hair.none"})
    assert skin.tone[0] > skin.tone[1] > skin.tone[2]


def test_an_odd_size_is_refused(anny: AnnyBody, built_avatar: Build) -> None:
    built = built_avatar
    with pytest.raises(Rejected) as refusal:
        bake_skin(anny, [], [], [], built.head, built.body, built.figure, size=1500)
    assert refusal.value.code == "skin.size"
    assert refusal.value.measured == 1500
