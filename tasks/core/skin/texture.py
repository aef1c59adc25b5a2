"""The skin's base colour: photos, their mirror image and a prior, laid over one another.

Everything but the finest band of detail is made at half the texture's size, as the square root of
linear light; the finest band is taken from the photos as they are, in sRGB, and added last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Float32, HeadFit, Photo, Uint8
from tasks.core.skin.atlas import BROWS, SkinAtlas
from tasks.core.skin.blend import compose, fill
from tasks.core.skin.parts import vertex_normals
from tasks.core.skin.prior import LIPS, Tones, prior_texture, scalp_map
from tasks.core.skin.project import PhotoLayer, project_photo
from tasks.core.skin.relight import flatten_light
from tasks.core.skin.segment import HeadSegments
from tasks.core.skin.srgb import to_linear

# Light is evened out at this size: it is smooth.
LIGHT_SIZE = 256
# A texel this well seen is taken from its photo alone.
ENOUGH = 0.35
# The mirrored half is trusted a little less than the own, so that it never wins where both see.
MIRROR_TRUST = 0.8
# Gaps in what was seen up to this share of the texture are filled from their rim.
GAP = 0.008
# The colours at the border of what was seen are carried this far beyond it, and so strongly: a
# forehead's or a neck's own shade is nearer to them than to the mean tone.
CARRY, CARRIED = 0.035, 0.8
# Brows that no photo shows: as dark as the hair, at most this share of the skin, and not opaque.
BROW_DARKNESS, BROW_STRENGTH = 0.35, 0.75
# Sixteen times finer than sRGB's steps: encoding by table shows no bands.
TABLE = 4096
# Fixed-point steps per sRGB step, as many as 16 bits allow with room for overshoot.
STEPS = 64
# Layers fade into one another over at most about this share of the texture.
WIDEST_BORDER = 32


@dataclass(frozen=True)
class SkinTexture(Digested):
    """pixels: (S, S, 3) uint8 sRGB. tones: the person's mean colours. seen: share of the head's
    face area that a photo showed directly."""

    pixels: Uint8
    tones: Tones
    seen: float


@dataclass(frozen=True)
class _Lit:
    """A photo's layer with its light evened out, on the box around the head's island.

    color: (S/2, W/2, 3) float32, square root of linear light; weight: (S/2, W/2). detail: (h, w, 3)
    int16, the finest band at full size in sRGB steps, at `origin`; strength: (S/2, W/2) its factor.
    """

    color: Float32
    weight: Float32
    detail: NDArray[np.int16]
    origin: tuple[int, int]
    strength: Float32


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
    layers.sort(key=lambda layer: -float(layer.weight.sum()))
    normals = _normals(atlas, head)
    levels = (size // 2 // WIDEST_BORDER).bit_length() - 1
    lit = [_relit(layer, normals) for layer in layers]
    color, weight, strengths = _merged(lit, levels)
    tones = _tones(atlas, color, weight, hair)
    filled = fill(color, np.minimum(weight / ENOUGH, 1.0))
    own, other = _closed(_cover(weight)), _closed(_cover(MIRROR_TRUST * weight[::-1]))
    root = np.sqrt(prior_texture(atlas, scalp, tones, size // 2))
    box = root[:, : color.shape[1]]
    bare = 1.0 - _resized(scalp_map(atlas, scalp), weight)
    near = [_around(cover) * bare for cover in (other, own)]
    mirrored = filled[::-1]
    above = [(mirrored, near[0]), (filled, near[1]), (mirrored, other), (filled, own)]
    box[:] = compose(box, above, levels)
    _draw_brows(box, atlas, tones, 1.0 - np.maximum(own, other))
    fine = cv2.pyrUp(_encode(root))
    for layer, strength in zip(lit, strengths, strict=True):
        _add_detail(fine, layer.detail, layer.origin, own * strength)
        row = size - layer.origin[0] - layer.detail.shape[0]
        share = other * (1.0 - own) * strength[::-1]
        _add_detail(fine, layer.detail[::-1], (row, layer.origin[1]), share)
    pixels = cv2.convertScaleAbs(np.maximum(fine, 0, out=fine), alpha=1.0 / STEPS)
    face = _mask(atlas, "face", weight)
    return SkinTexture(
        pixels=np.asarray(pixels, np.uint8), tones=tones, seen=float((own[face] > 0.5).mean())
    )


def _closed(cover: Float32) -> Float32:
    """The cover with its narrow gaps closed: the frames of glasses, single hairs."""
    width = 2 * round(GAP * cover.shape[0]) + 1
    # A square is separable: a tenth of a disc's time.
    kernel = np.ones((width, width), np.uint8)
    return np.asarray(cv2.morphologyEx(cover, cv2.MORPH_CLOSE, kernel), np.float32)


def _around(cover: Float32) -> Float32:
    """How far the colours at a cover's border are carried beyond it."""
    small = cv2.resize(cover, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small, (0, 0), CARRY * small.shape[0])
    soft = cv2.resize(soft, cover.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(CARRIED * np.minimum(2.0 * soft, 1.0), np.float32)


def _draw_brows(box: Float32, atlas: SkinAtlas, tones: Tones, unseen: Float32) -> None:
    """Draw brows in the hair's colour, darkened, where no photo shows the person's own."""
    mask = _resized(atlas.masks[BROWS] / np.float32(255.0), unseen) * unseen
    dark = np.sqrt(np.minimum(tones.hair, tones.skin * BROW_DARKNESS)).astype(np.float32)
    drawn = mask > 0.0
    box[drawn] += mask[drawn][:, None] * BROW_STRENGTH * (dark - box[drawn])


def _resized(image: Float32, like: Float32) -> Float32:
    """A square map on the head's box, at the size of `like`."""
    height, width = like.shape
    return np.asarray(cv2.resize(image, (height, height))[:, :width], np.float32)


def _normals(atlas: SkinAtlas, head: HeadFit) -> Float32:
    """(LIGHT_SIZE, W, 3) unit normals over the head's box."""
    faces = atlas.layout.faces
    surface = atlas.head.thinned(atlas.head.size // LIGHT_SIZE)
    normals = surface.interpolate(vertex_normals(head.vertices, faces), faces)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
    return normals[surface.nearest[:, : atlas.head_columns(LIGHT_SIZE)]]


def _relit(layer: PhotoLayer, normals: Float32) -> _Lit:
    """The layer with its light evened out."""
    height, width = layer.weight.shape
    coarse = cv2.pyrDown(layer.color)
    detail = cv2.subtract(layer.color, cv2.pyrUp(coarse), dtype=cv2.CV_16S)
    box = np.zeros((height, width, 3), np.uint8)
    row, column = layer.origin[0] // 2, layer.origin[1] // 2
    box[row : row + coarse.shape[0], column : column + coarse.shape[1]] = coarse
    small = normals.shape[1::-1]
    trust = cv2.resize(layer.weight, small, interpolation=cv2.INTER_AREA)
    light = cv2.resize(box, small, interpolation=cv2.INTER_AREA)
    linear = to_linear(np.arange(256))
    logs = np.log(np.maximum(linear, 0.003)).astype(np.float32)
    gain = np.sqrt(flatten_light(cv2.LUT(light, logs), trust, normals))
    root = cv2.LUT(box, np.sqrt(linear).astype(np.float32))
    root *= cv2.resize(gain, (width, height), interpolation=cv2.INTER_LINEAR)
    strength = cv2.resize(gain.mean(axis=2), (width, height), interpolation=cv2.INTER_LINEAR)
    strength *= np.minimum(layer.weight / ENOUGH, 1.0)
    return _Lit(root, layer.weight, detail, layer.origin, strength)


def _merged(lit: Sequence[_Lit], levels: int) -> tuple[Float32, Float32, list[Float32]]:
    """All photos as one colour and weight, the first leading, and the strength of each's detail."""
    color, weight = lit[0].color, lit[0].weight
    strengths = [lit[0].strength]
    for layer in lit[1:]:
        other, trust = layer.color, layer.weight
        both = np.minimum(weight, trust)[..., None]
        if both.sum() > 0:
            ratio = (color * both).sum((0, 1)) / (other * both).sum((0, 1))
            other = other * ratio.astype(np.float32)
        total = weight**2 + trust**2
        share = np.where(total > 0, trust**2 / np.maximum(total, 1e-9), 0.0).astype(np.float32)
        lower = fill(color, np.minimum(weight / ENOUGH, 1.0))
        upper = fill(other, np.minimum(trust / ENOUGH, 1.0))
        color, weight = compose(lower, [(upper, share)], levels), np.maximum(weight, trust)
        strengths = [strength * (1.0 - share) for strength in strengths]
        strengths.append(layer.strength * share)
    return color, weight, strengths


def _mask(atlas: SkinAtlas, name: str, like: Float32) -> NDArray[np.bool_]:
    """A mask of the atlas on the head's box, at the size of `like`."""
    height, width = like.shape
    return np.asarray(cv2.resize(atlas.masks[name], (height, height))[:, :width] > 127)


def _tones(atlas: SkinAtlas, color: Float32, weight: Float32, hair: Float32) -> Tones:
    lips = _mask(atlas, "lips", weight)
    skin = _mask(atlas, "face", weight) & ~lips & ~_mask(atlas, "eyelids", weight) & (weight > 0.8)
    if not skin.any():
        skin = weight >= weight.max()
    tone = np.median(color[skin], axis=0) ** 2
    lips &= weight > 0.6
    lip = np.median(color[lips], axis=0) ** 2 if lips.any() else tone * LIPS
    return Tones(
        skin=tone.astype(np.float32), lips=lip.astype(np.float32), hair=hair.astype(np.float32)
    )


def _cover(weight: Float32) -> Float32:
    ramp = np.minimum(weight / ENOUGH, 1.0)
    return np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), np.float32)


def _encode(root: Float32) -> NDArray[np.int16]:
    """Square root of linear light → sRGB in fixed-point steps, by table."""
    linear = (np.arange(TABLE) / (TABLE - 1)) ** 2
    srgb = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    table = np.rint(255.0 * STEPS * srgb).astype(np.int16)
    index = root * (TABLE - 1) + 0.5
    return table[np.clip(index, 0, TABLE - 1, out=index).astype(np.uint16)]


def _add_detail(
    fine: NDArray[np.int16], detail: NDArray[np.int16], origin: tuple[int, int], share: Float32
) -> None:
    """Add `detail` at `origin` to the full-size texture, as far as `share` at half size says."""
    height, width = detail.shape[:2]
    row, column = origin
    part = share[row // 2 : (row + height) // 2, column // 2 : (column + width) // 2]
    factor = cv2.cvtColor(cv2.resize(part, (width, height)), cv2.COLOR_GRAY2RGB)
    added = cv2.multiply(detail, factor, scale=STEPS, dtype=cv2.CV_16S)
    window = fine[row : row + height, column : column + width]
    window[:] = cv2.add(window, added)
