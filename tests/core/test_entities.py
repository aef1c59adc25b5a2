"""What all entities owe: frozen, digested by content, and a camera that projects as it says."""

from __future__ import annotations

import dataclasses
import inspect
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core import entities
from tasks.core.digest import Digested
from tasks.core.entities import Camera, Check, Notice, Photo

_ENTITIES = [
    kind
    for _, kind in inspect.getmembers(entities, inspect.isclass)
    if dataclasses.is_dataclass(kind) and kind.__module__ == entities.__name__
]


def _photo(**changes: Any) -> Photo:
    facts: dict[str, Any] = {
        "pixels": np.arange(24, dtype=np.uint8).reshape(2, 4, 3),
        "focal_px": 900.0,
        "sha256": "0" * 64,
        "media_type": "image/png",
        "checks": (Check("resolution", 2.0, 1.0, "px", True, "photo.too_small"),),
        "notices": (Notice("photo.reduced", "It was reduced."),),
    }
    return Photo(**{**facts, **changes})


@pytest.mark.parametrize("kind", _ENTITIES, ids=lambda kind: kind.__name__)
def test_entities_are_frozen_and_documented(kind: Any) -> None:
    assert kind.__dataclass_params__.frozen
    assert inspect.getdoc(kind)


def test_a_field_cannot_be_set() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _photo().focal_px = 1.0  # type: ignore[misc]


def test_equal_content_has_an_equal_digest() -> None:
    assert _photo().digest == _photo(pixels=_photo().pixels.copy(order="F")).digest


@pytest.mark.parametrize(
    "change",
    [
        {"pixels": np.zeros((2, 4, 3), np.uint8)},
        {"pixels": np.arange(24, dtype=np.uint8).reshape(4, 2, 3)},
        {"focal_px": 900.5},
        {"focal_px": None},
        {"sha256": "1" * 64},
        {"media_type": "image/jpeg"},
        {"checks": ()},
        {"notices": (Notice("photo.reduced", "It was made smaller."),)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_of_a_photo_counts(change: dict[str, Any]) -> None:
    assert _photo(**change).digest != _photo().digest


def test_entities_that_pass_between_stages_have_a_digest() -> None:
    rows = {"Check", "Notice", "Measurement"}  # parts of entities, never passed alone
    lacking = {kind.__name__ for kind in _ENTITIES if not issubclass(kind, Digested)}
    assert lacking <= rows


_METRES = st.floats(-2.0, 2.0)


def _camera(angle: float = 0.0, shift: tuple[float, float, float] = (0.0, 0.0, 3.0)) -> Camera:
    cos, sin = np.cos(angle), np.sin(angle)
    # From the world (y up, facing +Z) to the camera (y down, z forward), then about its y axis.
    look = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]) @ np.diag([1.0, -1.0, -1.0])
    return Camera(
        focal_px=1000.0,
        principal=np.array([320.0, 240.0], np.float32),
        rotation=look.astype(np.float32),
        translation=np.array(shift, np.float32),
        width=640,
        height=480,
    )


def test_the_point_on_the_axis_falls_on_the_principal_point() -> None:
    np.testing.assert_allclose(_camera().project(np.zeros(3)), [320.0, 240.0, 3.0], atol=1e-6)


def test_up_in_the_world_is_up_in_the_image() -> None:
    x, y, _ = _camera().project(np.array([0.3, 0.3, 0.0]))
    assert (x, y) == pytest.approx((420.0, 140.0))


@given(_METRES, _METRES, _METRES, st.floats(-1.0, 1.0))
def test_projection_is_the_pinhole_equation(x: float, y: float, z: float, angle: float) -> None:
    camera = _camera(angle, (0.1, -0.2, 6.0))
    local = camera.rotation.astype(float) @ (x, y, z) + camera.translation.astype(float)
    truth = [1000 * local[0] / local[2] + 320, 1000 * local[1] / local[2] + 240, local[2]]
    np.testing.assert_allclose(camera.project(np.array([x, y, z])), truth, rtol=1e-9, atol=1e-7)


def test_points_keep_their_leading_shape() -> None:
    points = np.random.default_rng(0).uniform(-1, 1, (2, 5, 3))
    projected = _camera().project(points)
    assert projected.shape == (2, 5, 3)
    np.testing.assert_array_equal(projected[1, 4], _camera().project(points[1, 4]))
