"""The stage: face and body landmarks of the photo's main person, with the face's quality."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tasks.core.entities import Check, Float32, Landmarks, Notice, Photo, Subject, Uint8
from tasks.core.errors import Rejected
from tasks.core.landmarks.engine import BodyPose, LandmarkEngine
from tasks.core.landmarks.main_face import MainFace, main_face
from tasks.core.photo.face_checks import (
    FACE_VALIDATORS,
    FaceEvidence,
    FaceLimits,
    FaceValidator,
    face_notices,
)

# MediaPipe pose points: nose, and the middle of the shoulders' line is (11 + 12) / 2.
_NOSE, _LEFT_SHOULDER, _RIGHT_SHOULDER = 0, 11, 12
# The pose's nose lies this near the mesh's (in eye distances) where both are of one person.
_SAME_PERSON = 1.0
# A standing person around a face: eye distances to each side, above, and below its middle.
_PERSON_REACH = (9.0, 5.0, 20.0)
# A body with less of shoulders than this was guessed, not seen.
_MIN_VISIBILITY = 0.5
# What is put in place of other people, so that the pose is not drawn to them.
_GREY = 128


def find_landmarks(
    photo: Photo,
    subject: Subject | None,
    *,
    engine: LandmarkEngine,
    limits: FaceLimits | None = None,
    validators: Sequence[FaceValidator] = FACE_VALIDATORS,
) -> Landmarks:
    """Find the main person's face and body, and hold the face against the limits.

    Args:
        photo: an admitted photo.
        subject: the person cut out of it, of the same size; helps where other people are near.
        engine: who looks.
        limits: of the validators; the defaults where None.
        validators: run in order; `FACE_VALIDATORS + (mine,)` adds one.

    Raises:
        Rejected: photo.no_face, photo.several_faces, or the code of the first failed check:
            photo.face_too_small, photo.face_cut, photo.head_turned, photo.face_blurred,
            photo.face_too_dark, photo.face_blown_out.
    """
    limits = limits or FaceLimits()
    main = main_face(photo.pixels, engine)
    if main is None:
        raise Rejected(
            "photo.no_face",
            "No face was found. Use a photo that shows one person's face from the front.",
            measured=0,
            limit=1,
        )
    checks = [_alone(main, limits), *_check(photo, main, limits, validators)]
    body, notices = _body(photo.pixels, main, subject, engine)
    box = np.concatenate([main.mesh[:, :2].min(axis=0), main.mesh[:, :2].max(axis=0)])
    return Landmarks(
        face=main.mesh,
        face_box=box.astype(np.float32),
        face_confidence=main.found.score,
        head_angles=main.pose.angles,
        body=None if body is None else body.points,
        visibility=None if body is None else body.visibility,
        body_world=None if body is None else body.world,
        engine=f"{engine.name} {engine.version}",
        checks=tuple(checks),
        notices=(*engine.notices, *face_notices(main.pose, limits), *notices),
    )


def _alone(main: MainFace, limits: FaceLimits) -> Check:
    # A finite number, for reports: twice the limit is as clear as it needs to be.
    lead = min(main.lead, 2 * limits.min_lead)
    if lead < limits.min_lead:
        raise Rejected(
            "photo.several_faces",
            f"{main.count} faces of about the same size were found (the largest counts "
            f"{main.lead:.1f} times the next). Crop the photo to one person.",
            measured=round(main.lead, 2),
            limit=limits.min_lead,
        )
    return Check("face_lead", lead, limits.min_lead, "ratio", True, "photo.several_faces")


def _check(
    photo: Photo, main: MainFace, limits: FaceLimits, validators: Sequence[FaceValidator]
) -> list[Check]:
    evidence = FaceEvidence(photo.pixels, main.mesh, main.pose, main.found.score, limits)
    checks = []
    for validator in validators:
        check = validator(evidence)
        if not check.passed:
            raise Rejected(
                check.code,
                validator.sentence,
                measured=round(check.value, 3),
                limit=check.limit,
            )
        checks.append(check)
    return checks


def _body(
    pixels: Uint8, main: MainFace, subject: Subject | None, engine: LandmarkEngine
) -> tuple[BodyPose | None, tuple[Notice, ...]]:
    """The pose of the face's owner: on the whole photo, else on what is around the face."""
    nose = main.mesh[1, :2]
    body = engine.body(pixels)
    if body is None or not _owns(body, nose, main):
        body = _body_around(pixels, nose, main, subject, engine)
    if body is None:
        sentence = "No body was found beside the face; the body is built from what was stated."
        return None, (Notice("landmarks.no_body", sentence),)
    return body, ()


def _owns(body: BodyPose, nose: Float32, main: MainFace) -> bool:
    away = float(np.linalg.norm(body.points[_NOSE] - nose))
    shoulders = body.visibility[[_LEFT_SHOULDER, _RIGHT_SHOULDER]].max()
    return away < _SAME_PERSON * main.pose.eye_distance and bool(shoulders >= _MIN_VISIBILITY)


def _body_around(
    pixels: Uint8, nose: Float32, main: MainFace, subject: Subject | None, engine: LandmarkEngine
) -> BodyPose | None:
    height, width = pixels.shape[:2]
    side, up, down = (reach * main.pose.eye_distance for reach in _PERSON_REACH)
    x0, x1 = int(max(0, nose[0] - side)), int(min(width, nose[0] + side))
    y0, y1 = int(max(0, nose[1] - up)), int(min(height, nose[1] + down))
    around = pixels[y0:y1, x0:x1]
    if subject is not None:
        alpha = subject.matte[y0:y1, x0:x1]
        grey = np.full_like(around, _GREY)
        weight = alpha.astype(np.float32) / 255
        around = cv2.blendLinear(around, grey, weight, 1 - weight)
    body = engine.body(np.asarray(around, np.uint8))
    if body is None:
        return None
    moved = BodyPose(body.points + np.array([x0, y0], np.float32), body.visibility, body.world)
    return moved if _owns(moved, nose, main) else None
