"""Let built geometry ride on a few of the model's vertices, in shape and in expression."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel, Sparse
from tasks.core.entities import Figure, Float32, Int32, Morph


def ride(cage: NDArray[np.floating], points: NDArray[np.floating]) -> NDArray[np.float64]:
    """Weights that carry points along with a cage by its best affine map.

    A handful of hidden helper vertices says where an eye or a jaw is, how large and how tilted;
    finer geometry is built once around them and moved by the least-squares affine map of the
    cage. Being linear, the same weights carry positions and blendshape offsets.

    Args:
        cage: (K, 3) cage vertices of the reference shape, not all in one plane.
        points: (N, 3) geometry built around that cage.

    Returns:
        (N, K) float64; rows sum to one, and `weights @ cage == points`.
    """
    homogeneous = np.column_stack([np.asarray(cage, np.float64), np.ones(len(cage))])
    targets = np.column_stack([np.asarray(points, np.float64), np.ones(len(points))])
    # Centred and scaled, the 4 × 4 normal equations of centimetre-sized cages stay well posed.
    centre = homogeneous[:, :3].mean(axis=0)
    scale = max(float(np.abs(homogeneous[:, :3] - centre).max()), np.finfo(np.float64).tiny)
    homogeneous[:, :3] = (homogeneous[:, :3] - centre) / scale
    targets[:, :3] = (targets[:, :3] - centre) / scale
    return targets @ np.linalg.pinv(homogeneous)


def riding_morphs(
    model: BodyModel, figure: Figure, cage_ids: Int32, weights: NDArray[np.float64]
) -> tuple[Morph, ...]:
    """The model's expressions on riding geometry: one morph each, empty where the cage is still.

    Args:
        figure: its `head_to_figure` scales and turns the offsets, which are stored unscaled.
        cage_ids: (K,) model vertices of the cage. weights: (N, K) from `ride`.
    """
    linear = figure.head_to_figure[:3, :3].astype(np.float64)
    everything = np.arange(len(weights), dtype=np.int32)
    morphs = []
    for name, sparse in zip(model.expression_names, model.expressions, strict=True):
        offsets = cage_offsets(sparse, cage_ids)
        if offsets.any():
            moved = (weights @ offsets @ linear.T).astype(np.float32)
            morphs.append(Morph(name=name, indices=everything, offsets=moved))
        else:
            morphs.append(still_morph(name))
    return tuple(morphs)


def cage_offsets(sparse: Sparse, cage_ids: Int32) -> NDArray[np.float64]:
    """(K, 3) metres: one expression's offsets at the cage's vertices, zero where it has none."""
    offsets = np.zeros((len(cage_ids), 3))
    place = np.searchsorted(sparse.indices, cage_ids)
    inside = place < len(sparse.indices)
    found = np.flatnonzero(inside)
    found = found[sparse.indices[place[found]] == cage_ids[found]]
    offsets[found] = sparse.offsets[place[found]]
    return offsets


def still_morph(name: str) -> Morph:
    """A morph that moves nothing: kept so that every part of the head carries the same names."""
    return Morph(name=name, indices=np.zeros(0, np.int32), offsets=np.zeros((0, 3), np.float32))


def rigid_weights(joint: int, count: int) -> tuple[NDArray[np.uint16], Float32]:
    """(N, 4) joints and weights of vertices that follow one joint alone."""
    joints = np.zeros((count, 4), np.uint16)
    joints[:, 0] = joint
    weights = np.zeros((count, 4), np.float32)
    weights[:, 0] = 1.0
    return joints, weights
