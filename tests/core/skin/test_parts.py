"""Cutting parts out of the body model."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Figure, MeshPart
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.parts import (
    INFLUENCES,
    cut_part,
    expression_morphs,
    top_influences,
    vertex_normals,
)
from tests.core.skin.figures import assert_sound, figure_of, moved


@pytest.fixture(scope="module")
def figure(anny: AnnyBody) -> Figure:
    return figure_of(anny)


@pytest.fixture(scope="module")
def part(anny: AnnyBody, atlas: SkinAtlas, figure: Figure) -> MeshPart:
    layout = atlas.layout
    return cut_part(
        anny,
        figure,
        name="skin",
        material="painted",
        faces=layout.faces,
        uv=layout.uv,
        uv_faces=layout.uv_faces,
        with_expressions=True,
    )


def turned(figure: Figure, scale: float) -> Figure:
    """The head taken to the figure by a quarter turn about Y and a scale."""
    matrix = np.eye(4, dtype=np.float32)
    matrix[:3, :3] = scale * np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]], np.float32)
    return Figure(vertices=figure.vertices, joints=figure.joints, head_to_figure=matrix)


def test_it_is_sound(anny: AnnyBody, part: MeshPart) -> None:
    assert part.name == "skin"
    assert part.material == "painted"
    assert_sound(part, len(anny.topology.joint_names))


def test_every_corner_keeps_its_place_and_uv(
    atlas: SkinAtlas, figure: Figure, part: MeshPart
) -> None:
    layout = atlas.layout
    np.testing.assert_array_equal(part.positions[part.faces], figure.vertices[layout.faces])
    np.testing.assert_array_equal(part.uv[part.faces], layout.uv[layout.uv_faces])


def test_a_vertex_splits_at_seams_and_nowhere_else(atlas: SkinAtlas, part: MeshPart) -> None:
    layout = atlas.layout
    corners = np.stack([layout.faces.reshape(-1), layout.uv_faces.reshape(-1)], axis=1)
    assert len(part.positions) == len(np.unique(corners, axis=0))
    assert len(part.positions) > len(np.unique(layout.faces))


def test_seams_do_not_show_in_the_shading(atlas: SkinAtlas, part: MeshPart) -> None:
    origin = np.zeros(len(part.positions), np.int64)
    origin[part.faces.reshape(-1)] = atlas.layout.faces.reshape(-1)
    order = np.argsort(origin, kind="stable")
    same = np.diff(origin[order]) == 0
    assert same.any()
    normals = part.normals[order]
    np.testing.assert_array_equal(normals[1:][same], normals[:-1][same])


def test_other_positions_can_be_given(anny: AnnyBody, atlas: SkinAtlas, figure: Figure) -> None:
    layout = atlas.layout
    few = slice(0, 50)
    inflated = figure.vertices + np.float32(0.01)
    part = cut_part(
        anny,
        figure,
        name="a",
        material="b",
        faces=layout.faces[few],
        uv=layout.uv,
        uv_faces=layout.uv_faces[few],
        vertices=inflated,
    )
    np.testing.assert_array_equal(part.positions[part.faces], inflated[layout.faces[few]])
    assert part.morphs == ()


def test_a_cutting_can_be_shaded_as_the_whole(
    anny: AnnyBody, atlas: SkinAtlas, figure: Figure
) -> None:
    layout = atlas.layout
    few = slice(0, 200)
    cut = {
        "name": "a",
        "material": "b",
        "faces": layout.faces[few],
        "uv": layout.uv,
        "uv_faces": layout.uv_faces[few],
    }
    whole = cut_part(anny, figure, shading_faces=layout.faces, **cut)  # type: ignore[arg-type]
    alone = cut_part(anny, figure, **cut)  # type: ignore[arg-type]
    expected = vertex_normals(figure.vertices, layout.faces)
    np.testing.assert_array_equal(whole.normals[whole.faces], expected[layout.faces[few]])
    assert np.abs(whole.normals - alone.normals).max() > 0.01


def test_all_expressions_in_the_models_order(anny: AnnyBody, part: MeshPart) -> None:
    assert tuple(morph.name for morph in part.morphs) == anny.expression_names
    assert len(part.morphs) == 52


def test_expressions_move_what_the_model_moves(
    anny: AnnyBody, atlas: SkinAtlas, part: MeshPart
) -> None:
    sparse = anny.expressions[anny.expression_names.index("jawOpen")]
    full = np.zeros_like(anny.template)
    full[sparse.indices] = sparse.offsets
    np.testing.assert_allclose(
        moved(part, "jawOpen")[part.faces], full[atlas.layout.faces], atol=1e-7
    )


@pytest.mark.parametrize("scale", [0.5, 1.3])
def test_expressions_turn_and_scale_with_the_head(
    anny: AnnyBody, figure: Figure, scale: float
) -> None:
    origin = np.arange(len(figure.vertices))
    plain = expression_morphs(anny, figure, origin)
    other = expression_morphs(anny, turned(figure, scale), origin)
    for before, after in zip(plain, other, strict=True):
        np.testing.assert_array_equal(before.indices, after.indices)
        x, y, z = scale * before.offsets.T
        np.testing.assert_allclose(after.offsets, np.stack([z, y, -x], axis=1), atol=1e-7)


def test_a_part_that_no_expression_moves_has_all_of_them_empty(
    anny: AnnyBody, figure: Figure
) -> None:
    still = np.setdiff1d(
        np.arange(len(figure.vertices)),
        np.concatenate([sparse.indices for sparse in anny.expressions]),
    )
    morphs = expression_morphs(anny, figure, still[:10])
    assert len(morphs) == 52
    assert all(len(morph.indices) == 0 for morph in morphs)
    assert all(morph.offsets.shape == (0, 3) for morph in morphs)


def test_normals_of_a_tetrahedron_point_away_from_its_middle() -> None:
    points = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], np.float64)
    faces = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]])
    np.testing.assert_allclose(vertex_normals(points, faces), points / np.sqrt(3), atol=1e-6)


def test_normals_are_weighted_by_area() -> None:
    # Two triangles share an edge along x: one in the ground, three times as large as one upright.
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 0, -3], [0, 1, 0]], np.float64)
    faces = np.array([[0, 1, 2], [0, 1, 3]])
    normal = vertex_normals(points, faces)[0]
    np.testing.assert_allclose(normal, np.array([0, 3, 1]) / np.sqrt(10), atol=1e-6)


def test_a_vertex_without_faces_looks_up() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 0, -1], [5, 5, 5]], np.float64)
    np.testing.assert_array_equal(vertex_normals(points, np.array([[0, 1, 2]]))[3], (0, 1, 0))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(1, 9))
def test_the_four_largest_influences_are_kept_in_proportion(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    weights = -np.sort(-random.uniform(0.01, 1.0, (20, count)), axis=1)
    weights[random.random((20, count)) < 0.3] = 0.0
    weights[:, 0] = 1.0
    weights = -np.sort(-weights, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    indices = np.stack([random.permutation(50)[:count] for _ in range(20)])
    joints, kept = top_influences(indices, weights.astype(np.float32))
    assert joints.dtype == np.uint16
    assert kept.dtype == np.float32
    assert joints.shape == kept.shape == (20, INFLUENCES)
    np.testing.assert_allclose(kept.sum(axis=1), 1.0, atol=1e-6)
    used = min(count, INFLUENCES)
    largest = weights[:, :used]
    np.testing.assert_allclose(
        kept[:, :used], largest / largest.sum(axis=1, keepdims=True), atol=1e-6
    )
    assert not kept[:, used:].any()
    assert not joints[kept == 0.0].any()
    there = kept[:, :used] > 0
    np.testing.assert_array_equal(joints[:, :used][there], indices[:, :used][there])
