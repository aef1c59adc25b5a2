from __future__ import annotations

import numpy as np
from mediapipe.python.solutions import face_mesh_connections as connections

from tasks.core.landmarks import topology

# The iBUG points of the mirrored photo, in the order of the original's.
_MIRROR_68 = [
    *range(16, -1, -1),
    *range(26, 16, -1),
    *(27, 28, 29, 30, 35, 34, 33, 32, 31),
    *(45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40),
    *(54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55, 64, 63, 62, 61, 60, 67, 66, 65),
]


def test_mirroring_twice_changes_nothing() -> None:
    assert np.array_equal(topology.MIRROR[topology.MIRROR], np.arange(topology.POINTS))


def test_mirror_takes_left_features_to_right_features() -> None:
    def points(edges: frozenset[tuple[int, int]]) -> set[int]:
        return {point for edge in edges for point in edge}

    for left, right in (
        (connections.FACEMESH_LEFT_EYE, connections.FACEMESH_RIGHT_EYE),
        (connections.FACEMESH_LEFT_EYEBROW, connections.FACEMESH_RIGHT_EYEBROW),
        (connections.FACEMESH_LEFT_IRIS, connections.FACEMESH_RIGHT_IRIS),
    ):
        assert {int(topology.MIRROR[p]) for p in points(left)} == points(right)
    for middle in (connections.FACEMESH_LIPS, connections.FACEMESH_FACE_OVAL):
        assert {int(topology.MIRROR[p]) for p in points(middle)} == points(middle)


def test_mirror_keeps_the_mesh_but_for_six_diagonals() -> None:
    edges = {frozenset(edge) for edge in connections.FACEMESH_TESSELATION}
    mirrored = {frozenset(int(topology.MIRROR[p]) for p in edge) for edge in edges}
    assert len(edges - mirrored) == 6


def test_rigid_head_is_symmetric_and_centred() -> None:
    place = {int(i): p for i, p in zip(topology.RIGID_IDS, topology.RIGID_POINTS, strict=True)}
    for point, position in place.items():
        assert np.allclose(place[int(topology.MIRROR[point])], position * [-1, 1, 1], atol=1e-4)
    assert np.allclose(topology.RIGID_POINTS.mean(axis=0), 0, atol=1e-3)
    across = place[topology.LEFT_EYE_OUTER] - place[topology.RIGHT_EYE_OUTER]
    assert np.allclose(across, [1, 0, 0], atol=1e-3)


def test_68_points_mirror_as_their_annotation_does() -> None:
    ids = np.array(topology.IBUG_68)
    assert len(set(topology.IBUG_68)) == 68
    assert np.array_equal(topology.MIRROR[ids], ids[_MIRROR_68])
