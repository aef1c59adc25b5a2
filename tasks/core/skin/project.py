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
# Lash and sclera pixels reach this share of the eye's width over its landmarks.
EYE_MARGIN = 0.06
# The lips' seam is blurred with teeth and shadow for this share of the mouth's width.
LIP_MARGIN = 0.02
# Width of the skin's rim, in face heights.
RIM = 0.02
INNER_LIPS = (
    78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191,
)  # fmt: skip


@dataclass(frozen=True)
class PhotoLayer(Digested):
    """One photo in UV space.

    color: (S, S, 3) uint8 sRGB; weight: (S, S) float32, 0 where the photo says nothing;
    hair: (S, S) float32, where the photo shows hair over the skin.
    """

    color: Uint8
    weight: Float32
    hair: Float32


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
    surface = atlas.head
    points = surface.interpolate(vertices, atlas.layout.faces)
    normals = surface.interpolate(vertex_normals(vertices, atlas.layout.faces), atlas.layout.faces)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    pixels = camera.project(points)

    towards = camera_position(camera).astype(np.float32) - points
    towards /= np.linalg.norm(towards, axis=1, keepdims=True)
    cosine = np.einsum("nd,nd->n", normals, towards)
    facing = np.clip((cosine - GRAZING) / (FACING - GRAZING), 0.0, 1.0)
    seen = facing * _visible(pixels, cosine)

    maps = atlas.pad(surface, np.stack([pixels[:, 0], pixels[:, 1], seen], axis=1))
    maps = cv2.resize(maps, (size, size), interpolation=cv2.INTER_LINEAR)
    x, y = maps[..., 0] - 0.5, maps[..., 1] - 0.5
    color = cv2.remap(photo.pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    crop_x = ((maps[..., 0] - segments.origin[0]) * segments.scale - 0.5).astype(np.float32)
    crop_y = ((maps[..., 1] - segments.origin[1]) * segments.scale - 0.5).astype(np.float32)
    skin = cv2.remap(_sure(segments) * _clear(segments), crop_x, crop_y, cv2.INTER_LINEAR)
    hair = cv2.remap(segments.hair, crop_x, crop_y, cv2.INTER_LINEAR)
    return PhotoLayer(
        color=np.asarray(color, np.uint8),
        weight=(maps[..., 2] * skin).astype(np.float32),
        hair=(hair * (maps[..., 2] > 0)).astype(np.float32),
    )


def _visible(pixels: NDArray[np.float64], cosine: NDArray[np.floating]) -> NDArray[np.float32]:
    """(N,) 1 where nothing of the head lies before the texel: a splatted depth buffer."""
    low, high = pixels[:, :2].min(axis=0), pixels[:, :2].max(axis=0)
    cell = (high - low).max() / DEPTH_CELLS
    place = ((pixels[:, :2] - low) / cell).astype(np.int64)
    flat = place[:, 1] * (DEPTH_CELLS + 1) + place[:, 0]
    depth = np.full((DEPTH_CELLS + 1) ** 2, np.inf)
    front = cosine > 0
    np.minimum.at(depth, flat[front], pixels[front, 2])
    # A cell's nearest point is up to one cell of slope nearer than its texels: allow for it.
    slope = np.sqrt(np.maximum(1.0 - cosine**2, 0.0)) / np.maximum(cosine, GRAZING)
    metres_per_pixel = pixels[:, 2] / max(1e-9, float(np.median(pixels[:, 2])))
    allowance = HIDDEN_M * metres_per_pixel * (1.0 + 0.25 * slope)
    return (pixels[:, 2] <= depth[flat] + allowance).astype(np.float32)


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
