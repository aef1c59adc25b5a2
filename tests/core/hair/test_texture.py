"""The hair's picture: colours from the photo, none over the face, carried around the back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.core.entities import Float32, Uint8
from tasks.core.hair.field import COLUMNS, HEIGHT, ROWS, WIDTH, HairField, grid_position, hair_field
from tasks.core.hair.texture import hair_cover, hair_texture, tapered
from tasks.core.skin.srgb import to_linear
from tests.core.hair.spheres import EYES, HAIR, RADIUS_M, Ball, ball


def bare() -> Float32:
    return np.zeros((ROWS, COLUMNS + 1), np.float32)


def place(azimuth_deg: float, elevation_deg: float) -> tuple[int, int]:
    """Row and column of a direction in the picture."""
    column, row = grid_position(np.deg2rad([azimuth_deg]), np.deg2rad([elevation_deg]))
    return (
        round(float(row[0]) / (ROWS - 1) * (HEIGHT - 1)),
        round(float(column[0]) / COLUMNS * (WIDTH - 1)),
    )


def scalp_grid() -> Float32:
    """Hair grows above the middle, and behind."""
    grid = bare()
    grid[: ROWS // 2] = 1.0
    back = np.abs(np.linspace(-180.0, 180.0, COLUMNS + 1)) > 90.0
    grid[: 3 * ROWS // 4, back] = 1.0
    return grid


@pytest.fixture(scope="module")
def head() -> Ball:
    return ball(0.03)


@pytest.fixture(scope="module")
def field(head: Ball) -> HairField:
    return hair_field(head.points, EYES, head.camera, head.segments)


@pytest.fixture(scope="module")
def cover(head: Ball, field: HairField) -> Float32:
    return hair_cover(field, head.segments, head.camera, scalp_grid())


@pytest.fixture(scope="module")
def painted(head: Ball, field: HairField, cover: Float32) -> tuple[Uint8, Float32]:
    return hair_texture(field, head.photo, head.segments, head.camera, cover)


def test_cover_is_a_share_everywhere(cover: Float32) -> None:
    assert cover.shape == (HEIGHT, WIDTH)
    assert np.isfinite(cover).all()
    assert cover.min() >= 0.0
    assert cover.max() <= 1.0


def test_no_hair_before_the_face_and_full_hair_elsewhere(cover: Float32) -> None:
    for azimuth, elevation in ((0.0, -20.0), (15.0, -30.0), (-15.0, -5.0)):
        row, column = place(azimuth, elevation)
        assert not cover[row - 6 : row + 7, column - 6 : column + 7].any()
    for azimuth, elevation in ((0.0, 60.0), (60.0, 30.0), (179.0, 20.0), (-150.0, 0.0)):
        row, column = place(azimuth, elevation)
        assert cover[row, column] > 0.95


def test_the_back_follows_the_scalp(head: Ball, field: HairField) -> None:
    row, column = place(170.0, 20.0)
    nothing = hair_cover(field, head.segments, head.camera, bare())
    with_scalp = hair_cover(field, head.segments, head.camera, scalp_grid())
    assert with_scalp[row, column] > 0.95
    # Only what hangs from the outline is left without a scalp.
    assert nothing.sum() <= with_scalp.sum()


def test_specks_are_dropped(head: Ball, field: HairField, cover: Float32) -> None:
    spotted = head.segments.hair.copy()
    x, y, _ = head.camera.project(field.centre + np.array([0.0, -0.35 * RADIUS_M, 0.0]))
    spotted[int(y) - 3 : int(y) + 3, int(x) - 3 : int(x) + 3] = 1.0
    assert spotted.sum() > head.segments.hair.sum()
    segments = replace(head.segments, hair=spotted)
    there = hair_cover(field, segments, head.camera, scalp_grid())
    np.testing.assert_allclose(there, cover, atol=1e-6)


def test_the_shell_comes_down_where_the_hair_ends(field: HairField, cover: Float32) -> None:
    low = tapered(field, cover)
    np.testing.assert_array_equal(low.base, field.base)
    assert (low.thickness <= field.thickness + 1e-6).all()
    row, column = (int(value[0]) for value in grid_position(np.zeros(1), np.deg2rad([-20.0]))[::-1])
    assert low.thickness[row, column] < 0.006
    crown = low.thickness[2:6]
    np.testing.assert_allclose(crown, field.thickness[2:6], rtol=0.15)


def test_nothing_covered_leaves_a_shell_on_the_skin(field: HairField) -> None:
    flat = tapered(field, np.zeros((HEIGHT, WIDTH), np.float32))
    assert flat.thickness.max() < 0.006


def test_alpha_is_zero_over_the_face(painted: tuple[Uint8, Float32]) -> None:
    pixels, _ = painted
    assert pixels.shape == (HEIGHT, WIDTH, 4)
    assert pixels.dtype == np.uint8
    row, column = place(0.0, -20.0)
    assert not pixels[row - 6 : row + 7, column - 6 : column + 7, 3].any()
    row, column = place(0.0, 60.0)
    assert pixels[row, column, 3] > 240


def test_the_colour_is_the_hairs_all_around(painted: tuple[Uint8, Float32]) -> None:
    pixels, mean = painted
    np.testing.assert_allclose(mean, to_linear(np.array(HAIR)), rtol=0.02)
    covered = pixels[pixels[..., 3] > 128][:, :3].astype(int)
    assert np.abs(covered.mean(axis=0) - HAIR).max() < 10
    # Neither skin nor background shines through anywhere.
    assert (np.abs(covered - HAIR).max(axis=1) < 45).mean() > 0.98


def test_it_wraps_without_a_seam(painted: tuple[Uint8, Float32]) -> None:
    pixels, _ = painted
    step = np.abs(pixels[:, 0].astype(int) - pixels[:, -1])
    inside = np.abs(np.diff(pixels.astype(int), axis=1)).mean()
    assert step.mean() < 4 * inside + 4


def test_a_side_the_photo_hides_looks_like_the_other() -> None:
    head = ball(0.03, yaw=0.9)
    field = hair_field(head.points, EYES, head.camera, head.segments)
    cover = hair_cover(field, head.segments, head.camera, scalp_grid())
    pixels, _ = hair_texture(field, head.photo, head.segments, head.camera, cover)
    for azimuth in (-90.0, 90.0):
        row, column = place(azimuth, 40.0)
        patch = pixels[row - 10 : row + 10, column - 10 : column + 10]
        assert patch[..., 3].mean() > 200
        assert np.abs(patch[..., :3].reshape(-1, 3).mean(axis=0) - HAIR).max() < 25


def test_the_same_every_time(
    head: Ball, field: HairField, cover: Float32, painted: tuple[Uint8, Float32]
) -> None:
    again, _ = hair_texture(field, head.photo, head.segments, head.camera, cover)
    assert again.tobytes() == painted[0].tobytes()
