"""The built avatar in three.js in headless Chromium: it opens silently and the right parts move."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.clients.movement import assert_moves_left_eye, assert_moves_mouth, changed_pixels
from tests.clients.programs import Visit, visit

SHOTS = {
    "neutral": {},
    "jawOpen": {"jawOpen": 1.0},
    "eyeBlinkLeft": {"eyeBlinkLeft": 1.0},
    "eyeBlinkRight": {"eyeBlinkRight": 1.0},
    "viseme_PP": {"viseme_PP": 1.0},
    "viseme_sil": {"viseme_sil": 1.0},
}
BACKGROUND = (0xE8, 0xE8, 0xE8)


@pytest.fixture(scope="module")
def seen(built_glb: Path) -> Visit:
    return visit(built_glb, built_glb.parent, SHOTS)


def test_opens_without_a_word_on_the_console(seen: Visit) -> None:
    assert seen.said == []


def test_has_all_blendshapes_and_bones(seen: Visit) -> None:
    assert len(seen.facts["morphs"]) == 52 + 15
    assert {"Hips", "Head", "LeftEye", "RightEye", "LeftHandIndex1"} <= set(seen.facts["bones"])
    assert seen.facts["skinned"] == seen.facts["meshes"] > 0


def test_faces_the_viewer(seen: Visit) -> None:
    # The avatar's left is the viewer's right, and a person fills the middle of the picture.
    assert seen.facts["leftEyePixel"][0] > seen.facts["rightEyePixel"][0] + 20
    neutral = seen.pictures["neutral"].astype(int)
    drawn = np.abs(neutral - BACKGROUND).sum(axis=2) > 30
    assert 0.15 < drawn.mean() < 0.8
    middle = neutral[280:400, 280:360].reshape(-1, 3)
    assert (middle[:, 0] > middle[:, 2]).mean() > 0.9, "skin is redder than blue"


@pytest.mark.parametrize("shot", ["jawOpen", "viseme_PP"])
def test_mouth_moves(seen: Visit, shot: str) -> None:
    assert_moves_mouth(seen, shot)


def test_left_eye_blinks_and_the_right_one_does_not(seen: Visit) -> None:
    assert_moves_left_eye(seen, "eyeBlinkLeft")
    left, right = (np.asarray(seen.facts[k]) for k in ("leftEyePixel", "rightEyePixel"))
    changed = changed_pixels(seen, "eyeBlinkLeft")
    nearer_right = np.linalg.norm(changed - right, axis=1) < np.linalg.norm(changed - left, axis=1)
    assert nearer_right.mean() < 0.02


def test_blinks_mirror_each_other(seen: Visit) -> None:
    left, right = (seen.measured[f"eyeBlink{side}"] for side in ("Left", "Right"))
    assert left["centre"][0] == pytest.approx(-right["centre"][0], abs=0.005)
    assert left["farthest"] == pytest.approx(right["farthest"], rel=0.2)


def test_jaw_drops(seen: Visit) -> None:
    assert seen.measured["jawOpen"]["farthest"] > 0.01


def test_silence_is_the_rest_face(seen: Visit) -> None:
    assert seen.measured["viseme_sil"]["moved"] == 0
