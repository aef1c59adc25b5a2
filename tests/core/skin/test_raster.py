"""Rasterising triangles in UV space, against what geometry says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.skin.raster import rasterize

FACE = np.array([[0, 1, 2]], np.int32)


def square(size: int, cells: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The unit square cut into triangles, its inner vertices displaced, winding kept."""
    random = np.random.default_rng(seed)
    grid = np.linspace(0.0, 1.0, cells + 1)
    v, u = np.meshgrid(grid, grid, indexing="ij")
    uv = np.stack([u.reshape(-1), v.reshape(-1)], axis=1)
    inner = ((uv > 0.0) & (uv < 1.0)).all(axis=1)
    uv[inner] += random.uniform(-0.2, 0.2, (int(inner.sum()), 2)) / cells
    first = (np.arange(cells)[:, None] * (cells + 1) + np.arange(cells)).reshape(-1)
    a, b, c, d = first, first + 1, first + cells + 1, first + cells + 2
    faces = np.concatenate([np.stack([a, c, d], 1), np.stack([a, d, b], 1)])
    return uv, faces.astype(np.int32)


def test_right_triangle_covers_the_texels_whose_centres_it_holds() -> None:
    # The hypotenuse u + v = 1 passes through the centres where x + y = 7.
    raster = rasterize(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), FACE, 8)
    y, x = np.mgrid[0:8, 0:8]
    expected = np.flatnonzero((x + y <= 7).reshape(-1))
    np.testing.assert_array_equal(raster.texels, expected)
    assert (raster.triangles == 0).all()


def test_barycentric_weights_are_those_of_the_texels_centre() -> None:
    raster = rasterize(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), FACE, 16)
    u = (raster.texels % 16 + 0.5) / 16
    v = (raster.texels // 16 + 0.5) / 16
    np.testing.assert_allclose(raster.barycentric, np.stack([1 - u - v, u, v], 1), atol=1e-6)


@pytest.mark.parametrize("reverse", [False, True])
def test_winding_does_not_matter(reverse: bool) -> None:
    faces = FACE[:, ::-1] if reverse else FACE
    uv = np.array([[0.1, 0.2], [0.9, 0.3], [0.4, 0.8]])
    area = 0.5 * abs(0.8 * 0.6 - 0.1 * 0.3)
    assert len(rasterize(uv, faces, 256).texels) / 256**2 == pytest.approx(area, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), cells=st.integers(1, 7), size=st.sampled_from([16, 37, 64]))
def test_a_tiling_covers_every_texel_once(seed: int, cells: int, size: int) -> None:
    uv, faces = square(size, cells, seed)
    raster = rasterize(uv, faces, size)
    np.testing.assert_array_equal(raster.texels, np.arange(size * size))
    np.testing.assert_allclose(raster.barycentric.sum(axis=1), 1.0, atol=1e-5)
    assert raster.barycentric.min() > -1e-4


def test_the_first_of_two_triangles_owns_their_shared_edge() -> None:
    # The diagonal of the square passes through the centres where x = y.
    uv = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    for faces in ([[0, 1, 2], [0, 2, 3]], [[0, 2, 3], [0, 1, 2]]):
        raster = rasterize(uv, np.array(faces, np.int32), 8)
        assert len(np.unique(raster.texels)) == len(raster.texels) == 64
        assert (raster.triangles[raster.texels % 9 == 0] == 0).all()


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    slope=st.tuples(*[st.floats(-5, 5)] * 2),
    level=st.floats(-5, 5),
)
def test_interpolation_reproduces_linear_functions(
    seed: int, slope: tuple[float, float], level: float
) -> None:
    uv, faces = square(32, 5, seed)
    raster = rasterize(uv, faces, 32)
    values = uv @ np.array(slope) + level
    centre = np.stack([raster.texels % 32, raster.texels // 32], axis=1) / 32 + 0.5 / 32
    got = raster.interpolate(np.stack([values, -values], axis=1), faces)
    assert got.dtype == np.float32
    np.testing.assert_allclose(got[:, 0], centre @ np.array(slope) + level, atol=2e-5)
    np.testing.assert_array_equal(got[:, 1], -got[:, 0])


def test_uncovered_texels_take_the_nearest_covered_one() -> None:
    uv = np.array([[0.3, 0.3], [0.6, 0.35], [0.4, 0.7]])
    raster = rasterize(uv, FACE, 48)
    own = np.stack([raster.texels // 48, raster.texels % 48], axis=1)
    every = np.stack(np.mgrid[0:48, 0:48], axis=-1).reshape(-1, 2)
    distance = np.linalg.norm(every[:, None] - own, axis=2)
    chosen = np.take_along_axis(distance, raster.nearest.reshape(-1, 1), axis=1)[:, 0]
    # OpenCV's 3 x 3 distance is within 5 % of the Euclidean one.
    assert (chosen <= 1.06 * distance.min(axis=1)).all()
    np.testing.assert_array_equal(
        raster.nearest.reshape(-1)[raster.texels], np.arange(len(raster.texels))
    )


def test_image_puts_values_where_they_belong() -> None:
    raster = rasterize(np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), FACE, 4)
    image = raster.image(np.arange(len(raster.texels), dtype=np.float32), fill=-1.0)
    assert image.shape == (4, 4)
    np.testing.assert_array_equal(image[0], [0, 1, 2, 3])
    np.testing.assert_array_equal(image[3], [9, -1, -1, -1])


def test_some_rows_behave_as_the_whole() -> None:
    uv, faces = square(24, 3, 7)
    raster = rasterize(uv, faces, 24)
    rows = np.array([5, 17, 300])
    some = raster.at(rows)
    np.testing.assert_array_equal(some.texels, raster.texels[rows])
    np.testing.assert_array_equal(some.interpolate(uv, faces), raster.interpolate(uv, faces)[rows])


@pytest.mark.parametrize("step", [1, 2, 4])
def test_thinning_keeps_the_middle_texels_as_they_are(step: int) -> None:
    uv, faces = square(24, 3, 7)
    raster = rasterize(uv, faces, 24)
    small = raster.thinned(step)
    assert small.size == 24 // step
    whole = raster.image(raster.interpolate(uv, faces), fill=-1.0)
    part = small.image(small.interpolate(uv, faces), fill=-1.0)
    np.testing.assert_array_equal(part, whole[step // 2 :: step, step // 2 :: step])


def test_degenerate_and_outside_triangles_cover_nothing() -> None:
    line = np.array([[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]])
    outside = np.array([[1.2, 0.1], [1.8, 0.1], [1.5, 0.9]])
    assert len(rasterize(line, FACE, 32).texels) == 0
    assert len(rasterize(outside, FACE, 32).texels) == 0
