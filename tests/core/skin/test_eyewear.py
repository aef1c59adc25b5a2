"""Glasses are found where they are, and not where they are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tasks.core.entities import Landmarks, Uint8
from tasks.core.landmarks.find import find_landmarks
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.photo.admit import admit_photo
from tasks.core.skin.eyewear import find_eyewear
from tasks.core.skin.segment import FACE_OVAL, LEFT_BROW, LEFT_EYE, RIGHT_BROW, RIGHT_EYE

OUTLINES = (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW)
# An image of the face this many pixels high is what the skin's crop gives.
SIDE = 512


@pytest.fixture(scope="module")
def face(astronaut: bytes, mediapipe_engine: MediaPipeEngine) -> tuple[Uint8, Landmarks]:
    photo = admit_photo(astronaut)
    return photo.pixels, find_landmarks(photo, None, engine=mediapipe_engine)


def look(pixels: Uint8, marks: Landmarks) -> NDArray[np.bool_] | None:
    lab = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB), np.uint8)
    points = marks.face[:, :2]
    oval = np.zeros(lab.shape[:2], np.uint8)
    cv2.fillPoly(oval, [np.round(points[list(FACE_OVAL)]).astype(np.int32)], 1)
    height = float(np.linalg.norm(points[10] - points[152]))
    cheek = points[50].astype(int)
    lightness = float(np.median(lab[cheek[1] - 5 : cheek[1] + 5, cheek[0] - 5 : cheek[0] + 5, 0]))
    hair = np.zeros(lab.shape[:2], np.float32)
    return find_eyewear(lab, points, height, lightness, hair, oval.astype(bool), OUTLINES)


def rings(pixels: Uint8, marks: Landmarks, thickness: int) -> tuple[Uint8, NDArray[np.bool_]]:
    """Black round glasses drawn around both eyes, filled where the thickness is negative."""
    drawn = np.zeros(pixels.shape[:2], np.uint8)
    points = marks.face[:, :2]
    centres = [points[list(eye)].mean(axis=0) for eye in (LEFT_EYE, RIGHT_EYE)]
    radius = round(0.42 * float(np.linalg.norm(centres[0] - centres[1])))
    for centre in centres:
        cv2.circle(drawn, tuple(int(v) for v in centre), radius, 1, thickness)
    result = pixels.copy()
    result[drawn > 0] = (18, 16, 20)
    return result, drawn.astype(bool)


def test_a_bare_face_has_no_glasses(face: tuple[Uint8, Landmarks]) -> None:
    assert look(*face) is None


def test_frames_are_found_and_eyes_are_left(face: tuple[Uint8, Landmarks]) -> None:
    pixels, marks = face
    worn, drawn = rings(pixels, marks, 5)
    found = look(worn, marks)
    assert found is not None
    below = np.zeros_like(drawn)
    below[int(marks.face[[145, 374], 1].mean()) + 8 :] = True
    assert found[drawn & below].mean() > 0.6
    for pupil in (468, 473):
        x, y = marks.face[pupil, :2].astype(int)
        assert not found[y, x]


def test_dark_lenses_take_the_eyes_with_them(face: tuple[Uint8, Landmarks]) -> None:
    pixels, marks = face
    worn, drawn = rings(pixels, marks, -1)
    found = look(worn, marks)
    assert found is not None
    assert found[drawn].mean() > 0.98
    assert not found[tuple(marks.face[17, 1::-1].astype(int))]
