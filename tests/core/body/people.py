"""People of known shape, posed and photographed by arithmetic: the truth a fit is held against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit_landmarks import anchors_of
from tasks.core.body.plausible import Shape, Target, plausible_parameters, reach, target_of
from tasks.core.body.pose import Posed, pose_vertices
from tasks.core.body.stance import stance
from tasks.core.entities import Camera, Landmarks, Material, MeshPart, Photo, Subject
from tasks.core.person import Person
from tasks.core.picture.render import render_rgba

WIDTH, HEIGHT = 600, 900


@dataclass(frozen=True)
class Sitter:
    """A person and one photo of them, with what is true of both."""

    person: Person
    shape: Shape
    posed: Posed
    camera: Camera
    photo: Photo
    subject: Subject
    landmarks: Landmarks


def make_person(anny: AnnyBody, person: Person, **changes: float) -> tuple[Shape, Target]:
    """The stated person, with some local changes (or phenotypes) of their own."""
    target = target_of(person)
    phenotypes, local = plausible_parameters(anny, target)
    for name, value in changes.items():
        if name in anny.phenotype_names:
            phenotypes[anny.phenotype_names.index(name)] = value
        else:
            local[anny.local_change_names.index(name.replace("_", "-"))] = value
    return reach(anny, phenotypes, local, target, reach_mass=person.weight_kg is not None), target


def photograph(
    anny: AnnyBody,
    person: Person,
    shape: Shape,
    *,
    yaw: float = 0.0,
    lift_arms: float = 0.0,
    bend_knee: float = 0.0,
    focal_px: float = 1100.0,
    noise_px: float = 0.0,
) -> Sitter:
    """Stand, turn, and be seen: exact landmarks (with noise on request), rendered matte."""
    names = anny.topology.joint_names
    rotations = stance(anny, shape.joints, "A").astype(np.float64)
    rotations[names.index("Hips"), 1] += yaw
    rotations[names.index("LeftArm"), 2] += lift_arms
    rotations[names.index("RightArm"), 2] -= lift_arms
    rotations[names.index("LeftLeg"), 0] += bend_knee
    posed = pose_vertices(anny.topology, shape.vertices, shape.joints, rotations)
    tall = float(np.ptp(posed.vertices[:13380, 1]))
    camera = Camera(
        focal_px=focal_px,
        principal=np.array([WIDTH / 2, HEIGHT / 2], np.float32),
        rotation=np.diag([1.0, -1.0, -1.0]).astype(np.float32),
        translation=np.array([0.03, 0.5 * tall, 1.3 * tall * focal_px / HEIGHT], np.float32),
        width=WIDTH,
        height=HEIGHT,
    )
    anchors = anchors_of(anny)
    points = anchors.points(posed.vertices, posed.joints)
    pixels, world = np.zeros((33, 2)), np.zeros((33, 3))
    visibility = np.zeros(33)
    rng = np.random.default_rng(1)
    pixels[anchors.landmarks] = camera.project(points)[:, :2]
    pixels += rng.normal(0.0, noise_px, pixels.shape) if noise_px else 0.0
    world[anchors.landmarks] = points
    hips = world[[23, 24]].mean(axis=0)
    # MediaPipe's metric body is an average person's, whatever the true size.
    world = (world - hips) * (1.70 / tall)
    visibility[anchors.landmarks] = 1.0
    faces = anny.topology.faces_of("body")
    part = MeshPart(
        name="body",
        material="skin",
        positions=posed.vertices,
        normals=np.zeros_like(posed.vertices),
        uv=np.zeros((len(posed.vertices), 2), np.float32),
        faces=faces,
        joints=np.zeros((len(posed.vertices), 4), np.uint16),
        weights=np.zeros((len(posed.vertices), 4), np.float32),
    )
    matte = render_rgba([part], [Material("skin")], {}, camera, unlit=True)[..., 3]
    return Sitter(
        person=person,
        shape=shape,
        posed=posed,
        camera=camera,
        photo=Photo(
            pixels=np.zeros((HEIGHT, WIDTH, 3), np.uint8),
            focal_px=focal_px,
            sha256="",
            media_type="image/png",
        ),
        subject=Subject(matte=np.ascontiguousarray(matte), engine="truth"),
        landmarks=Landmarks(
            face=np.zeros((478, 3), np.float32),
            face_box=np.zeros(4, np.float32),
            face_confidence=1.0,
            head_angles=np.zeros(3, np.float32),
            body=pixels.astype(np.float32),
            visibility=visibility.astype(np.float32),
            body_world=world.astype(np.float32),
            engine="truth",
        ),
    )
