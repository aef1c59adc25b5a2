"""Outlines of discs and of the model: signed distances and rims where geometry puts them."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit_outline import read_matte, rim_of, sample_surface
from tasks.core.entities import Float32


def disc(radius: float) -> np.ndarray:
    y, x = np.mgrid[0:400, 0:300] + 0.5
    return np.where(np.hypot(x - 150.0, y - 200.0) < radius, 255, 0).astype(np.uint8)


@pytest.mark.parametrize("person_height", [100.0, 600.0])
def test_distance_to_a_discs_edge_is_signed_and_in_photo_pixels(person_height: float) -> None:
    matte = read_matte(disc(90.0), person_height)
    for at, expected in (((150.0, 200.0), 90.0), ((150.0, 150.0), 40.0), ((30.0, 200.0), -30.0)):
        assert matte.sample(np.array(at)) == pytest.approx(expected, abs=2.5)


def test_the_frames_edge_says_nothing() -> None:
    matte = read_matte(disc(90.0), 100.0)
    inside = matte.within(np.array([[150.0, 200.0], [1.0, 200.0], [299.0, 10.0], [-50.0, 0.0]]))
    assert inside.tolist() == [True, False, False, False]


def test_surface_points_have_outward_unit_normals(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    surface = sample_surface(anny, person[0])
    np.testing.assert_allclose(np.linalg.norm(surface.normals, axis=1), 1.0, atol=1e-9)
    points = person[0][surface.vertices].astype(np.float64)
    trunk = (np.abs(points[:, 0]) < 0.1) & (points[:, 1] > 0.3) & (points[:, 1] < 0.6)
    outward = points[trunk] * [1.0, 0.0, 1.0]
    assert ((outward * surface.normals[trunk]).sum(axis=1) > 0.0).mean() > 0.95
    assert 800 < len(surface.vertices) < 4000


def test_the_rim_is_the_outer_outline_only(anny: AnnyBody, person: tuple[Float32, Float32]) -> None:
    surface = sample_surface(anny, person[0])
    flip = np.diag([1.0, -1.0, -1.0])
    # From far away, so that the view is nearly parallel.
    posed = person[0][surface.vertices].astype(np.float64) @ flip + [0.0, 0.0, 40.0]
    pixels = 20000.0 * posed[:, :2] / posed[:, 2:]
    rim = rim_of(posed, surface.normals @ flip, pixels, 40.0 / 20000.0, surface)
    assert 60 < len(rim) < 600
    assert surface.comparable[rim].all()
    # At the waist's height only the flanks are outline, not the front or the back.
    waist = (np.abs(posed[rim, 1] + 0.42) < 0.05) & (np.abs(posed[rim, 0]) < 0.25)
    flank = np.abs(posed[rim][waist, 0])
    assert waist.sum() >= 4
    assert flank.min() > 0.7 * flank.max()
