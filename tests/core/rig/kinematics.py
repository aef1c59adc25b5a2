"""What a client does with a skeleton: turn bones, carry the mesh along."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import MeshPart, Skeleton
from tasks.core.rig.frames import rotations_of

Matrix = NDArray[np.float64]


def rest_matrices(skeleton: Skeleton) -> Matrix:
    """(J, 4, 4) bone to world at rest."""
    world = np.tile(np.eye(4), (len(skeleton.names), 1, 1))
    world[:, :3, :3] = rotations_of(skeleton.rotations)
    world[:, :3, 3] = skeleton.positions
    return world


def posed_matrices(skeleton: Skeleton, local: Mapping[str, Matrix]) -> Matrix:
    """(J, 4, 4) bone to world with some bones' local rotation replaced."""
    rest = rest_matrices(skeleton)
    world = rest.copy()
    for bone, (name, above) in enumerate(
        zip(skeleton.names, skeleton.parents.tolist(), strict=True)
    ):
        step = rest[bone] if above < 0 else np.linalg.inv(rest[above]) @ rest[bone]
        step = step.copy()
        if name in local:
            step[:3, :3] = local[name]
        world[bone] = step if above < 0 else world[above] @ step
    return world


def local_rest(skeleton: Skeleton, name: str) -> Matrix:
    """(3, 3) a bone's rotation against its parent at rest."""
    bone = skeleton.names.index(name)
    rest = rotations_of(skeleton.rotations)
    above = int(skeleton.parents[bone])
    return rest[bone] if above < 0 else rest[above].T @ rest[bone]


def skinned(part: MeshPart, skeleton: Skeleton, world: Matrix) -> NDArray[np.float64]:
    """(N, 3) positions of a part under posed bones."""
    move = world @ np.linalg.inv(rest_matrices(skeleton))
    mixed = np.einsum("nk,nkab->nab", part.weights.astype(np.float64), move[part.joints])
    points = np.concatenate([part.positions, np.ones((len(part.positions), 1))], axis=1)
    return np.einsum("nab,nb->na", mixed, points)[:, :3]


def euler_xyz(x: float, y: float, z: float) -> Matrix:
    """(3, 3) three.js' default order: R = Rx Ry Rz."""
    cx, sx, cy, sy, cz, sz = np.cos(x), np.sin(x), np.cos(y), np.sin(y), np.cos(z), np.sin(z)
    rx = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    ry = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    rz = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return rx @ ry @ rz
