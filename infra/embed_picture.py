"""The body model's head, painted enough for a face detector to read: lips, brows, irises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tasks.core.body.model import BodyModel, Sparse
from tasks.core.entities import Camera, Material, MeshPart, Texture
from tasks.core.picture.render import Scene

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SKIN = (202, 159, 139)
LIPS = (178, 108, 105)
BROW = (75, 50, 38)
CAVITY = (60, 20, 20)
SCLERA = (235, 230, 228)
IRIS = (90, 60, 40)
PUPIL = (10, 8, 8)
IRIS_RADIUS_M = 0.00585
PUPIL_RADIUS_M = 0.0022

# Metres on the neutral adult head. What lies above the larynx; the mouth's and the brows' regions
# about their landmarks in the mesh.
HEAD_FROM_BELOW_EYES_M = 0.16
MOUTH_HALF_WIDTH_M = 0.032
MOUTH_HALF_HEIGHT_M = 0.035
# A vertex this far behind the surface before it is inside the head.
HIDDEN_BEHIND_M = 0.0008
# Share of the largest volume change above which a vertex is lip.
LIP_SHARE = 0.10
# The brow, metres from the eye's middle: outwards and upwards, an adult's average.
BROW_TOP = ((-0.019, 0.0165), (-0.008, 0.0215), (0.004, 0.0235), (0.014, 0.0215), (0.024, 0.0155))
BROW_BOTTOM = (
    (-0.018, 0.0115),
    (-0.008, 0.0165),
    (0.004, 0.0195),
    (0.014, 0.0185),
    (0.024, 0.0145),
)
BROW_TEXTURE_PX = 512
BROW_TEXTURE_M = 0.16
# The brow texture's middle above the eyes' middle.
BROW_RAISED_M = 0.02
# The lids' folds lie before the eyeball's middle by more than this; the socket's do not.
LID_BEFORE_EYE_M = 0.006
# ... and no farther inside the eyeball's sphere than this share of its radius: the lids' inner
# side has folds too.
LID_OUTSIDE_SHARE = 0.88
# Both lids' folds run into the corners, which lie about the height of the eyeball's middle.
LID_CORNER_M = 0.003
# The base mesh is symmetric to far better than this.
SYMMETRY_M = 1e-5


@dataclass(frozen=True)
class Doll:
    """The neutral adult of a body model, and what of its mesh is what.

    neutral: (V, 3) metres. faces: (F, 3) of the head's skin; outer_faces, lip_faces, brow_faces,
    cavity_faces: (F,) which are seen from outside, are lip, and so on.
    mirror: (V,) each vertex' mirror image. eye_vertices: both eyeballs. Folds: (n, 2) edges
    where the skin of a lip or lid turns inwards, seen from the front.
    """

    neutral: Floats
    faces: Ints
    outer_faces: NDArray[np.bool_]
    lip_faces: NDArray[np.bool_]
    brow_faces: NDArray[np.bool_]
    cavity_faces: NDArray[np.bool_]
    lip_share: Floats
    mirror: Ints
    eye_vertices: Ints
    eye_faces: tuple[Ints, Ints]
    teeth_faces: Ints
    upper_lip_fold: Ints
    lower_lip_fold: Ints
    upper_lid_fold: Ints
    lower_lid_fold: Ints
    expressions: dict[str, Sparse]

    @staticmethod
    def of(model: BodyModel) -> Doll:
        """Take a body model's neutral head apart."""
        return _take_apart(model)

    def expressed(self, shape: NDArray[np.floating], weights: Mapping[str, float]) -> Floats:
        """(V, 3) a person with ARKit weights."""
        vertices = np.array(shape, np.float64)
        for name, weight in weights.items():
            action = self.expressions[name]
            vertices[action.indices] += weight * action.offsets
        return vertices

    def facing(self, vertices: Floats, camera: Camera) -> Floats:
        """(F,) cosine between each face's normal and the way to the camera."""
        corners = vertices[self.faces]
        normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-30)
        rotation = camera.rotation.astype(np.float64)
        eye = -rotation.T @ camera.translation.astype(np.float64)
        way = eye - corners.mean(axis=1)
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        return np.einsum("fd,fd->f", normal, way)

    def on_eye(self, near: Floats, offset: Floats) -> tuple[Ints, Floats]:
        """Corners and weights on the front of the eyeball nearest to a point, `offset` (x, y)
        metres from its middle."""
        side = 0 if near[0] >= 0.0 else 1
        faces = self.eye_faces[side]
        ball = self.neutral[np.unique(faces)]
        middle = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
        target = middle[:2] + offset
        corners = self.neutral[faces]
        weights = _weights_2d(corners[..., :2], target)
        inside = (weights >= -1e-9).all(axis=1) & (corners[..., 2].mean(axis=1) > middle[2])
        index = int(np.flatnonzero(inside)[0])
        return faces[index], weights[index]


