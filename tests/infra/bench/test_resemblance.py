"""A camera moved along with the world sees the same pixels."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from infra.bench.pipeline import Build
from infra.bench.resemblance import head_to_avatar, moved_camera
from infra.bench.template import moved, similarity_between
from tasks.core.entities import Camera, Morph

POINTS = np.random.default_rng(7).normal(size=(40, 3)) * 0.1
turns = st.tuples(*[st.floats(-3.0, 3.0)] * 3)
shifts = st.tuples(*[st.floats(-2.0, 2.0)] * 3)


def similarity(turn: tuple[float, ...], shift: tuple[float, ...], scale: float) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = scale * Rotation.from_rotvec(turn).as_matrix()
    matrix[:3, 3] = shift
    return matrix


@settings(max_examples=50, deadline=None)
@given(turns, shifts, st.floats(0.5, 2.0))
def test_moved_camera_sees_the_same(
    turn: tuple[float, ...], shift: tuple[float, ...], scale: float
) -> None:
    camera = Camera(
        700.0,
        np.array([250.0, 260.0], np.float32),
        np.diag([1.0, -1.0, -1.0]).astype(np.float32),
        np.array([0.05, 0.02, 1.5], np.float32),
        512,
        512,
    )
    matrix = similarity(turn, shift, scale)
    seen = moved_camera(camera, matrix).project(moved(POINTS, matrix))
    assert seen[:, :2] == pytest.approx(camera.project(POINTS)[:, :2], abs=0.02)
    assert seen[:, 2] == pytest.approx(scale * camera.project(POINTS)[:, 2], rel=1e-4)


@settings(max_examples=50, deadline=None)
@given(turns, shifts, st.floats(0.5, 2.0))
def test_alignment_finds_the_similarity(
    turn: tuple[float, ...], shift: tuple[float, ...], scale: float
) -> None:
    matrix = similarity(turn, shift, scale)
    found = similarity_between(POINTS, moved(POINTS, matrix))
    assert found == pytest.approx(matrix, abs=1e-6)


def test_what_the_rig_did_to_the_head_is_undone() -> None:
    points = POINTS.astype(np.float32)
    rest = np.zeros((0, 3))
    face = Morph("jawOpen", np.arange(20, dtype=np.int32), np.ones((20, 3), np.float32))
    standing, fitted = (
        similarity((0, 0, 0.1), (0, 0.3, 0), 1.0),
        similarity((0, 1, 0), (1, 0, 0), 2),
    )

    def part(positions: np.ndarray, *morphs: Morph) -> SimpleNamespace:
        return SimpleNamespace(positions=positions, morphs=morphs)

    after = points.copy()
    after[:20] = moved(points[:20], standing)
    built = SimpleNamespace(
        skin=SimpleNamespace(parts=[part(points, face), part(rest)]),
        rigged=SimpleNamespace(parts=[part(after, face), part(rest)]),
        figure=SimpleNamespace(head_to_figure=fitted),
    )
    assert head_to_avatar(cast(Build, built)) == pytest.approx(standing @ fitted, abs=1e-5)
