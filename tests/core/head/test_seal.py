"""The rest face's lips touch."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32
from tasks.core.head.seal import ACROSS, MOST, PRESS_M, sealed_lips


def slit(model: AnnyBody, vertices: Float32) -> Float32:
    assert model.landmarks is not None
    row = {int(landmark): k for k, landmark in enumerate(model.landmarks.landmarks)}
    height = model.landmarks.points(vertices)[:, 1]
    return np.array([height[row[a]] - height[row[b]] for a, b in ACROSS], np.float32)


def neutral(model: AnnyBody, **changes: float) -> Float32:
    local = np.zeros(len(model.local_change_names), np.float32)
    for name, value in changes.items():
        local[model.local_change_names.index(name.replace("_", "-"))] = value
    return model.shape(model.phenotype_defaults, local)[0]


@pytest.mark.parametrize(
    "changes", [{}, {"mouth_lowerlip_height_incr": 0.6}, {"mouth_upperlip_volume_incr": -0.5}]
)
def test_no_slit_is_left(anny: AnnyBody, changes: dict[str, float]) -> None:
    vertices = neutral(anny, **changes)
    assert slit(anny, vertices).max() > 0.0
    sealed = slit(anny, sealed_lips(anny, vertices))
    assert sealed.max() == pytest.approx(-PRESS_M, abs=1e-5)


def test_sealed_twice_is_sealed_once(anny: AnnyBody) -> None:
    once = sealed_lips(anny, neutral(anny))
    np.testing.assert_allclose(sealed_lips(anny, once), once, atol=2e-6)


def test_only_the_mouth_moves_and_little(anny: AnnyBody) -> None:
    vertices = neutral(anny)
    moved = np.abs(sealed_lips(anny, vertices) - vertices).max(axis=1)
    assert moved.max() < 0.002
    closing = anny.expressions[anny.expression_names.index("mouthClose")]
    assert set(np.flatnonzero(moved)) <= set(closing.indices.tolist())


def test_an_open_mouth_is_not_forced_shut(anny: AnnyBody) -> None:
    vertices = neutral(anny)
    opening = anny.expressions[anny.expression_names.index("jawOpen")]
    vertices[opening.indices] += opening.offsets
    closing = anny.expressions[anny.expression_names.index("mouthClose")]
    moved = np.abs(sealed_lips(anny, vertices) - vertices).max()
    assert moved == pytest.approx(MOST * np.abs(closing.offsets).max(), rel=1e-4)
