"""The fit's camera: conventions, the first guess, the step."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.head.camera import FRAME_WIDTH_MM, Pose, assumed_focal_px, first_pose
from tests.core.head.people import World, angle_between, photo


def test_projects_as_the_entity_does(world: World) -> None:
    truth = world.person(0)
    _, _, pose = world.photograph(truth, yaw=20.0, pitch=-5.0, roll=3.0)
    camera = pose.camera(800, 1000)
    np.testing.assert_allclose(
        camera.project(truth.rest)[:, :2], pose.project(truth.rest), atol=2e-3
    )
    assert camera.width == 800
    assert camera.height == 1000


@settings(max_examples=25, deadline=None, derandomize=True)
@given(yaw=st.floats(-45.0, 45.0), pitch=st.floats(-25.0, 25.0), distance=st.floats(0.6, 6.0))
def test_first_guess_is_near_the_truth(
    world: World, yaw: float, pitch: float, distance: float
) -> None:
    truth = world.person(0, size=0.0)
    _, seen, pose = world.photograph(truth, yaw=yaw, pitch=pitch, distance=distance)
    guess = first_pose(truth.rest, seen.face.astype(np.float64), np.ones(478), 1600.0, (800, 1000))
    assert angle_between(guess.rotation, pose.rotation) < 6.0
    assert guess.translation[2] == pytest.approx(distance, rel=0.08)
    assert np.linalg.det(guess.rotation) == pytest.approx(1.0)


def test_a_step_turns_about_the_head(world: World) -> None:
    _, _, pose = world.photograph(world.person(0))
    moved = pose.moved(np.array([0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0]))
    np.testing.assert_allclose(moved.local(pose.pivot[None]), pose.local(pose.pivot[None]))
    assert angle_between(moved.rotation, pose.rotation) == pytest.approx(np.rad2deg(0.1))
    nearer = pose.moved(np.array([0.0, 0.0, 0.0, 0.0, 0.0, -0.2, np.log(2.0)]))
    assert isinstance(nearer, Pose)
    assert nearer.camera(8, 8).focal_px == pytest.approx(2.0 * pose.camera(8, 8).focal_px)
    assert nearer.translation[2] == pytest.approx(pose.translation[2] - 0.2)


def test_focal_length_is_the_photo_s_own_where_it_is_known() -> None:
    assert assumed_focal_px(photo(1234.5)) == 1234.5
    wide, tall = photo(None, (1200, 800)), photo(None, (800, 1200))
    assert assumed_focal_px(wide) == assumed_focal_px(tall)
    millimetres = assumed_focal_px(wide) / 1200 * FRAME_WIDTH_MM
    assert 35.0 <= millimetres <= 85.0
