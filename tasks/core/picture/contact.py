"""The contact sheet: the photo, the head from four sides, the whole figure, in one image."""

from __future__ import annotations

import cv2
import numpy as np

from tasks.core.entities import Asset, Photo, Uint8
from tasks.core.gltf.read import read_glb
from tasks.core.picture.framing import Extent, body_camera, extent_of, head_camera
from tasks.core.picture.png import write_png
from tasks.core.picture.render import Scene, over_background
from tasks.core.picture.thumbnail import BACKGROUND, thumbnail_of

CONTACT_NAME = "contact-sheet.png"
# Three columns and a gap make 1600 pixels.
_CELL = 528
_GAP = 8
_COLUMNS = 3
# From the front, three-quarter, profile, from behind; towards the avatar's left.
_HEAD_YAWS = (0.0, np.pi / 4.0, np.pi / 2.0, np.pi)


def take_contact_sheet(glb: Asset, photo: Photo | None) -> Asset:
    """The photo beside the avatar from all sides.

    Args:
        glb: the finished file.
        photo: the photo it was made from, for the first cell; None leaves that cell empty.

    Returns:
        `contact-sheet.png`, sRGB, 1600 pixels wide: photo, front, three-quarter; side, back,
        whole figure.

    Raises:
        Rejected: the file cannot be read.
        EngineMissing: this machine cannot draw.
    """
    avatar = read_glb(glb.data)
    with Scene(avatar.parts, avatar.materials, avatar.textures, mipmaps=False) as scene:
        return contact_sheet_of(scene, extent_of(scene.points(), avatar.skeleton), photo)


def take_pictures(glb: Asset, photo: Photo | None) -> tuple[Asset, Asset]:
    """Thumbnail and contact sheet of one reading of the file; see `take_contact_sheet`."""
    avatar = read_glb(glb.data)
    with Scene(avatar.parts, avatar.materials, avatar.textures, mipmaps=False) as scene:
        extent = extent_of(scene.points(), avatar.skeleton)
        return thumbnail_of(scene, extent), contact_sheet_of(scene, extent, photo)


def contact_sheet_of(scene: Scene, extent: Extent, photo: Photo | None) -> Asset:
    """The same from a scene that is already there."""
    cameras = [head_camera(extent, yaw, _CELL) for yaw in _HEAD_YAWS]
    cameras.append(body_camera(extent, 0.0, _CELL))
    cells = [_blank(_CELL, _CELL) if photo is None else _fitted(photo.pixels)]
    cells += [over_background(scene.picture(camera), BACKGROUND) for camera in cameras]
    rows = -(-len(cells) // _COLUMNS)
    sheet = np.full(
        (rows * _CELL + (rows - 1) * _GAP, _COLUMNS * _CELL + (_COLUMNS - 1) * _GAP, 3),
        255,
        np.uint8,
    )
    for place, cell in enumerate(cells):
        top = (place // _COLUMNS) * (_CELL + _GAP)
        left = (place % _COLUMNS) * (_CELL + _GAP)
        sheet[top : top + _CELL, left : left + _CELL] = cell
    return write_png(CONTACT_NAME, sheet)


def _fitted(pixels: Uint8) -> Uint8:
    """The whole photo in the middle of a cell."""
    height, width = pixels.shape[:2]
    scale = _CELL / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shrunk = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    cell = _blank(_CELL, _CELL)
    top, left = (_CELL - size[1]) // 2, (_CELL - size[0]) // 2
    cell[top : top + size[1], left : left + size[0]] = shrunk
    return cell


def _blank(height: int, width: int) -> Uint8:
    return np.tile(np.array(BACKGROUND, np.uint8), (height, width, 1))
