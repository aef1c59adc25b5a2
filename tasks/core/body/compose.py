"""Join the fitted head to the fitted body: one similarity, one smooth blend down the neck."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, diags
from scipy.sparse.linalg import spsolve
from scipy.spatial import cKDTree

from tasks.core.body.model import BodyModel, Topology, require_joints
from tasks.core.body.stance import stature
from tasks.core.entities import BodyFit, Figure, HeadFit

# A vertex held by the Head joint with more than this is all head; one held by Head and Neck
# together with less than that is all body. Between the two lies the blend.
_HEAD_HELD = 0.95
_BODY_HELD = 0.02

# One picture of a face says little of its size in metres, the whole body says more: the head's
# size follows the body's own head, but for this share (of the logarithm) of the difference.
_HEAD_FIT_SHARE = 0.25
# The most by which the head may differ in size from the body's own: adults' head heights vary
# with a standard deviation of about 5 % about what their stature predicts (ANSUR II, 2012).
_HEAD_SIZE_RANGE = 1.06

# A joint inside the neck moves as the mean of this many skin vertices nearest to it.
_RING = 24


def compose_figure(model: BodyModel, head: HeadFit, body: BodyFit) -> Figure:
    """One figure of the fitted head on the fitted body.

    Both fits rest facing +Z, so the head keeps its direction; it is scaled to the body, laid
    where the two necks agree best, and blended into it down the neck.

    Args:
        model: the body model that both were fitted with.
        head: its vertices and joints; only the head counts.
        body: vertices and joints at the true height.

    Returns:
        Rest pose, soles at Y = 0, the standing stature (`stature`) equal to `body.height_m`.

    Raises:
        Rejected: `body_model.lacks`, the model has no Head and Neck joints.
    """
    blend = neck_blend(model)
    own = np.asarray(head.vertices, np.float64)
    base = np.asarray(body.vertices, np.float64)
    scale = _head_scale(own[blend.head], base[blend.head])
    seam = blend.vertices * (1.0 - blend.vertices)
    shift = (seam @ (base - scale * own)) / seam.sum()

    def mixed(
        ours: NDArray[np.float64], theirs: NDArray[np.float64], share: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        return theirs + share[:, None] * (scale * ours + shift - theirs)

    vertices = mixed(own, base, blend.vertices)
    joints = mixed(head.joints.astype(np.float64), body.joints.astype(np.float64), blend.joints)
    skin = model.topology.vertex_groups["body"]
    grow = body.height_m / stature(model, vertices, joints)
    lift = np.array([0.0, -grow * vertices[skin, 1].min(), 0.0])
    to_figure = np.eye(4)
    to_figure[:3, :3] *= grow * scale
    to_figure[:3, 3] = grow * shift + lift
    return Figure(
        vertices=(grow * vertices + lift).astype(np.float32),
        joints=(grow * joints + lift).astype(np.float32),
        head_to_figure=to_figure.astype(np.float32),
    )


@dataclass(frozen=True)
class NeckBlend:
    """How much of the head each point takes: 1 on the head, 0 on the body, smooth between.

    vertices: (V,) and joints: (J,) float64; head: (n,) skin vertices that are all head.
    """

    vertices: NDArray[np.float64]
    joints: NDArray[np.float64]
    head: NDArray[np.int64]


def neck_blend(model: BodyModel) -> NeckBlend:
    """The blend's weights; they depend on the model alone.

    On the skin of the neck the weight solves Laplace's equation over the mesh, 1 at the skull and
    0 at the shoulders, eased at both ends. Other geometry (suit, teeth, eyes) takes the weight of
    the nearest skin; hair belongs to the head.

    Raises:
        Rejected: `body_model.lacks`.
    """
    require_joints(model, "Head", "Neck")
    topology = model.topology
    names = topology.joint_names
    of_head = _descendants(topology.joint_parents, names.index("Head"))
    of_neck = _descendants(topology.joint_parents, names.index("Neck"))
    held_by_head = _held(topology, of_head)
    held_by_neck = _held(topology, of_neck)
    skin = np.asarray(topology.vertex_groups["body"], np.int64)
    head = skin[held_by_head[skin] > _HEAD_HELD]
    share = np.zeros(len(held_by_head))
    share[head] = 1.0
    free = skin[(held_by_head[skin] <= _HEAD_HELD) & (held_by_neck[skin] >= _BODY_HELD)]
    share[free] = _harmonic(topology.faces_of("body"), share, free)
    share = share * share * (3.0 - 2.0 * share)

    template, joints = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    tree = cKDTree(template[skin])
    others = np.setdiff1d(np.arange(len(share)), skin)
    share[others] = share[skin[tree.query(template[others])[1]]]
    if "helper-hair" in topology.vertex_groups:
        share[topology.vertex_groups["helper-hair"]] = 1.0
    ring = skin[tree.query(joints, k=min(_RING, len(skin)))[1]]
    of_joints = share[ring].reshape(len(joints), -1).mean(axis=1)
    of_joints[of_head & (np.arange(len(names)) != names.index("Head"))] = 1.0
    return NeckBlend(share, of_joints, head)


def _head_scale(own: NDArray[np.float64], base: NDArray[np.float64]) -> float:
    def size(points: NDArray[np.float64]) -> float:
        return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))

    match = size(base) / size(own)
    larger = match**-_HEAD_FIT_SHARE
    return match * float(np.clip(larger, 1.0 / _HEAD_SIZE_RANGE, _HEAD_SIZE_RANGE))


def _descendants(parents: NDArray[np.integer], root: int) -> NDArray[np.bool_]:
    """(J,) the joint itself and all below it."""
    below = np.zeros(len(parents), bool)
    below[root] = True
    for joint, parent in enumerate(parents.tolist()):
        below[joint] |= parent >= 0 and below[parent]
    return below


def _held(topology: Topology, joints: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(V,) the summed skinning weight of the chosen joints."""
    chosen = joints[topology.skin_indices]
    return np.where(chosen, topology.skin_weights, 0.0).sum(axis=1, dtype=np.float64)


def _harmonic(
    faces: NDArray[np.integer], values: NDArray[np.float64], free: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Values at the free vertices, each the mean of its neighbours; the others are given."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    rows = np.concatenate([edges[:, 0], edges[:, 1]])
    columns = np.concatenate([edges[:, 1], edges[:, 0]])
    size = len(values)
    links = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(size, size)).tocsr()
    links.data[:] = 1.0
    links = links[free]
    laplacian = diags(np.asarray(links.sum(axis=1)).ravel()) - links[:, free]
    known = values.copy()
    known[free] = 0.0
    return np.clip(spsolve(laplacian.tocsc(), links @ known), 0.0, 1.0)