def doll_scene(doll: Doll, vertices: Floats) -> Scene:
    """The painted head, ready to be seen by cameras."""
    points = vertices.astype(np.float32)
    normals = _normals(points, doll.faces)
    plain = ~(doll.lip_faces | doll.brow_faces | doll.cavity_faces)
    flat = np.zeros((len(points), 2), np.float32)
    lip_uv = np.stack([np.clip(doll.lip_share, 0.01, 0.99), np.full(len(points), 0.5)], axis=1)
    eye_middle = doll.neutral[doll.eye_vertices].mean(axis=0)
    brow_uv = 0.5 + (
        doll.neutral[:, :2] - eye_middle[:2] - [0.0, BROW_RAISED_M]
    ) / BROW_TEXTURE_M * [1, -1]
    parts = [
        _part("skin", "skin", points, normals, flat, doll.faces[plain]),
        _part("lips", "lips", points, normals, lip_uv, doll.faces[doll.lip_faces]),
        _part("brows", "brows", points, normals, brow_uv, doll.faces[doll.brow_faces]),
        _part("cavity", "cavity", points, normals, flat, doll.faces[doll.cavity_faces]),
        _part("teeth", "teeth", points, _normals(points, doll.teeth_faces), flat, doll.teeth_faces),
    ]
    for index, faces in enumerate(doll.eye_faces):
        ball = doll.neutral[np.unique(faces)]
        middle, half = 0.5 * (ball.min(axis=0) + ball.max(axis=0)), 0.5 * np.ptp(ball[:, 2])
        uv = 0.5 + 0.5 * (doll.neutral - middle)[:, :2] / half * [1, -1]
        uv = np.where((doll.neutral[:, 2] > middle[2] - 0.3 * half)[:, None], uv, 0.0)
        parts.append(_part(f"eye{index}", "eyes", points, _normals(points, faces), uv, faces))
        textures = {"eyes": Texture(_eye_picture(float(half)))}
    textures["lips"] = Texture(_lip_ramp())
    textures["brows"] = Texture(
        _brow_picture(eye_middle, abs(doll.neutral[doll.eye_vertices, 0]).mean())
    )
    materials = [
        Material("skin", color=_linear(SKIN)),
        Material("cavity", color=_linear(CAVITY)),
        Material("teeth", color=_linear(SCLERA)),
        *(Material(name, texture=name) for name in ("lips", "brows", "eyes")),
    ]
    return Scene(parts, materials, textures)


