"""Is the face good enough to build from: measures held against limits.

`FACE_VALIDATORS` is a tuple; a caller passes `(*FACE_VALIDATORS, mine)` to add one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Check, Float32, Notice, Uint8
from tasks.core.landmarks.crop import Crop
from tasks.core.landmarks.head_angles import HeadPose


@dataclass(frozen=True)
class FaceLimits:
    """What a face must reach.

    min_lead: prominence of the main face over the next one's. min_eye_distance_px: between outer
    eye corners; below, a face has fewer pixels than the fit has unknowns. max_yaw_deg: beyond,
    half of the face is unseen and the mesh no longer follows. max_up_deg, max_down_deg: pitch.
    notice_yaw_deg: from here one cheek is mostly guessed. min_inside: share of the mesh that must
    lie in the frame. min_sharpness: see `_sharpness`. min_brightness, 0..255 luma: of the face's
    lightest tenth, so that dark skin in fair light passes. max_clipped: share of the face that is
    pure white.
    """

    min_lead: float = 2.0
    min_eye_distance_px: float = 32.0
    max_yaw_deg: float = 45.0
    max_up_deg: float = 40.0
    max_down_deg: float = 35.0
    notice_yaw_deg: float = 20.0
    min_inside: float = 0.98
    min_sharpness: float = 0.15
    min_brightness: float = 50.0
    max_clipped: float = 0.3


@dataclass(frozen=True)
class FaceEvidence:
    """What a validator may look at.

    pixels: (H, W, 3) uint8 sRGB. mesh: (478, 3) float32 photo pixels. score: the detector's.
    """

    pixels: Uint8
    mesh: Float32
    pose: HeadPose
    score: float
    limits: FaceLimits


@dataclass(frozen=True)
class FaceValidator:
    """One gate: how it measures, and what to tell a person whose photo fails it."""

    measure: Callable[[FaceEvidence], Check]
    sentence: str

    def __call__(self, evidence: FaceEvidence) -> Check:
        return self.measure(evidence)


# The face is judged at one scale, so that a sharpness means the same in every photo; the smallest
# face allowed is not enlarged by it.
_EYE_DISTANCE = 32.0
# Side of the window, in eye distances: the whole mesh with a rim.
_WINDOW = 2.5
# Every channel this high is white: JPEG keeps it from being exactly 255.
_WHITE = 250
_BRIGHT_PERCENTILE = 90


def _face_window(evidence: FaceEvidence) -> tuple[Uint8, NDArray[np.bool_]]:
    """The face upright at the common scale, and where in it the mesh is."""
    size = round(_EYE_DISTANCE * _WINDOW)
    points = evidence.mesh[:, :2].astype(np.float64)
    x, y = (points.min(axis=0) + points.max(axis=0)) / 2
    side = evidence.pose.eye_distance * _WINDOW
    # Roll is counter-clockwise to the viewer, the crop's angle clockwise.
    window = Crop((float(x), float(y)), side, -evidence.pose.roll, size)
    hull = cv2.convexHull(np.round(window.to_crop(points) - 0.5).astype(np.int32))
    inside = np.zeros((size, size), np.uint8)
    cv2.fillConvexPoly(inside, hull, 1)
    return window.cut(evidence.pixels), inside.astype(bool)


def _luma(cut: Uint8) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(cut, cv2.COLOR_RGB2GRAY), np.float32)


def _size(evidence: FaceEvidence) -> Check:
    value, limit = evidence.pose.eye_distance, evidence.limits.min_eye_distance_px
    return Check("eye_distance", value, limit, "px", value >= limit, "photo.face_too_small")


def _inside(evidence: FaceEvidence) -> Check:
    height, width = evidence.pixels.shape[:2]
    x, y = evidence.mesh[:, 0], evidence.mesh[:, 1]
    value = float(((x >= 0) & (x <= width) & (y >= 0) & (y <= height)).mean())
    limit = evidence.limits.min_inside
    return Check("face_inside", value, limit, "ratio", value >= limit, "photo.face_cut")


def _yaw(evidence: FaceEvidence) -> Check:
    value, limit = abs(float(np.degrees(evidence.pose.yaw))), evidence.limits.max_yaw_deg
    return Check("head_yaw", value, limit, "deg", value <= limit, "photo.head_turned")


def _up(evidence: FaceEvidence) -> Check:
    value, limit = float(np.degrees(evidence.pose.pitch)), evidence.limits.max_up_deg
    return Check("head_up", value, limit, "deg", value <= limit, "photo.head_turned")


def _down(evidence: FaceEvidence) -> Check:
    value, limit = -float(np.degrees(evidence.pose.pitch)), evidence.limits.max_down_deg
    return Check("head_down", value, limit, "deg", value <= limit, "photo.head_turned")


def _sharpness(evidence: FaceEvidence) -> Check:
    """Deviation of the Laplacian over that of the luma, the face at the common scale.

    Sharp portraits measure 0.45 to 0.65; blurred by a Gaussian of 2 % of the eye distance 0.27 to
    0.44, of 4 % 0.17 to 0.22, of 6 % 0.11 to 0.17.
    """
    cut, inside = _face_window(evidence)
    luma = _luma(cut)
    # The rim is the outline against the background, sharp or not whatever the face is.
    core = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    detail = cv2.Laplacian(luma, cv2.CV_32F)[core]
    contrast = float(luma[inside].std()) if core.any() else 0.0
    value = float(detail.std()) / contrast if contrast > 0 else 0.0
    limit = evidence.limits.min_sharpness
    return Check("face_sharpness", value, limit, "ratio", value >= limit, "photo.face_blurred")


def _brightness(evidence: FaceEvidence) -> Check:
    cut, inside = _face_window(evidence)
    value = float(np.percentile(_luma(cut)[inside], _BRIGHT_PERCENTILE)) if inside.any() else 0.0
    limit = evidence.limits.min_brightness
    return Check("face_brightness", value, limit, "luma", value >= limit, "photo.face_too_dark")


def _clipped(evidence: FaceEvidence) -> Check:
    cut, inside = _face_window(evidence)
    value = float((cut[inside].min(axis=-1) >= _WHITE).mean()) if inside.any() else 1.0
    limit = evidence.limits.max_clipped
    return Check("face_clipped", value, limit, "ratio", value <= limit, "photo.face_blown_out")


_TURNED = "The head is turned too far. Use a photo that looks into the camera."

FACE_VALIDATORS: tuple[FaceValidator, ...] = (
    FaceValidator(_size, "The face is too small. Use a closer or a larger photo."),
    FaceValidator(_inside, "The face is cut by the frame. Use a photo that shows all of it."),
    FaceValidator(_yaw, _TURNED),
    FaceValidator(_up, _TURNED),
    FaceValidator(_down, _TURNED),
    FaceValidator(_brightness, "The face is too dark. Use a photo with more light on it."),
    FaceValidator(_clipped, "The face is blown out to white. Use a photo with softer light."),
    FaceValidator(_sharpness, "The face is too blurred. Use a photo in which it is sharp."),
)


def face_notices(pose: HeadPose, limits: FaceLimits) -> tuple[Notice, ...]:
    """What a caller should know of a face that passed: `face.turned`."""
    yaw = float(np.degrees(pose.yaw))
    if abs(yaw) < limits.notice_yaw_deg:
        return ()
    unseen = "right" if yaw > 0 else "left"
    sentence = (
        f"The head is turned by {abs(yaw):.0f} degrees; the {unseen} side of the face is partly "
        "unseen and is completed from the other. A frontal photo gives a better likeness."
    )
    return (Notice("face.turned", sentence),)
