"""Cut a drawable part out of the body model: vertices split at UV seams, weights, morphs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Figure, Float32, Int32, Material, MeshPart, Morph, Notice, Texture

# glTF's JOINTS_0 / WEIGHTS_0 carry four influences (glTF 2.0, 3.7.3.3).
INFLUENCES = 4


@dataclass(frozen=True)
class Layer(Digested):
    """Some parts of the avatar with what they are drawn with: eyes, hair, a garment."""

    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    textures: dict[str, Texture]
    notices: tuple[Notice, ...] = ()


def cut_part(
    model: BodyModel,
    figure: Figure,
    *,
    name: str,
    material: str,
    faces: Int32,
    uv: Float32,
    uv_faces: Int32,
    vertices: Float32 | None = None,
    shading_faces: Int32 | None = None,
    with_expressions: bool = False,
) -> MeshPart:
    """A part from some of the model's faces.

    Args:
        model: gives skinning weights and expressions.
        figure: the person, rest pose.
        faces: (F, 3) int32 model vertex indices, counter-clockwise.
        uv: (T, 2) float32, v down. uv_faces: (F, 3) int32 into `uv`, parallel to `faces`.
        vertices: (V, 3) float32 positions to use in place of the figure's (an inflated garment).
        shading_faces: (G, 3) the faces whose normals are averaged, where `faces` is a cutting of
            a larger surface whose border should not be shaded as an edge.
        with_expressions: carry the ARKit blendshapes that move these vertices; empty ones are
            kept too, so that all such parts have the same 52.

    Returns:
        The part; a model vertex on a UV seam appears once per UV.
    """
    points = figure.vertices if vertices is None else vertices
    corners = np.stack([faces.reshape(-1), uv_faces.reshape(-1)], axis=1)
    unique, inverse = np.unique(corners, axis=0, return_inverse=True)
    origin = unique[:, 0]
    joints, weights = top_influences(model.topology.skin_indices, model.topology.skin_weights)
    return MeshPart(
        name=name,
        material=material,
        positions=np.ascontiguousarray(points[origin], np.float32),
        normals=vertex_normals(points, faces if shading_faces is None else shading_faces)[origin],
        uv=np.ascontiguousarray(uv[unique[:, 1]], np.float32),
        faces=inverse.reshape(-1, 3).astype(np.int32),
        joints=joints[origin],
        weights=weights[origin],
        morphs=expression_morphs(model, figure, origin) if with_expressions else (),
    )


def expression_morphs(
    model: BodyModel, figure: Figure, origin: NDArray[np.integer]
) -> tuple[Morph, ...]:
    """The model's expressions on a part.

    Args:
        figure: its `head_to_figure` scales and turns the offsets, which are stored unscaled.
        origin: (N,) the model vertex behind each vertex of the part.

    Returns:
        One morph per expression, in the model's order.
    """
    linear = figure.head_to_figure[:3, :3].astype(np.float32)
    moved_at = np.full(len(figure.vertices), -1, np.int64)
    morphs = []
    for name, sparse in zip(model.expression_names, model.expressions, strict=True):
        moved_at[sparse.indices] = np.arange(len(sparse.indices))
        source = moved_at[origin]
        moved_at[sparse.indices] = -1
        indices = np.flatnonzero(source >= 0).astype(np.int32)
        offsets = (sparse.offsets[source[indices]] @ linear.T).astype(np.float32)
        morphs.append(Morph(name=name, indices=indices, offsets=offsets))
    return tuple(morphs)


def vertex_normals(points: NDArray[np.floating], faces: NDArray[np.integer]) -> Float32:
    """Area-weighted vertex normals.

    Args:
        points: (V, 3). faces: (F, 3), counter-clockwise.

    Returns:
        (V, 3) float32 unit normals; +Y for a vertex no face uses.
    """
    corner = np.asarray(points, np.float64)[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    total = np.zeros((len(points), 3))
    for axis in range(3):
        total[:, axis] = np.bincount(
            faces.reshape(-1), np.repeat(normal[:, axis], 3), minlength=len(points)
        )
    length = np.linalg.norm(total, axis=1)
    unused = length <= np.finfo(np.float64).tiny
    total[unused] = (0.0, 1.0, 0.0)
    length[unused] = 1.0
    return (total / length[:, None]).astype(np.float32)


def top_influences(
    indices: NDArray[np.integer], weights: NDArray[np.floating]
) -> tuple[NDArray[np.uint16], Float32]:
    """Keep the four largest influences of each vertex and let them sum to one again.

    Args:
        indices: (V, K) joints; weights: (V, K) sorted by falling weight.

    Returns:
        (V, 4) uint16 joints (0 where the weight is 0) and (V, 4) float32 weights.
    """
    padding = max(0, INFLUENCES - indices.shape[1])
    joints = np.pad(indices[:, :INFLUENCES], ((0, 0), (0, padding))).astype(np.uint16)
    kept = np.pad(np.asarray(weights[:, :INFLUENCES], np.float64), ((0, 0), (0, padding)))
    kept /= kept.sum(axis=1, keepdims=True)
    joints[kept == 0.0] = 0
    return joints, kept.astype(np.float32)
