"""Where a fit starts: the camera's shift and the first pose, on arithmetic truth."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit_landmarks import anchors_of
from tasks.core.body.fit_rig import build_rig
from tasks.core.body.fit_view import TO_CAMERA, View, first_pose, first_shift, metric_scale
from tasks.core.body.pose import pose_vertices
from tasks.core.entities import Float32


def view(pixels: np.ndarray, world: np.ndarray) -> View:
    return View(
        focal_px=900.0,
        principal=np.array([300.0, 400.0]),
        width=600,
        height=800,
        pixels=pixels,
        weights=np.ones(33),
        world=world,
        matte=np.zeros((800, 600), np.uint8),
    )


def test_the_shift_is_found_exactly_where_the_pose_is_right() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(0.0, 0.5, (33, 3))
    shift = np.array([0.2, -0.4, 4.0])
    blank = view(np.zeros((33, 2)), np.zeros((33, 3)))
    seen = view(blank.project(points + shift), np.zeros((33, 3)))
    ids = np.arange(33)
    np.testing.assert_allclose(first_shift(seen, ids, points), shift, atol=1e-9)


def test_nobody_is_put_behind_the_camera() -> None:
    points = np.random.default_rng(1).normal(0.0, 0.5, (33, 3))
    upside_down = view(np.random.default_rng(2).uniform(0, 600, (33, 2)), np.zeros((33, 3)))
    shift = first_shift(upside_down, np.arange(33), points)
    assert (points[:, 2] + shift[2]).min() > 0.0


def test_the_first_pose_points_the_limbs_as_the_metric_landmarks_do(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    vertices, joints = person
    rig = build_rig(anny, joints)
    anchors = anchors_of(anny)
    truth = np.zeros(len(rig.low))
    names = np.array(rig.movement_names)
    truth[names == "root"] = [0.1, 0.8, -0.1]
    truth[names == "LeftArm"] = [0.2, -0.3, 0.7]
    truth[np.flatnonzero(names == "LeftForeArm")[0]] = 0.8
    truth[names == "RightUpLeg"] = [-0.7, 0.1, 0.1]
    truth[names == "RightLeg"] = 1.0
    posed = pose_vertices(anny.topology, vertices, joints, rig.rotations(truth))
    world = np.zeros((33, 3))
    world[anchors.landmarks] = anchors.points(posed.vertices, posed.joints)
    rest = dict(zip(anchors.landmarks.tolist(), anchors.points(vertices, joints), strict=True))
    seen = view(np.zeros((33, 2)), world)
    assert metric_scale(seen, rest) == pytest.approx(1.0, abs=0.02)
    moves = first_pose(seen, rig, rest)
    found = pose_vertices(anny.topology, vertices, joints, rig.rotations(moves))
    after = anchors.points(found.vertices, found.joints)
    places = dict(zip(anchors.landmarks.tolist(), after, strict=True))
    for start, end in ((11, 13), (13, 15), (12, 14), (24, 26), (26, 28), (23, 25)):
        ours, theirs = places[end] - places[start], world[end] - world[start]
        cosine = ours @ theirs / np.linalg.norm(ours) / np.linalg.norm(theirs)
        assert np.rad2deg(np.arccos(min(1.0, cosine))) < 20.0, (start, end)


def test_the_camera_looks_at_the_front() -> None:
    # The avatar's left (+X) is to the right of the picture, its up is up, its face comes nearer.
    np.testing.assert_array_equal(np.eye(3) @ TO_CAMERA, np.diag([1.0, -1.0, -1.0]))
