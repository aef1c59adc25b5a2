"""Which triangle covers each texel, and where in it: the bridge from UV space to the surface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from tasks.core.digest import Digested
from tasks.core.entities import Float32, Int32

# Triangles are filled this many at a time, to bound the memory of their pixel lists.
BATCH = 2048


@dataclass(frozen=True)
class Raster(Digested):
    """Covered texels of a square map.

    size: side in texels. texels: (N,) int32 row-major indices, ascending. triangles: (N,) int32.
    barycentric: (N, 3) float32 weights of the triangle's corners at the texel's centre.
    """

    size: int
    texels: Int32
    triangles: Int32
    barycentric: Float32

    @cached_property
    def nearest(self) -> Int32:
        """(size, size) int32: the row of the covered texel nearest to each texel."""
        bare = np.ones(self.size * self.size, np.uint8)
        bare[self.texels] = 0
        _, label = cv2.distanceTransformWithLabels(
            bare.reshape(self.size, self.size), cv2.DIST_L2, 3, labelType=cv2.DIST_LABEL_PIXEL
        )
        row_of = np.zeros(int(label.max()) + 1, np.int32)
        row_of[label.reshape(-1)[self.texels]] = np.arange(len(self.texels))
        return row_of[label]

    def at(self, rows: NDArray[np.integer]) -> Raster:
        """Some of the covered texels: (M,) rows of `texels`, ascending."""
        return Raster(self.size, self.texels[rows], self.triangles[rows], self.barycentric[rows])

    def thinned(self, step: int) -> Raster:
        """The map at a `step`-th of its size: of each step x step texels the middle one."""
        row, column = np.divmod(self.texels, np.int32(self.size))
        kept = np.flatnonzero((row % step == step // 2) & (column % step == step // 2))
        small = self.size // step
        texels = row[kept] // step * small + column[kept] // step
        return replace(self.at(kept), size=small, texels=texels)

    def interpolate(self, values: NDArray[np.floating], faces: Int32) -> Float32:
        """(V, C) values per vertex, (F, 3) faces → (N, C) float32 per covered texel."""
        count = len(self.triangles)
        matrix = csr_matrix(
            (
                self.barycentric.reshape(-1),
                faces[self.triangles].reshape(-1),
                np.arange(0, 3 * count + 1, 3),
            ),
            shape=(count, len(values)),
        )
        return np.asarray(matrix @ np.asarray(values, np.float32), np.float32)

    def image(self, values: NDArray[np.floating], fill: float = 0.0) -> Float32:
        """(N, C) or (N,) values → (size, size, C) or (size, size) float32, `fill` elsewhere."""
        shape = (self.size * self.size, *values.shape[1:])
        flat = np.full(shape, fill, np.float32)
        flat[self.texels] = values
        return flat.reshape(self.size, self.size, *values.shape[1:])


def rasterize(uv: NDArray[np.floating], uv_faces: Int32, size: int) -> Raster:
    """Find the triangle under the centre of every texel.

    Args:
        uv: (T, 2), v down. uv_faces: (F, 3). size: side of the map in texels.

    Returns:
        The covered texels; where triangles overlap the lowest index wins.
    """
    corner = np.asarray(uv, np.float64)[uv_faces] * size - 0.5
    low = np.maximum(np.ceil(corner.min(axis=1) - 1e-9), 0).astype(np.int64)
    high = np.minimum(np.floor(corner.max(axis=1) + 1e-9), size - 1).astype(np.int64)
    extent = np.maximum(high - low + 1, 0)
    owner = np.full(size * size, -1, np.int32)
    weights = np.zeros((size * size, 2), np.float32)
    for start in range(0, len(uv_faces), BATCH):
        rows = slice(start, start + BATCH)
        counts = extent[rows, 0] * extent[rows, 1]
        triangle = np.repeat(np.arange(start, start + len(counts)), counts)
        offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        width = extent[triangle, 0]
        x = low[triangle, 0] + offset % np.maximum(width, 1)
        y = low[triangle, 1] + offset // np.maximum(width, 1)
        a, b, c = (corner[triangle, k] for k in range(3))
        area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
        area = np.where(np.abs(area) < 1e-12, np.inf, area)
        wb = ((x - a[:, 0]) * (c[:, 1] - a[:, 1]) - (y - a[:, 1]) * (c[:, 0] - a[:, 0])) / area
        wc = ((b[:, 0] - a[:, 0]) * (y - a[:, 1]) - (b[:, 1] - a[:, 1]) * (x - a[:, 0])) / area
        inside = (wb >= -1e-6) & (wc >= -1e-6) & (wb + wc <= 1 + 1e-6) & np.isfinite(area)
        texel = (y * size + x)[inside]
        # Written backwards, so that the first of two triangles on a shared edge stays.
        fresh = owner[texel] < 0
        texel = texel[fresh][::-1]
        owner[texel] = triangle[inside][fresh][::-1]
        weights[texel, 0] = wb[inside][fresh][::-1]
        weights[texel, 1] = wc[inside][fresh][::-1]
    texels = np.flatnonzero(owner >= 0).astype(np.int32)
    pair = weights[texels]
    barycentric = np.concatenate([1.0 - pair.sum(axis=1, keepdims=True), pair], axis=1)
    return Raster(
        size=size,
        texels=texels,
        triangles=owner[texels],
        barycentric=barycentric.astype(np.float32),
    )
