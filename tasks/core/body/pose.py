"""Posing: forward kinematics and linear blend skinning.

A pose is one rotation a joint, axis-angle against the rest pose, in the frame of the world at
rest (a glTF skeleton whose rest nodes carry no rotation): zero is the rest pose. Joints turn
about their rest position; children follow their parents.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import Topology
from tasks.core.entities import Float32

# Below this angle (radians) sin(a)/a and (1-cos(a))/a² are taken from their series: the next
# term is under the rounding of a double.
_SMALL_ANGLE = 1e-4


@dataclass(frozen=True)
class Posed:
    """vertices: (n, 3) float32 and joints: (J, 3) float32, metres, posed."""

    vertices: Float32
    joints: Float32


@dataclass(frozen=True)
class JointTransforms:
    """x → rotations[j] @ x + offsets[j] takes rest positions to posed ones, for what hangs on
    joint j. rotations: (J, 3, 3), offsets: (J, 3), float64."""

    rotations: NDArray[np.float64]
    offsets: NDArray[np.float64]

    def apply(self, joints: NDArray[np.floating]) -> NDArray[np.float64]:
        """(J, 3) rest joints → (J, 3) posed joints."""
        return np.einsum("jab,jb->ja", self.rotations, joints) + self.offsets


def rotation_matrices(axis_angle: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3) axis-angle, radians → (..., 3, 3) rotations (Rodrigues)."""
    vector = np.asarray(axis_angle, np.float64)
    squared = (vector**2).sum(axis=-1)
    angle = np.sqrt(squared)
    small = angle < _SMALL_ANGLE
    safe = np.where(small, 1.0, angle)
    first = np.where(small, 1.0 - squared / 6.0, np.sin(safe) / safe)
    # 1 - cos(a) = 2 sin²(a/2), which keeps its digits where a is small.
    second = np.where(small, 0.5 - squared / 24.0, 2.0 * (np.sin(safe / 2.0) / safe) ** 2)
    cross = np.zeros((*vector.shape[:-1], 3, 3))
    x, y, z = vector[..., 0], vector[..., 1], vector[..., 2]
    cross[..., 0, 1], cross[..., 0, 2], cross[..., 1, 2] = -z, y, -x
    cross[..., 1, 0], cross[..., 2, 0], cross[..., 2, 1] = z, -y, x
    return np.eye(3) + first[..., None, None] * cross + second[..., None, None] * (cross @ cross)


