"""A photo carried onto the atlas, against a model painted with a known function of position."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.parts import vertex_normals
from tasks.core.skin.project import (
    FACING,
    PhotoLayer,
    camera_position,
    expressed_vertices,
    project_photo,
)
from tests.core.skin.sitters import Sitter, at_size, paint, rest, sit

SIZE = 1024
# Occluders nearer to a texel than this are the surface itself; beyond the second they hide it.
TOUCHING_M, HIDING_M = 0.002, 0.015


def waves(points: Float32) -> np.ndarray:
    """Colours that differ everywhere and between the halves, 5 cm a period."""
    return 128.0 + 60.0 * np.sin(2.0 * np.pi * points / 0.05 + 0.4)


@pytest.fixture(scope="module")
def texture(anny: AnnyBody, atlas: SkinAtlas) -> np.ndarray:
    return paint(anny, atlas, waves)


@pytest.fixture(scope="module", params=[0.0, 0.6], ids=["frontal", "turned"])
def sitter(anny: AnnyBody, atlas: SkinAtlas, texture: np.ndarray, request: object) -> Sitter:
    return sit(anny, atlas, texture, yaw=request.param, size=720)  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def layer(anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter) -> PhotoLayer:
    return project_photo(anny, atlas, sitter.photo, sitter.segments, sitter.head, 0, SIZE)


def whole(layer: PhotoLayer) -> np.ndarray:
    """(SIZE, W, 3) the layer's colour in its box, 0 where it has none."""
    height, width = layer.weight.shape
    box = np.zeros((2 * height, 2 * width, 3), np.float32)
    (row, column), shape = layer.origin, layer.color.shape
    box[row : row + shape[0], column : column + shape[1]] = layer.color
    return box


