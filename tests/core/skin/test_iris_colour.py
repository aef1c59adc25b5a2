"""The iris' colour, recovered from drawn eyes whose colour is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tasks.core.entities import Landmarks, Photo
from tasks.core.skin.iris_colour import iris_colour

_RIMS = {
    468: (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246),
    473: (362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398),
}


def drawn(
    iris: tuple[int, int, int],
    *,
    radius: float = 12.0,
    white: tuple[int, int, int] = (206, 200, 196),
    highlight: bool = True,
    lids: float = 0.8,
) -> tuple[Photo, Landmarks]:
    """Two eyes on skin: white, iris, pupil, a reflection; `lids` opens them in iris radii."""
    pixels = np.full((200, 400, 3), (190, 140, 115), np.uint8)
    face = np.zeros((478, 3), np.float32)
    for centre, x in ((468, 120.0), (473, 280.0)):
        turns = np.linspace(0.0, 2.0 * np.pi, 16, endpoint=False)
        rim = np.column_stack(
            [x + 2.6 * radius * np.cos(turns), 100.0 + lids * radius * np.sin(turns)]
        )
        mask = np.zeros(pixels.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.rint(rim).astype(np.int32)], 1)
        eye = np.full_like(pixels, white)
        middle = (round(x - 0.5), 100)
        cv2.circle(eye, middle, round(radius), iris, -1)
        cv2.circle(eye, middle, round(0.36 * radius), (10, 8, 8), -1)
        if highlight:
            cv2.circle(eye, (middle[0] + 4, 96), 3, (255, 255, 255), -1)
        pixels[mask > 0] = eye[mask > 0]
        face[centre, :2] = (x, 100.5)
        for k, (dx, dy) in enumerate(((1, 0), (0, -1), (-1, 0), (0, 1))):
            face[centre + 1 + k, :2] = (x + dx * radius, 100.5 + dy * radius)
        for k, index in enumerate(_RIMS[centre]):
            face[index, :2] = rim[k]
    return photo_of(pixels), landmarks_of(face)


def photo_of(pixels: np.ndarray) -> Photo:
    return Photo(pixels=pixels, focal_px=None, sha256="0" * 64, media_type="image/png")


def landmarks_of(face: np.ndarray) -> Landmarks:
    return Landmarks(
        face=face,
        face_box=np.array([0, 0, 400, 200], np.float32),
        face_confidence=1.0,
        head_angles=np.zeros(3, np.float32),
        body=None,
        visibility=None,
        body_world=None,
        engine="drawn",
    )


@pytest.mark.parametrize(
    "iris", [(84, 52, 32), (70, 110, 150), (86, 104, 70), (120, 90, 50)], ids=str
)
def test_a_drawn_iris_gives_its_colour(iris: tuple[int, int, int]) -> None:
    photo, landmarks = drawn(iris)
    found = iris_colour([photo], [landmarks])
    assert found is not None
    assert np.abs(found.astype(int) - iris).max() <= 14


def test_a_reflection_does_not_count() -> None:
    plain = iris_colour(*([x] for x in drawn((84, 52, 32), highlight=False)))
    shiny = iris_colour(*([x] for x in drawn((84, 52, 32), highlight=True)))
    assert plain is not None
    assert shiny is not None
    assert np.abs(plain.astype(int) - shiny.astype(int)).max() <= 3


def test_shade_is_lifted_by_the_white_of_the_eye() -> None:
    shaded = iris_colour(*([x] for x in drawn((52, 32, 19), white=(150, 145, 142))))
    assert shaded is not None
    assert shaded.astype(int).sum() > 52 + 32 + 19 + 20


def test_a_small_iris_is_not_measured() -> None:
    photo, landmarks = drawn((84, 52, 32), radius=2.0)
    assert iris_colour([photo], [landmarks]) is None


def test_behind_dark_glasses_nothing_is_measured() -> None:
    photo, landmarks = drawn((50, 48, 47), white=(58, 55, 54), highlight=False)
    assert iris_colour([photo], [landmarks]) is None


def test_closed_lids_give_nothing() -> None:
    photo, landmarks = drawn((84, 52, 32), lids=0.1)
    assert iris_colour([photo], [landmarks]) is None


def test_no_photo_gives_nothing() -> None:
    assert iris_colour([], []) is None
