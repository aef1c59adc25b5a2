"""Rig: from the figure at rest to an avatar in a standard stance on the standard skeleton."""

from __future__ import annotations

from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel, Topology
from tasks.core.body.pose import JointTransforms, joint_transforms, pose_vertices
from tasks.core.body.stance import Stance, stance
from tasks.core.entities import (
    Figure,
    MeshPart,
    Morph,
    Notice,
    RiggedAvatar,
    Skeleton,
    Skin,
)
from tasks.core.errors import Rejected
from tasks.core.rig.frames import quaternions, t_pose_frames
from tasks.core.rig.morphs import empty_morph, pruned
from tasks.core.rig.names import ARKIT, BONE_NAMES, BONES
from tasks.core.rig.skeleton import BoneSource, bone_source
from tasks.core.rig.visemes import viseme_morphs
from tasks.core.rig.weights import quantised_influences

# The body's own skin: what stands on the ground. Hair and clothes do not count.
BODY_GROUP = "body"


def rig_avatar(model: BodyModel, figure: Figure, skin: Skin, *, pose: str = "A") -> RiggedAvatar:
    """Stand the person up, hang every part on the skeleton, add the visemes.

    Bones keep the axes of Ready Player Me's skeleton in either stance (`frames`), soles stand at
    Y = 0, and the stature is the figure's (`stance.stature`). A gaze is made with the eyeLook
    morphs, which turn the eyeballs and draw the lids along, or with the LeftEye and RightEye
    bones; a client that used both would turn the eyes twice.

    Args:
        model: the body model behind figure and skin.
        figure: the person in the model's rest pose, at true height.
        skin: parts in the same rest pose, joints indexing the model's joints.
        pose: "A" or "T", the stance at rest of what is written.

    Returns:
        The avatar: 67 bones in the order of `BONES`; parts with at most four influences; on each
        part that has morphs the 52 ARKit ones, the 15 visemes, then any others, in that order.

    Raises:
        Rejected: `rig.pose_unknown`; `rig.bones_missing` where the model lacks a bone.
    """
    if pose not in get_args(Stance):
        raise Rejected("rig.pose_unknown", "The pose is A or T.", measured=pose, limit="A/T")
    topology = model.topology
    chosen = cast(Stance, pose)
    rest = np.asarray(figure.joints, np.float64)
    source = bone_source(topology, rest)
    rotations = stance(model, rest, chosen)
    ground = _soles(topology, figure, rotations)
    lift = np.array([0.0, -ground, 0.0])
    moved = joint_transforms(topology.joint_parents, rest, rotations, translation=lift)

    spread = (
        moved
        if pose == "T"
        else joint_transforms(topology.joint_parents, rest, stance(model, rest, "T"))
    )
    frames = t_pose_frames(_carried(spread, source))
    # The same axes in the flesh, carried from the T-pose to the stance.
    turn = moved.rotations[source.carriers] @ np.swapaxes(spread.rotations[source.carriers], 1, 2)
    skeleton = Skeleton(
        names=BONE_NAMES,
        parents=np.array(
            [-1 if above is None else BONE_NAMES.index(above) for _, above in BONES], np.int32
        ),
        positions=_carried(moved, source).astype(np.float32),
        rotations=quaternions(turn @ frames).astype(np.float32),
    )
    parts = tuple(_rig_part(part, moved, source.bone_of_joint) for part in skin.parts)
    notices: tuple[Notice, ...] = ()
    if not any(len(morph.indices) for part in parts for morph in part.morphs):
        sentence = f"No part carries facial expressions (body model {model.name})."
        notices = (Notice("rig.no_morphs", sentence),)
    return RiggedAvatar(
        skeleton=skeleton,
        parts=parts,
        materials=skin.materials,
        textures=skin.textures,
        pose=pose,
        notices=notices,
    )


def _carried(transforms: JointTransforms, source: BoneSource) -> NDArray[np.float64]:
    """(67, 3) where the bones are."""
    turned = transforms.rotations[source.carriers]
    return np.einsum("jab,jb->ja", turned, source.positions) + transforms.offsets[source.carriers]


def _soles(topology: Topology, figure: Figure, rotations: NDArray[np.floating]) -> float:
    """Height of the lowest point of the posed body's own skin."""
    ids = topology.vertex_groups.get(BODY_GROUP)
    body = figure.vertices if ids is None else figure.vertices[ids]
    posed = pose_vertices(topology, body, figure.joints, rotations, vertex_ids=ids)
    return float(posed.vertices[:, 1].min())


def _rig_part(part: MeshPart, moved: JointTransforms, bone_of: NDArray[np.int64]) -> MeshPart:
    rows = np.concatenate([moved.rotations.reshape(-1, 9), moved.offsets], axis=1)
    weights = part.weights.astype(np.float64)
    weights /= weights.sum(axis=1, keepdims=True)
    mixed = np.einsum("nk,nkc->nc", weights, rows[part.joints])
    linear, offset = mixed[:, :9].reshape(-1, 3, 3), mixed[:, 9:]
    positions = np.einsum("nab,nb->na", linear, part.positions.astype(np.float64)) + offset
    normals = np.einsum("nab,nb->na", linear, part.normals.astype(np.float64))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    bones, influence = quantised_influences(part.joints, part.weights, bone_of)
    return MeshPart(
        name=part.name,
        material=part.material,
        positions=positions.astype(np.float32),
        normals=normals.astype(np.float32),
        uv=part.uv,
        faces=part.faces,
        joints=bones,
        weights=influence,
        morphs=_rig_morphs(part.morphs, linear),
    )


def _rig_morphs(morphs: tuple[Morph, ...], linear: NDArray[np.float64]) -> tuple[Morph, ...]:
    if not morphs:
        return ()
    turned = {morph.name: _turned(morph, linear) for morph in morphs}
    arkit = [turned.get(name) or empty_morph(name) for name in ARKIT]
    visemes = viseme_morphs(arkit)
    given = {morph.name for morph in visemes} | set(ARKIT)
    others = [morph for name, morph in turned.items() if name not in given]
    return tuple(pruned(morph) for morph in (*arkit, *visemes, *others))


def _turned(morph: Morph, linear: NDArray[np.float64]) -> Morph:
    offsets = np.einsum("kab,kb->ka", linear[morph.indices], morph.offsets.astype(np.float64))
    return Morph(morph.name, morph.indices, offsets.astype(np.float32))