def axis_angles(rotations: NDArray[np.floating]) -> NDArray[np.float64]:
    """(..., 3, 3) rotations → (..., 3) axis-angle of at most π, radians.

    By way of the unit quaternion, which is exact near both 0 and π (Shepperd 1978).
    """
    r = np.asarray(rotations, np.float64)
    trace = np.trace(r, axis1=-2, axis2=-1)
    diagonal = np.diagonal(r, axis1=-2, axis2=-1)
    # 4 times the products of the quaternion's parts (w, x, y, z): symmetric, rank one.
    outer = np.empty((*r.shape[:-2], 4, 4))
    outer[..., 0, 0] = 1.0 + trace
    for a in range(3):
        b, c = (a + 1) % 3, (a + 2) % 3
        outer[..., a + 1, a + 1] = 1.0 + 2.0 * diagonal[..., a] - trace
        outer[..., 0, a + 1] = outer[..., a + 1, 0] = r[..., c, b] - r[..., b, c]
        outer[..., b + 1, c + 1] = outer[..., c + 1, b + 1] = r[..., c, b] + r[..., b, c]
    best = np.diagonal(outer, axis1=-2, axis2=-1).argmax(axis=-1)
    quaternion = np.take_along_axis(outer, best[..., None, None], axis=-2)[..., 0, :]
    quaternion = quaternion / np.linalg.norm(quaternion, axis=-1, keepdims=True)
    quaternion = np.where(quaternion[..., :1] < 0.0, -quaternion, quaternion)
    sine = np.linalg.norm(quaternion[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, quaternion[..., :1])
    scale = np.where(sine > 0.0, angle / np.where(sine > 0.0, sine, 1.0), 2.0)
    return scale * quaternion[..., 1:]


def unit(vector: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3,) the direction of a vector that is not zero."""
    given = np.asarray(vector, np.float64)
    return given / np.linalg.norm(given)


def frame_of(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """(3, 3) right-handed: columns along `first`, the part of `second` across it, and the rest."""
    x = unit(first)
    y = unit(second - (second @ x) * x)
    return np.stack([x, y, np.cross(x, y)], axis=1)


def shortest_turn(
    source: NDArray[np.floating], target: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(3, 3) the smallest rotation between two unit directions."""
    axis = np.cross(source, target)
    sine, cosine = float(np.linalg.norm(axis)), float(source @ target)
    if sine > 0.0:
        return rotation_matrices(axis / sine * np.arctan2(sine, cosine))
    if cosine > 0.0:
        return np.eye(3)
    # Opposite: half a turn about any axis across.
    across = np.cross(source, np.eye(3)[np.abs(source).argmin()])
    return rotation_matrices(np.pi * unit(across))


def joint_transforms(
    parents: NDArray[np.integer],
    joints: NDArray[np.floating],
    rotations: NDArray[np.floating],
    translation: NDArray[np.floating] | None = None,
) -> JointTransforms:
    """Forward kinematics.

    Args:
        parents: (J,) index of each joint's parent, -1 for a root; parents come first.
        joints: (J, 3) rest positions, metres.
        rotations: (J, 3) axis-angle against rest, radians, each in its parent's turned frame;
            or (J, 3, 3) rotation matrices.
        translation: (3,) metres, moves the whole; none by default.

    Returns:
        Each joint's rigid transform from rest.

    Raises:
        ValueError: a joint stands before its parent.
    """
    if np.any(np.asarray(parents) >= np.arange(len(parents))):
        raise ValueError("a joint must stand after its parent")
    rest = np.asarray(joints, np.float64)
    local = np.asarray(rotations, np.float64)
    local = local if local.ndim == 3 else rotation_matrices(local)
    turned = np.empty((len(rest), 3, 3))
    offsets = np.empty((len(rest), 3))
    for joint, parent in enumerate(np.asarray(parents).tolist()):
        if parent < 0:
            turned[joint] = local[joint]
            place = rest[joint] + (0.0 if translation is None else translation)
        else:
            turned[joint] = turned[parent] @ local[joint]
            place = turned[parent] @ rest[joint] + offsets[parent]
        offsets[joint] = place - turned[joint] @ rest[joint]
    return JointTransforms(turned, offsets)


def blended_transforms(
    topology: Topology,
    transforms: JointTransforms,
    vertex_ids: NDArray[np.integer] | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Each vertex's own affine map, (n, 3, 3) and (n, 3): its joints' mixed by its weights."""
    indices, weights = topology.skin_indices, topology.skin_weights
    if vertex_ids is not None:
        indices, weights = indices[vertex_ids], weights[vertex_ids]
    rows = np.concatenate([transforms.rotations.reshape(-1, 9), transforms.offsets], axis=1)
    mixed = np.zeros((len(indices), 12))
    for slot in range(indices.shape[1]):
        # Weights fall along a row, so later slots concern few vertices.
        used = np.flatnonzero(weights[:, slot])
        mixed[used] += weights[used, slot, None].astype(np.float64) * rows[indices[used, slot]]
    # float32 weights sum to 1 only to 1e-7; over a metre that would show in a rigid turn.
    mixed /= weights.sum(axis=1, dtype=np.float64)[:, None]
    return mixed[:, :9].reshape(-1, 3, 3), mixed[:, 9:]


def pose_vertices(
    topology: Topology,
    vertices: NDArray[np.floating],
    joints: NDArray[np.floating],
    rotations: NDArray[np.floating],
    translation: NDArray[np.floating] | None = None,
    vertex_ids: NDArray[np.integer] | None = None,
) -> Posed:
    """Linear blend skinning of a person at rest.

    Args:
        topology: of the model that the vertices belong to.
        vertices: (V, 3) rest positions, metres; (n, 3) where `vertex_ids` is given.
        joints: (J, 3) rest positions, metres.
        rotations: (J, 3) axis-angle against rest, radians, or (J, 3, 3) matrices.
        translation: (3,) metres, moves the whole; none by default.
        vertex_ids: (n,) which of the model's vertices `vertices` are; all by default.

    Returns:
        The posed vertices and joints.
    """
    transforms = joint_transforms(topology.joint_parents, joints, rotations, translation)
    matrices, offsets = blended_transforms(topology, transforms, vertex_ids)
    posed = np.einsum("nab,nb->na", matrices, np.asarray(vertices, np.float64)) + offsets
    return Posed(
        vertices=posed.astype(np.float32),
        joints=transforms.apply(np.asarray(joints, np.float64)).astype(np.float32),
    )


def unpose_vertices(
    topology: Topology,
    posed: NDArray[np.floating],
    joints: NDArray[np.floating],
    rotations: NDArray[np.floating],
    translation: NDArray[np.floating] | None = None,
    vertex_ids: NDArray[np.integer] | None = None,
) -> Float32:
    """Back to rest: the inverse of `pose_vertices`, vertex by vertex.

    Args:
        posed: (V, 3) or (n, 3) posed positions, metres; the rest as for `pose_vertices`
            (`joints` are the rest positions).

    Returns:
        (V, 3) or (n, 3) float32 rest positions.
    """
    transforms = joint_transforms(topology.joint_parents, joints, rotations, translation)
    matrices, offsets = blended_transforms(topology, transforms, vertex_ids)
    moved = np.asarray(posed, np.float64) - offsets
    return np.linalg.solve(matrices, moved[..., None])[..., 0].astype(np.float32)
