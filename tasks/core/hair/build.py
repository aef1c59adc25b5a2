"""The hair as a drawable part: a shell with volume, painted from the photo."""

from __future__ import annotations

import numpy as np

from tasks.core.body.model import BodyModel
from tasks.core.entities import (
    Figure,
    Float32,
    HeadFit,
    Int32,
    Material,
    MeshPart,
    Notice,
    Photo,
    Texture,
)
from tasks.core.hair.field import (
    COLUMNS,
    HEIGHT,
    ROWS,
    WIDTH,
    HairField,
    angles,
    grid_position,
    hair_field,
)
from tasks.core.hair.scalp import scalp_mask
from tasks.core.hair.texture import hair_cover, hair_texture, tapered
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.parts import Layer, vertex_normals
from tasks.core.skin.project import expressed_vertices
from tasks.core.skin.segment import HeadSegments

NAME = "hair"
# Cells whose every texel is clearer than this are not drawn at all.
CLEAR = 40
# One in so many of the atlas's texels (on the head 3 mm apart) is enough for the skin's radius.
EVERY = 5
# A head with less hair than this share of the crop counts as bald.
BALD_SHARE = 0.004


def build_hair(
    model: BodyModel,
    atlas: SkinAtlas,
    figure: Figure,
    head: HeadFit,
    photo: Photo,
    segments: HeadSegments,
    index: int,
) -> tuple[Layer, Float32 | None, float]:
    """Hair with volume, following the outline in one photo.

    Args:
        model, atlas, figure: the person. head: the fit. photo, segments, index: the photo to take
            the outline and the colours from, and its row in `head`.

    Returns:
        The layer (no parts where the head is bald), the hair's mean linear colour (3,) or None,
        and its largest thickness in metres.
    """
    if float((segments.hair > 0.5).mean()) < BALD_SHARE:
        notice = Notice("hair.none", "No hair was found in the photo; the avatar has none.")
        return Layer(parts=(), materials=(), textures={}, notices=(notice,)), None, 0.0
    vertices = expressed_vertices(model, head, index)
    raster = atlas.raster.at(np.arange(0, len(atlas.raster.texels), EVERY))
    points = raster.interpolate(vertices, atlas.layout.faces)
    names = model.topology.joint_names
    eyes = head.joints[[names.index("LeftEye"), names.index("RightEye")]].astype(np.float64)
    field = hair_field(points, eyes, head.cameras[index], segments)
    grows = raster.interpolate(scalp_mask(model)[:, None], atlas.layout.faces)[:, 0]
    scalp = _scalp_grid(field, points, grows)
    camera = head.cameras[index]
    cover = hair_cover(field, segments, camera, scalp)
    field = tapered(field, cover)
    pixels, mean = hair_texture(field, photo, segments, camera, cover)
    part = _shell(model, figure, field, pixels[..., 3])
    material = Material(
        name=NAME,
        texture=NAME,
        roughness=0.55,
        alpha_mode="MASK",
        alpha_cutoff=0.5,
        double_sided=True,
    )
    thickest = float((field.thickness * (field.present > 0.5)).max())
    layer = Layer(parts=(part,), materials=(material,), textures={NAME: Texture(pixels=pixels)})
    return layer, mean, thickest


def _scalp_grid(field: HairField, points: Float32, mask: Float32) -> Float32:
    """(ROWS, COLUMNS + 1) the mask (N,) of skin points as seen from the skull's middle."""
    azimuth, elevation, _ = angles(points, field.centre)
    column, row = grid_position(azimuth, elevation)
    flat = np.round(row).astype(np.int64) * COLUMNS + np.round(column).astype(np.int64) % COLUMNS
    inside = (row >= 0) & (row < ROWS - 0.5)
    total = np.bincount(flat[inside], weights=mask[inside], minlength=ROWS * COLUMNS)
    count = np.bincount(flat[inside], minlength=ROWS * COLUMNS)
    grid = (total / np.maximum(count, 1)).reshape(ROWS, COLUMNS)
    grid[:3] = 1.0
    return np.concatenate([grid, grid[:, :1]], axis=1).astype(np.float32)


def _shell(model: BodyModel, figure: Figure, field: HairField, alpha: np.ndarray) -> MeshPart:
    local = field.points().reshape(-1, 3)
    matrix = figure.head_to_figure.astype(np.float64)
    positions = (local @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    faces = _cells(alpha)
    row, column = np.divmod(np.arange(ROWS * (COLUMNS + 1)), COLUMNS + 1)
    uv = np.stack(
        [
            (column / COLUMNS * (WIDTH - 1) + 0.5) / WIDTH,
            (row / (ROWS - 1) * (HEIGHT - 1) + 0.5) / HEIGHT,
        ],
        axis=1,
    )
    used = np.unique(faces)
    place = np.full(len(positions), -1, np.int32)
    place[used] = np.arange(len(used), dtype=np.int32)
    normals = vertex_normals(positions, _welded(faces))
    # Repeated vertices of the seam and the crown take the normal of the one that faces use.
    normals = normals[np.where(row == 0, 0, row * (COLUMNS + 1) + column % COLUMNS)]
    joints = np.zeros((len(used), 4), np.uint16)
    joints[:, 0] = model.topology.joint_names.index("Head")
    weights = np.zeros((len(used), 4), np.float32)
    weights[:, 0] = 1.0
    return MeshPart(
        name=NAME,
        material=NAME,
        positions=positions[used],
        normals=normals[used],
        uv=uv[used].astype(np.float32),
        faces=place[faces],
        joints=joints,
        weights=weights,
    )


def _cells(alpha: np.ndarray) -> Int32:
    """(F, 3) the triangles of grid cells that show any hair, counter-clockwise from outside."""
    row, column = np.mgrid[0 : ROWS - 1, 0:COLUMNS]
    top = (row * HEIGHT) // (ROWS - 1)
    left = (column * WIDTH) // COLUMNS
    depth, width = HEIGHT // (ROWS - 1) + 1, WIDTH // COLUMNS + 1
    shown = np.zeros(row.shape, bool)
    for dy in range(depth):
        for dx in range(width):
            shown |= (
                alpha[np.minimum(top + dy, HEIGHT - 1), np.minimum(left + dx, WIDTH - 1)] > CLEAR
            )
    a = (row * (COLUMNS + 1) + column)[shown]
    b, c, d = a + 1, a + COLUMNS + 1, a + COLUMNS + 2
    first = np.stack([a, c, d], axis=1)
    second = np.stack([a, d, b], axis=1)
    # Cells at the crown have no width at the top: their second triangle is a line.
    second = second[a >= COLUMNS + 1]
    return np.concatenate([first, second]).astype(np.int32)


def _welded(faces: Int32) -> Int32:
    """The faces with the seam's repeated column and the crown's row made one, for normals."""
    row, column = np.divmod(faces, COLUMNS + 1)
    welded = row * (COLUMNS + 1) + column % COLUMNS
    return np.where(row == 0, 0, welded).astype(np.int32)
