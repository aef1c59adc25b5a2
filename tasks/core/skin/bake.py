"""Everything the photos show of the person, as drawable parts: skin, eyes, mouth, hair, clothes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tasks.core.body.model import BodyModel
from tasks.core.entities import (
    BodyFit,
    Check,
    Figure,
    HeadFit,
    Landmarks,
    Material,
    Notice,
    Photo,
    Skin,
    Subject,
    Texture,
)
from tasks.core.errors import Rejected
from tasks.core.garment.build import build_garment
from tasks.core.garment.cover import covered_vertices
from tasks.core.hair.build import build_hair
from tasks.core.hair.scalp import scalp_mask
from tasks.core.skin.atlas import SkinAtlas, load_atlas
from tasks.core.skin.eyes import build_eyes
from tasks.core.skin.lashes import build_lashes
from tasks.core.skin.mouth import build_mouth
from tasks.core.skin.parts import Layer, cut_part
from tasks.core.skin.segment import segment_head
from tasks.core.skin.srgb import to_srgb
from tasks.core.skin.texture import skin_texture

NAME = "skin"
SIZES = (1024, 2048)
# Dry skin away from the nose; a single value where no roughness map earns its bytes.
SKIN_ROUGHNESS = 0.58
# The scalp of a bald head has the skin's own colour; this stands in for hair nobody saw.
NO_HAIR = np.array([0.020, 0.014, 0.011], np.float32)
# Less of the face than this seen directly: the rest is mirrored or invented, which is worth saying.
SEEN_SHARE = 0.25


def bake_skin(
    model: BodyModel,
    photos: Sequence[Photo],
    subjects: Sequence[Subject],
    landmarks: Sequence[Landmarks],
    head: HeadFit,
    body: BodyFit,
    figure: Figure,
    *,
    size: int = 2048,
) -> Skin:
    """Dress the figure in what the photos show.

    Args:
        photos, subjects, landmarks: one each per photo, the rows of `head` and `body`.
        figure: the person in the rest pose.
        size: side of the skin's texture, 1024 or 2048 texels.

    Returns:
        All drawable parts in the figure's rest pose, with the 52 ARKit morphs on those that move.

    Raises:
        Rejected: `skin.size`, for another size.
    """
    if size not in SIZES:
        raise Rejected(
            "skin.size",
            f"The skin's texture can be {SIZES[0]} or {SIZES[1]} texels wide.",
            measured=size,
            limit="/".join(str(allowed) for allowed in SIZES),
        )
    atlas = load_atlas(model)
    segments = [
        segment_head(photo, subject, marks)
        for photo, subject, marks in zip(photos, subjects, landmarks, strict=True)
    ]
    best = _most_frontal(landmarks)
    hair, hair_color, volume = build_hair(
        model, atlas, figure, head, photos[best], segments[best], best
    )
    scalp = scalp_mask(model)
    if hair_color is None:
        scalp, hair_color = np.zeros_like(scalp), NO_HAIR
    texture = skin_texture(model, atlas, photos, segments, head, scalp, hair_color, size)
    garment = build_garment(model, figure, photos, subjects, landmarks, body)
    layers = [
        _skin_layer(model, atlas, figure, Texture(pixels=texture.pixels)),
        build_eyes(model, figure, photos, landmarks),
        build_mouth(model, figure),
        build_lashes(model, figure, to_srgb(hair_color)),
        hair,
        garment,
    ]
    notices = [notice for layer in layers for notice in layer.notices]
    if texture.seen < SEEN_SHARE:
        notices.append(
            Notice(
                "skin.little_seen",
                f"The photo shows {texture.seen:.0%} of the face directly; the rest is mirrored "
                "or filled in. A photo facing the camera gives a better skin.",
            )
        )
    if any(part.eyewear for part in segments):
        notices.append(
            Notice(
                "skin.eyewear",
                "Glasses were left out of the skin and what they hid was filled in; a photo "
                "without them gives a better likeness.",
            )
        )
    seen = Check("face_seen", texture.seen, SEEN_SHARE, "ratio", texture.seen >= SEEN_SHARE,
                 "skin.little_seen")  # fmt: skip
    return Skin(
        parts=tuple(part for layer in layers for part in layer.parts),
        materials=tuple(material for layer in layers for material in layer.materials),
        textures={name: image for layer in layers for name, image in layer.textures.items()},
        tone=to_srgb(texture.tones.skin),
        hair_volume_m=volume,
        checks=(seen,),
        notices=tuple(notices),
    )


def _most_frontal(landmarks: Sequence[Landmarks]) -> int:
    return int(np.argmin([abs(float(marks.head_angles[0])) for marks in landmarks]))


def _skin_layer(model: BodyModel, atlas: SkinAtlas, figure: Figure, texture: Texture) -> Layer:
    """Head, neck and hands; what the garment hides is left away."""
    layout = atlas.layout
    bare = ~covered_vertices(model, figure)[layout.faces].all(axis=1)
    part = cut_part(
        model,
        figure,
        name=NAME,
        material=NAME,
        faces=layout.faces[bare],
        uv=layout.uv,
        uv_faces=layout.uv_faces[bare],
        shading_faces=layout.faces,
        with_expressions=True,
    )
    material = Material(name=NAME, texture=NAME, roughness=SKIN_ROUGHNESS)
    return Layer(parts=(part,), materials=(material,), textures={NAME: texture})
