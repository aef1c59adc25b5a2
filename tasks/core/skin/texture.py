"""The skin's base colour: photos, their mirror image and a prior, laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Float32, HeadFit, Photo, Uint8
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.blend import compose, fill
from tasks.core.skin.parts import vertex_normals
from tasks.core.skin.prior import Tones, prior_texture
from tasks.core.skin.project import PhotoLayer, project_photo
from tasks.core.skin.relight import flatten_light
from tasks.core.skin.segment import HeadSegments

# Light is evened out at this size: it is smooth.
LIGHT_SIZE = 256
# A texel this well seen is taken from its photo alone.
ENOUGH = 0.35
# The mirrored half is trusted a little less than the own, so that it never wins where both see.
MIRROR_TRUST = 0.8
# Sixteen times finer than sRGB's steps: encoding by table shows no bands.
TABLE = 4096


@dataclass(frozen=True)
class SkinTexture(Digested):
    """pixels: (S, S, 3) uint8 sRGB. tones: the person's mean colours. seen: share of the head's
    face area that a photo showed directly."""

    pixels: Uint8
    tones: Tones
    seen: float


def skin_texture(
    model: BodyModel,
    atlas: SkinAtlas,
    photos: Sequence[Photo],
    segments: Sequence[HeadSegments],
    head: HeadFit,
    scalp: NDArray[np.floating],
    hair: Float32,
    size: int,
) -> SkinTexture:
    """Bake the base colour of head, neck and hands.

    Args:
        photos, segments: the person's photos and what is skin in them, rows of `head`.
        scalp: (V,) where hair grows; hair: (3,) its mean linear colour.
        size: side of the texture in texels.

    Returns:
        The texture, without holes.
    """
    layers = [
        project_photo(model, atlas, photo, part, head, index, size)
        for index, (photo, part) in enumerate(zip(photos, segments, strict=True))
    ]
    normals = _normals(atlas, head)
    lit = [_relit(layer, normals) for layer in layers]
    color, weight = _merged(lit)
    tones = _tones(atlas, color, weight, hair)
    prior = np.sqrt(prior_texture(atlas, scalp, tones, size))
    filled = fill(color, np.clip(weight / ENOUGH, 0.0, 1.0))
    own = _cover(weight)
    other = _cover(MIRROR_TRUST * weight[::-1])
    root = compose([prior, (filled[::-1], other), (filled, own)])
    face = cv2.resize(atlas.masks["face"], (size, size)) > 127
    return SkinTexture(pixels=_encode(root), tones=tones, seen=float((own[face] > 0.5).mean()))


def _normals(atlas: SkinAtlas, head: HeadFit) -> Float32:
    faces = atlas.layout.faces
    normals = atlas.pad(
        atlas.head, atlas.head.interpolate(vertex_normals(head.vertices, faces), faces)
    )
    small = cv2.resize(normals, (LIGHT_SIZE, LIGHT_SIZE), interpolation=cv2.INTER_AREA)
    return np.asarray(
        small / np.maximum(np.linalg.norm(small, axis=2, keepdims=True), 1e-6), np.float32
    )


def _relit(layer: PhotoLayer, normals: Float32) -> tuple[Float32, Float32]:
    """The layer's colour as the square root of linear light, its light evened out; its weight."""
    value = np.arange(256) / 255.0
    linear = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    small = (LIGHT_SIZE, LIGHT_SIZE)
    weight = cv2.resize(layer.weight, small, interpolation=cv2.INTER_AREA)
    light = cv2.resize(layer.color, small, interpolation=cv2.INTER_AREA)
    logs = np.log(np.maximum(linear, 0.003)).astype(np.float32)[light]
    gain = flatten_light(logs, weight, normals)
    root = np.sqrt(linear).astype(np.float32)[layer.color]
    root *= cv2.resize(np.sqrt(gain), layer.weight.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return root, layer.weight


def _merged(layers: Sequence[tuple[Float32, Float32]]) -> tuple[Float32, Float32]:
    """All photos of the person as one layer; the best seen leads."""
    order = sorted(range(len(layers)), key=lambda k: -float(layers[k][1].sum()))
    color, weight = layers[order[0]]
    for index in order[1:]:
        other, trust = layers[index]
        both = np.minimum(weight, trust)
        if both.sum() > 0:
            ratio = (color * both[..., None]).sum((0, 1)) / (other * both[..., None]).sum((0, 1))
            other = other * ratio.astype(np.float32)
        total = weight**2 + trust**2
        share = np.where(total > 0, trust**2 / np.maximum(total, 1e-9), 0.0).astype(np.float32)
        lower = fill(color, np.clip(weight / ENOUGH, 0.0, 1.0))
        upper = fill(other, np.clip(trust / ENOUGH, 0.0, 1.0))
        color, weight = compose([lower, (upper, share)]), np.maximum(weight, trust)
    return color, weight


def _tones(atlas: SkinAtlas, color: Float32, weight: Float32, hair: Float32) -> Tones:
    size = weight.shape[0]
    masks = {k: cv2.resize(v, (size, size)) > 127 for k, v in atlas.masks.items()}
    skin = masks["face"] & ~masks["lips"] & ~masks["eyelids"] & (weight > 0.8)
    if not skin.any():
        skin = weight >= weight.max()
    tone = np.median(color[skin], axis=0) ** 2
    lips = masks["lips"] & (weight > 0.6)
    lip = np.median(color[lips], axis=0) ** 2 if lips.any() else tone * (0.88, 0.58, 0.60)
    return Tones(
        skin=tone.astype(np.float32), lips=lip.astype(np.float32), hair=hair.astype(np.float32)
    )


def _cover(weight: Float32) -> Float32:
    ramp = np.clip(weight / ENOUGH, 0.0, 1.0)
    return np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), np.float32)


def _encode(root: Float32) -> Uint8:
    """Square root of linear light → sRGB, by table."""
    linear = (np.arange(TABLE) / (TABLE - 1)) ** 2
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    table = np.rint(255.0 * srgb).astype(np.uint8)
    index = np.clip(root * (TABLE - 1) + 0.5, 0, TABLE - 1).astype(np.uint16)
    return table[index]
