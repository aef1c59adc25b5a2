from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from tasks.core.entities import Check, Photo, Subject, Uint8
from tasks.core.errors import Rejected
from tasks.core.landmarks.engine import BodyPose
from tasks.core.landmarks.find import find_landmarks
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.photo.face_checks import (
    FACE_VALIDATORS,
    FaceEvidence,
    FaceLimits,
    FaceValidator,
)


def _photo(pixels: np.ndarray) -> Photo:
    return Photo(np.ascontiguousarray(pixels, np.uint8), None, "0" * 64, "image/png")


def _code(pixels: np.ndarray, engine: MediaPipeEngine) -> str:
    with pytest.raises(Rejected) as rejected:
        find_landmarks(_photo(pixels), None, engine=engine)
    assert rejected.value.measured is not None
    assert rejected.value.limit is not None
    return rejected.value.code


def test_a_portrait_passes_with_a_full_report(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    found = find_landmarks(_photo(portrait), None, engine=mediapipe_engine)
    assert found.face.shape == (478, 3)
    assert found.face.dtype == np.float32
    x0, y0, x1, y1 = found.face_box
    assert np.allclose([x0, y0, x1, y1], [180, 69, 272, 178], atol=6)
    assert found.body is not None
    assert found.body.shape == (33, 2)
    assert found.body_world is not None
    assert found.visibility is not None
    assert found.engine == "mediapipe 0.10.21"
    assert found.face_confidence > 0.7
    assert found.notices == ()
    names = [check.name for check in found.checks]
    assert len(set(names)) == len(names) == len(FACE_VALIDATORS) + 1
    assert all(check.passed for check in found.checks)


def test_same_photo_same_digest(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    with MediaPipeEngine() as other:
        digests = {
            find_landmarks(_photo(portrait), None, engine=engine).digest
            for engine in (mediapipe_engine, other, mediapipe_engine)
        }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("columns", "rows"),
    [((215, 512), (0, 512)), ((0, 512), (0, 160)), ((0, 512), (88, 512)), ((0, 240), (0, 512))],
    ids=["left", "chin", "forehead", "right"],
)
def test_a_cut_face_is_rejected(
    mediapipe_engine: MediaPipeEngine,
    portrait: Uint8,
    columns: tuple[int, int],
    rows: tuple[int, int],
) -> None:
    cut = portrait[slice(*rows), slice(*columns)]
    assert _code(cut, mediapipe_engine) == "photo.face_cut"


def test_a_blurred_face_is_rejected(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    blurred = cv2.GaussianBlur(portrait, (0, 0), 4)
    assert _code(blurred, mediapipe_engine) == "photo.face_blurred"


def test_a_dark_face_is_rejected(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    assert _code(portrait * np.float32(0.15), mediapipe_engine) == "photo.face_too_dark"


def test_a_blown_out_face_is_rejected(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    blown = np.clip(portrait * np.float32(2.2), 0, 255)
    assert _code(blown, mediapipe_engine) == "photo.face_blown_out"


def test_a_small_face_is_rejected(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    small = cv2.resize(portrait, (230, 230), interpolation=cv2.INTER_AREA)
    assert _code(small, mediapipe_engine) == "photo.face_too_small"


def test_a_profile_is_rejected(mediapipe_engine: MediaPipeEngine) -> None:
    profile = np.repeat(skimage.data.camera()[..., None], 3, axis=2)
    assert _code(profile, mediapipe_engine) in {"photo.head_turned", "photo.no_face"}


def test_no_face_is_rejected(mediapipe_engine: MediaPipeEngine) -> None:
    assert _code(skimage.data.coffee(), mediapipe_engine) == "photo.no_face"


def test_two_equal_faces_are_rejected(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    both = np.hstack([portrait, portrait])
    with pytest.raises(Rejected, match="2 faces") as rejected:
        find_landmarks(_photo(both), None, engine=mediapipe_engine)
    assert rejected.value.code == "photo.several_faces"
    assert isinstance(rejected.value.measured, float)
    assert 1 <= rejected.value.measured < 1.2
    assert rejected.value.limit == FaceLimits().min_lead


def test_a_clearly_larger_face_is_taken_with_its_own_body(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    scene = np.full((512, 768, 3), 90, np.uint8)
    scene[:, 256:] = portrait
    scene[256:, :256] = cv2.resize(portrait, (256, 256), interpolation=cv2.INTER_AREA)
    found = find_landmarks(_photo(scene), None, engine=mediapipe_engine)
    assert 256 + 170 < found.face[:, 0].mean() < 256 + 280
    assert found.body is not None
    assert np.linalg.norm(found.body[0] - found.face[4, :2]) < 20
    assert found.body[11, 0] - found.body[12, 0] > 100


class _SeesAnother(MediaPipeEngine):
    """On the whole photo the pose is someone else's; on a part of it the right one's."""

    def __init__(self, size: tuple[int, int], *, ever: bool) -> None:
        super().__init__()
        self.size = size
        self.ever = ever

    def body(self, pixels: Uint8) -> BodyPose | None:
        body = super().body(pixels)
        if body is None or (pixels.shape[:2] != self.size and self.ever):
            return body
        return BodyPose(body.points + np.float32([150, 0]), body.visibility, body.world)


def test_a_strangers_pose_is_looked_up_again_around_the_face(portrait: Uint8) -> None:
    canvas = np.full((1400, 1400, 3), 90, np.uint8)
    canvas[100:612, 100:612] = portrait
    subject = Subject(np.full((1400, 1400), 255, np.uint8), "test")
    with _SeesAnother((1400, 1400), ever=True) as engine:
        found = find_landmarks(_photo(canvas), subject, engine=engine)
    assert found.body is not None
    assert np.linalg.norm(found.body[0] - found.face[4, :2]) < 20


def test_no_body_of_the_faces_owner_is_a_notice(portrait: Uint8) -> None:
    with _SeesAnother((512, 512), ever=False) as engine:
        found = find_landmarks(_photo(portrait), None, engine=engine)
    assert found.body is None
    assert found.body_world is None
    assert found.visibility is None
    assert [notice.code for notice in found.notices] == ["landmarks.no_body"]


def test_a_validator_can_be_added(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    def confident(evidence: FaceEvidence) -> Check:
        score = evidence.score
        return Check("face_score", score, 0.999, "ratio", score >= 0.999, "photo.unsure")

    mine = FaceValidator(confident, "Take another photo.")
    with pytest.raises(Rejected, match=r"Take another photo\.") as rejected:
        find_landmarks(
            _photo(portrait), None, engine=mediapipe_engine, validators=(*FACE_VALIDATORS, mine)
        )
    assert rejected.value.code == "photo.unsure"


def test_limits_can_be_set(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    with pytest.raises(Rejected) as rejected:
        find_landmarks(
            _photo(portrait),
            None,
            engine=mediapipe_engine,
            limits=FaceLimits(min_eye_distance_px=100),
        )
    assert rejected.value.code == "photo.face_too_small"
    assert rejected.value.limit == 100
