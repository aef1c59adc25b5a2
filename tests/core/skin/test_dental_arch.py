"""A row of teeth along a half ellipse."""

from __future__ import annotations

import numpy as np

from tasks.core.skin.dental_arch import UPPER_WIDTHS, Arch, build_arch, tooth_borders

_ARCH = Arch(half_width=0.03, depth=0.05, front=np.array([0.0, 1.0, 0.2]), rise=0.2, upwards=1)


def test_borders_are_symmetric_and_in_the_given_proportions() -> None:
    borders = tooth_borders(UPPER_WIDTHS)
    assert len(borders) == 2 * len(UPPER_WIDTHS) + 1
    np.testing.assert_allclose(borders + borders[::-1], 1.0, atol=1e-12)
    right = np.diff(borders)[len(UPPER_WIDTHS) :]
    np.testing.assert_allclose(right / right[0], np.array(UPPER_WIDTHS) / UPPER_WIDTHS[0])


def test_row_is_symmetric_and_stands_on_the_ellipse() -> None:
    points, uv, faces = build_arch(_ARCH, UPPER_WIDTHS)
    mirrored = points.reshape(-1, 8, 3)[::-1].reshape(-1, 3) * (-1.0, 1.0, 1.0)
    np.testing.assert_allclose(points, mirrored, atol=1e-6)
    local = (points - _ARCH.front) / (_ARCH.half_width, 1.0, _ARCH.depth)
    on_ellipse = np.hypot(local[:, 0], local[:, 2] + 1.0)
    assert abs(on_ellipse.mean() - 1.0) < 0.12
    assert uv.min() >= 0.0
    assert uv.max() <= 1.0
    assert faces.max() == len(points) - 1


def test_roots_point_up_or_down_as_asked() -> None:
    up, _, _ = build_arch(_ARCH, UPPER_WIDTHS)
    lower = Arch(_ARCH.half_width, _ARCH.depth, _ARCH.front, 0.0, -1)
    down, _, _ = build_arch(lower, UPPER_WIDTHS)
    assert up[:, 1].max() > 1.01
    assert down[:, 1].min() < 0.99
    assert down[:, 1].max() <= 1.0 + 1e-9


def test_teeth_climb_towards_the_back() -> None:
    points, _, _ = build_arch(_ARCH, UPPER_WIDTHS)
    edge = points.reshape(-1, 8, 3)[:, 4]
    assert edge[0, 1] - edge[len(edge) // 2, 1] > 0.15 * _ARCH.depth
