"""Posing against analytic truth: rotations, chains of bones, blending, the way back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from tasks.core.body.model import Topology
from tasks.core.body.pose import (
    axis_angles,
    joint_transforms,
    pose_vertices,
    rotation_matrices,
    unpose_vertices,
)

# A chain of three joints along +X with one vertex on each bone, and one shared half and half.
PARENTS = np.array([-1, 0, 1], np.int32)
JOINTS = np.array([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [2.0, 0.0, 0.0]])
VERTICES = np.array([[0.5, 0.1, 0.0], [1.5, 0.1, 0.0], [2.5, 0.0, 0.2], [1.0, 0.2, 0.0]])

vectors = arrays(
    np.float64, (3,), elements=st.floats(-3.0, 3.0, allow_nan=False, allow_subnormal=False)
)


def chain() -> Topology:
    empty = np.zeros((0, 3), np.int32)
    return Topology(
        faces=empty,
        face_groups=np.zeros(0, np.int32),
        group_names=(),
        uv=np.zeros((0, 2), np.float32),
        uv_faces=empty,
        vertex_groups={},
        joint_names=("a", "b", "c"),
        joint_parents=PARENTS,
        skin_indices=np.array([[0, 0], [1, 0], [2, 0], [0, 1]], np.int32),
        skin_weights=np.array([[1, 0], [1, 0], [1, 0], [0.5, 0.5]], np.float32),
    )


@given(vectors)
def test_rotation_matrices_agree_with_scipy(vector: np.ndarray) -> None:
    np.testing.assert_allclose(
        rotation_matrices(vector), Rotation.from_rotvec(vector).as_matrix(), atol=1e-12
    )


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-8, 1e-5, 1e-4, 1e-3, 1.0, np.pi - 1e-9, np.pi])
def test_axis_angles_invert_rotation_matrices_at_every_size(angle: float) -> None:
    for axis in [*np.eye(3).tolist(), [0.6, -0.48, 0.64]]:
        vector = angle * np.array(axis)
        matrix = rotation_matrices(vector)
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-14)
        back = axis_angles(matrix)
        # At π the axis may point either way: compare what it does, and its length.
        np.testing.assert_allclose(rotation_matrices(back), matrix, atol=1e-12)
        assert np.linalg.norm(back) == pytest.approx(angle, abs=1e-12)


@given(vectors)
def test_axis_angles_stay_within_pi(vector: np.ndarray) -> None:
    back = axis_angles(rotation_matrices(vector))
    assert np.linalg.norm(back) <= np.pi + 1e-12
    np.testing.assert_allclose(rotation_matrices(back), rotation_matrices(vector), atol=1e-10)


def test_no_rotation_gives_back_the_rest_pose() -> None:
    posed = pose_vertices(chain(), VERTICES, JOINTS, np.zeros((3, 3)))
    np.testing.assert_array_equal(posed.vertices, VERTICES.astype(np.float32))
    np.testing.assert_array_equal(posed.joints, JOINTS.astype(np.float32))


def test_a_quarter_turn_at_the_middle_joint_carries_all_that_hangs_on_it() -> None:
    turn = np.zeros((3, 3))
    turn[1, 2] = np.pi / 2.0
    posed = pose_vertices(chain(), VERTICES, JOINTS, turn)
    np.testing.assert_allclose(posed.joints[2], [1.0, 1.0, 0.0], atol=1e-7)
    np.testing.assert_allclose(posed.vertices[0], VERTICES[0], atol=1e-7)
    np.testing.assert_allclose(posed.vertices[1], [0.9, 0.5, 0.0], atol=1e-7)
    np.testing.assert_allclose(posed.vertices[2], [1.0, 1.5, 0.2], atol=1e-7)
    # Half of (1, .2, 0) and half of its turned place (.8, 0, 0).
    np.testing.assert_allclose(posed.vertices[3], [0.9, 0.1, 0.0], atol=1e-7)


@given(vectors, vectors)
def test_turning_the_root_is_one_rigid_motion_about_it(turn: np.ndarray, shift: np.ndarray) -> None:
    rotations = np.zeros((3, 3))
    rotations[0] = turn
    posed = pose_vertices(chain(), VERTICES, JOINTS, rotations, shift)
    matrix = rotation_matrices(turn)
    np.testing.assert_allclose(posed.vertices, VERTICES @ matrix.T + shift, atol=2e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_bones_keep_their_length_in_any_pose(anny, person, seed: int) -> None:  # type: ignore[no-untyped-def]
    joints = person[1].astype(np.float64)
    parents = anny.topology.joint_parents
    rotations = np.random.default_rng(seed).normal(0.0, 1.0, joints.shape)
    posed = joint_transforms(parents, joints, rotations).apply(joints)
    inner = np.flatnonzero(parents >= 0)
    before = np.linalg.norm(joints[inner] - joints[parents[inner]], axis=1)
    after = np.linalg.norm(posed[inner] - posed[parents[inner]], axis=1)
    np.testing.assert_allclose(after, before, atol=1e-12)


def test_unposing_gives_back_the_rest_pose_of_a_person(anny, person) -> None:  # type: ignore[no-untyped-def]
    vertices, joints = person
    rotations = np.random.default_rng(3).normal(0.0, 0.25, joints.shape)
    shift = np.array([0.3, -0.2, 1.0])
    posed = pose_vertices(anny.topology, vertices, joints, rotations, shift)
    back = unpose_vertices(anny.topology, posed.vertices, joints, rotations, shift)
    assert np.abs(posed.vertices - vertices).max() > 0.3
    np.testing.assert_allclose(back, vertices, atol=2e-5)


def test_a_subset_of_vertices_is_posed_as_the_whole_is(anny, person) -> None:  # type: ignore[no-untyped-def]
    vertices, joints = person
    rotations = np.random.default_rng(4).normal(0.0, 0.3, joints.shape)
    ids = np.array([13000, 5, 5, 17000, 801])
    whole = pose_vertices(anny.topology, vertices, joints, rotations)
    part = pose_vertices(anny.topology, vertices[ids], joints, rotations, vertex_ids=ids)
    np.testing.assert_array_equal(part.vertices, whole.vertices[ids])


def test_a_joint_before_its_parent_is_refused() -> None:
    with pytest.raises(ValueError, match="after its parent"):
        joint_transforms(np.array([1, -1]), JOINTS[:2], np.zeros((2, 3)))
