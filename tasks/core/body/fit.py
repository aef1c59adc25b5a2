"""Fit the body to photos: shape shared by all, pose and camera of each.

Landmarks place the skeleton, MediaPipe's metric landmarks settle its depth, the matte's outline
shapes the limbs and trunk; priors hold what is not seen near a plausible person. Where no photo
shows a body the result is that plausible person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.fit_landmarks import body_is_seen
from tasks.core.body.fit_outline import sample_surface
from tasks.core.body.fit_solve import Solver
from tasks.core.body.fit_space import shape_parameters
from tasks.core.body.fit_view import TO_CAMERA, View, view_of
from tasks.core.body.model import BodyModel
from tasks.core.body.plausible import Shape, Target, plausible_parameters, reach, target_of
from tasks.core.entities import BodyFit, Camera, Landmarks, Notice, Photo, Subject
from tasks.core.errors import Rejected
from tasks.core.person import Person
from tasks.core.threads import single_threaded_blas

Array = NDArray[np.float64]

# What a solve finds is rounded to this (radians, metres, parameters): far below what it can know,
# and above the last digits, which depend on how many threads the linear algebra runs on.
_GRAIN = 1e-5


@single_threaded_blas()
def fit_body(
    model: BodyModel,
    photos: Sequence[Photo],
    subjects: Sequence[Subject],
    landmarks: Sequence[Landmarks],
    person: Person,
) -> BodyFit:
    """The person's body at rest, and how each photo saw it.

    Args:
        model: the body model.
        photos, subjects, landmarks: one of each a photo, in the same order, at least one.
        person: what is stated. Height and weight, where given, are met exactly (1e-4 m, 0.1 kg);
            gender and age where given are not varied. A gender that is not stated is a
            continuous parameter of shape.

    Returns:
        Vertices and joints at rest, soles at Y = 0, whose standing stature is `height_m`.

    Raises:
        Rejected: `body.photos`, no photo, or not one subject and landmarks for each.
    """
    if not photos or not len(photos) == len(subjects) == len(landmarks):
        raise Rejected(
            "body.photos",
            "A body fit takes at least one photo, with one subject and landmarks for each.",
            measured=f"{len(photos)}, {len(subjects)}, {len(landmarks)}",
        )
    target = target_of(person)
    start = reach(model, *plausible_parameters(model, target), target, reach_mass=True)
    seen = [
        body_is_seen(found, photo.pixels.shape[1], photo.pixels.shape[0])
        for photo, found in zip(photos, landmarks, strict=True)
    ]
    notices = list(target.notices)
    poses = np.zeros((len(photos), len(start.joints), 3), np.float32)
    cameras: list[Camera | None] = [None] * len(photos)
    shape = start
    if any(seen):
        views = [
            view_of(photo, subject, found)
            for photo, subject, found, here in zip(photos, subjects, landmarks, seen, strict=True)
            if here
        ]
        shape, found_poses = _fit_views(model, start, target, views)
        for place, view, pose in zip(np.flatnonzero(seen), views, found_poses, strict=True):
            poses[place] = pose.rotations
            cameras[place] = _camera(view, pose.translation)
    else:
        notices.append(
            Notice(
                "body.unseen",
                "No photo shows shoulders and hips; the body is a plausible one for what was "
                "stated, not the person's own.",
            )
        )
    return BodyFit(
        phenotypes=shape.phenotypes,
        local_changes=shape.local_changes,
        vertices=shape.vertices,
        joints=shape.joints,
        pose=poses,
        cameras=tuple(cameras),
        height_m=target.stature_m,
        height_given=target.stature_given,
        notices=(*notices, *shape.notices),
    )


def _grained(values: Array) -> Array:
    return np.round(values / _GRAIN) * _GRAIN


@dataclass(frozen=True)
class _Pose:
    rotations: NDArray[np.float32]
    translation: Array


def _fit_views(
    model: BodyModel, start: Shape, target: Target, views: Sequence[View]
) -> tuple[Shape, list[_Pose]]:
    parameters = shape_parameters(model, start.phenotypes, start.local_changes, target)
    surface = sample_surface(model, start.vertices)
    solver = Solver(model, parameters, surface, target.stature_m)
    solver.fit(views)
    found = parameters.of_model(_grained(solver.shape))
    shape = reach(model, *found, target, reach_mass=target.mass_given)
    solver.settle(shape.vertices, shape.joints)
    return shape, [
        _Pose(solver.rig.rotations(_grained(moves)).astype(np.float32), _grained(shift))
        for moves, shift in solver.poses
    ]


def _camera(view: View, translation: Array) -> Camera:
    return Camera(
        focal_px=float(view.focal_px),
        principal=view.principal.astype(np.float32),
        rotation=TO_CAMERA.astype(np.float32),
        translation=translation.astype(np.float32),
        width=view.width,
        height=view.height,
    )
