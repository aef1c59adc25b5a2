"""How much the finished file looks like the photo: landmarks found again, and a recogniser."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infra.bench.pipeline import Build
from infra.bench.recogniser import face_distance
from tasks.core.body.model import BodyModel
from tasks.core.entities import Camera, Float32, Material, MeshPart, Uint8
from tasks.core.landmarks.engine import LandmarkEngine
from tasks.core.landmarks.main_face import main_face
from tasks.core.picture.glb import read_glb
from tasks.core.picture.render import render_parts

# MediaPipe's iris centres: the person's right and left.
_RIGHT_IRIS, _LEFT_IRIS = 468, 473
# Plain grey around the avatar: nothing of the photo can help the engines.
_BACKGROUND = (128, 128, 128)
# The template's skin and eyes: of no person. Linear light.
_TEMPLATE_SKIN = (0.45, 0.28, 0.20, 1.0)
_TEMPLATE_EYES = (0.10, 0.07, 0.05, 1.0)
_EYE_GROUPS = ("helper-l-eye", "helper-r-eye")


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
    camera = moved_camera(built.head.cameras[0], built.figure.head_to_figure)
    weights = dict(zip(model.expression_names, map(float, built.head.expressions[0]), strict=True))
    drawing = read_glb(built.glb)
    picture = render_parts(
        drawing.parts,
        drawing.materials,
        drawing.textures,
        camera,
        morphs=weights,
        background=_BACKGROUND,
    )
    template = render_parts(
        _template_parts(model, built),
        [Material("skin", color=_TEMPLATE_SKIN), Material("eyes", color=_TEMPLATE_EYES)],
        {},
        camera,
        background=_BACKGROUND,
    )
    found = _landmarks(engine, picture)
    wanted = built.landmarks.face[:, :2]
    eyes = float(np.linalg.norm(wanted[_LEFT_IRIS] - wanted[_RIGHT_IRIS]))
    error = float(np.linalg.norm(found - wanted, axis=1).mean()) / eyes
    here = (built.photo.pixels, _box(wanted))
    return Resemblance(
        landmark_error=error,
        distance=face_distance(*here, picture, _box(found)),
        template_distance=face_distance(*here, template, _box(_landmarks(engine, template))),
        picture=picture,
        template_picture=template,
    )


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


def _template_parts(model: BodyModel, built: Build) -> list[MeshPart]:
    """The model with default parameters, laid over the fitted head at its place and size."""
    assert model.landmarks is not None
    vertices, _ = model.shape(model.phenotype_defaults, np.zeros(len(model.local_change_names)))
    placed = _aligned(
        vertices,
        model.landmarks.points(vertices),
        _moved(model.landmarks.points(built.head.vertices), built.figure.head_to_figure),
    )
    names = [("body", "skin"), *((group, "eyes") for group in _EYE_GROUPS)]
    return [
        _flat_part(placed, model.topology.faces_of(group), group, material)
        for group, material in names
        if group in model.topology.group_names
    ]


def _moved(points: NDArray[np.floating], matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3], np.float64)


def _aligned(
    vertices: NDArray[np.floating], source: NDArray[np.floating], target: NDArray[np.floating]
) -> Float32:
    """Vertices under the least-squares similarity from source to target (S. Umeyama, 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / (a**2).sum())
    placed = scale * (vertices - source.mean(axis=0)) @ rotation.T + target.mean(axis=0)
    return placed.astype(np.float32)


def _flat_part(vertices: Float32, faces: NDArray[np.int32], name: str, material: str) -> MeshPart:
    ids, local = np.unique(faces, return_inverse=True)
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], across)
    lengths = np.linalg.norm(normals, axis=1, keepdims=True)
    weights = np.zeros((len(ids), 4), np.float32)
    weights[:, 0] = 1.0
    return MeshPart(
        name=name,
        material=material,
        positions=vertices[ids],
        normals=(normals / np.maximum(lengths, np.finfo(np.float32).tiny))[ids],
        uv=np.zeros((len(ids), 2), np.float32),
        faces=local.reshape(-1, 3).astype(np.int32),
        joints=np.zeros((len(ids), 4), np.uint16),
        weights=weights,
    )
