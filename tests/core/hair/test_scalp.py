"""Where hair grows on the body model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32
from tasks.core.hair.scalp import HAIRLINE, SOFT_M, _signed_distance, scalp_mask
from tests.core.skin.sitters import eyes_of, rest


@pytest.fixture(scope="module")
def mask(anny: AnnyBody) -> Float32:
    return scalp_mask(anny)


@pytest.fixture(scope="module")
def places(anny: AnnyBody) -> np.ndarray:
    """(V, 3) metres from the middle between the eyes: left, up, forwards."""
    vertices, joints = rest(anny)
    return vertices - eyes_of(anny, joints).mean(axis=0)


def test_a_share_for_every_vertex(anny: AnnyBody, mask: Float32) -> None:
    assert mask.shape == (len(anny.template),)
    assert mask.dtype == np.float32
    assert mask.min() == 0.0
    assert mask.max() == 1.0


def test_the_crown_and_the_back_of_the_head_are_scalp(
    anny: AnnyBody, mask: Float32, places: np.ndarray
) -> None:
    body = np.unique(anny.topology.faces_of("body"))
    up, forwards = places[body, 1], places[body, 2]
    assert (mask[body[up > 0.09]] == 1.0).all()
    back = (forwards < -0.13) & (up > 0.0)
    assert back.sum() > 50
    assert (mask[body[back]] == 1.0).all()


def test_face_neck_and_body_are_not(anny: AnnyBody, mask: Float32, places: np.ndarray) -> None:
    assert anny.landmarks is not None
    # The landmarks' oval ends below the hairline.
    face = np.unique(anny.landmarks.corners)
    assert mask[face].max() < 0.5
    assert mask[face].mean() < 0.02
    assert not mask[places[:, 1] < -0.10].any()


def test_both_sides_alike(anny: AnnyBody, mask: Float32) -> None:
    from scipy.spatial import cKDTree

    vertices, _ = rest(anny)
    mirror = cKDTree(vertices).query(vertices * (-1.0, 1.0, 1.0))[1]
    np.testing.assert_allclose(mask[mirror], mask, atol=1e-3)


def test_the_border_is_as_soft_as_stated(mask: Float32, places: np.ndarray) -> None:
    distance = _signed_distance(places[:, [2, 1]].astype(np.float64), np.array(HAIRLINE))
    assert (mask[distance > SOFT_M / 2 + 1e-5] == 1.0).all()
    assert (mask[distance < -SOFT_M / 2 - 1e-5] == 0.0).all()
    on_it = np.abs(distance) < 0.0005
    assert on_it.any()
    np.testing.assert_allclose(mask[on_it], 0.5, atol=0.06)


@settings(max_examples=50, deadline=None)
@given(x=st.floats(-3, 3), y=st.floats(-3, 3))
def test_distance_to_a_square_is_exact(x: float, y: float) -> None:
    square = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    outside = np.hypot(max(abs(x) - 1, 0), max(abs(y) - 1, 0))
    expected = -outside if outside > 0 else min(1 - abs(x), 1 - abs(y))
    assert abs(_signed_distance(np.array([[x, y]]), square)[0]) == pytest.approx(
        abs(expected), abs=1e-9
    )
    if abs(expected) > 1e-9:
        assert np.sign(_signed_distance(np.array([[x, y]]), square)[0]) == np.sign(expected)
