"""Volume against solids that are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.volume import DENSITY, body_mass, body_volume
from tasks.core.entities import Float32


def solid(points: np.ndarray) -> SimpleNamespace:
    hull = ConvexHull(points)
    faces = hull.simplices.copy()
    middle = points.mean(axis=0)
    for face in faces:
        a, b, c = points[face]
        if np.dot(np.cross(b - a, c - a), a - middle) < 0.0:
            face[[1, 2]] = face[[2, 1]]
    return SimpleNamespace(topology=SimpleNamespace(faces_of=lambda group: faces))


def test_a_box_has_its_volume_wherever_it_stands() -> None:
    box = np.array([[x, y, z] for x in (0, 2) for y in (0, 3) for z in (0, 0.5)], float)
    model = solid(box)
    for shift in (0.0, 1000.0):
        assert body_volume(model, box + shift) == pytest.approx(3.0)  # type: ignore[arg-type]
    assert body_mass(model, box) == pytest.approx(3.0 * DENSITY)  # type: ignore[arg-type]


def test_volume_grows_with_the_cube(anny: AnnyBody, person: tuple[Float32, Float32]) -> None:
    once, twice = body_volume(anny, person[0]), body_volume(anny, 2.0 * person[0])
    assert twice == pytest.approx(8.0 * once, rel=1e-6)
    assert 0.04 < once < 0.12
