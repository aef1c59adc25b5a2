"""Cutting along a line: nothing lost, nothing folded, clean rims."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.garment.cut import border_loops, cut, keep, whole


def _grid(side: int) -> tuple[np.ndarray, np.ndarray]:
    """A unit square of side × side quads in the plane z = 0, facing +Z."""
    axis = np.linspace(0.0, 1.0, side + 1)
    x, y = np.meshgrid(axis, axis)
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    a = (np.arange(side)[:, None] * (side + 1) + np.arange(side)).ravel()
    b, c, d = a + 1, a + side + 1, a + side + 2
    return points, np.concatenate([np.column_stack([a, b, d]), np.column_stack([a, d, c])])


def _areas(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    corner = points[faces]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2] / 2.0


@settings(max_examples=30, deadline=None)
@given(angle=st.floats(0.0, 6.28), offset=st.floats(-0.4, 0.4))
def test_cut_keeps_the_area_and_divides_it_at_the_line(angle: float, offset: float) -> None:
    points, faces = _grid(7)
    normal = np.array([np.cos(angle), np.sin(angle), 0.0])
    field = (points - 0.5) @ normal - offset
    cloth, positive = cut(whole(faces, len(points)), field)
    at = cloth.of(points)
    areas = _areas(at, cloth.faces)
    assert areas.min() > -1e-9
    side = ((at - 0.5) @ normal - offset)[cloth.faces]
    assert side[positive].min(initial=0.0) > -1e-9
    assert side[~positive].max(initial=0.0) < 1e-9
    np.testing.assert_allclose(np.asarray(cloth.mix.sum(axis=1)).ravel(), 1.0, atol=1e-12)
    assert cloth.mix.data.min() >= 0.0


def test_a_disc_cut_from_a_square_has_one_round_rim() -> None:
    points, faces = _grid(20)
    field = 0.3 - np.linalg.norm(points[:, :2] - 0.5, axis=1)
    disc = keep(*cut(whole(faces, len(points)), field))
    (rim,) = border_loops(disc.faces)
    reach = np.linalg.norm(disc.of(points)[rim, :2] - 0.5, axis=1)
    np.testing.assert_allclose(reach, 0.3, atol=0.003)
    assert _areas(disc.of(points), disc.faces).sum() == pytest.approx(np.pi * 0.09, rel=0.02)
    # The rim runs with its faces, counter-clockwise here.
    ring = disc.of(points)[rim, :2] - 0.5
    turned = np.roll(ring, -1, axis=0)
    assert (ring[:, 0] * turned[:, 1] - ring[:, 1] * turned[:, 0]).sum() > 0.0


def test_cutting_is_the_same_every_time() -> None:
    points, faces = _grid(9)
    field = np.sin(7.0 * points[:, 0]) - points[:, 1]
    first, one = cut(whole(faces, len(points)), field)
    second, two = cut(whole(faces, len(points)), field)
    np.testing.assert_array_equal(first.faces, second.faces)
    np.testing.assert_array_equal(one, two)
    assert (first.mix != second.mix).nnz == 0
