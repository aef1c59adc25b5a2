"""The head fit as a least-squares problem: residuals and their analytic derivatives."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tasks.core.head.basis import LandmarkBasis
from tasks.core.head.camera import Pose
from tasks.core.head.prior import IdentityPrior

Floats = NDArray[np.float64]

POSE_SIZE = 7


@dataclass(frozen=True)
class View:
    """One photo's evidence. seen: (M, 2) pixels. eye_px: eye distance in pixels.
    across: (M, 2) unit direction in which a landmark's position counts fully; along the other it
    counts by `along` (M,). focal_spread: of the log focal; 0: known. log_focal: expected."""

    seen: Floats
    eye_px: float
    across: Floats
    along: Floats
    log_focal: float
    focal_spread: float


@dataclass(frozen=True)
class State:
    """θ (n,), expression weights (N, E) and a pose per photo."""

    theta: Floats
    expressions: Floats
    poses: tuple[Pose, ...]


@dataclass(frozen=True)
class Noise:
    """Expected landmark error, as a share of the eye distance.

    A landmark's error is shared by its neighbours (MediaPipe errs by whole regions, not by single
    points), so 478 points carry the evidence of a few dozen: the figure is larger than what is
    left after the fit. MediaPipe's depth is no evidence: it is a mean face's, off by up to two
    centimetres at the chin.
    """

    landmark: float = 0.04


class Problem:
    """Residuals of all photos of one person and of the priors, whitened (unit variance)."""

    def __init__(
        self,
        basis: LandmarkBasis,
        prior: IdentityPrior,
        expression_spread: Floats,
        phenotypes: Floats,
        local_changes: Floats,
        views: tuple[View, ...],
        noise: Noise,
    ) -> None:
        self.basis = basis
        self.prior = prior
        self.views = views
        self.noise = noise
        self.active = np.flatnonzero(expression_spread > 0.0)
        self.expression_spread = expression_spread
        self._phenotypes = phenotypes.astype(np.float64)
        self._local = local_changes.astype(np.float64)

    @property
    def identity_size(self) -> int:
        """Number of identity parameters."""
        return len(self.prior.spread)

    @property
    def size(self) -> int:
        """Number of all unknowns: identity, then per photo expression and pose."""
        return self.identity_size + len(self.views) * (len(self.active) + POSE_SIZE)

    def identity(self, theta: Floats) -> tuple[Floats, Floats]:
        """θ → all phenotypes (P,) and local changes (L,) of the body model."""
        phenotypes, local = self._phenotypes.copy(), self._local.copy()
        phenotypes[self.prior.phenotype_ids], local[self.prior.local_ids] = self.prior.values(theta)
        return phenotypes, local

    def points(self, state: State) -> Floats:
        """(N, M, 3) landmarks in the model's frame, with each photo's expression."""
        rest = self.basis.rest(*self.identity(state.theta))
        moved = state.expressions @ self.basis.expressions
        return rest[None] + moved.reshape(len(self.views), -1, 3)

    def errors(self, state: State, extra: Floats | float = 0.0) -> Floats:
        """(N, M, 2) image errors as shares of the eye distance, with `extra` (M, 3) metres added
        to the landmarks."""
        rows = []
        shown = self.points(state) + extra
        for view, pose, points in zip(self.views, state.poses, shown, strict=True):
            rows.append((pose.project(points) - view.seen) / view.eye_px)
        return np.stack(rows)

    def whitened(self, errors: Floats) -> Floats:
        """(N, M, 2): errors turned to across and along, by their expected size."""
        rows = []
        for view, error in zip(self.views, errors, strict=True):
            rows.append(np.einsum("mij,mj->mi", self._whitener(view), error))
        return np.stack(rows)

    def jacobian(self, state: State, view_index: int) -> Floats:
        """(M, 2, n + E' + 7) derivative of one photo's whitened errors by its unknowns.

        The last columns are the pose's step: rotation vector, translation, log focal.
        """
        view, pose = self.views[view_index], state.poses[view_index]
        phenotypes, local_changes = self.identity(state.theta)
        by_value = np.concatenate(
            [
                self.basis.phenotype_slopes(phenotypes, self.prior.phenotype_ids),
                self.basis.local_slopes(local_changes, self.prior.local_ids),
            ]
        )
        by_shape = np.concatenate(
            [self.prior.matrix.T @ by_value, self.basis.expressions[self.active]]
        )
        count = len(self.basis.template)
        turned = by_shape.reshape(-1, count, 3) @ pose.rotation.T

        points = self.points(state)[view_index]
        local = pose.local(points)
        arm = local - pose.translation
        focal, depth = float(np.exp(pose.log_focal)), local[:, 2]
        image = np.zeros((count, 2, 3))
        image[:, 0, 0] = image[:, 1, 1] = focal / depth
        image[:, 0, 2], image[:, 1, 2] = (-focal * local[:, axis] / depth**2 for axis in (0, 1))

        moves = np.zeros((POSE_SIZE, count, 3))
        # d(w × arm)/dw_k = e_k × arm
        moves[:3] = np.cross(np.eye(3)[:, None], arm[None])
        moves[3:6] = np.eye(3)[:, None]
        derivative = np.einsum("mij,nmj->min", image, np.concatenate([turned, moves]))
        derivative[..., -1] = focal * local[:, :2] / depth[:, None]
        whitener = self._whitener(view) / view.eye_px
        return np.einsum("mij,mjn->min", whitener, derivative)

    def stepped(self, state: State, step: Floats) -> State:
        """The state moved by (size,), each unknown kept inside its bounds."""
        n = self.identity_size
        theta = np.clip(state.theta + step[:n], self.prior.lower, self.prior.upper)
        expressions = state.expressions.copy()
        poses = []
        for index, pose in enumerate(state.poses):
            start = n + index * (len(self.active) + POSE_SIZE)
            middle = start + len(self.active)
            weights = expressions[index, self.active] + step[start:middle]
            expressions[index, self.active] = np.clip(weights, 0.0, 1.0)
            poses.append(pose.moved(step[middle : middle + POSE_SIZE]))
        return replace(state, theta=theta, expressions=expressions, poses=tuple(poses))

    def _whitener(self, view: View) -> Floats:
        """(M, 2, 2): rows across and along, divided by their expected error."""
        along = np.stack([-view.across[:, 1], view.across[:, 0]], axis=1) * view.along[:, None]
        return np.stack([view.across, along], axis=1) / self.noise.landmark
