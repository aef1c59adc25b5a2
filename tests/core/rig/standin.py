"""A figure and a plain skin cut straight from the body model, in place of a photographed one."""

from __future__ import annotations

import numpy as np

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.stance import stature
from tasks.core.entities import Figure, Material, Skin, Texture
from tasks.core.skin.parts import cut_part

HEIGHT_M = 1.75
_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("skin", ("body",)),
    ("eyes", ("helper-l-eye", "helper-r-eye")),
    ("teeth", ("helper-upper-teeth", "helper-lower-teeth")),
    ("tongue", ("helper-tongue",)),
)


def plain_figure(model: AnnyBody, height_m: float = HEIGHT_M, weight: float = 0.5) -> Figure:
    """The default adult (fuller or leaner by `weight`) at a stature."""
    phenotypes = model.phenotype_defaults.copy()
    phenotypes[model.phenotype_names.index("weight")] = weight
    vertices, joints = model.shape(phenotypes, np.zeros(len(model.local_change_names)))
    scale = height_m / stature(model, vertices, joints)
    low = vertices[model.topology.vertex_groups["body"], 1].min()
    similarity = np.diag([scale, scale, scale, 1.0])
    similarity[1, 3] = -low * scale
    move = np.array([0.0, similarity[1, 3], 0.0])
    return Figure(
        vertices=(vertices * scale + move).astype(np.float32),
        joints=(joints * scale + move).astype(np.float32),
        head_to_figure=similarity.astype(np.float32),
    )


def plain_skin(model: AnnyBody, figure: Figure) -> Skin:
    """Body, eyes, teeth and tongue with their expressions; a small texture on the body."""
    topology = model.topology
    uv = topology.uv * np.array([1.0, -1.0], np.float32) + np.array([0.0, 1.0], np.float32)
    parts, materials = [], []
    for name, groups in _GROUPS:
        chosen = np.isin(topology.face_groups, [topology.group_names.index(g) for g in groups])
        parts.append(
            cut_part(
                model,
                figure,
                name=name,
                material=name,
                faces=topology.faces[chosen],
                uv=uv.astype(np.float32),
                uv_faces=np.maximum(topology.uv_faces[chosen], 0),
                with_expressions=True,
            )
        )
        texture = "skin" if name == "skin" else None
        materials.append(Material(name=name, texture=texture, roughness=0.5))
    ramp = np.linspace(60, 220, 64).astype(np.uint8)
    pixels = np.stack(np.broadcast_arrays(ramp[:, None], ramp[None, :], np.uint8(120)), axis=-1)
    return Skin(
        parts=tuple(parts),
        materials=tuple(materials),
        textures={"skin": Texture(np.ascontiguousarray(pixels))},
        tone=np.array([200, 150, 130], np.uint8),
        hair_volume_m=0.0,
    )
