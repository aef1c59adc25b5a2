"""The recogniser tells people apart: a figure by it means something."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from infra.bench.recogniser import SAME_PERSON, face_distance
from infra.bench.template import template
from tasks.core.landmarks.main_face import main_face
from tasks.core.picture.render import orbit_camera, render_parts

if TYPE_CHECKING:
    from tasks.core.body.anny_body import AnnyBody
    from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine


def box(pixels: np.ndarray, engine: MediaPipeEngine) -> np.ndarray:
    face = main_face(pixels, engine)
    assert face is not None
    return np.concatenate([face.mesh[:, :2].min(axis=0), face.mesh[:, :2].max(axis=0)])


@pytest.fixture(scope="module")
def portrait(astronaut: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(astronaut)))


def test_mirrored_and_dimmed_is_the_same_person(
    portrait: np.ndarray, mediapipe_engine: MediaPipeEngine
) -> None:
    other = np.ascontiguousarray(portrait[:, ::-1]) // 2
    distance = face_distance(
        portrait, box(portrait, mediapipe_engine), other, box(other, mediapipe_engine)
    )
    assert 0.0 < distance < SAME_PERSON / 2


def test_the_neutral_template_is_somebody_else(
    portrait: np.ndarray, mediapipe_engine: MediaPipeEngine, anny: AnnyBody
) -> None:
    assert anny.landmarks is not None
    vertices, _ = anny.shape(
        anny.phenotype_defaults, np.zeros(len(anny.local_change_names), np.float32)
    )
    points = anny.landmarks.points(vertices)
    nobody = template(anny, points)
    camera = orbit_camera(points.mean(axis=0), 1.0, 0.0, 0.0, 512, 0.35)
    picture = render_parts(nobody.parts, nobody.materials, nobody.textures, camera)
    distance = face_distance(
        portrait, box(portrait, mediapipe_engine), picture, box(picture, mediapipe_engine)
    )
    assert distance > SAME_PERSON
