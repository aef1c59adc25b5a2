"""The thumbnail: head and shoulders from the front."""

from __future__ import annotations

from tasks.core.entities import Asset
from tasks.core.gltf.read import read_glb
from tasks.core.picture.framing import Extent, bust_camera, extent_of
from tasks.core.picture.png import write_png
from tasks.core.picture.render import Scene, over_background

BACKGROUND = (236, 238, 241)
THUMBNAIL_NAME = "thumbnail.png"


def take_thumbnail(glb: Asset, size: int = 512) -> Asset:
    """Head and shoulders of the avatar in a GLB.

    Args:
        glb: the finished file.
        size: pixels of each side.

    Returns:
        `thumbnail.png`, sRGB.

    Raises:
        Rejected: the file cannot be read.
        EngineMissing: this machine cannot draw.
    """
    avatar = read_glb(glb.data)
    with Scene(avatar.parts, avatar.materials, avatar.textures, mipmaps=False) as scene:
        return thumbnail_of(scene, extent_of(scene.points(), avatar.skeleton), size)


def thumbnail_of(scene: Scene, extent: Extent, size: int = 512) -> Asset:
    """The same from a scene that is already there."""
    pixels = over_background(scene.picture(bust_camera(extent, 0.0, size)), BACKGROUND)
    return write_png(THUMBNAIL_NAME, pixels)
