"""What each camera shows of an avatar of known measures."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.entities import Skeleton
from tasks.core.picture.framing import Extent, body_camera, bust_camera, extent_of, head_camera

LOW, HIGH = np.array([-0.5, 0.0, -0.15]), np.array([0.5, 1.7, 0.15])
HEAD = np.array([0.0, 1.5, 0.0])
# A figure's corners, and a head that reaches forward of its joint.
POINTS = np.array([LOW, HIGH * [1, 0.5, 1], [-0.08, 1.7, -0.06], [0.08, 1.55, 0.14]])


def skeleton(name: str) -> Skeleton:
    turned = np.array([[0, 0, 0, 1]], np.float32)
    return Skeleton((name,), np.array([-1], np.int32), HEAD[None].astype(np.float32), turned)


EXTENT = extent_of(POINTS, skeleton("Head"))


def seen(camera_point: np.ndarray, size: int = 200) -> bool:
    return bool((camera_point[:2] > 0).all() and (camera_point[:2] < size).all())


@pytest.mark.parametrize("yaw", [0.0, np.pi / 4, np.pi / 2, np.pi])
def test_head_camera_shows_crown_and_chin_from_all_sides(yaw: float) -> None:
    camera = head_camera(EXTENT, yaw, 200)
    assert seen(camera.project(np.array([0.0, 1.7, 0.0])))
    assert seen(camera.project(np.array([0.0, 1.48, 0.05])))
    assert not seen(camera.project(np.array([0.0, 1.2, 0.0])))


def test_profile_has_the_head_in_the_middle() -> None:
    camera = head_camera(EXTENT, np.pi / 2, 200)
    front, back = (camera.project(np.array([0.0, 1.6, z]))[0] for z in (0.14, -0.06))
    assert front < back
    assert (front + back) / 2 == pytest.approx(100.0, abs=1.0)


def test_bust_shows_more_than_head() -> None:
    collar = np.array([0.0, 1.41, 0.0])
    assert seen(bust_camera(EXTENT, 0.0, 200).project(collar))
    assert not seen(head_camera(EXTENT, 0.0, 200).project(collar))


@pytest.mark.parametrize("size", [(200, 200), (120, 400), (400, 120)])
def test_body_camera_shows_everything(size: tuple[int, int]) -> None:
    camera = body_camera(EXTENT, 0.0, size)
    corners = np.stack(np.meshgrid(*zip(LOW, HIGH, strict=True)), axis=-1).reshape(-1, 3)
    pixels = camera.project(corners)[:, :2]
    assert (pixels > 0).all()
    assert (pixels < np.array(size)).all()


def test_without_a_head_bone_the_usual_height_is_taken() -> None:
    found = extent_of(POINTS, skeleton("Hips"))
    assert isinstance(found, Extent)
    assert found.head[1] == pytest.approx(1.7 * 0.87)
