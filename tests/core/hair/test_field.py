"""The hair's shell around a ball whose hair is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.hair.field import (
    COLUMNS,
    LOWEST_ELEVATION,
    ROWS,
    THICKEST_M,
    THINNEST_M,
    HairField,
    angles,
    grid_position,
    hair_field,
    turned_aside,
)
from tests.core.hair.spheres import CENTRE, EYES, RADIUS_M, Ball, ball


def field_of(head: Ball) -> HairField:
    return hair_field(head.points, EYES, head.camera, head.segments)


def row_at(elevation_deg: float) -> int:
    return round(float(grid_position(np.zeros(1), np.deg2rad([elevation_deg]))[1][0]))


def column_at(azimuth_deg: float) -> int:
    return round(float(grid_position(np.deg2rad([azimuth_deg]), np.zeros(1))[0][0]))


@settings(max_examples=40, deadline=None)
@given(azimuth=st.floats(-3.1, 3.1), elevation=st.floats(-1.5, 1.5), radius=st.floats(0.01, 2.0))
def test_angles_invert_the_direction(azimuth: float, elevation: float, radius: float) -> None:
    flat = np.cos(elevation)
    direction = [flat * np.sin(azimuth), np.sin(elevation), flat * np.cos(azimuth)]
    point = CENTRE + radius * np.array(direction)
    got = angles(point, CENTRE)
    np.testing.assert_allclose(got, (azimuth, elevation, radius), atol=1e-6)


def test_grid_corners() -> None:
    column, row = grid_position(np.array([-np.pi, 0.0]), np.array([np.pi / 2, LOWEST_ELEVATION]))
    np.testing.assert_allclose(column, (0, COLUMNS / 2))
    np.testing.assert_allclose(row, (0, ROWS - 1))


def test_front_is_forwards_and_left_is_left() -> None:
    directions = field_of(ball(0.02)).directions
    level = row_at(0.0)
    np.testing.assert_allclose(directions[level, column_at(0.0)], (0, 0, 1), atol=0.06)
    np.testing.assert_allclose(directions[level, column_at(90.0)], (1, 0, 0), atol=0.06)
    np.testing.assert_allclose(
        directions[0], np.broadcast_to((0, 1, 0), (COLUMNS + 1, 3)), atol=1e-6
    )
    np.testing.assert_allclose(np.linalg.norm(directions, axis=2), 1.0, atol=1e-6)


def test_the_skull_is_found() -> None:
    field = field_of(ball(0.02))
    np.testing.assert_allclose(field.centre, CENTRE, atol=1e-6)
    np.testing.assert_allclose(field.base, RADIUS_M, rtol=0.01)


@pytest.mark.parametrize("thickness", [0.012, 0.03, 0.06])
def test_the_thickness_is_that_of_the_outline(thickness: float) -> None:
    field = field_of(ball(thickness))
    sides = field.thickness[row_at(60.0) : row_at(-20.0), [column_at(-90.0), column_at(90.0)]]
    np.testing.assert_allclose(sides, thickness, rtol=0.1)
    assert field.thickness[:3].mean() == pytest.approx(thickness, rel=0.1)


def test_each_side_has_its_own_thickness() -> None:
    field = field_of(ball((0.05, 0.02)))
    level = row_at(0.0)
    assert field.thickness[level, column_at(90.0)] == pytest.approx(0.05, rel=0.1)
    assert field.thickness[level, column_at(-90.0)] == pytest.approx(0.02, rel=0.1)


def test_thinner_in_front_than_at_the_sides_and_full_at_the_back() -> None:
    field = field_of(ball(0.04))
    level = field.thickness[row_at(0.0)]
    assert level[column_at(0.0)] < 0.5 * level[column_at(90.0)]
    assert level[column_at(180.0)] > 0.7 * level[column_at(90.0)]


def test_it_closes_at_the_back_and_at_the_crown() -> None:
    field = field_of(ball((0.05, 0.02)))
    for grid in (field.base, field.thickness, field.present):
        np.testing.assert_allclose(grid[:, 0], grid[:, -1], atol=1e-6)
    np.testing.assert_allclose(field.thickness[0], field.thickness[0, 0], rtol=1e-3)
    points = field.points()
    np.testing.assert_allclose(points[:, 0], points[:, -1], atol=1e-6)


def test_the_surface_lies_between_skin_and_outline() -> None:
    field = field_of(ball(0.04))
    inner, outer = (
        np.linalg.norm(field.points(share) - field.centre, axis=2) for share in (0.0, 1.0)
    )
    np.testing.assert_allclose(inner, field.base, rtol=1e-4)
    np.testing.assert_allclose(outer - inner, field.thickness, atol=1e-5)


def test_it_is_present_where_the_outline_shows_it() -> None:
    field = field_of(ball(0.03, down=0.0))
    sides = [column_at(-90.0), column_at(90.0)]
    assert (field.present[row_at(60.0) : row_at(10.0), sides] > 0.9).all()
    assert (field.present[row_at(-25.0) :, sides] < 0.1).all()


@pytest.mark.parametrize("thickness", [0.0005, 0.12])
def test_limits_hold(thickness: float) -> None:
    field = field_of(ball(thickness))
    assert field.thickness.min() >= THINNEST_M - 1e-6
    assert field.thickness.max() <= THICKEST_M + 1e-6


@pytest.mark.parametrize("yaw_deg", [-50.0, 50.0])
def test_a_turned_head_takes_both_sides_from_the_near_one(yaw_deg: float) -> None:
    field = field_of(ball((0.05, 0.02), yaw=np.deg2rad(yaw_deg)))
    level = row_at(0.0)
    np.testing.assert_allclose(
        field.thickness[level, column_at(90.0)], field.thickness[level, column_at(-90.0)], rtol=0.02
    )


@pytest.mark.parametrize("yaw", [-0.7, 0.0, 0.4])
def test_turned_aside_is_the_cameras_azimuth(yaw: float) -> None:
    assert turned_aside(ball(0.02, yaw=yaw).camera) == pytest.approx(yaw, abs=1e-5)


def test_shoulders_are_not_taken_for_the_head() -> None:
    head = ball(0.03)
    shoulders = CENTRE + np.random.default_rng(4).uniform(
        (-0.2, -0.32, -0.08), (0.2, -0.24, 0.08), (20_000, 3)
    )
    points = np.concatenate([head.points, shoulders.astype(np.float32)])
    field = hair_field(points, EYES, head.camera, head.segments)
    assert field.base.max() < 1.4 * RADIUS_M
    level = slice(0, row_at(-30.0))
    np.testing.assert_allclose(field.base[level], RADIUS_M, rtol=0.02)


def test_the_same_every_time() -> None:
    assert field_of(ball(0.03)).digest == field_of(ball(0.03)).digest


def test_hair_lies_smoothly_over_the_ears() -> None:
    head = ball(0.03)
    ears = head.points.copy()
    offset = ears - CENTRE
    ear = (np.abs(offset[:, 0]) > 0.96 * RADIUS_M) & (np.abs(offset[:, 1]) < 0.25 * RADIUS_M)
    ears[ear] += 0.2 * offset[ear]
    field = hair_field(ears, EYES, head.camera, head.segments)
    shell = np.linalg.norm(field.points() - field.centre, axis=-1)
    sides = shell[ROWS // 3 : 2 * ROWS // 3, [COLUMNS // 4, 3 * COLUMNS // 4]]
    # The ears stand out by 19 mm under 30 mm of hair, whose outline is a circle.
    assert np.ptp(sides) < 0.006
    assert (field.thickness > 0.0).all()


def test_tips_turn_in() -> None:
    field = field_of(ball(0.05, down=0.5))
    side = field.thickness[:, 3 * COLUMNS // 4]
    shown = np.flatnonzero(field.present[:, 3 * COLUMNS // 4] > 0.5)
    assert side[shown[-1]] < 0.5 * side[shown[len(shown) // 2]]
