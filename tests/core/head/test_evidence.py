"""How far landmarks are believed."""

from __future__ import annotations

import numpy as np

from tasks.core.head.evidence import (
    FACE_OVAL,
    IRIS_BORDERS,
    directions,
    facing,
    landmark_trust,
)
from tasks.core.landmarks.topology import MIRROR
from tests.core.head.people import World

IDS = np.arange(478)


def test_the_hidden_side_counts_for_little(world: World) -> None:
    truth = world.person(0, size=0.0)
    _, _, pose = world.photograph(truth, yaw=40.0)
    trust = landmark_trust(IDS, facing(pose, truth.rest, world.basis.normals))
    # Turned so that the left cheek comes forward: 345 lies on it, 116 on the other.
    seen, hidden = (345, 116) if trust[345] > trust[116] else (116, 345)
    assert trust[seen] > 0.9
    assert trust[hidden] < 0.5 * trust[seen]
    _, _, straight = world.photograph(truth)
    even = landmark_trust(IDS, facing(straight, truth.rest, world.basis.normals))
    np.testing.assert_allclose(even, even[MIRROR], atol=0.15)


def test_trust_rises_with_facing() -> None:
    levels = [landmark_trust(IDS, np.full(478, cosine)) for cosine in (-1.0, 0.1, 0.9)]
    assert (levels[0] > 0.0).all()
    assert (levels[0] <= levels[1]).all()
    assert (levels[1] <= levels[2]).all()


def test_irises_borders_count_less_than_their_middles() -> None:
    trust = landmark_trust(IDS, np.ones(478))
    assert trust[list(IRIS_BORDERS)].max() < 0.5 < trust[4] < trust[468]


def test_an_outline_counts_across_itself() -> None:
    angle = np.linspace(0.0, 2.0 * np.pi, len(FACE_OVAL), endpoint=False)
    face = np.zeros((478, 3))
    ring = np.stack([np.sin(angle), -np.cos(angle)], axis=1)
    face[list(FACE_OVAL), :2] = 100.0 * ring
    across, along = directions(IDS, face)
    radial = np.abs(np.einsum("md,md->m", across[list(FACE_OVAL)], ring))
    np.testing.assert_allclose(radial, 1.0, atol=1e-9)
    assert (along[list(FACE_OVAL)] < 1.0).all()
    assert along[4] == 1.0
    np.testing.assert_allclose(np.linalg.norm(across, axis=1), 1.0)
