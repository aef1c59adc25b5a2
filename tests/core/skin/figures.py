"""Figures of several people straight from the body model, and checks every part must pass."""

from __future__ import annotations

import numpy as np

from tasks.core.body.model import BodyModel
from tasks.core.entities import Figure, MeshPart, Morph


def figure_of(model: BodyModel, **phenotypes: float) -> Figure:
    """A person of the given phenotypes in the rest pose, soles at Y = 0."""
    values = model.phenotype_defaults.copy()
    for name, value in phenotypes.items():
        values[model.phenotype_names.index(name)] = value
    changes = np.zeros(len(model.local_change_names), np.float32)
    vertices, joints = model.shape(values, changes)
    body = np.unique(model.topology.faces_of("body"))
    lift = np.array([0.0, -vertices[body, 1].min(), 0.0], np.float32)
    to_figure = np.eye(4, dtype=np.float32)
    to_figure[:3, 3] = lift
    return Figure(vertices=vertices + lift, joints=joints + lift, head_to_figure=to_figure)


def assert_sound(part: MeshPart, joint_count: int) -> None:
    """What glTF and every later stage take for granted."""
    count = len(part.positions)
    assert part.positions.dtype == part.normals.dtype == part.uv.dtype == np.float32
    assert part.faces.dtype == np.int32
    assert part.faces.min() >= 0
    assert part.faces.max() < count
    assert np.isfinite(part.positions).all()
    np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1.0, atol=1e-4)
    assert part.uv.min() >= 0.0
    assert part.uv.max() <= 1.0
    assert part.joints.shape == part.weights.shape == (count, 4)
    assert part.joints.max() < joint_count
    np.testing.assert_allclose(part.weights.sum(axis=1), 1.0, atol=1e-5)
    assert (part.joints[part.weights == 0.0] == 0).all()
    corner = part.positions[part.faces].astype(np.float64)
    area = np.linalg.norm(
        np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
    )
    assert (area > 0.0).all()
    for morph in part.morphs:
        assert (np.diff(morph.indices) > 0).all()
        assert len(morph.indices) == 0 or morph.indices[-1] < count
        assert morph.offsets.shape == (len(morph.indices), 3)


def moved(part: MeshPart, name: str) -> np.ndarray:
    """(N, 3) offsets of one morph at full weight, zero where it does not reach."""
    morph: Morph = next(m for m in part.morphs if m.name == name)
    offsets = np.zeros_like(part.positions)
    offsets[morph.indices] = morph.offsets
    return offsets


def signed_volume(part: MeshPart) -> float:
    """m³; positive where a closed surface's faces look outward."""
    a, b, c = (part.positions[part.faces[:, k]].astype(np.float64) for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6.0)


def border_edges(part: MeshPart) -> int:
    """How many edges belong to one face only."""
    faces = part.faces
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return int((np.unique(edges, axis=0, return_counts=True)[1] == 1).sum())
