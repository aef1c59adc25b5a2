"""How much the finished file looks like the photo: landmarks found again, and a recogniser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.bench.pipeline import Build
from infra.bench.recogniser import face_distance
from infra.bench.template import moved, similarity_between, template
from tasks.core.body.model import BodyModel
from tasks.core.entities import Camera, Float32, Uint8
from tasks.core.gltf.read import read_glb
from tasks.core.landmarks.engine import LandmarkEngine
from tasks.core.landmarks.main_face import main_face
from tasks.core.picture.render import render_parts

# MediaPipe's iris centres: the person's right and left.
_RIGHT_IRIS, _LEFT_IRIS = 468, 473
# Plain grey around the avatar: nothing of the photo can help the engines.
_BACKGROUND = (128, 128, 128)


@dataclass(frozen=True)
class Resemblance:
    """landmark_error: mean distance as a share of the distance of the irises. distance: of photo
    and avatar to the recogniser; template_distance: of photo and untouched model. pictures: what
    was compared, (H, W, 3) each."""

    landmark_error: float
    distance: float
    template_distance: float
    picture: Uint8
    template_picture: Uint8


def resemblance(model: BodyModel, engine: LandmarkEngine, built: Build) -> Resemblance:
    """Compare the finished file with the photo it came from.

    The file is read back, drawn by the fitted camera with the fitted expression over plain grey,
    and shown to the landmark engine and to the recogniser.

    Raises:
        ValueError: no face is found on a picture.
    """
    matrix = head_to_avatar(built)
    camera = moved_camera(built.head.cameras[0], matrix)
    weights = dict(zip(model.expression_names, map(float, built.head.expressions[0]), strict=True))
    avatar = read_glb(built.glb.data)
    picture = render_parts(
        avatar.parts,
        avatar.materials,
        avatar.textures,
        camera,
        morphs=weights,
        background=_BACKGROUND,
    )
    assert model.landmarks is not None
    nobody = template(model, moved(model.landmarks.points(built.head.vertices), matrix))
    neutral = render_parts(
        nobody.parts, nobody.materials, nobody.textures, camera, background=_BACKGROUND
    )
    found = _landmarks(engine, picture)
    wanted = built.landmarks.face[:, :2]
    eyes = float(np.linalg.norm(wanted[_LEFT_IRIS] - wanted[_RIGHT_IRIS]))
    error = float(np.linalg.norm(found - wanted, axis=1).mean()) / eyes
    here = (built.photo.pixels, _box(wanted))
    return Resemblance(
        landmark_error=error,
        distance=face_distance(*here, picture, _box(found)),
        template_distance=face_distance(*here, neutral, _box(_landmarks(engine, neutral))),
        picture=picture,
        template_picture=neutral,
    )


def head_to_avatar(built: Build) -> NDArray[np.float64]:
    """(4, 4) from the frame of the head's fit to the file's.

    Standing the figure up for the rig moves its head once more. How, the face's vertices tell:
    those that an expression moves, before and after.
    """
    before, after = [], []
    for skin, rigged in zip(built.skin.parts, built.rigged.parts, strict=True):
        if skin.morphs:
            face = np.unique(np.concatenate([morph.indices for morph in skin.morphs]))
            before.append(skin.positions[face])
            after.append(rigged.positions[face])
    standing = similarity_between(np.concatenate(before), np.concatenate(after))
    return standing @ built.figure.head_to_figure.astype(np.float64)


def moved_camera(camera: Camera, similarity: NDArray[np.floating]) -> Camera:
    """The same camera after the world was moved by a similarity (4, 4), scale included.

    With x' = s R x + t the pixel of x' is that of x: rotation Q Rᵀ, translation s c - Q Rᵀ t.
    """
    linear, shift = similarity[:3, :3].astype(np.float64), similarity[:3, 3].astype(np.float64)
    scale = float(np.cbrt(np.linalg.det(linear)))
    turned = camera.rotation.astype(np.float64) @ (linear / scale).T
    return Camera(
        focal_px=camera.focal_px,
        principal=camera.principal,
        rotation=turned.astype(np.float32),
        translation=(scale * camera.translation - turned @ shift).astype(np.float32),
        width=camera.width,
        height=camera.height,
    )


def _landmarks(engine: LandmarkEngine, picture: Uint8) -> Float32:
    face = main_face(picture, engine)
    if face is None:
        raise ValueError("no face was found on the rendering")
    return face.mesh[:, :2]


def _box(points: Float32) -> Float32:
    return np.concatenate([points.min(axis=0), points.max(axis=0)])
