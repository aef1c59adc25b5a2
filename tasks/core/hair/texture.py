"""The hair's picture: the photo on the shell where it shows it, carried on around the back."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Camera, Float32, Photo, Uint8
from tasks.core.hair.carry import both_sides, carry_on
from tasks.core.hair.field import (
    COLUMNS,
    HEIGHT,
    ROWS,
    THINNEST_M,
    TURNED,
    WIDTH,
    HairField,
    turned_aside,
)
from tasks.core.hair.strands import plain_hair
from tasks.core.skin.blend import compose, fill
from tasks.core.skin.segment import HeadSegments
from tasks.core.skin.srgb import from_root, to_linear, to_root

# Coverage is looked up near the skin (at the sides also further out) and colour this deep in the
# hair: the outline's own pixels are mixed with the background.
COVER_DEPTH, SIDE_DEPTH, COLOR_DEPTH = 0.15, 0.6, 0.75
# From this azimuth the shell stands out sideways, and from the second hair hangs beside the neck.
SIDE_AZIMUTH, HANGING_AZIMUTH = np.deg2rad(48.0), np.deg2rad(70.0)
# Hair this near to its outline, in face heights, lets the background through; DEEP times as far
# in, its colours are its own, however odd.
BORDER, DEEP = 0.03, 4.0
# How much steeper coverage becomes around one half.
DECISION = 4.0
# A forehead's upper part lies this near to what was found to be skin, in face heights.
BESIDE = 0.06
# The shell comes down to the skin over this many texels before its hair ends.
EDGE = 48
# Colours are carried this many texels beyond what the photo shows well, and so strongly.
AROUND, CARRIED = 14.0, 0.85
# Width of the hair's rim in texels.
RIM = 4.0
# Pieces of hair smaller than this share of the largest are specks of the segmentation.
SPECK = 0.08


def hair_cover(
    field: HairField, segments: HeadSegments, camera: Camera, scalp: NDArray[np.floating]
) -> Float32:
    """Where the shell carries hair.

    Args:
        field: the shell. segments, camera: what it is seen in.
        scalp: (ROWS, COLUMNS + 1) 0..1, where hair grows on the skin below.

    Returns:
        (HEIGHT, WIDTH) float32 in 0..1: the photo's hair where it faces the camera; elsewhere the
        other side's, else the scalp's and what hangs below the outline.
    """
    towards = camera.rotation.T @ np.array([0.0, 0.0, -1.0])
    facing = _enlarge((field.directions @ towards).astype(np.float32))
    near_skin = _pixels(camera, field.points(COVER_DEPTH))
    hair_here = _sample(segments.hair, segments, near_skin)
    # A skull may stand out of the photo's outline; what falls beside the person is scalp or face.
    grows = _enlarge(np.asarray(scalp, np.float32))
    beside = 1.0 - _sample(segments.matte, segments, near_skin)
    hair_here = np.maximum(hair_here, beside * grows)
    # At the sides the shell stands out beyond the temple that lies before it in the photo.
    outer = _sample(segments.hair, segments, _pixels(camera, field.points(SIDE_DEPTH)))
    hair_here = np.maximum(hair_here, outer * _enlarge(_from(SIDE_AZIMUTH)))
    seen = np.clip((facing - 0.05) / 0.25, 0.0, 1.0)
    if abs(turned_aside(camera)) > TURNED:
        # The far side lies at a grazing angle: what the near side shows better, it shows for both.
        better = np.clip((facing[:, ::-1] - facing) / 0.3, 0.0, 1.0)
        hair_here = hair_here + better * (hair_here[:, ::-1] - hair_here)
        seen = np.maximum(seen, better * seen[:, ::-1])
    hanging = field.present * _from(HANGING_AZIMUTH)
    grown = np.maximum(grows, _enlarge(hanging))
    unseen = seen[:, ::-1] * hair_here[:, ::-1] + (1.0 - seen[:, ::-1]) * grown
    cover = _whole(seen * hair_here + (1.0 - seen) * unseen)
    return np.clip((cv2.GaussianBlur(cover, (0, 0), 3.0) - 0.25) / 0.5, 0.0, 1.0)


def tapered(field: HairField, cover: Float32) -> HairField:
    """The shell brought down to the skin where its hair ends: at the hairline and the tips."""
    wide = np.concatenate([cover[:, -EDGE:], cover, cover[:, :EDGE]], axis=1)
    soft = cv2.GaussianBlur(wide, (0, 0), 0.35 * EDGE)[:, EDGE:-EDGE]
    grid = cv2.resize(soft, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    grid = np.concatenate([grid, grid[:, :1]], axis=1)
    share = np.clip((grid - 0.45) / 0.45, 0.0, 1.0)
    share = share * share * (3.0 - 2.0 * share)
    thickness = THINNEST_M + (field.thickness - THINNEST_M) * share
    return replace(field, thickness=thickness.astype(np.float32))


def hair_texture(
    field: HairField, photo: Photo, segments: HeadSegments, camera: Camera, cover: Float32
) -> tuple[Uint8, Float32]:
    """Paint the shell.

    Args:
        field: the shell. photo, segments, camera: what it is seen in.
        cover: (HEIGHT, WIDTH) 0..1, where it carries hair.

    Returns:
        (HEIGHT, WIDTH, 4) uint8 sRGB with coverage in alpha, and (3,) float32 the mean linear
        colour.
    """
    towards = camera.rotation.T @ np.array([0.0, 0.0, -1.0])
    facing = _enlarge((field.directions @ towards).astype(np.float32))
    color_at = _pixels(camera, field.points(COLOR_DEPTH))
    photo_hair = _sample(_pure(segments), segments, color_at)
    color = cv2.remap(
        photo.pixels,
        (color_at[..., 0] - 0.5).astype(np.float32),
        (color_at[..., 1] - 0.5).astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    root = to_root(np.asarray(color, np.uint8))
    weight = np.clip((facing - 0.1) / 0.3, 0.0, 1.0) * np.clip((photo_hair - 0.6) / 0.3, 0.0, 1.0)
    # At the hairline a texel is half skin: its colour is taken from further in.
    inner = np.clip((cv2.GaussianBlur(cover, (0, 0), RIM) - 0.6) / 0.3, 0.0, 1.0)
    weight = weight * inner
    root, sure = both_sides(root, weight.astype(np.float32))
    mean = _mean(segments)
    plain = plain_hair(root, sure, mean)
    carried, trust = carry_on(root, sure)
    filled = fill(carried, trust)
    around = cv2.GaussianBlur(trust, (0, 0), AROUND)
    near = np.asarray(CARRIED * np.minimum(3.0 * around, 1.0), np.float32)
    painted = compose(plain, [(filled, near), (filled, trust)])
    # Hair or none: wide stretches near the cutoff would be drawn as speckles.
    decided = np.clip((cover - 0.5) * DECISION + 0.5, 0.0, 1.0)
    alpha = np.round(decided * 255.0).astype(np.uint8)
    return np.dstack([from_root(painted), alpha]), mean


def _from(azimuth: float) -> Float32:
    """(ROWS, COLUMNS + 1) 0 in front, 1 from a little behind the azimuth to the back."""
    each = np.abs(-np.pi + 2 * np.pi * np.arange(COLUMNS + 1) / COLUMNS)
    ramp = np.clip((each - azimuth) / np.deg2rad(15.0), 0.0, 1.0)
    return np.repeat(ramp[None], ROWS, axis=0).astype(np.float32)


def _enlarge(grid: Float32) -> Float32:
    """(ROWS, COLUMNS + 1, ...) → (HEIGHT, WIDTH, ...), corner to corner."""
    x = np.linspace(0.0, COLUMNS, WIDTH, dtype=np.float32)
    y = np.linspace(0.0, ROWS - 1.0, HEIGHT, dtype=np.float32)
    at_x, at_y = np.meshgrid(x, y)
    return np.asarray(cv2.remap(grid, at_x, at_y, cv2.INTER_LINEAR), np.float32)


def _pixels(camera: Camera, points: Float32) -> Float32:
    return _enlarge(camera.project(points)[..., :2].astype(np.float32))


def _sample(image: Float32, segments: HeadSegments, pixels: Float32) -> Float32:
    at = (segments.to_crop(pixels) - 0.5).astype(np.float32)
    return np.asarray(cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LINEAR), np.float32)


def _mean(segments: HeadSegments) -> Float32:
    """(3,) linear: the middle colour of what is surely hair; black-brown where nothing is."""
    sure = segments.hair > 0.9
    if sure.sum() < 20:
        sure = segments.hair >= max(0.3, float(segments.hair.max()))
    if not sure.any():
        return np.array([0.020, 0.014, 0.011], np.float32)
    return np.median(to_linear(segments.pixels[sure]), axis=0).astype(np.float32)


def _pure(segments: HeadSegments) -> Float32:
    """(h, w) 0..1 hair whose colour is the hair's own: no background shining through a border."""
    reach = BORDER * segments.face_height
    person = (segments.matte > 0.9).astype(np.uint8)
    depth = cv2.distanceTransform(np.pad(person, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    inner = segments.hair * np.clip(depth / reach - 0.5, 0.0, 1.0)
    lab = cv2.cvtColor(segments.pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    sure = inner > 0.9
    if sure.sum() < 20:
        return np.asarray(inner, np.float32)
    middle = np.median(lab[sure], axis=0)
    spread = np.maximum(1.5 * np.median(np.abs(lab[sure] - middle), axis=0), (12.0, 5.0, 6.0))
    smooth = cv2.GaussianBlur(lab, (0, 0), 1.5)
    odd = (np.abs(smooth - middle) / spread).max(axis=2)
    skin = segments.skin > 0.9
    if skin.sum() >= 20:
        # A forehead taken for hair still has the skin's colour, and lies beside the face.
        as_skin = (np.abs(smooth - np.median(lab[skin], axis=0)) / spread).max(axis=2)
        beside = cv2.GaussianBlur(segments.skin, (0, 0), BESIDE * segments.face_height)
        clearly = np.clip((odd - as_skin - 0.3) / 0.5, 0.0, 1.0)
        inner = inner * (1.0 - clearly * np.clip(4.0 * beside, 0.0, 1.0))
    deep = np.clip(depth / reach / DEEP - 1.0, 0.0, 1.0)
    return np.asarray(inner * np.maximum(deep, np.clip(3.5 - odd, 0.0, 1.0)), np.float32)


def _whole(cover: NDArray[np.floating]) -> NDArray[np.floating]:
    """The coverage without its specks and without holes; the map wraps at the back."""
    large = _largest(cover > 0.5)
    near = cv2.dilate(large.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(bool)
    kept = np.where(near, cover, 0.0)
    low = kept <= 0.5
    # A hole is hair, though the photo shows a highlight there.
    return np.where(low & ~_largest(low), 0.9, kept)


def _largest(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The pieces of at least SPECK of the largest's size, on a map that wraps in x."""
    wide = np.concatenate([mask, mask], axis=1).astype(np.uint8)
    count, label, facts, _ = cv2.connectedComponentsWithStats(wide, connectivity=4)
    if count < 2:
        return mask
    size = facts[:, cv2.CC_STAT_AREA].copy()
    size[0] = 0
    kept = (size > SPECK * size.max())[label]
    return np.asarray(kept[:, :WIDTH] | kept[:, WIDTH:])
