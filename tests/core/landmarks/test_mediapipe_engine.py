from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from tasks.core.entities import Float32, Uint8
from tasks.core.errors import EngineMissing
from tasks.core.landmarks import mediapipe_engine as module
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.landmarks.topology import LEFT_EYE_OUTER, MIRROR, RIGHT_EYE_OUTER

_EYES = (RIGHT_EYE_OUTER, LEFT_EYE_OUTER)
_IRISES = (468, 473)


def _face(engine: MediaPipeEngine, pixels: Uint8) -> Float32:
    face = engine.face(pixels, engine.find_faces(pixels)[0])
    assert face is not None
    return face


def _apart(a: np.ndarray, b: np.ndarray, reference: Float32) -> float:
    """Mean distance as a share of the eye distance."""
    eyes = np.linalg.norm(reference[_EYES[0], :2] - reference[_EYES[1], :2])
    return float(np.linalg.norm(a[:, :2] - b[:, :2], axis=1).mean() / eyes)


def test_pupils_are_on_the_dark_of_the_eyes(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    """Around each iris' centre the photo is darker than over the whole eye."""
    face = _face(mediapipe_engine, portrait)
    grey = cv2.cvtColor(portrait, cv2.COLOR_RGB2GRAY)
    for iris in _IRISES:
        x, y = face[iris, :2]
        near = grey[int(y) - 3 : int(y) + 4, int(x) - 3 : int(x) + 4].mean()
        eye = grey[int(y) - 6 : int(y) + 7, int(x) - 14 : int(x) + 15].mean()
        assert near < 0.75 * eye
    assert face[_IRISES[0], 0] < face[_IRISES[1], 0]


def test_mirrored_photo_gives_mirrored_points(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    face = _face(mediapipe_engine, portrait)
    other = _face(mediapipe_engine, np.ascontiguousarray(portrait[:, ::-1]))[MIRROR]
    other[:, 0] = portrait.shape[1] - other[:, 0]
    assert _apart(face, other, face) < 0.01


@pytest.mark.parametrize("scale", [0.6, 1.7, 3.0])
def test_resized_photo_gives_resized_points(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8, scale: float
) -> None:
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized = np.asarray(cv2.resize(portrait, None, fx=scale, fy=scale, interpolation=how))
    true = np.array(resized.shape[1::-1]) / portrait.shape[1::-1]
    face = _face(mediapipe_engine, portrait)
    other = _face(mediapipe_engine, resized)
    assert _apart(face, other / [*true, scale], face) < 0.01


@pytest.mark.parametrize("degrees", [20, -35, 90])
def test_turned_photo_gives_turned_points(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8, degrees: float
) -> None:
    matrix = cv2.getRotationMatrix2D((255.5, 255.5), degrees, 1)
    turned = cv2.warpAffine(portrait, matrix, (512, 512), borderMode=cv2.BORDER_REFLECT)
    face = _face(mediapipe_engine, portrait)
    true = (face[:, :2] - 0.5) @ matrix[:, :2].T + matrix[:, 2] + 0.5
    assert _apart(_face(mediapipe_engine, turned), true, face) < 0.01


@pytest.mark.parametrize("corner", [(60, 40), (1400, 1300)])
def test_small_face_in_a_large_photo_is_found(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8, corner: tuple[int, int]
) -> None:
    canvas = np.full((2000, 2000, 3), 90, np.uint8)
    x, y = corner
    canvas[y : y + 512, x : x + 512] = portrait
    face = _face(mediapipe_engine, portrait)
    other = _face(mediapipe_engine, canvas) - np.float32([x, y, 0])
    assert _apart(other, face, face) < 0.01


@pytest.mark.parametrize("name", ["coffee", "chelsea"])
def test_no_face_is_seen_where_there_is_none(mediapipe_engine: MediaPipeEngine, name: str) -> None:
    pixels = np.array(getattr(skimage.data, name)())
    assert all(
        mediapipe_engine.face(pixels, box) is None for box in mediapipe_engine.find_faces(pixels)
    )


def test_upside_down_face_is_no_face(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    """The network sees something there, but not the same thing in the mirror."""
    pixels = np.ascontiguousarray(portrait[::-1, ::-1])
    assert all(
        mediapipe_engine.face(pixels, box) is None for box in mediapipe_engine.find_faces(pixels)
    )


def test_body_hangs_on_the_face(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    body = mediapipe_engine.body(portrait)
    face = _face(mediapipe_engine, portrait)
    assert body is not None
    assert np.linalg.norm(body.points[0] - face[4, :2]) < 15
    left, right = body.points[11], body.points[12]
    assert right[0] < face[4, 0] < left[0]
    # The ankles are below the frame: guessed, and said to be.
    assert body.visibility[11:13].min() > 0.9
    assert body.visibility[27:29].max() < 0.2
    # World: metres, y up, z to the camera, the left to the image's right.
    nose, left_shoulder, right_shoulder = body.world[[0, 11, 12]]
    assert 0.4 < nose[1] < 0.9
    assert nose[2] > left_shoulder[2]
    assert 0.2 < left_shoulder[0] - right_shoulder[0] < 0.5


def test_mask_covers_the_person(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    mask = mediapipe_engine.person_mask(portrait)
    assert mask.shape == portrait.shape[:2]
    assert mask[120, 225] > 0.9
    assert mask[60, 450] < 0.1


def test_a_new_engine_gives_the_same_bytes(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    with MediaPipeEngine() as other:
        assert other.digest == mediapipe_engine.digest
        assert _face(other, portrait).tobytes() == _face(mediapipe_engine, portrait).tobytes()
        a, b = other.body(portrait), mediapipe_engine.body(portrait)
        assert a is not None
        assert b is not None
        assert a.points.tobytes() == b.points.tobytes()
        assert a.world.tobytes() == b.world.tobytes()
        masks = [each.person_mask(portrait).tobytes() for each in (other, mediapipe_engine)]
        assert masks[0] == masks[1]


def test_a_wheel_without_models_is_a_missing_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MODEL_FILES", ("modules/no_such.tflite",))
    with pytest.raises(EngineMissing, match=r"no_such\.tflite.*mediapipe==0\.10\.21"):
        MediaPipeEngine()
