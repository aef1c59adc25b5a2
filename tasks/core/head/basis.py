"""The body model cut down to its face landmarks: what the fit evaluates, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel, Embedding

Floats = NDArray[np.float64]

# Phenotypes are piecewise linear, each by itself: any step inside a piece gives the exact slope.
_PHENOTYPE_STEP = 1e-4


@dataclass(frozen=True)
class LandmarkBasis:
    """Shape of the M landmarks as a function of phenotypes, local changes and expression.

    template: (M, 3), where the detector sees them. phenotypes: (K, M * 3) with `coefficients`
    (P,) → (K,). local_plus,
    local_minus: (L, M * 3), offsets at +1 and at -1. expressions: (E, M * 3). normals: (M, 3) unit
    outward normals of the unshaped model. All metres, the core's frame, float64.
    """

    template: Floats
    phenotypes: Floats
    local_plus: Floats
    local_minus: Floats
    expressions: Floats
    normals: Floats
    coefficients: Callable[[NDArray[np.floating]], Floats]

    def rest(self, phenotypes: Floats, local_changes: Floats) -> Floats:
        """(M, 3) landmarks of the neutral face."""
        flat = self.template.reshape(-1) + self.coefficients(phenotypes) @ self.phenotypes
        flat = flat + np.maximum(local_changes, 0.0) @ self.local_plus
        flat = flat + np.maximum(-local_changes, 0.0) @ self.local_minus
        return flat.reshape(-1, 3)

    def phenotype_slopes(self, phenotypes: Floats, which: NDArray[np.integer]) -> Floats:
        """(n, M * 3) derivative of `rest` by the phenotypes `which`; at an anchor, where the
        slope changes, the mean of both sides."""
        rows = []
        for index in which:
            ahead, behind = phenotypes.copy(), phenotypes.copy()
            ahead[index] = min(phenotypes[index] + _PHENOTYPE_STEP, 1.0)
            behind[index] = max(phenotypes[index] - _PHENOTYPE_STEP, 0.0)
            rise = self.coefficients(ahead) - self.coefficients(behind)
            rows.append(rise / (ahead[index] - behind[index]))
        return np.asarray(rows).reshape(len(which), -1) @ self.phenotypes

    def local_slopes(self, local_changes: Floats, which: NDArray[np.integer]) -> Floats:
        """(n, M * 3) derivative by the local changes `which`; at 0 the mean of both sides."""
        plus, minus = self.local_plus[which], -self.local_minus[which]
        side = np.sign(local_changes[which])[:, None]
        return 0.5 * ((1.0 + side) * plus + (1.0 - side) * minus)


def landmark_basis(model: BodyModel, embedding: Embedding) -> LandmarkBasis:
    """Contract the model with the landmarks' barycentric weights."""
    corners = embedding.corners
    weights = embedding.barycentric.astype(np.float32)
    ids, place = np.unique(corners, return_inverse=True)
    place = place.reshape(corners.shape)
    subset = model.subset(ids)

    def at_landmarks(field: NDArray[np.floating]) -> Floats:
        """(..., n, 3) per vertex → (..., M * 3)."""
        summed = sum(
            field[..., place[:, corner], :] * weights[:, corner, None] for corner in range(3)
        )
        flat = np.asarray(summed, np.float64)
        return flat.reshape(*field.shape[:-2], -1)

    dense = np.zeros((len(model.expressions), len(ids), 3), np.float32)
    for row, action in enumerate(model.expressions):
        at = np.searchsorted(ids, action.indices)
        at[at == len(ids)] = 0
        found = ids[at] == action.indices
        dense[row, at[found]] = action.offsets[found]
    normals = _normals(model, subset_ids=ids)
    mixed = at_landmarks(normals).reshape(-1, 3)
    template = at_landmarks(subset.template).reshape(-1, 3)
    if embedding.offsets is not None:
        template = template + embedding.offsets
    return LandmarkBasis(
        template=template,
        phenotypes=at_landmarks(subset.phenotype_shapes),
        local_plus=at_landmarks(subset.local_plus),
        local_minus=at_landmarks(subset.local_minus),
        expressions=at_landmarks(dense),
        normals=mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-12),
        coefficients=subset.phenotype_coefficients,
    )


def _normals(model: BodyModel, subset_ids: NDArray[np.integer]) -> NDArray[np.float32]:
    """(n, 3) area-weighted vertex normals of the default person at some vertices."""
    vertices, _ = model.shape(model.phenotype_defaults, np.zeros(len(model.local_change_names)))
    faces = model.topology.faces
    touching = faces[np.isin(faces, subset_ids).any(axis=1)]
    corners = vertices[touching]
    face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(vertices)
    for corner in range(3):
        np.add.at(normals, touching[:, corner], face_normals)
    normals = normals[subset_ids]
    return normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
