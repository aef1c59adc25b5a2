"""Cut a triangle mesh along the zero line of a scalar field, every time the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

# A mesh vertex nearer to the line than this share of its edge is moved onto it: no slivers.
_SNAP = 0.3


@dataclass(frozen=True)
class Cloth:
    """A mesh whose vertices are mixtures of a source mesh's vertices.

    mix: (N, S) sparse, rows non-negative and summing to one. faces: (F, 3) int64.
    """

    mix: sp.csr_matrix
    faces: NDArray[np.int64]

    def of(self, values: NDArray[np.floating]) -> NDArray[np.float64]:
        """Source values (S,) or (S, k) carried to the cloth's vertices."""
        return np.asarray(self.mix @ np.asarray(values, np.float64))


def whole(faces: NDArray[np.integer], count: int) -> Cloth:
    """The source itself: `count` vertices and (F, 3) faces; vertices no face uses are dropped."""
    used, corners = np.unique(faces, return_inverse=True)
    ones = np.ones(len(used))
    mix = sp.csr_matrix((ones, (np.arange(len(used)), used)), shape=(len(used), count))
    return Cloth(mix, corners.reshape(-1, 3).astype(np.int64))


def cut(cloth: Cloth, field: NDArray[np.floating]) -> tuple[Cloth, NDArray[np.bool_]]:
    """Split every face that the line field = 0 crosses.

    Args:
        cloth: the mesh. field: (N,) a value per vertex of the cloth.

    Returns:
        The cloth with vertices on the line, and for each face whether it lies on the
        positive side.
    """
    values = np.asarray(field, np.float64).copy()
    mix = cloth.mix
    edges = _edges(cloth.faces)
    mix, values = _snapped(mix, edges, values)
    low, high = values[edges[:, 0]], values[edges[:, 1]]
    crossed = edges[(low * high) < 0.0]
    share = values[crossed[:, 0]] / (values[crossed[:, 0]] - values[crossed[:, 1]])
    born = sp.diags(1.0 - share) @ mix[crossed[:, 0]] + sp.diags(share) @ mix[crossed[:, 1]]
    first = mix.shape[0]
    on_edge = {(int(a), int(b)): first + k for k, (a, b) in enumerate(crossed)}
    corner = values[cloth.faces]
    across = (corner.min(axis=1) < 0.0) & (corner.max(axis=1) > 0.0)
    pieces = [
        piece
        for triangle in cloth.faces[across]
        for piece in _split(triangle, values[triangle], on_edge)
    ]
    faces = [cloth.faces[~across], np.array([p for p, _ in pieces], np.int64).reshape(-1, 3)]
    positive = [corner[~across].max(axis=1) > 0.0, np.array([s for _, s in pieces], bool)]
    whole_mix = sp.vstack([mix, born]).tocsr()
    return Cloth(whole_mix, np.concatenate(faces)), np.concatenate(positive)


def keep(cloth: Cloth, faces: NDArray[np.bool_]) -> Cloth:
    """The part of the cloth that the chosen faces make."""
    used, corners = np.unique(cloth.faces[faces], return_inverse=True)
    return Cloth(cloth.mix[used], corners.reshape(-1, 3).astype(np.int64))


def border_loops(faces: NDArray[np.integer]) -> list[NDArray[np.int64]]:
    """The mesh's rims, each in the direction of its faces' edges; longest first."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    count = int(faces.max()) + 1
    single = ~np.isin(edges[:, 0] * count + edges[:, 1], edges[:, 1] * count + edges[:, 0])
    onward = {int(a): int(b) for a, b in edges[single]}
    loops = []
    while onward:
        start = min(onward)
        loop = [start]
        while (following := onward.pop(loop[-1])) != start:
            loop.append(following)
        loops.append(np.array(loop, np.int64))
    return sorted(loops, key=len, reverse=True)


def _edges(faces: NDArray[np.integer]) -> NDArray[np.int64]:
    """(E, 2) each edge once, lower index first."""
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    count = int(faces.max()) + 1
    # One number an edge: sorting rows is ten times slower.
    keys = np.unique(edges[:, 0].astype(np.int64) * count + edges[:, 1])
    return np.column_stack([keys // count, keys % count])


def _snapped(
    mix: sp.csr_matrix, edges: NDArray[np.int64], values: NDArray[np.float64]
) -> tuple[sp.csr_matrix, NDArray[np.float64]]:
    """Vertices close to the line slide along an edge onto it."""
    a, b = np.concatenate([edges, edges[:, ::-1]]).T
    crossing = values[a] * values[b] < 0.0
    a, b = a[crossing], b[crossing]
    share = values[a] / (values[a] - values[b])
    order = np.lexsort((b, share, a))
    a, b, share = a[order], b[order], share[order]
    nearest = np.concatenate([[True], a[1:] != a[:-1]]) & (share < _SNAP)
    a, b, share = a[nearest], b[nearest], share[nearest]
    scale = np.ones(len(values))
    scale[a] = 1.0 - share
    pull = sp.csr_matrix((share, (a, b)), shape=(len(values), len(values)))
    moved = values.copy()
    moved[a] = 0.0
    return (sp.diags(scale) @ mix + pull @ mix).tocsr(), moved


def _split(
    triangle: NDArray[np.int64],
    values: NDArray[np.float64],
    on_edge: dict[tuple[int, int], int],
) -> list[tuple[tuple[int, int, int], bool]]:
    """The pieces of a triangle across the line, each with whether it is on the positive side."""
    signs = np.sign(values).astype(int)

    def between(a: int, b: int) -> int:
        return on_edge[(min(a, b), max(a, b))]

    if 0 in signs:
        # One corner lies on the line, the other two on both sides of it.
        k = int(np.flatnonzero(signs == 0)[0])
        p, q, r = (int(triangle[(k + i) % 3]) for i in range(3))
        middle = between(q, r)
        side = bool(signs[(k + 1) % 3] > 0)
        return [((p, q, middle), side), ((p, middle, r), not side)]
    # One corner is alone on its side.
    k = int(np.flatnonzero(signs != np.sign(signs.sum()))[0])
    p, q, r = (int(triangle[(k + i) % 3]) for i in range(3))
    pq, pr = between(p, q), between(p, r)
    side = bool(signs[k] > 0)
    return [((p, pq, pr), side), ((pq, q, r), not side), ((pq, r, pr), not side)]