def test_shapes(layer: PhotoLayer, atlas: SkinAtlas) -> None:
    assert layer.weight.shape == (SIZE // 2, atlas.head_columns(SIZE // 2))
    assert layer.weight.dtype == np.float32
    assert layer.color.dtype == np.uint8
    assert not any(value % 2 for value in (*layer.origin, *layer.color.shape[:2]))
    assert layer.weight.min() >= 0.0
    assert layer.weight.max() <= 1.0


def trusted_error(
    atlas: SkinAtlas, layer: PhotoLayer, texture: np.ndarray, rows: int = 0
) -> np.ndarray:
    """Largest channel's error at the island's trusted texels, the truth moved by some rows."""
    height, width = layer.weight.shape
    truth = np.roll(at_size(texture, 2 * height), rows, axis=0)[:, : 2 * width]
    island = atlas.head.image(np.ones(len(atlas.head.texels)))[:, : 2 * width] > 0
    trusted = island & (cv2.resize(layer.weight, (2 * width, 2 * height)) > 0.5)
    assert trusted.mean() > 0.1
    return np.abs(whole(layer) - truth).max(axis=2)[trusted]


def test_colours_come_back_where_they_were_seen(
    atlas: SkinAtlas, layer: PhotoLayer, texture: np.ndarray
) -> None:
    error = trusted_error(atlas, layer, texture)
    assert error.mean() < 2.0
    assert np.percentile(error, 99) < 15.0
    # So that the bounds above say something: two texels off are noticed.
    assert trusted_error(atlas, layer, texture, 2).mean() > 2.0 * error.mean()


def test_all_that_has_weight_has_colour(layer: PhotoLayer) -> None:
    (row, column), shape = layer.origin, layer.color.shape
    inside = np.zeros(layer.weight.shape, bool)
    inside[row // 2 : (row + shape[0]) // 2, column // 2 : (column + shape[1]) // 2] = True
    assert not layer.weight[~inside].any()


def sample(atlas: SkinAtlas, sitter: Sitter, count: int) -> tuple[np.ndarray, ...]:
    """Texels of the head at random: row and column in the weight, point, cosine to the camera."""
    surface = atlas.head
    rows = np.random.default_rng(3).choice(len(surface.texels), count, replace=False)
    some = surface.at(rows)
    vertices, faces = sitter.head.vertices, atlas.layout.faces
    points = some.interpolate(vertices, faces).astype(np.float64)
    normals = some.interpolate(vertex_normals(vertices, faces), faces).astype(np.float64)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    towards = camera_position(sitter.camera) - points
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    row, column = np.divmod(some.texels, surface.size)
    scale = 2 * surface.size // SIZE
    return row // scale, column // scale, points, (normals * towards).sum(axis=1)


def nearest_hits(points: np.ndarray, eye: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Metres from each point back towards the eye to the farthest triangle before it (Möller and
    Trumbore, "Fast, minimum storage ray/triangle intersection", 1997); 0 where there is none."""
    a, edge_b, edge_c = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    found = np.zeros(len(points))
    for index, point in enumerate(points):
        way = eye - point
        length = np.linalg.norm(way)
        way = way / length
        cross = np.cross(way, edge_c)
        scale = (edge_b * cross).sum(axis=1)
        inverse = 1.0 / np.where(np.abs(scale) < 1e-14, np.inf, scale)
        offset = point - a
        u = (offset * cross).sum(axis=1) * inverse
        other = np.cross(offset, edge_b)
        v = (other @ way) * inverse
        distance = (edge_c * other).sum(axis=1) * inverse
        hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (distance > TOUCHING_M)
        found[index] = distance[hit].max(initial=0.0)
    return found


def test_what_looks_away_has_no_weight(atlas: SkinAtlas, sitter: Sitter, layer: PhotoLayer) -> None:
    row, column, _, cosine = sample(atlas, sitter, 20_000)
    away = cosine < 0.0
    assert away.mean() > 0.3
    # Nothing but what interpolation carries over from the next texel.
    assert layer.weight[row[away], column[away]].max() < 0.02


def test_what_is_hidden_has_no_weight_and_what_is_open_has(
    anny: AnnyBody, atlas: SkinAtlas, texture: np.ndarray
) -> None:
    # From the side the nose and the brow hide some of the far cheek and eye.
    aside = sit(anny, atlas, texture, yaw=1.0, size=480)
    layer = project_photo(anny, atlas, aside.photo, aside.segments, aside.head, 0, SIZE)
    row, column, points, cosine = sample(atlas, aside, 8000)
    front = np.flatnonzero(cosine > 0.35)[:1500]
    head = atlas.layout.island == atlas.layout.islands.index("head")
    corners = aside.head.vertices[atlas.layout.faces[head]].astype(np.float64)
    depth = nearest_hits(points[front], camera_position(aside.camera), corners)
    weight = layer.weight[row[front], column[front]]
    hidden, clear = depth > HIDING_M, (depth == 0.0) & (cosine[front] > FACING + 0.1)
    assert hidden.sum() > 30
    assert (weight[hidden] < 0.05).mean() > 0.9
    # Eyes, the seam of the lips and the rim of the silhouette are left out on purpose.
    assert clear.sum() > 500
    assert (weight[clear] > 0.9).mean() > 0.9


def test_hair_and_background_have_no_weight(
    anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter
) -> None:
    left = sitter.segments.skin.copy()
    left[:, : left.shape[1] // 2] = 0.0
    half = replace(sitter.segments, skin=left)
    layer = project_photo(anny, atlas, sitter.photo, half, sitter.head, 0, SIZE)
    full = project_photo(anny, atlas, sitter.photo, sitter.segments, sitter.head, 0, SIZE)
    row, column, points, _ = sample(atlas, sitter, 5000)
    x = sitter.camera.project(points)[:, 0]
    beyond = x < left.shape[1] / 2 - 0.1 * sitter.segments.face_height
    assert not layer.weight[row[beyond], column[beyond]].any()
    own = x > left.shape[1] / 2 + 0.1 * sitter.segments.face_height
    kept, all_of_it = layer.weight[row[own], column[own]], full.weight[row[own], column[own]]
    np.testing.assert_allclose(kept, all_of_it, atol=0.02)


def test_a_photo_without_skin_gives_no_weight(
    anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter
) -> None:
    none = replace(sitter.segments, skin=np.zeros_like(sitter.segments.skin))
    layer = project_photo(anny, atlas, sitter.photo, none, sitter.head, 0, SIZE)
    assert not layer.weight.any()
    assert layer.color.shape[:2] == (SIZE, atlas.head_columns(SIZE))


def test_the_expression_of_the_photo_is_taken(anny: AnnyBody, sitter: Sitter) -> None:
    index = anny.expression_names.index("jawOpen")
    weights = np.zeros_like(sitter.head.expressions)
    weights[0, index] = 0.5
    head = replace(sitter.head, expressions=weights)
    sparse = anny.expressions[index]
    expected = rest(anny)[0].copy()
    expected[sparse.indices] += 0.5 * sparse.offsets
    np.testing.assert_allclose(expressed_vertices(anny, head, 0), expected, atol=1e-7)
    np.testing.assert_array_equal(head.vertices, rest(anny)[0])


def test_the_camera_stands_where_its_matrix_says(sitter: Sitter) -> None:
    place = camera_position(sitter.camera)
    local = sitter.camera.rotation @ place + sitter.camera.translation
    np.testing.assert_allclose(local, 0.0, atol=1e-6)
