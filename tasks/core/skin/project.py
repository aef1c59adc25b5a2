"""Carry a photo onto the atlas: where each texel lies in the photo, and how far to trust it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Camera, Float32, HeadFit, Photo, Uint8
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.parts import vertex_normals
from tasks.core.skin.segment import LEFT_EYE, LIPS, RIGHT_EYE, HeadSegments

# Texels turned away by more than the first cosine are not used, beyond the second fully.
GRAZING, FACING = 0.18, 0.60
# A texel this far behind the nearest surface is hidden; less is the mesh's own coarseness.
HIDDEN_M = 0.006
# Cells of the depth buffer across the head: about 2 mm each.
DEPTH_CELLS = 160
# Bands of detail are taken from this many coarse texels more than have weight.
REACH = 4
# Lash and sclera pixels reach this share of the eye's width over its landmarks.
EYE_MARGIN = 0.06
# The lips' seam is blurred with teeth and shadow for this share of the mouth's width.
LIP_MARGIN = 0.02
# What is seen fades over this share of the texture towards what is hidden.
FADE = 0.006
# Width of the skin's rim, in face heights.
RIM = 0.02
INNER_LIPS = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip


@dataclass(frozen=True)
class PhotoLayer(Digested):
    """One photo on the box around the head's island, W = `SkinAtlas.head_columns(S)` wide.

    weight: (S/2, W/2) float32 at half the texture's size, 0 where the photo says nothing.
    color: (h, w, 3) uint8 sRGB at full size, the part of the box that the photo reaches.
    origin: row and column of `color` in the box, in texels of full size, even as h and w are.
    """

    weight: Float32
    color: Uint8
    origin: tuple[int, int]


def expressed_vertices(model: BodyModel, head: HeadFit, photo: int) -> Float32:
    """(V, 3) float32: the fitted head with the expression of one photo."""
    vertices = head.vertices.copy()
    for weight, sparse in zip(head.expressions[photo], model.expressions, strict=True):
        if weight:
            vertices[sparse.indices] += weight * sparse.offsets
    return vertices


def project_photo(
    model: BodyModel,
    atlas: SkinAtlas,
    photo: Photo,
    segments: HeadSegments,
    head: HeadFit,
    index: int,
    size: int,
) -> PhotoLayer:
    """One photo on the atlas.

    Args:
        model, head: give the head's surface with this photo's expression.
        photo, segments: the pixels, and which of them are skin.
        index: the photo's row in `head`.
        size: side of the texture in texels.
    """
    camera = head.cameras[index]
    vertices = expressed_vertices(model, head, index)
    faces, surface = atlas.layout.faces, atlas.head
    # Triangles are some millimetres wide: within them the projection is as good as affine.
    pixels = camera.project(vertices)
    cosine = _cosine(vertices, vertex_normals(vertices, faces), camera)
    x, y, depth, cosine = surface.interpolate(np.column_stack([pixels, cosine]), faces).T.copy()
    facing = np.clip((cosine - GRAZING) / (FACING - GRAZING), 0.0, 1.0)
    visible = _visible(x, y, depth, cosine).astype(np.float32)

    half = (atlas.head_columns(size // 2), size // 2)
    nearest = surface.nearest[:, : atlas.head_columns(surface.size)]
    x_map, y_map = x[nearest], y[nearest]
    coarse_x, coarse_y = _resized(x_map, half), _resized(y_map, half)
    trust = _resized(facing[nearest], half) * _inside(_resized(visible[nearest], half))
    skin = cv2.remap(
        _sure(segments) * _clear(segments),
        (coarse_x - segments.origin[0]) * np.float32(segments.scale) - np.float32(0.5),
        (coarse_y - segments.origin[1]) * np.float32(segments.scale) - np.float32(0.5),
        cv2.INTER_LINEAR,
    )
    weight = np.asarray(trust * skin, np.float32)
    rows, columns = _reached(weight)
    window = (slice(2 * rows.start, 2 * rows.stop), slice(2 * columns.start, 2 * columns.stop))
    fine_x, fine_y = (_resized(part, (2 * half[0], size))[window] for part in (x_map, y_map))
    color = cv2.remap(
        photo.pixels, fine_x - 0.5, fine_y - 0.5, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return PhotoLayer(
        weight=weight,
        color=np.asarray(color, np.uint8),
        origin=(window[0].start, window[1].start),
    )


def _inside(visible: Float32) -> Float32:
    """Visibility faded towards what is hidden: the jaw's edge is no border on the neck."""
    reach = max(1, round(FADE * visible.shape[0]))
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    # Single texels that the coarse depth buffer hides are no borders.
    grown = cv2.erode(cv2.morphologyEx(visible, cv2.MORPH_CLOSE, kernel), kernel)
    return np.asarray(np.minimum(cv2.GaussianBlur(grown, (0, 0), 0.7 * reach), visible), np.float32)


