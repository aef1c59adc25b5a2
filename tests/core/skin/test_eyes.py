"""Eyeballs: closed, in their sockets, looking ahead, turning about the joints."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import MeshPart
from tasks.core.skin.eyes import EyeOptions, build_eyes
from tasks.core.skin.parts import Layer
from tests.core.skin.figures import assert_sound, border_edges, figure_of, moved, signed_volume
from tests.core.skin.test_iris_colour import drawn

_PEOPLE = ({}, {"age": 0.3}, {"gender": 1.0, "weight": 0.9}, {"gender": 0.0, "asian": 1.0})


@pytest.fixture(scope="module")
def layer(anny: AnnyBody) -> Layer:
    return build_eyes(anny, figure_of(anny), [], [])


def _pole(part: MeshPart) -> np.ndarray:
    """The pupil's centre: the vertex in the middle of the texture."""
    return part.positions[np.argmin(np.linalg.norm(part.uv - 0.5, axis=1))].astype(np.float64)


def test_parts_are_sound_closed_and_face_outward(anny: AnnyBody, layer: Layer) -> None:
    assert [part.name for part in layer.parts] == ["eye_left", "eye_right"]
    for part in layer.parts:
        assert_sound(part, len(anny.topology.joint_names))
        assert border_edges(part) == 0
        assert signed_volume(part) > 0.0
        assert [morph.name for morph in part.morphs] == list(anny.expression_names)
    assert layer.textures["eyes"].pixels.shape == (512, 512, 3)


@pytest.mark.parametrize("person", _PEOPLE, ids=str)
def test_eyes_are_round_about_their_joints_and_look_ahead(
    anny: AnnyBody, person: dict[str, float]
) -> None:
    figure = figure_of(anny, **person)
    for part, joint in zip(build_eyes(anny, figure, [], []).parts, ("Left", "Right"), strict=True):
        index = anny.topology.joint_names.index(f"{joint}Eye")
        assert (part.joints[:, 0] == index).all()
        centre = figure.joints[index].astype(np.float64)
        radius = np.linalg.norm(part.positions - centre, axis=1)
        assert radius.std() / radius.mean() < 0.06
        assert 0.010 < radius.mean() < 0.019
        gaze = (_pole(part) - centre) / np.linalg.norm(_pole(part) - centre)
        assert gaze[2] > np.cos(np.radians(2.0))


def test_iris_is_eleven_point_seven_millimetres_across(anny: AnnyBody, layer: Layer) -> None:
    part = layer.parts[0]
    reach = np.linalg.norm(part.uv - 0.5, axis=1) * 2.0
    limbus = part.positions[np.abs(reach - 0.52) < 1e-3]
    across = np.ptp(limbus[:, 0])
    assert across == pytest.approx(2.0 * EyeOptions().iris_radius_m, rel=0.06)


@pytest.mark.parametrize(
    ("name", "part", "axis", "sign"),
    [
        ("eyeLookUpLeft", 0, 1, 1),
        ("eyeLookDownRight", 1, 1, -1),
        ("eyeLookOutLeft", 0, 0, 1),
        ("eyeLookInLeft", 0, 0, -1),
        ("eyeLookOutRight", 1, 0, -1),
    ],
)
def test_looking_turns_the_eye_about_its_joint(
    anny: AnnyBody, layer: Layer, name: str, part: int, axis: int, sign: int
) -> None:
    eye = layer.parts[part]
    joint = anny.topology.joint_names.index("LeftEye" if part == 0 else "RightEye")
    centre = figure_of(anny).joints[joint]
    offsets = moved(eye, name)
    pole = np.argmin(np.linalg.norm(eye.uv - 0.5, axis=1))
    assert offsets[pole, axis] * sign > 0.002
    before = np.linalg.norm(eye.positions - centre, axis=1)
    after = np.linalg.norm(eye.positions + offsets - centre, axis=1)
    np.testing.assert_allclose(after, before, atol=2e-4)
    other = layer.parts[1 - part]
    assert not moved(other, name).any()


def test_colour_comes_from_the_photo_and_its_lack_is_said(anny: AnnyBody) -> None:
    figure = figure_of(anny)
    photo, landmarks = drawn((70, 110, 150))
    seen = build_eyes(anny, figure, [photo], [landmarks])
    unseen = build_eyes(anny, figure, [], [])
    assert seen.notices == ()
    assert [notice.code for notice in unseen.notices] == ["eyes.colour_default"]
    spot = (256, 256 + 85)
    assert seen.textures["eyes"].pixels[spot][2] > seen.textures["eyes"].pixels[spot][0]
    assert unseen.textures["eyes"].pixels[spot][2] < unseen.textures["eyes"].pixels[spot][0]


def test_same_input_same_digest(anny: AnnyBody, layer: Layer) -> None:
    assert build_eyes(anny, figure_of(anny), [], []).digest == layer.digest
