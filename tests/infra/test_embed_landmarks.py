"""The stored landmark embedding: it lies where it should, moves with what it should, and a new run
of the script that made it comes to the same place."""

from __future__ import annotations

from pathlib import Path

import mediapipe
import numpy as np
import pytest
from numpy.typing import NDArray

from infra.embed_landmarks import (
    LEFT_IRIS,
    LOWER_INNER_LIP,
    RIGHT_IRIS,
    detect,
    embed,
    view_camera,
    write,
)
from infra.embed_picture import Doll, doll_scene
from tasks.core.body.anny_body import EMBEDDING_FILE, AnnyBody
from tasks.core.body.model import Embedding
from tasks.core.digest import digest_of
from tasks.core.landmarks.topology import MIRROR
from tasks.core.picture.render import over_background

LIPS = ((13, 14), (82, 87), (312, 317), (81, 178), (311, 402))
LEFT_LIDS = ((386, 374), (385, 380), (387, 373))


@pytest.fixture(scope="module")
def stored(anny: AnnyBody) -> Embedding:
    assert anny.landmarks is not None
    return anny.landmarks


@pytest.fixture(scope="module")
def doll(anny: AnnyBody) -> Doll:
    return Doll.of(anny)


def test_file_is_whole(stored: Embedding) -> None:
    with np.load(EMBEDDING_FILE, allow_pickle=False) as file:
        assert str(file["digest"]) == digest_of(stored)
    assert np.array_equal(stored.landmarks, np.arange(478))
    assert stored.corners.shape == stored.barycentric.shape == (478, 3)
    np.testing.assert_allclose(stored.barycentric.sum(axis=1), 1.0, atol=1e-6)
    assert stored.barycentric.min() >= -1e-6


def test_a_new_run_comes_to_the_same_place(anny: AnnyBody, doll: Doll, stored: Embedding) -> None:
    # One person of six and one mouth of two: the script itself takes most of a minute.
    fresh = embed(anny, people=({},), mouths=({},))
    apart = np.linalg.norm(fresh.points(doll.neutral) - stored.points(doll.neutral), axis=1)
    assert np.median(apart) < 0.001
    assert np.quantile(apart, 0.95) < 0.004


def test_lies_where_it_is_seen(doll: Doll, stored: Embedding) -> None:
    with (
        mediapipe.solutions.face_mesh.FaceMesh(
            static_image_mode=True, refine_landmarks=True
        ) as mesh,
        doll_scene(doll, doll.neutral) as scene,
    ):
        camera = view_camera(doll, doll.neutral, 0.0, 0.0)
        picture = over_background(scene.picture(camera), (255, 255, 255))
        straight = detect(mesh, picture)
        mirrored = detect(mesh, np.ascontiguousarray(picture[:, ::-1]))[MIRROR]
    mirrored[:, 0] = picture.shape[1] - mirrored[:, 0]
    eyes = np.linalg.norm(straight[468, :2] - straight[473, :2])
    # MediaPipe disagrees with itself by 1.2 % of the eye distance between a picture and its mirror
    # image; their mean is the fairer judge.
    seen = 0.5 * (straight + mirrored)[:, :2]

    def distance(points: NDArray[np.floating]) -> NDArray[np.float64]:
        error = camera.project(points)[:, :2] - seen
        # A common shift is the camera's.
        return np.linalg.norm(error - np.median(error, axis=0), axis=1) / eyes

    assert stored.offsets is not None
    on_skin = distance(stored.points(doll.neutral))
    as_seen = distance(stored.points(doll.neutral) + stored.offsets)
    assert np.median(as_seen) < 0.01
    assert as_seen.mean() < 0.0125
    assert on_skin.mean() < 0.014
    assert on_skin.max() < 0.10


def test_is_symmetric(doll: Doll, stored: Embedding) -> None:
    points = stored.points(doll.neutral)
    middle = np.flatnonzero(np.arange(478) == MIRROR)
    assert np.abs(points[middle, 0]).max() < 0.001
    sides = np.setdiff1d(np.arange(478), middle)
    mirrored = points[MIRROR] * [-1.0, 1.0, 1.0]
    assert np.abs(points[sides] - mirrored[sides]).max() < 2e-4
    assert stored.offsets is not None
    twin = stored.offsets[MIRROR] * [-1.0, 1.0, 1.0]
    np.testing.assert_allclose(stored.offsets, twin, atol=1e-7)


def test_jaw_parts_the_lips(doll: Doll, stored: Embedding) -> None:
    shut = stored.points(doll.neutral)
    wide = stored.points(doll.expressed(doll.neutral, {"jawOpen": 1.0}))
    for upper, lower in LIPS:
        assert abs(shut[upper, 1] - shut[lower, 1]) < 0.0015
        assert wide[upper, 1] - wide[lower, 1] > 0.010
    assert np.linalg.norm(wide[168] - shut[168]) < 1e-4
    assert (shut[list(LOWER_INNER_LIP), 1] - wide[list(LOWER_INNER_LIP), 1] > 0.004).all()


def test_a_blink_closes_the_lids(doll: Doll, stored: Embedding) -> None:
    open_eyes = stored.points(doll.neutral)
    blink = stored.points(doll.expressed(doll.neutral, {"eyeBlinkLeft": 1.0}))
    for upper, lower in LEFT_LIDS:
        before = open_eyes[upper, 1] - open_eyes[lower, 1]
        assert before > 0.004
        assert blink[upper, 1] - blink[lower, 1] < 0.3 * before
    other = list(MIRROR[[386, 385, 387]])
    np.testing.assert_allclose(blink[other], open_eyes[other], atol=1e-4)


def test_irises_lie_on_the_front_of_the_eyes(doll: Doll, stored: Embedding) -> None:
    points = stored.points(doll.neutral)
    for ids, faces, side in (
        (LEFT_IRIS, doll.eye_faces[0], 1.0),
        (RIGHT_IRIS, doll.eye_faces[1], -1.0),
    ):
        ball = doll.neutral[np.unique(faces)]
        centre = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
        assert centre[0] * side > 0.02
        iris = points[list(ids)]
        assert (iris[:, 2] > centre[2] + 0.012).all()
        assert np.abs(iris[0, :2] - centre[:2]).max() < 1e-4
        ring = np.linalg.norm(iris[1:, :2] - centre[:2], axis=1)
        np.testing.assert_allclose(ring, 0.00585, atol=1e-4)
        # 3, 12, 9 and 6 o'clock of a picture taken from the front.
        assert iris[1, 0] > iris[3, 0]
        assert iris[2, 1] > iris[4, 1]


def test_writes_the_same_bytes(stored: Embedding, tmp_path: Path) -> None:
    first, second = tmp_path / "a.npz", tmp_path / "b.npz"
    write(stored, first)
    write(stored, second)
    assert first.read_bytes() == second.read_bytes() == EMBEDDING_FILE.read_bytes()