def _resized(image: Float32, size: tuple[int, int]) -> Float32:
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _reached(weight: Float32) -> tuple[slice, slice]:
    """Rows and columns around all that has weight; everything where nothing has."""
    ranges = []
    for axis, length in enumerate(weight.shape):
        used = np.flatnonzero(weight.any(axis=1 - axis))
        start, stop = (used[0], used[-1] + 1) if len(used) else (0, length)
        ranges.append(slice(max(0, int(start) - REACH), min(length, int(stop) + REACH)))
    return ranges[0], ranges[1]


def _cosine(
    vertices: NDArray[np.floating], normals: NDArray[np.floating], camera: Camera
) -> NDArray[np.floating]:
    """(V,) of the angle between the surface and the ray to the camera."""
    towards = camera_position(camera) - vertices
    return np.asarray((normals * towards).sum(axis=1) / np.linalg.norm(towards, axis=1))


def _visible(x: Float32, y: Float32, depth: Float32, cosine: Float32) -> NDArray[np.bool_]:
    """(N,) whether nothing of the head lies before the texel: a splatted depth buffer."""
    left, top = x.min(), y.min()
    cell = max(x.max() - left, y.max() - top) / DEPTH_CELLS
    place = ((y - top) / cell).astype(np.int32) * (DEPTH_CELLS + 1)
    place += ((x - left) / cell).astype(np.int32)
    nearest = np.full((DEPTH_CELLS + 1) ** 2, np.inf, np.float32)
    front = cosine > 0
    np.minimum.at(nearest, place[front], depth[front])
    # A cell's nearest point is up to one cell of slope nearer than its texels: allow for it.
    slope = np.sqrt(np.maximum(1.0 - cosine**2, 0.0)) / np.maximum(cosine, GRAZING)
    allowance = HIDDEN_M / float(np.median(depth)) * depth * (1.0 + 0.25 * slope)
    return np.asarray(depth <= nearest[place] + allowance)


def _sure(segments: HeadSegments) -> Float32:
    """(h, w) the skin without its rim, where background and hair shine through."""
    size = 2 * max(1, round(RIM * segments.face_height)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    inner = cv2.erode(segments.skin, kernel)
    return np.asarray(cv2.GaussianBlur(inner, (0, 0), 0.4 * size), np.float32)


def _clear(segments: HeadSegments) -> Float32:
    """(h, w) 0 over the eyeballs and between the lips, 1 elsewhere: those have meshes of their
    own, and their pixels on the lids and lips would show when these move."""
    shape = segments.skin.shape
    mask = np.zeros(shape, np.uint8)
    for outline, margin in ((LEFT_EYE, EYE_MARGIN), (RIGHT_EYE, EYE_MARGIN)):
        points = segments.face[list(outline)]
        _fill(mask, points, margin * float(np.ptp(points, axis=0).max()))
    width = float(np.ptp(segments.face[list(LIPS)], axis=0).max())
    _fill(mask, segments.face[list(INNER_LIPS)], LIP_MARGIN * width)
    soft = cv2.GaussianBlur(1.0 - mask.astype(np.float32), (0, 0), max(0.6, 0.01 * width))
    return np.asarray(np.minimum(soft, 1.0 - mask), np.float32)


def _fill(mask: Uint8, outline: NDArray[np.floating], margin: float) -> None:
    points = [np.round(outline - 0.5).astype(np.int32)]
    cv2.fillPoly(mask, points, 1)
    cv2.polylines(mask, points, True, 1, thickness=max(1, round(2 * margin)))


def camera_position(camera: Camera) -> NDArray[np.float64]:
    """(3,) the camera's place in the world, metres."""
    return np.asarray(-camera.rotation.T @ camera.translation, np.float64)
