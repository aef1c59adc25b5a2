"""Fit the head: identity, expressions and cameras jointly to the face landmarks of the photos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tasks.core.body.model import BodyModel, Embedding
from tasks.core.entities import HeadFit, Landmarks, Notice, Photo
from tasks.core.errors import EngineMissing, Rejected
from tasks.core.head.basis import LandmarkBasis, landmark_basis
from tasks.core.head.camera import (
    ASSUMED_FOCAL_MM,
    FOCAL_LOG_SPREAD,
    assumed_focal_px,
    first_pose,
)
from tasks.core.head.detail import Remainder, apply_detail, fit_detail
from tasks.core.head.evidence import IRISES, directions, facing, landmark_trust
from tasks.core.head.lips import close_lips
from tasks.core.head.prior import expression_spread, identity_prior
from tasks.core.head.problem import Noise, Problem, State, View
from tasks.core.head.solve import Options, robust_weights, solve
from tasks.core.landmarks.topology import MIRROR
from tasks.core.person import Person
from tasks.core.threads import single_threaded_blas

Floats = NDArray[np.float64]

# Landmarks that expressions move least set the first pose: a full jawOpen moves the chin by 4 cm.
_STILL_M = 0.004
# What the solver finds is rounded to this (parameters, radians, metres): far below what it can
# know, and above the last digits, which depend on how many threads the linear algebra runs on.
GRAIN = 1e-5
# Mean landmark distance as a share of the eye distance. Real photos come to 0.012 to 0.015.
POOR_RESIDUAL = 0.03


@dataclass(frozen=True)
class FitOptions:
    """noise: expected landmark errors. rounds: times that visibility is judged anew from the
    pose, each followed by at most `iterations` steps."""

    noise: Noise = field(default_factory=Noise)
    rounds: int = 2
    iterations: int = 12


@single_threaded_blas()
def fit_head(
    model: BodyModel,
    photos: Sequence[Photo],
    landmarks: Sequence[Landmarks],
    person: Person,
    options: FitOptions | None = None,
) -> HeadFit:
    """One person's neutral head from one or more photos.

    Args:
        model: a body model with a landmark embedding.
        photos: at least one, all of the same person; their size and focal length count.
        landmarks: one per photo.
        person: gender and age, where stated, are soft priors; height and weight play no part.
        options: see `FitOptions`.

    Returns:
        The head; its vertices are metres in the body model's own rest frame.

    Raises:
        EngineMissing: the model has no landmark embedding.
        Rejected: `head.no_photo` where none was given or the lists differ in length.
    """
    options = options or FitOptions()
    if not photos or len(photos) != len(landmarks):
        raise Rejected(
            "head.no_photo",
            "A head needs at least one photo and the landmarks of each.",
            measured=len(landmarks),
            limit=max(len(photos), 1),
        )
    embedding = model.landmarks
    if embedding is None:
        raise EngineMissing(
            "engine.landmark_embedding",
            f"The body model {model.name} does not say where face landmarks lie on it.",
        )
    basis = landmark_basis(model, embedding)
    problem = _problem(model, basis, embedding.landmarks, photos, landmarks, person, options)
    state = _start(problem, embedding.landmarks, photos, landmarks)
    trust = _trust(problem, state, embedding.landmarks)
    state = solve(problem, state, trust, Options(iterations=4, pose_only=True))
    for _ in range(options.rounds):
        trust = _trust(problem, state, embedding.landmarks)
        state = solve(problem, state, trust, Options(iterations=options.iterations))
    state = _grained(state)
    return _result(model, problem, state, trust, photos, embedding)


def _problem(
    model: BodyModel,
    basis: LandmarkBasis,
    ids: NDArray[np.integer],
    photos: Sequence[Photo],
    landmarks: Sequence[Landmarks],
    person: Person,
    options: FitOptions,
) -> Problem:
    views = []
    for photo, found in zip(photos, landmarks, strict=True):
        seen = found.face[ids, :2].astype(np.float64)
        across, along = directions(ids, seen)
        views.append(
            View(
                seen=seen,
                eye_px=float(np.linalg.norm(np.subtract(*found.face[list(IRISES), :2]))),
                across=across,
                along=along,
                log_focal=float(np.log(assumed_focal_px(photo))),
                focal_spread=0.0 if photo.focal_px is not None else FOCAL_LOG_SPREAD,
            )
        )
    return Problem(
        basis,
        identity_prior(
            model.phenotype_names, model.phenotype_defaults, model.local_change_names, person
        ),
        expression_spread(model.expression_names),
        model.phenotype_defaults.astype(np.float64),
        np.zeros(len(model.local_change_names)),
        tuple(views),
        options.noise,
    )


def _start(
    problem: Problem,
    ids: NDArray[np.integer],
    photos: Sequence[Photo],
    landmarks: Sequence[Landmarks],
) -> State:
    theta = np.zeros(problem.identity_size)
    rest = problem.basis.rest(*problem.identity(theta))
    moved = np.abs(problem.basis.expressions.reshape(-1, *rest.shape)).max(axis=(0, 2), initial=0.0)
    weights = 1.0 / (1.0 + (moved / _STILL_M) ** 2)
    poses = []
    for photo, found, view in zip(photos, landmarks, problem.views, strict=True):
        height, width = photo.pixels.shape[:2]
        focal = float(np.exp(view.log_focal))
        poses.append(first_pose(rest, found.face[ids], weights, focal, (width, height)))
    return State(
        theta=theta,
        expressions=np.zeros((len(photos), len(problem.expression_spread))),
        poses=tuple(poses),
    )


def _grained(state: State) -> State:
    """What was found, above the digits that depend on how linear algebra is spread on threads."""
    poses = []
    for pose in state.poses:
        turn = Rotation.from_matrix(pose.rotation).as_rotvec()
        poses.append(
            replace(
                pose,
                rotation=Rotation.from_rotvec(_rounded(turn)).as_matrix(),
                translation=_rounded(pose.translation),
                log_focal=float(_rounded(np.array(pose.log_focal))),
            )
        )
    return State(_rounded(state.theta), _rounded(state.expressions), tuple(poses))


def _rounded(values: Floats) -> Floats:
    return np.round(values / GRAIN) * GRAIN


def _trust(problem: Problem, state: State, ids: NDArray[np.integer]) -> Floats:
    return np.stack(
        [
            landmark_trust(ids, facing(pose, points, problem.basis.normals))
            for pose, points in zip(state.poses, problem.points(state), strict=True)
        ]
    )


def _remainders(problem: Problem, state: State, trust: Floats) -> tuple[Remainder, ...]:
    """Each photo's remaining errors, in the head's frame and metres."""
    errors = problem.errors(state)
    robust = robust_weights(problem.whitened(errors))
    moved = (state.expressions @ problem.basis.expressions).reshape(len(errors), -1, 3)
    points = problem.points(state)
    rows = []
    for index, (view, pose) in enumerate(zip(problem.views, state.poses, strict=True)):
        depth = pose.local(points[index])[:, 2:]
        metres = -errors[index] * view.eye_px * depth / np.exp(pose.log_focal)
        plane = pose.rotation[:2]
        rows.append(
            Remainder(
                offsets=metres @ plane,
                across=plane.T @ plane,
                trust=trust[index] * robust[index],
                expressed=np.linalg.norm(moved[index], axis=1),
            )
        )
    return tuple(rows)


def _result(
    model: BodyModel,
    problem: Problem,
    state: State,
    trust: Floats,
    photos: Sequence[Photo],
    embedding: Embedding,
) -> HeadFit:
    phenotypes, local_changes = problem.identity(state.theta)
    vertices, joints = model.shape(phenotypes, local_changes)
    centres = embedding.points(vertices).astype(np.float64)
    detail = fit_detail(centres, _remainders(problem, state, trust), _twins(embedding.landmarks))
    detailed, joints_detailed = apply_detail(detail, model.topology, vertices, joints)
    cameras = tuple(
        pose.camera(photo.pixels.shape[1], photo.pixels.shape[0])
        for pose, photo in zip(state.poses, photos, strict=True)
    )
    left = problem.errors(state, embedding.points(detailed) - centres)
    residuals = np.linalg.norm(left, axis=-1).mean(axis=1)
    return HeadFit(
        phenotypes=phenotypes.astype(np.float32),
        local_changes=local_changes.astype(np.float32),
        expressions=state.expressions.astype(np.float32),
        cameras=cameras,
        vertices=close_lips(embedding, detailed).astype(np.float32),
        joints=joints_detailed.astype(np.float32),
        residuals=residuals.astype(np.float32),
        notices=_notices(photos, residuals),
    )


def _notices(photos: Sequence[Photo], residuals: Floats) -> tuple[Notice, ...]:
    notices = []
    if any(photo.focal_px is None for photo in photos):
        notices.append(
            Notice(
                "head.focal_assumed",
                "A photo does not state its focal length; about "
                f"{ASSUMED_FOCAL_MM:.0f} mm (35 mm equivalent) was assumed.",
            )
        )
    worst = float(residuals.max())
    if worst > POOR_RESIDUAL:
        notices.append(
            Notice(
                "head.poor_fit",
                f"The head follows the face's landmarks only to {worst:.1%} of the eye distance "
                f"(usual: below {POOR_RESIDUAL:.1%}); is it a drawing, or are two people mixed?",
            )
        )
    return tuple(notices)


def _twins(ids: NDArray[np.integer]) -> NDArray[np.int64]:
    """(M,) row of each landmark's mirror image; its own where that is not embedded."""
    row = {int(landmark): index for index, landmark in enumerate(ids)}
    return np.array([row.get(int(MIRROR[i]), row[int(i)]) for i in ids], np.int64)