def _take_apart(model: BodyModel) -> Doll:
    topology = model.topology
    default, _ = model.shape(model.phenotype_defaults, np.zeros(len(model.local_change_names)))
    neutral = default.astype(np.float64)
    expressions = dict(zip(model.expression_names, model.expressions, strict=True))
    eye_faces = tuple(topology.faces_of(f"helper-{side}-eye").astype(np.int64) for side in "lr")
    eyes = np.unique(np.concatenate(eye_faces))
    eye_y = neutral[eyes, 1].mean()
    body = topology.faces_of("body").astype(np.int64)
    faces = body[(neutral[body, 1] > eye_y - HEAD_FROM_BELOW_EYES_M).all(axis=1)]

    lip = _lip_share(model, neutral)
    lips = neutral[lip > 0.5].mean(axis=0)
    near_mouth = (np.abs(neutral[:, 0]) < MOUTH_HALF_WIDTH_M) & (
        np.abs(neutral[:, 1] - lips[1]) < MOUTH_HALF_HEIGHT_M
    )
    near_eyes = (np.abs(neutral[:, 1] - eye_y) < 0.016) & (np.abs(neutral[:, 0]) < 0.06)
    used = np.unique(faces)
    front = used[(neutral[used, 2] > 0.0) & (near_mouth | near_eyes)[used]]
    cover = np.concatenate([faces, *eye_faces])
    hidden = np.zeros(len(neutral), bool)
    hidden[front] = _hidden(neutral, cover, front)

    # A ray that misses the chin would else land on the neck.
    skull = topology.skin_indices[:, 0] == topology.joint_names.index("Head")
    outer = ~hidden[faces].any(axis=1) & skull[faces].all(axis=1)
    upper, lower = _folds(neutral, faces)
    ahead = _ahead(neutral, eye_faces, near_eyes)
    # A lid's fold is so sharp that which side is seen flips; its height tells them apart.
    lids = np.concatenate([upper, lower])
    lids = lids[near_eyes[lids].all(axis=1) & ahead[lids].all(axis=1)]
    brow_low, brow_high = eye_y + 0.008, eye_y + 0.035
    in_brow = (neutral[:, 1] > brow_low) & (neutral[:, 1] < brow_high) & (neutral[:, 2] > 0.08)
    lip_faces = (lip[faces] > LIP_SHARE / 4).any(axis=1)
    cavity = (hidden & near_mouth)[faces].all(axis=1)
    mirror = _mirror(model, np.unique(np.concatenate([faces, *eye_faces])))
    teeth = np.concatenate([topology.faces_of(f"helper-{jaw}-teeth") for jaw in ("upper", "lower")])
    return Doll(
        neutral=neutral,
        faces=faces,
        outer_faces=outer,
        lip_faces=lip_faces & ~cavity,
        brow_faces=in_brow[faces].any(axis=1) & ~lip_faces & ~cavity,
        cavity_faces=cavity,
        lip_share=lip,
        mirror=mirror,
        eye_vertices=eyes,
        eye_faces=(eye_faces[0], eye_faces[1]),
        teeth_faces=teeth.astype(np.int64),
        upper_lip_fold=upper[near_mouth[upper].all(axis=1) & ahead[upper].all(axis=1)],
        lower_lip_fold=lower[near_mouth[lower].all(axis=1) & ahead[lower].all(axis=1)],
        upper_lid_fold=lids[neutral[lids, 1].mean(axis=1) > eye_y - LID_CORNER_M],
        lower_lid_fold=lids[neutral[lids, 1].mean(axis=1) < eye_y + LID_CORNER_M],
        expressions=expressions,
    )


def _folds(vertices: Floats, faces: Ints) -> tuple[Ints, Ints]:
    """Edges where skin seen from the front turns inwards: the seen side above, and below."""
    corners = vertices[faces]
    seen = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])[:, 2] > 0.0
    owner: dict[tuple[int, int], int] = {}
    for index, (a, b, c) in enumerate(faces.tolist()):
        for edge in ((a, b), (b, c), (c, a)):
            owner[edge] = index
    above: list[tuple[int, int]] = []
    below: list[tuple[int, int]] = []
    for (a, b), index in sorted(owner.items()):
        other = owner.get((b, a))
        if other is None or not seen[index] or seen[other]:
            continue
        middle = vertices[faces[index]].mean(axis=0)
        (above if middle[1] > 0.5 * (vertices[a, 1] + vertices[b, 1]) else below).append((a, b))
    return np.array(above, np.int64), np.array(below, np.int64)


def _ahead(
    vertices: Floats, eye_faces: tuple[Ints, ...], near_eyes: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """(V,) which vertices lie on the outside: about the eyes, before the eyeball and around it."""
    ahead = np.ones(len(vertices), bool)
    for faces, side in zip(eye_faces, (1.0, -1.0), strict=True):
        ball = vertices[np.unique(faces)]
        middle, radius = 0.5 * (ball.min(axis=0) + ball.max(axis=0)), 0.5 * np.ptp(ball[:, 2])
        away = np.linalg.norm(vertices - middle, axis=1) > LID_OUTSIDE_SHARE * radius
        before = vertices[:, 2] > middle[2] + LID_BEFORE_EYE_M
        here = near_eyes & (vertices[:, 0] * side >= 0.0)
        ahead[here] = (away & before)[here]
    return ahead


def _hidden(vertices: Floats, cover: Ints, ids: Ints) -> NDArray[np.bool_]:
    """(n,) which of the vertices have a surface before them, seen from the front."""
    corners = vertices[cover]
    hidden = np.zeros(len(ids), bool)
    for row, point in enumerate(vertices[ids]):
        weights = _weights_2d(corners[..., :2], point[:2])
        over = (weights > 0.0).all(axis=1)
        depth = np.einsum("fc,fc->f", weights[over], corners[over, :, 2])
        hidden[row] = bool((depth > point[2] + HIDDEN_BEHIND_M).any())
    return hidden


def _weights_2d(triangles: Floats, point: Floats) -> Floats:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]

    def cross(u: Floats, v: Floats) -> Floats:
        return u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]

    area = cross(b - a, c - a)
    area = np.where(np.abs(area) < 1e-14, np.inf, area)
    u, v = cross(b - point, c - point) / area, cross(c - point, a - point) / area
    return np.stack([u, v, 1.0 - u - v], axis=1)


