"""What of the skin may be left away."""

from __future__ import annotations

import numpy as np

from tasks.core.body.anny_body import AnnyBody
from tasks.core.garment.anatomy import SIDES, anatomy_of
from tasks.core.garment.cover import covered_vertices
from tests.core.skin.figures import figure_of


def test_head_hands_and_a_strip_under_the_edges_stay(anny: AnnyBody) -> None:
    figure = figure_of(anny)
    covered = covered_vertices(anny, figure)
    body = anatomy_of(anny)
    assert covered.shape == (len(figure.vertices),)
    skin = np.unique(anny.topology.faces_of("body"))
    assert not covered[np.setdiff1d(np.arange(len(covered)), skin)].any()
    assert not covered[body.collar() < 0.03].any()
    for side in SIDES:
        assert not covered[body.cuff(side) < 0.03].any()


def test_most_of_the_body_goes(anny: AnnyBody) -> None:
    figure = figure_of(anny)
    covered = covered_vertices(anny, figure)
    feet = figure.vertices[:, 1] < 0.05
    skin = np.zeros(len(covered), bool)
    skin[np.unique(anny.topology.faces_of("body"))] = True
    assert covered[feet & skin].all()
    chest = (
        skin & (np.abs(figure.vertices[:, 0]) < 0.12) & (np.abs(figure.vertices[:, 1] - 1.2) < 0.1)
    )
    assert covered[chest].all()
    assert covered[skin].mean() > 0.3


def test_answer_is_the_same_for_everybody(anny: AnnyBody) -> None:
    one = covered_vertices(anny, figure_of(anny))
    other = covered_vertices(anny, figure_of(anny, weight=1.0, age=0.3))
    np.testing.assert_array_equal(one, other)
