"""Folded edges: a collar, cuff or hem as thick as cloth, closed against what is inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tasks.core.entities import Float32, Int32, Uint16
from tasks.core.garment.cut import Cloth, border_loops


@dataclass(frozen=True)
class Rim:
    """One rim of a piece.

    loop: (n,) cloth vertices in the direction of the faces' edges. skin: (n,) model vertices
    against which the fold closes, or None where it closes against the suit.
    """

    loop: NDArray[np.int64]
    skin: NDArray[np.int64] | None


@dataclass(frozen=True)
class Made:
    """What of a finished part does not depend on the person.

    faces: (F, 3) of points (cloth, then each rim's edge and inner ring). part_faces: (F, 3) of
    part vertices, which are points split at the layout's seams. origin: (M,) the point of each
    part vertex. uv: (M, 2). joints, weights: (M, 4).
    """

    faces: NDArray[np.int64]
    part_faces: Int32
    origin: NDArray[np.int64]
    uv: Float32
    joints: Uint16
    weights: Float32


def rims_of(
    cloth: Cloth,
    vertices: NDArray[np.float64],
    skin: NDArray[np.int64],
    bare: tuple[NDArray[np.float64], float] | None,
    fold_m: float,
) -> tuple[Rim, ...]:
    """Every rim of a piece.

    Args:
        vertices: (V, 3) the default person. skin: model vertices of the bare body.
        bare: a field over the cloth and a bound: rims on whose vertices it is smaller lie on
            bare skin; None where the piece has no such rim.
        fold_m: how deep the fold goes.
    """
    at = cloth.of(vertices)
    tree = cKDTree(vertices[skin])
    rims = []
    for loop in border_loops(cloth.faces):
        ring = at[loop]
        closing = None
        if bare is not None and bare[0][loop].max() < bare[1]:
            axis = np.cross(ring, np.roll(ring, -1, axis=0)).sum(axis=0)
            goal = ring + axis / np.linalg.norm(axis) * fold_m
            closing = skin[tree.query(goal)[1]]
        rims.append(Rim(loop, closing))
    return tuple(rims)


def make(
    cloth: Cloth,
    corner_uv: NDArray[np.float64],
    rims: tuple[Rim, ...],
    joints: Uint16,
    weights: Float32,
) -> Made:
    """Join the cloth and its folds to one mesh and split it at the layout's seams.

    Args:
        corner_uv: (F, 3, 2) of the cloth's faces. joints, weights: (N, 4) of its vertices.
    """
    count = cloth.mix.shape[0]
    edge_uv = _edge_uv(cloth.faces, corner_uv, rims)
    faces, uvs, source = [cloth.faces], [corner_uv], [np.arange(count)]
    first = count
    for rim in rims:
        near = rim.loop
        uv = np.stack([edge_uv[pair] for pair in zip(near, np.roll(near, -1), strict=True)])
        for far in (first + np.arange(len(near)), first + len(near) + np.arange(len(near))):
            faces.append(np.column_stack([near, far, np.roll(far, -1)]))
            faces.append(np.column_stack([near, np.roll(far, -1), np.roll(near, -1)]))
            uvs += [uv[:, [0, 0, 1]], uv[:, [0, 1, 1]]]
            near = far
        source += [rim.loop, rim.loop]
        first += 2 * len(rim.loop)
    whole, corners = np.concatenate(faces), np.concatenate(uvs).reshape(-1, 2)
    keys = np.column_stack([whole.reshape(-1), np.rint(corners * 1e6).astype(np.int64)])
    unique, index, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    origin = unique[:, 0]
    behind = np.concatenate(source)[origin]
    return Made(
        faces=whole,
        part_faces=inverse.reshape(-1, 3).astype(np.int32),
        origin=origin,
        uv=corners[index].astype(np.float32),
        joints=joints[behind],
        weights=weights[behind],
    )


def _edge_uv(
    faces: NDArray[np.int64], corner_uv: NDArray[np.float64], rims: tuple[Rim, ...]
) -> dict[tuple[int, int], NDArray[np.float64]]:
    """(2, 2) texture coordinates of both ends of every rim edge, as its own face has them."""
    count = int(faces.max()) + 1
    wanted = [rim.loop * count + np.roll(rim.loop, -1) for rim in rims]
    found = {}
    for start, end in ((0, 1), (1, 2), (2, 0)):
        key = faces[:, start] * count + faces[:, end]
        for face in np.flatnonzero(np.isin(key, np.concatenate(wanted))):
            found[(int(faces[face, start]), int(faces[face, end]))] = corner_uv[face, [start, end]]
    return found
