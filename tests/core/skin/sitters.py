"""Synthetic portraits: the body model's head under a known texture, seen by a known camera."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import (
    Camera,
    Figure,
    Float32,
    HeadFit,
    Landmarks,
    Material,
    Photo,
    Subject,
    Texture,
    Uint8,
)
from tasks.core.picture.render import orbit_camera, render_rgba
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.parts import cut_part
from tasks.core.skin.segment import HeadSegments

BACKGROUND = (70, 110, 170)
# The camera's field of view holds head and neck with room for hair.
DISTANCE_M, FIELD_OF_VIEW = 0.75, 0.62


@dataclass(frozen=True)
class Sitter:
    """A portrait with everything known about it. `segments` calls all of the person skin."""

    photo: Photo
    subject: Subject
    landmarks: Landmarks
    segments: HeadSegments
    head: HeadFit

    @property
    def camera(self) -> Camera:
        """That took the photo."""
        return self.head.cameras[0]


def rest(model: BodyModel) -> tuple[Float32, Float32]:
    """Vertices and joints of the default person."""
    return model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )


def eyes_of(model: BodyModel, joints: Float32) -> Float32:
    """(2, 3) the eyeballs' centres, left first."""
    names = model.topology.joint_names
    return joints[[names.index("LeftEye"), names.index("RightEye")]]


def paint(
    model: BodyModel, atlas: SkinAtlas, color_at: Callable[[Float32], NDArray[np.floating]]
) -> Uint8:
    """A texture of the raster's size whose colour is a function of the surface's position.

    Args:
        color_at: (N, 3) positions from the eyes' middle in metres → (N, 3) sRGB 0..255.
    """
    vertices, joints = rest(model)
    middle = eyes_of(model, joints).mean(axis=0)
    points = atlas.raster.interpolate(vertices, atlas.layout.faces) - middle
    colors = np.clip(np.rint(color_at(points)), 0, 255).astype(np.uint8)
    return colors[atlas.raster.nearest]


def sit(
    model: BodyModel,
    atlas: SkinAtlas,
    texture: Uint8,
    *,
    yaw: float = 0.0,
    size: int = 480,
    hair: tuple[int, int, int] | None = None,
    hair_radius_m: float = 0.0,
) -> Sitter:
    """Photograph the default person, neutral, evenly lit.

    Args:
        texture: (S, S, 3) uint8 sRGB of the skin. yaw: radians, > 0 from the person's left.
        size: of the square photo, pixels.
        hair: sRGB of a disc behind the head, about the skull's middle, or none.
        hair_radius_m: the disc's.
    """
    vertices, joints = rest(model)
    eyes = eyes_of(model, joints)
    middle = eyes.mean(axis=0)
    target = middle + np.array([0.0, -0.02, -0.06])
    camera = orbit_camera(target, DISTANCE_M, yaw, 0.0, size, FIELD_OF_VIEW)
    figure = Figure(vertices=vertices, joints=joints, head_to_figure=np.eye(4, dtype=np.float32))
    part = cut_part(
        model,
        figure,
        name="skin",
        material="skin",
        faces=atlas.layout.faces,
        uv=atlas.layout.uv,
        uv_faces=atlas.layout.uv_faces,
    )
    skin = Material(name="skin", texture="skin")
    drawn = render_rgba([part], [skin], {"skin": Texture(texture)}, camera, unlit=True)
    share = drawn[..., 3:].astype(np.float32) / 255.0
    behind = np.zeros((size, size), np.float32)
    if hair is not None:
        place = camera.project(skull_centre(eyes))
        rows, columns = np.mgrid[0:size, 0:size] + 0.5
        radius = hair_radius_m * camera.focal_px / place[2]
        behind = (np.hypot(columns - place[0], rows - place[1]) < radius).astype(np.float32)
    backdrop = np.where(behind[..., None] > 0, hair or BACKGROUND, BACKGROUND)
    pixels = np.rint(drawn[..., :3] * share + backdrop * (1.0 - share)).astype(np.uint8)
    matte = np.rint(255.0 * np.maximum(share[..., 0], behind)).astype(np.uint8)

    embedding = model.landmarks
    assert embedding is not None
    face = np.zeros((478, 3), np.float32)
    face[embedding.landmarks] = camera.project(embedding.points(vertices))
    face[:, 2] = 0.0
    low, high = face[:, :2].min(axis=0), face[:, :2].max(axis=0)
    landmarks = Landmarks(
        face=face,
        face_box=np.concatenate([low, high]),
        face_confidence=1.0,
        head_angles=np.array([-yaw, 0.0, 0.0], np.float32),
        body=None,
        visibility=None,
        body_world=None,
        engine="truth",
    )
    upwards = face[10, :2] - face[152, :2]
    height = float(np.linalg.norm(upwards))
    segments = HeadSegments(
        origin=np.zeros(2, np.float32),
        scale=1.0,
        pixels=pixels,
        matte=matte.astype(np.float32) / 255.0,
        skin=share[..., 0],
        hair=np.where(share[..., 0] > 0.5, 0.0, behind).astype(np.float32),
        face=face[:, :2].copy(),
        face_height=height,
        up=(upwards / height).astype(np.float32),
    )
    head = HeadFit(
        phenotypes=model.phenotype_defaults,
        local_changes=np.zeros(len(model.local_change_names), np.float32),
        expressions=np.zeros((1, len(model.expression_names)), np.float32),
        cameras=(camera,),
        vertices=vertices,
        joints=joints,
        residuals=np.zeros(1, np.float32),
    )
    photo = Photo(pixels=pixels, focal_px=None, sha256="0" * 64, media_type="image/png")
    return Sitter(photo, Subject(matte=matte, engine="truth"), landmarks, segments, head)


def together(*sitters: Sitter) -> HeadFit:
    """The fit of one person seen in several photos."""
    head = sitters[0].head
    return replace(
        head,
        expressions=np.concatenate([sitter.head.expressions for sitter in sitters]),
        cameras=tuple(sitter.camera for sitter in sitters),
        residuals=np.zeros(len(sitters), np.float32),
    )


def skull_centre(eyes: Float32) -> NDArray[np.float64]:
    """(3,) behind and above the eyes, as the hair's shell takes it."""
    from tasks.core.hair.field import CENTRE_BACK, CENTRE_UP

    unit = float(np.linalg.norm(eyes[0] - eyes[1]))
    return np.asarray(eyes.mean(axis=0) + unit * np.array([0.0, CENTRE_UP, -CENTRE_BACK]))


def at_size(texture: Uint8, size: int) -> NDArray[np.float32]:
    """A texture at another size, as float."""
    kind = cv2.INTER_AREA if size < len(texture) else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(texture, (size, size), interpolation=kind), np.float32)
