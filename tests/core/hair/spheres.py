"""A ball for a head, with a ring of hair of known thickness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tasks.core.entities import Camera, Float32, Photo
from tasks.core.picture.render import orbit_camera
from tasks.core.skin.segment import HeadSegments
from tests.core.skin.sitters import skull_centre

RADIUS_M = 0.095
EYES = np.array([[0.031, 1.6, 0.03], [-0.031, 1.6, 0.03]], np.float32)
CENTRE = skull_centre(EYES)
SIZE = 400
HAIR, SKIN, BACKGROUND = (96, 60, 36), (214, 170, 146), (90, 120, 160)


@dataclass(frozen=True)
class Ball:
    """points: (N, 3) on the ball. The photo shows it before a disc of hair."""

    points: Float32
    camera: Camera
    segments: HeadSegments
    photo: Photo


def ball(thickness_m: float | tuple[float, float], *, yaw: float = 0.0, down: float = 2.0) -> Ball:
    """A ball seen from far away, so that its outline lies in the plane through its middle.

    Args:
        thickness_m: of the hair over the ball, or (on its left, on its right).
        yaw: radians, of the camera. down: the hair ends this many radii below the middle.
    """
    left, right = (thickness_m, thickness_m) if isinstance(thickness_m, float) else thickness_m
    turn = np.random.default_rng(2).normal(size=(60_000, 3))
    turn /= np.linalg.norm(turn, axis=1, keepdims=True)
    camera = orbit_camera(CENTRE, 20.0, yaw, 0.0, SIZE, 0.02)
    middle = camera.project(CENTRE)
    scale = camera.focal_px / middle[2]
    rows, columns = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    # The person's left is the picture's right.
    x, y = (columns - middle[0]) / scale, (middle[1] - rows) / scale
    reach = RADIUS_M + np.where(x > 0, left, right)
    person = np.hypot(x, y) < reach
    # The face: a disc low in the middle.
    face = np.hypot(x, y + 0.35 * RADIUS_M) < 0.62 * RADIUS_M
    hair = person & ~face & (y > -down * RADIUS_M)
    pixels = np.where(hair[..., None], HAIR, np.where(face[..., None], SKIN, BACKGROUND))
    pixels = pixels.astype(np.uint8)
    segments = HeadSegments(
        origin=np.zeros(2, np.float32),
        scale=1.0,
        pixels=pixels,
        matte=(hair | face).astype(np.float32),
        skin=face.astype(np.float32),
        hair=hair.astype(np.float32),
        face=np.zeros((478, 2), np.float32),
        face_height=1.6 * RADIUS_M * scale,
        up=np.array([0.0, -1.0], np.float32),
    )
    photo = Photo(pixels=pixels, focal_px=None, sha256="0" * 64, media_type="image/png")
    points = (CENTRE + RADIUS_M * turn).astype(np.float32)
    return Ball(points, camera, segments, photo)
