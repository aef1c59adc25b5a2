"""Sections of solids with known girths."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from tasks.core.body.section import section_points, tape_girth


def prism(outline: np.ndarray, height: float) -> tuple[np.ndarray, np.ndarray]:
    """A closed wall over a polygon in x and z, standing on Y = 0."""
    count = len(outline)
    low = np.stack([outline[:, 0], np.zeros(count), outline[:, 1]], axis=1)
    vertices = np.concatenate([low, low + [0.0, height, 0.0]])
    here = np.arange(count)
    following = (here + 1) % count
    faces = np.concatenate(
        [
            np.stack([here, following, here + count], axis=1),
            np.stack([following, following + count, here + count], axis=1),
        ]
    )
    return vertices, faces


def circle(radius: float, count: int = 400) -> np.ndarray:
    angle = 2.0 * np.pi * np.arange(count) / count
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


UP = np.array([0.0, 1.0, 0.0])


def test_a_cylinder_has_the_girth_of_its_circle() -> None:
    vertices, faces = prism(circle(0.15), 1.0)
    found = tape_girth(vertices, faces, np.array([0.0, 0.4, 0.0]), UP)
    assert found == pytest.approx(2.0 * np.pi * 0.15, rel=1e-4)


def test_an_oblique_section_is_the_ellipse() -> None:
    vertices, faces = prism(circle(0.1, 2000), 1.0)
    found = tape_girth(vertices, faces, np.array([0.0, 0.5, 0.0]), np.array([0.0, 1.0, 1.0]))
    a, b = 0.1 * np.sqrt(2.0), 0.1
    ramanujan = np.pi * (3 * (a + b) - np.sqrt((3 * a + b) * (a + 3 * b)))
    assert found == pytest.approx(ramanujan, rel=1e-4)


def test_a_tape_bridges_hollows() -> None:
    star = circle(0.2, 10) * np.where(np.arange(10) % 2, 0.5, 1.0)[:, None]
    vertices, faces = prism(star, 1.0)
    found = tape_girth(vertices, faces, np.array([0.0, 0.5, 0.0]), UP)
    assert found == pytest.approx(ConvexHull(star).area, rel=1e-9)


def test_section_points_lie_on_the_plane() -> None:
    vertices, faces = prism(circle(0.15, 40), 1.0)
    origin, normal = np.array([0.0, 0.3, 0.0]), np.array([0.2, 1.0, -0.1])
    points = section_points(vertices, faces, origin, normal)
    np.testing.assert_allclose((points - origin) @ normal, 0.0, atol=1e-12)


def test_a_plane_that_misses_gives_nothing() -> None:
    vertices, faces = prism(circle(0.15, 40), 1.0)
    assert tape_girth(vertices, faces, np.array([0.0, 2.0, 0.0]), UP) == 0.0
