"""Head and body joined: exact where they agree, smooth and true to size where they do not."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.compose import compose_figure, neck_blend
from tasks.core.body.stance import stature
from tasks.core.entities import BodyFit, Float32, HeadFit


def shaped(anny: AnnyBody, **values: float) -> tuple[Float32, Float32]:
    phenotypes = anny.phenotype_defaults.copy()
    for name, value in values.items():
        phenotypes[anny.phenotype_names.index(name)] = value
    return anny.shape(phenotypes, np.zeros(len(anny.local_change_names)))


def as_body(anny: AnnyBody, height: float, **values: float) -> BodyFit:
    vertices, joints = shaped(anny, **values)
    scale = height / stature(anny, vertices, joints)
    skin = anny.topology.vertex_groups["body"]
    lift = np.array([0.0, -scale * vertices[skin, 1].min(), 0.0])
    return BodyFit(
        phenotypes=anny.phenotype_defaults,
        local_changes=np.zeros(len(anny.local_change_names), np.float32),
        vertices=(scale * vertices + lift).astype(np.float32),
        joints=(scale * joints + lift).astype(np.float32),
        pose=np.zeros((1, len(joints), 3), np.float32),
        cameras=(None,),
        height_m=height,
        height_given=True,
    )


def as_head(vertices: Float32, joints: Float32) -> HeadFit:
    return HeadFit(
        phenotypes=np.zeros(0, np.float32),
        local_changes=np.zeros(0, np.float32),
        expressions=np.zeros((1, 52), np.float32),
        cameras=(),
        vertices=vertices,
        joints=joints,
        residuals=np.zeros(1, np.float32),
    )


def edges(anny: AnnyBody) -> np.ndarray:
    faces = anny.topology.faces_of("body")
    return np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])


def test_a_head_of_the_same_body_gives_the_body_back(anny: AnnyBody) -> None:
    body = as_body(anny, 1.72, gender=0.8)
    figure = compose_figure(anny, as_head(body.vertices, body.joints), body)
    np.testing.assert_allclose(figure.vertices, body.vertices, atol=2e-6)
    np.testing.assert_allclose(figure.joints, body.joints, atol=2e-6)
    np.testing.assert_allclose(figure.head_to_figure, np.eye(4), atol=2e-6)


def test_a_head_from_another_frame_is_brought_home(anny: AnnyBody) -> None:
    body = as_body(anny, 1.72)
    moved = 0.98 * body.vertices + np.array([0.3, -1.0, 0.2], np.float32)
    figure = compose_figure(anny, as_head(moved, 0.98 * body.joints + 0.1), body)
    # A quarter (of the logarithm) of the difference in size stays.
    scale = figure.head_to_figure[0, 0] * 0.98
    assert scale == pytest.approx(0.98**0.25, rel=2e-3)
    head = neck_blend(anny).head
    assert np.abs(figure.vertices[head] - body.vertices[head]).max() < 2e-3


@pytest.mark.parametrize(
    ("head", "body", "height"),
    [
        ({"gender": 0.0, "age": 0.95, "weight": 1.0, "muscle": 1.0}, {"gender": 1.0}, 1.55),
        ({"gender": 1.0, "weight": 0.1}, {"gender": 0.0, "muscle": 1.0, "weight": 0.9}, 1.95),
        ({}, {"age": 0.2}, 1.1),
        ({"age": 0.2}, {}, 1.8),
    ],
)
class TestUnlikePair:
    def test_stature_is_exact_and_soles_are_on_the_ground(
        self, anny: AnnyBody, head: dict[str, float], body: dict[str, float], height: float
    ) -> None:
        figure = compose_figure(anny, as_head(*shaped(anny, **head)), as_body(anny, height, **body))
        skin = anny.topology.vertex_groups["body"]
        assert stature(anny, figure.vertices, figure.joints) == pytest.approx(height, abs=1e-4)
        assert figure.vertices[skin, 1].min() == pytest.approx(0.0, abs=1e-6)

    def test_the_head_is_the_fitted_head_under_one_similarity(
        self, anny: AnnyBody, head: dict[str, float], body: dict[str, float], height: float
    ) -> None:
        fitted = as_head(*shaped(anny, **head))
        figure = compose_figure(anny, fitted, as_body(anny, height, **body))
        to_figure = figure.head_to_figure.astype(np.float64)
        placed = fitted.vertices @ to_figure[:3, :3].T + to_figure[:3, 3]
        groups = anny.topology.vertex_groups
        whole = [neck_blend(anny).head, groups["helper-l-eye"], groups["helper-tongue"]]
        whole += [groups["helper-upper-teeth"], groups["helper-hair"]]
        for ids in whole:
            np.testing.assert_allclose(figure.vertices[ids], placed[ids], atol=2e-6)
        eye = anny.topology.joint_names.index("LeftEye")
        placed_eye = to_figure[:3, :3] @ fitted.joints[eye] + to_figure[:3, 3]
        np.testing.assert_allclose(figure.joints[eye], placed_eye, atol=2e-6)

    def test_the_neck_is_neither_torn_nor_crushed(
        self, anny: AnnyBody, head: dict[str, float], body: dict[str, float], height: float
    ) -> None:
        fitted, own = as_head(*shaped(anny, **head)), as_body(anny, height, **body)
        figure = compose_figure(anny, fitted, own)
        share = neck_blend(anny).vertices
        seam = edges(anny)
        seam = seam[((share > 0.0) & (share < 1.0))[seam].any(axis=1)]

        def lengths(vertices: Float32) -> np.ndarray:
            return np.linalg.norm(vertices[seam[:, 0]] - vertices[seam[:, 1]], axis=1)

        scale = figure.head_to_figure[0, 0]
        expected = np.sqrt(lengths(own.vertices) * scale * lengths(fitted.vertices))
        ratio = lengths(figure.vertices) / expected
        assert ratio.max() < 2.0
        assert ratio.min() > 0.4
        assert np.percentile(ratio, [5, 95]) == pytest.approx([1.0, 1.0], abs=0.5)

    def test_the_head_stays_in_proportion_to_the_body(
        self, anny: AnnyBody, head: dict[str, float], body: dict[str, float], height: float
    ) -> None:
        own = as_body(anny, height, **body)
        figure = compose_figure(anny, as_head(*shaped(anny, **head)), own)
        ids = neck_blend(anny).head

        def size(vertices: Float32) -> float:
            return float(np.sqrt(vertices[ids].astype(np.float64).var(axis=0).sum()))

        assert size(figure.vertices) / size(own.vertices) == pytest.approx(1.0, abs=0.1)


def test_the_blend_is_smooth_over_the_skin(anny: AnnyBody) -> None:
    blend = neck_blend(anny)
    pairs = edges(anny)
    step = np.abs(blend.vertices[pairs[:, 0]] - blend.vertices[pairs[:, 1]])
    assert step.max() < 0.35
    names = anny.topology.joint_names
    assert blend.joints[names.index("HeadTop_End")] == 1.0
    assert blend.joints[names.index("Spine2")] == pytest.approx(0.0, abs=0.02)
    assert 0.1 < blend.joints[names.index("Neck")] < blend.joints[names.index("Head")] <= 1.0


def test_the_suit_follows_the_skin_it_lies_on(anny: AnnyBody) -> None:
    blend = neck_blend(anny)
    suit = blend.vertices[anny.topology.vertex_groups["helper-tights"]]
    assert suit.max() <= 1.0
    assert (suit > 0.0).sum() > 10