def _lip_share(model: BodyModel, neutral: Floats) -> Floats:
    """(V,) how much each vertex takes part in the lips' volume, 0..1."""
    share = np.zeros(len(neutral))
    for name in ("mouth-upperlip-volume-incr", "mouth-lowerlip-volume-incr"):
        for sign in (1.0, -1.0):
            values = np.zeros(len(model.local_change_names))
            values[model.local_change_names.index(name)] = sign
            moved = np.linalg.norm(
                model.shape(model.phenotype_defaults, values)[0] - neutral, axis=1
            )
            share = np.maximum(share, moved / moved.max())
    return share


def _mirror(model: BodyModel, ids: Ints) -> Ints:
    """(V,) mirror images of the vertices `ids`; the others are their own."""
    template = model.subset(ids).template.astype(np.float64)
    distance, index = cKDTree(template).query(template * [-1.0, 1.0, 1.0])
    if distance.max() > SYMMETRY_M:
        raise RuntimeError("the body model's template is not symmetric")
    mirror = np.arange(model.topology.skin_indices.shape[0])
    mirror[ids] = ids[index]
    return mirror


def _normals(vertices: NDArray[np.float32], faces: Ints) -> NDArray[np.float32]:
    corners = vertices[faces]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, faces[:, corner], face_normals)
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)


def _part(
    name: str,
    material: str,
    points: NDArray[np.float32],
    normals: NDArray[np.float32],
    uv: NDArray[np.floating],
    faces: Ints,
) -> MeshPart:
    count = len(points)
    return MeshPart(
        name=name,
        material=material,
        positions=points,
        normals=normals,
        uv=uv.astype(np.float32),
        faces=faces.astype(np.int32),
        joints=np.zeros((count, 4), np.uint16),
        weights=np.zeros((count, 4), np.float32),
    )


def _linear(colour: tuple[int, int, int]) -> tuple[float, float, float, float]:
    srgb = np.array(colour) / 255.0
    red, green, blue = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    return (float(red), float(green), float(blue), 1.0)


def _eye_picture(half_m: float) -> NDArray[np.uint8]:
    size = 512
    y, x = np.mgrid[:size, :size]
    radius = np.hypot(x + 0.5 - size / 2, y + 0.5 - size / 2) / (size / 2) * half_m
    picture = np.empty((size, size, 3), np.uint8)
    picture[:] = SCLERA
    picture[radius < IRIS_RADIUS_M] = IRIS
    picture[radius < PUPIL_RADIUS_M] = PUPIL
    return picture


def _lip_ramp() -> NDArray[np.uint8]:
    ramp = np.empty((4, 256, 3), np.uint8)
    ramp[:] = SKIN
    ramp[:, int(LIP_SHARE * 256) :] = LIPS
    return cv2.GaussianBlur(ramp, (0, 0), 4.0)


def _brow_picture(eye_middle: Floats, eye_x: float) -> NDArray[np.uint8]:
    picture = np.empty((BROW_TEXTURE_PX, BROW_TEXTURE_PX, 3), np.uint8)
    picture[:] = SKIN
    scale = BROW_TEXTURE_PX / BROW_TEXTURE_M
    outline = np.array(BROW_TOP + BROW_BOTTOM[::-1])
    for side in (1.0, -1.0):
        x = BROW_TEXTURE_PX / 2 + (side * (outline[:, 0] + eye_x) - eye_middle[0]) * scale
        y = BROW_TEXTURE_PX / 2 - (outline[:, 1] - BROW_RAISED_M) * scale
        points = np.rint(np.stack([x, y], axis=1)).astype(np.int32)
        cv2.fillPoly(picture, [points], BROW)
    return cv2.GaussianBlur(picture, (0, 0), 2.5)
