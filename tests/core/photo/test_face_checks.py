from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data

from tasks.core.entities import Check, Uint8
from tasks.core.landmarks.head_angles import HeadPose, head_pose
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.photo.face_checks import (
    FACE_VALIDATORS,
    FaceEvidence,
    FaceLimits,
    face_notices,
)


@pytest.fixture(scope="module")
def evidence(mediapipe_engine: MediaPipeEngine) -> FaceEvidence:
    """A good portrait, and its mesh."""
    pixels: Uint8 = np.array(skimage.data.astronaut())
    found = mediapipe_engine.find_faces(pixels)[0]
    mesh = mediapipe_engine.face(pixels, found)
    assert mesh is not None
    return FaceEvidence(pixels, mesh, head_pose(mesh), found.score, FaceLimits())


def _checks(evidence: FaceEvidence) -> dict[str, Check]:
    return {check.name: check for check in (each(evidence) for each in FACE_VALIDATORS)}


def _failed(evidence: FaceEvidence) -> set[str]:
    return {check.code for check in _checks(evidence).values() if not check.passed}


def _with(evidence: FaceEvidence, pixels: np.ndarray) -> FaceEvidence:
    return replace(evidence, pixels=np.clip(np.round(pixels), 0, 255).astype(np.uint8))


def test_a_good_portrait_passes_all(evidence: FaceEvidence) -> None:
    assert _failed(evidence) == set()


def test_every_gate_says_what_to_do(evidence: FaceEvidence) -> None:
    for validator in FACE_VALIDATORS:
        assert "Use a" in validator.sentence
        assert validator(evidence).code.startswith("photo.")


def test_size_is_the_eye_distance(evidence: FaceEvidence) -> None:
    check = _checks(evidence)["eye_distance"]
    assert check.value == pytest.approx(evidence.pose.eye_distance)
    strict = replace(evidence, limits=FaceLimits(min_eye_distance_px=check.value + 1))
    assert _failed(strict) == {"photo.face_too_small"}


@pytest.mark.parametrize("shift", [(-200, 0), (0, -100), (300, 0), (0, 400)])
def test_a_mesh_over_the_frame_is_cut(evidence: FaceEvidence, shift: tuple[int, int]) -> None:
    moved = replace(evidence, mesh=evidence.mesh + np.float32([*shift, 0]))
    assert "photo.face_cut" in _failed(moved)


@pytest.mark.parametrize(
    ("yaw", "pitch", "turned"),
    [(40, 0, False), (-40, 0, False), (50, 0, True), (-50, 0, True), (0, 38, False)]
    + [(0, 45, True), (0, -30, False), (0, -40, True)],
)
def test_head_turned(evidence: FaceEvidence, yaw: float, pitch: float, turned: bool) -> None:
    pose = replace(evidence.pose, yaw=np.radians(yaw), pitch=np.radians(pitch))
    assert ("photo.head_turned" in _failed(replace(evidence, pose=pose))) is turned


def test_sharpness_falls_with_blur_and_the_gate_closes(evidence: FaceEvidence) -> None:
    def sharpness(share: float) -> Check:
        sigma = share * evidence.pose.eye_distance
        return _checks(_with(evidence, cv2.GaussianBlur(evidence.pixels, (0, 0), sigma)))[
            "face_sharpness"
        ]

    checks = [sharpness(share) for share in (0.005, 0.02, 0.035, 0.06, 0.1)]
    values = [check.value for check in checks]
    assert values == sorted(values, reverse=True)
    assert [check.passed for check in checks] == [True, True, True, False, False]


@pytest.mark.parametrize("scale", [0.6, 2.0, 4.0])
def test_sharpness_knows_no_resolution(evidence: FaceEvidence, scale: float) -> None:
    size = round(512 * scale)
    pixels = cv2.resize(evidence.pixels, (size, size), interpolation=cv2.INTER_AREA)
    mesh = evidence.mesh * np.float32(size / 512)
    scaled = replace(evidence, pixels=np.asarray(pixels), mesh=mesh, pose=head_pose(mesh))
    expected = _checks(evidence)["face_sharpness"].value
    assert _checks(scaled)["face_sharpness"].value == pytest.approx(expected, rel=0.2)


def test_sharpness_knows_no_exposure(evidence: FaceEvidence) -> None:
    expected = _checks(evidence)["face_sharpness"].value
    darker = _with(evidence, evidence.pixels * 0.5)
    assert _checks(darker)["face_sharpness"].value == pytest.approx(expected, rel=0.1)


def test_dark_and_blown_out(evidence: FaceEvidence) -> None:
    assert _failed(_with(evidence, evidence.pixels * 0.15)) == {"photo.face_too_dark"}
    assert "photo.face_blown_out" in _failed(_with(evidence, evidence.pixels * 2.5))
    assert _failed(_with(evidence, evidence.pixels * 0.4)) == set()


def test_background_is_not_measured(evidence: FaceEvidence) -> None:
    pixels = evidence.pixels.copy()
    pixels[:, 330:] = 0
    pixels[260:] = 255
    before, after = _checks(evidence), _checks(_with(evidence, pixels))
    for name in ("face_brightness", "face_clipped", "face_sharpness"):
        assert after[name].value == before[name].value


def test_a_flat_face_is_blurred_not_an_error(evidence: FaceEvidence) -> None:
    flat = _with(evidence, np.full_like(evidence.pixels, 120))
    assert _failed(flat) == {"photo.face_blurred"}


@pytest.mark.parametrize(("yaw", "side"), [(30, "right"), (-30, "left"), (10, None)])
def test_a_turned_head_is_noticed(yaw: float, side: str | None) -> None:
    notices = face_notices(HeadPose(float(np.radians(yaw)), 0.0, 0.0, 60.0), FaceLimits())
    if side is None:
        assert notices == ()
    else:
        assert [notice.code for notice in notices] == ["face.turned"]
        assert f"the {side} side" in notices[0].sentence
        assert "30 degrees" in notices[0].sentence
