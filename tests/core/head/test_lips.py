"""Closing the lips at rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.model import Embedding
from tasks.core.head.lips import INNER_LIPS, close_lips


def neutral(anny: AnnyBody) -> tuple[Embedding, NDArray[np.float64]]:
    vertices, _ = anny.shape(anny.phenotype_defaults, np.zeros(len(anny.local_change_names)))
    assert anny.landmarks is not None
    return anny.landmarks, vertices.astype(np.float64)


def gaps(embedding: Embedding, vertices: NDArray[np.float64]) -> NDArray[np.float64]:
    points = embedding.points(vertices)
    upper, lower = (points[list(side), 1] for side in zip(*INNER_LIPS, strict=True))
    return upper - lower


def test_lips_meet(anny: AnnyBody) -> None:
    embedding, vertices = neutral(anny)
    assert gaps(embedding, vertices).max() > 0.0005
    closed = gaps(embedding, close_lips(embedding, vertices))
    assert closed.max() < 0.0001
    assert closed.min() > -0.001


def test_only_the_lips_move_and_little(anny: AnnyBody) -> None:
    embedding, vertices = neutral(anny)
    moved = close_lips(embedding, vertices) - vertices
    assert 0.0 < np.abs(moved).max() < 0.001
    assert not moved[:, [0, 2]].any()
    points = embedding.points(moved)
    assert np.abs(points[[4, 152, 33, 263, 10]]).max() < 1e-6


def test_an_open_mouth_stays_open(anny: AnnyBody) -> None:
    embedding, vertices = neutral(anny)
    jaw = anny.expressions[anny.expression_names.index("jawOpen")]
    vertices[jaw.indices] += jaw.offsets
    np.testing.assert_allclose(
        gaps(embedding, close_lips(embedding, vertices))[4], gaps(embedding, vertices)[4], atol=1e-5
    )


def test_a_model_without_inner_lips_is_left_alone(anny: AnnyBody) -> None:
    embedding, vertices = neutral(anny)
    few = replace(
        embedding,
        landmarks=embedding.landmarks[:10],
        corners=embedding.corners[:10],
        barycentric=embedding.barycentric[:10],
    )
    assert np.array_equal(close_lips(few, vertices), vertices)
