"""What the photo shows is kept; what it does not show is carried on, and trusted less."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.entities import Float32
from tasks.core.hair.carry import both_sides, carry_on
from tasks.core.hair.field import HEIGHT, WIDTH


def seen_in_front(left: int, right: int) -> tuple[Float32, Float32]:
    """A map whose red tells the column and whose green tells the row, seen in some columns."""
    root = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    root[..., 0] = np.linspace(0.0, 1.0, WIDTH)[None]
    root[..., 1] = np.linspace(0.0, 1.0, HEIGHT)[:, None]
    weight = np.zeros((HEIGHT, WIDTH), np.float32)
    weight[60:300, left:right] = 1.0
    return root, weight


def test_what_is_seen_stays() -> None:
    root, weight = seen_in_front(300, 724)
    carried, trust = carry_on(root, weight)
    inner = np.s_[80:280, 320:704]
    np.testing.assert_allclose(carried[inner], root[inner], atol=1e-5)
    np.testing.assert_allclose(trust[inner], 1.0, atol=1e-5)


def test_trust_falls_with_the_distance_around_the_back() -> None:
    _, trust = carry_on(*seen_in_front(300, 724))
    side = trust[180, 730:900]
    assert side[0] > 0.8
    assert (np.diff(side) < 1e-4).all()
    assert side[-1] < 0.7 * side[0]


def test_carried_colours_are_the_mirror_image_at_the_border() -> None:
    root, weight = seen_in_front(300, 724)
    carried, _ = carry_on(root, weight)
    for step in (5, 20, 60):
        expected = root[180, 723 - step, 0]
        assert carried[180, 723 + step, 0] == pytest.approx(expected, abs=0.01)


def test_nothing_seen_nothing_carried() -> None:
    root, weight = seen_in_front(0, 0)
    carried, trust = carry_on(root, weight)
    assert not trust.any()
    assert np.isfinite(carried).all()


def test_a_side_that_is_hardly_seen_is_the_others_mirror_image() -> None:
    root, weight = seen_in_front(512, 800)
    both, trust = both_sides(root, weight)
    np.testing.assert_allclose(both[180, 300, 0], root[180, WIDTH - 1 - 300, 0], atol=1e-3)
    assert trust[180, 300] == pytest.approx(1.0, abs=1e-3)


def test_two_sides_well_seen_are_left_as_they_are() -> None:
    root, weight = seen_in_front(300, 724)
    both, trust = both_sides(root, weight)
    assert both is root
    assert trust is weight


def test_the_map_closes_at_the_back() -> None:
    root, weight = seen_in_front(280, 760)
    weight[100:140, 280:330] = 0.0
    carried, trust = carry_on(root, weight)
    np.testing.assert_allclose(carried[40:300, 0], carried[40:300, -1], atol=0.02)
    np.testing.assert_allclose(trust[40:300, 0], trust[40:300, -1], atol=0.05)
