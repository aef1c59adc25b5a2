"""People whose head, expression and camera are known: what the fit must find again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Landmarks, Photo
from tasks.core.head.basis import LandmarkBasis, landmark_basis
from tasks.core.head.camera import Pose
from tasks.core.head.prior import identity_prior
from tasks.core.person import Person

Floats = NDArray[np.float64]
SIZE = (800, 1000)


@dataclass(frozen=True)
class Truth:
    """Who was photographed: phenotypes (P,), local changes (L,), neutral landmarks (478, 3)."""

    phenotypes: Floats
    local_changes: Floats
    rest: Floats


@dataclass(frozen=True)
class World:
    """The model and its landmarks, shared by the tests."""

    model: AnnyBody
    basis: LandmarkBasis

    @staticmethod
    def of(model: AnnyBody) -> World:
        """Contract the model once."""
        assert model.landmarks is not None
        return World(model, landmark_basis(model, model.landmarks))

    def person(self, seed: int, size: float = 0.8) -> Truth:
        """Someone drawn from the fit's own prior, `size` standard deviations wide."""
        model = self.model
        prior = identity_prior(
            model.phenotype_names, model.phenotype_defaults, model.local_change_names, Person()
        )
        draw = np.random.default_rng(seed).normal(size=len(prior.spread))
        theta = np.clip(size * prior.spread * draw, prior.lower, prior.upper)
        phenotypes = model.phenotype_defaults.astype(np.float64)
        local = np.zeros(len(model.local_change_names))
        phenotypes[prior.phenotype_ids], local[prior.local_ids] = prior.values(theta)
        return Truth(phenotypes, local, self.basis.rest(phenotypes, local))

    def photograph(
        self,
        truth: Truth,
        *,
        expression: Mapping[str, float] | None = None,
        yaw: float = 0.0,
        pitch: float = 0.0,
        roll: float = 0.0,
        distance: float = 1.3,
        focal_px: float = 1600.0,
        noise_px: float = 0.0,
        focal_known: bool = True,
        seed: int = 0,
    ) -> tuple[Photo, Landmarks, Pose]:
        """Landmarks as a perfect (or noisy) detector sees them; angles in degrees."""
        weights = np.zeros(len(self.model.expression_names))
        for name, value in (expression or {}).items():
            weights[self.model.expression_names.index(name)] = value
        points = truth.rest + (weights @ self.basis.expressions).reshape(-1, 3)
        turn = Rotation.from_euler("zxy", [roll, pitch, yaw], degrees=True).as_matrix()
        pose = Pose(
            rotation=np.diag([1.0, -1.0, -1.0]) @ turn,
            translation=np.array([0.02, -0.03, distance]),
            log_focal=float(np.log(focal_px)),
            pivot=truth.rest.mean(axis=0),
            principal=np.array(SIZE) / 2.0,
        )
        depth = pose.local(points)[:, 2]
        face = np.concatenate(
            [pose.project(points), ((depth - depth.mean()) * focal_px / distance)[:, None]], axis=1
        )
        face[:, :2] += np.random.default_rng(seed).normal(scale=noise_px, size=(len(face), 2))
        return photo(focal_px if focal_known else None), landmarks(face), pose


def photo(focal_px: float | None, size: tuple[int, int] = SIZE) -> Photo:
    """A grey photo: a head fit looks at nothing but its size and focal length."""
    pixels = np.full((size[1], size[0], 3), 128, np.uint8)
    return Photo(pixels, focal_px, "0" * 64, "image/png")


def landmarks(face: Floats) -> Landmarks:
    """Landmarks from (478, 3) pixels."""
    box = np.concatenate([face[:, :2].min(axis=0), face[:, :2].max(axis=0)]).astype(np.float32)
    return Landmarks(
        face=face.astype(np.float32),
        face_box=box,
        face_confidence=1.0,
        head_angles=np.zeros(3, np.float32),
        body=None,
        visibility=None,
        body_world=None,
        engine="synthetic",
    )


def aligned_distance(points: Floats, truth: Floats) -> Floats:
    """(M,) metres between two point sets after the best similarity: size and place are free."""
    a, b = points - points.mean(axis=0), truth - truth.mean(axis=0)
    u, singular, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u) * np.linalg.det(vt))])
    rotation = (u * sign) @ vt
    scale = (singular * sign).sum() / (a * a).sum()
    return np.linalg.norm(scale * a @ rotation.T - b, axis=1)


def angle_between(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Degrees between two rotations (3, 3)."""
    turn = np.asarray(first, np.float64) @ np.asarray(second, np.float64).T
    return float(np.rad2deg(np.arccos(np.clip((np.trace(turn) - 1.0) / 2.0, -1.0, 1.0))))
