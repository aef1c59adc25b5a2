"""What is seen when the mouth opens: two rows of teeth with gums, and the tongue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Figure, Float32, Int32, Material, MeshPart, Notice, Texture
from tasks.core.skin.cage import ride, riding_morphs, rigid_weights
from tasks.core.skin.dental_arch import LOWER_WIDTHS, UPPER_WIDTHS, Arch, build_arch
from tasks.core.skin.mouth_texture import LOWER_BAND, TONGUE_BAND, UPPER_BAND, paint_mouth
from tasks.core.skin.parts import Layer, cut_part, vertex_normals

_UPPER, _LOWER, _TONGUE = "helper-upper-teeth", "helper-lower-teeth", "helper-tongue"
MATERIAL = "mouth"
TEXTURE = "mouth"


@dataclass(frozen=True)
class MouthOptions:
    """How the rows of teeth stand against the model's own low, plain ones. Metres.

    overbite: how far the upper incisors reach below the model's. overjet: how far the lower row
    stands behind the model's; lower_drop: and below it, as jaws at rest do not touch. upper_rise,
    lower_rise: the biting plane's climb towards the back, per metre; the base mesh has 0.21, and
    less below keeps the lower row out of sight in the corners of a closed mouth. inset: of the
    arch from the model's outer faces, which the crowns' curve then fills again; corridor: its
    ends stand so much further in, or teeth would show white in the corners of a closed mouth.
    tongue_drop: the model's own tongue touches the palate and would hide the upper teeth.
    roughness: wet.
    """

    overbite: float = 0.0018
    overjet: float = 0.0020
    lower_drop: float = 0.0022
    upper_rise: float = 0.21
    lower_rise: float = 0.13
    inset: float = 0.0012
    corridor: float = 0.0050
    tongue_drop: tuple[float, float, float] = (0.0, -0.004, -0.002)
    roughness: float = 0.22


def build_mouth(
    model: BodyModel,
    figure: Figure,
    options: MouthOptions = MouthOptions(),
) -> Layer:
    """Teeth and tongue in the model's mouth, with its expressions.

    Args:
        model: its groups helper-upper-teeth, helper-lower-teeth and helper-tongue say where.
        figure: the person, rest pose.

    Returns:
        Parts `teeth_upper`, `teeth_lower` and `tongue`, one material and one texture; empty,
        with a notice, where the model marks no mouth.
    """
    if any(group not in model.topology.vertex_groups for group in (_UPPER, _LOWER, _TONGUE)):
        missing = Notice("mouth.no_geometry", "This body model marks no teeth; none were built.")
        return Layer(parts=(), materials=(), textures={}, notices=(missing,))
    reference, _ = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    upper_ids = model.topology.vertex_groups[_UPPER]
    lower_ids = model.topology.vertex_groups[_LOWER]
    upper = build_arch(_upper_arch(reference[upper_ids], options), UPPER_WIDTHS)
    lower = build_arch(_lower_arch(reference[lower_ids], options), LOWER_WIDTHS)
    parts = (
        _row(model, figure, reference, "teeth_upper", upper_ids, upper, UPPER_BAND),
        _row(model, figure, reference, "teeth_lower", lower_ids, lower, LOWER_BAND),
        _tongue(model, figure, reference, options),
    )
    material = Material(name=MATERIAL, texture=TEXTURE, roughness=options.roughness)
    return Layer(parts=parts, materials=(material,), textures={TEXTURE: Texture(paint_mouth())})


def _upper_arch(cage: Float32, options: MouthOptions) -> Arch:
    low, high = cage.min(axis=0).astype(np.float64), cage.max(axis=0).astype(np.float64)
    front = np.array([0.0, low[1] - options.overbite, high[2] - options.inset])
    return Arch(
        half_width=high[0] - options.inset - options.corridor,
        depth=high[2] - options.inset - low[2],
        front=front,
        rise=options.upper_rise,
        upwards=1,
    )


def _lower_arch(cage: Float32, options: MouthOptions) -> Arch:
    low, high = cage.min(axis=0).astype(np.float64), cage.max(axis=0).astype(np.float64)
    foremost = float(cage[np.argmax(cage[:, 2]), 1])
    inset = options.inset + options.overjet
    return Arch(
        half_width=high[0] - inset - options.corridor,
        depth=high[2] - inset - low[2],
        front=np.array([0.0, foremost - options.lower_drop, high[2] - inset]),
        rise=options.lower_rise,
        upwards=-1,
    )


def _row(
    model: BodyModel,
    figure: Figure,
    reference: Float32,
    name: str,
    cage_ids: Int32,
    built: tuple[NDArray[np.float64], Float32, Int32],
    band: tuple[float, float],
) -> MeshPart:
    points, uv, faces = built
    weights = ride(reference[cage_ids], points)
    positions = weights @ figure.vertices[cage_ids].astype(np.float64)
    joints, skin = rigid_weights(model.topology.joint_names.index("Head"), len(positions))
    return MeshPart(
        name=name,
        material=MATERIAL,
        positions=positions.astype(np.float32),
        normals=vertex_normals(positions, faces),
        uv=_in_band(uv, band),
        faces=faces,
        joints=joints,
        weights=skin,
        morphs=riding_morphs(model, figure, cage_ids, weights),
    )


def _tongue(
    model: BodyModel, figure: Figure, reference: Float32, options: MouthOptions
) -> MeshPart:
    faces = model.topology.faces_of(_TONGUE)
    ids = model.topology.vertex_groups[_TONGUE]
    ground = reference[ids][:, [0, 2]].astype(np.float64)
    low, high = ground.min(axis=0), ground.max(axis=0)
    place = np.full(len(reference), -1, np.int32)
    place[ids] = np.arange(len(ids))
    # Laid flat, root to tip: the under side has the same colours as the upper.
    uv = _in_band(((ground - low) / (high - low)).astype(np.float32), TONGUE_BAND)
    lowered = figure.vertices.copy()
    lowered[ids] += figure.head_to_figure[:3, :3] @ np.array(options.tongue_drop, np.float32)
    return cut_part(
        model,
        figure,
        name="tongue",
        material=MATERIAL,
        faces=faces,
        uv=uv,
        uv_faces=place[faces],
        vertices=lowered,
        with_expressions=True,
    )


def _in_band(uv: Float32, band: tuple[float, float]) -> Float32:
    """Squeeze v into a band of the picture, a little inside it so that bands do not bleed."""
    margin = 0.01 * (band[1] - band[0])
    low, high = band[0] + margin, band[1] - margin
    return np.column_stack([uv[:, 0], low + uv[:, 1] * (high - low)]).astype(np.float32)
