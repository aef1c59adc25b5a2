from __future__ import annotations

import cv2
import numpy as np

from tasks.core.entities import Uint8
from tasks.core.landmarks.main_face import main_face
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine


def _canvas(portrait: Uint8, size: int, *places: tuple[float, int, int]) -> Uint8:
    """The portrait at several scales and places of a grey canvas."""
    canvas = np.full((size, size, 3), 90, np.uint8)
    for scale, x, y in places:
        side = round(512 * scale)
        canvas[y : y + side, x : x + side] = cv2.resize(
            portrait, (side, side), interpolation=cv2.INTER_AREA
        )
    return canvas


def test_one_face_leads_without_end(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    main = main_face(portrait, mediapipe_engine)
    assert main is not None
    assert main.count == 1
    assert main.lead == float("inf")
    assert 55 < main.pose.eye_distance < 65


def test_the_larger_of_two_is_main(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    pixels = _canvas(portrait, 900, (0.6, 0, 0), (1.0, 380, 300))
    main = main_face(pixels, mediapipe_engine)
    assert main is not None
    assert main.count == 2
    assert main.lead > 2
    assert main.mesh[:, 0].mean() > 500


def test_of_equals_the_middle_one_leads_a_little(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    pixels = _canvas(portrait, 1100, (0.9, 0, 0), (0.9, 400, 480))
    main = main_face(pixels, mediapipe_engine)
    assert main is not None
    assert main.count == 2
    assert 1 < main.lead < 2
    assert main.mesh[:, 0].mean() > 400


def test_nobody_is_nobody(mediapipe_engine: MediaPipeEngine) -> None:
    assert main_face(np.full((300, 300, 3), 128, np.uint8), mediapipe_engine) is None
