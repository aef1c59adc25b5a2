"""The smooth remainder field."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.anny_body import AnnyBody
from tasks.core.head.detail import Remainder, apply_detail, fit_detail
from tasks.core.landmarks.topology import MIRROR
from tests.core.head.people import World

TWIN = MIRROR.astype(np.int64)
IMAGE_PLANE = np.diag([1.0, 1.0, 0.0])


def remainder(
    offsets: NDArray[np.float64], trust: float = 1.0, expressed: float = 0.0
) -> Remainder:
    return Remainder(offsets, IMAGE_PLANE, np.full(478, trust), np.full(478, expressed))


def surface(anny: AnnyBody) -> NDArray[np.float64]:
    vertices, _ = anny.shape(anny.phenotype_defaults, np.zeros(len(anny.local_change_names)))
    assert anny.landmarks is not None
    return anny.landmarks.points(vertices).astype(np.float64)


def test_nothing_left_changes_nothing(anny: AnnyBody) -> None:
    centres = surface(anny)
    detail = fit_detail(centres, (remainder(np.zeros((478, 3))),), TWIN)
    assert not detail.at(centres).any()


def test_a_smooth_remainder_is_followed(anny: AnnyBody) -> None:
    centres = surface(anny)
    wave = np.zeros((478, 3))
    wave[:, 1] = 0.001 * np.cos((centres[:, 1] - centres[:, 1].mean()) / 0.03)
    wave[:, 1] *= np.cos(centres[:, 0] / 0.04)
    detail = fit_detail(centres, (remainder(wave),), TWIN)
    left = np.linalg.norm(detail.at(centres) - wave, axis=1).mean()
    assert left < 0.3 * np.linalg.norm(wave, axis=1).mean()


def test_single_landmarks_noise_is_not_skin(anny: AnnyBody) -> None:
    centres = surface(anny)
    noise = np.zeros((478, 3))
    noise[:, :2] = np.random.default_rng(0).normal(scale=0.001, size=(478, 2))
    field = fit_detail(centres, (remainder(noise),), TWIN).at(centres)
    assert np.linalg.norm(field, axis=1).mean() < 0.5 * np.linalg.norm(noise, axis=1).mean()


def test_what_an_expression_moved_is_put_down_to_it(anny: AnnyBody) -> None:
    centres = surface(anny)
    lift = np.tile([0.0, 0.001, 0.0], (478, 1))
    still = fit_detail(centres, (remainder(lift),), TWIN).at(centres)
    moved = fit_detail(centres, (remainder(lift, expressed=0.02),), TWIN).at(centres)
    assert 0.0 < moved[:, 1].mean() < 0.9 * still[:, 1].mean()


def test_the_hidden_side_follows_the_seen(anny: AnnyBody) -> None:
    centres = surface(anny)
    seen = centres[:, 0] > 0.0
    outwards = np.zeros((478, 3))
    outwards[seen, 0] = 0.001
    half = Remainder(outwards, IMAGE_PLANE, np.where(seen, 1.0, 1e-4), np.zeros(478))
    field = fit_detail(centres, (half,), TWIN).at(centres)
    assert field[454, 0] > 0.0004
    assert field[234, 0] < -0.0002


def test_no_detail_is_large_and_far_places_have_none(anny: AnnyBody) -> None:
    centres = surface(anny)
    huge = np.tile([0.0, 0.05, 0.0], (478, 1))
    detail = fit_detail(centres, (remainder(huge),), TWIN)
    assert np.linalg.norm(detail.at(centres), axis=1).max() <= 0.004
    foot = centres.mean(axis=0, keepdims=True) - [0.0, 1.5, 0.0]
    assert not detail.at(foot).any()


def test_eyes_and_teeth_move_as_wholes(world: World) -> None:
    model = world.model
    centres = surface(model)
    vertices, joints = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names))
    )
    push = np.random.default_rng(1).normal(scale=0.001, size=(478, 3)) * [1.0, 1.0, 0.0]
    detail = fit_detail(centres, (remainder(push),), TWIN)
    moved, moved_joints = apply_detail(detail, model.topology, vertices, joints)
    names = model.topology.joint_names
    for group in ("helper-l-eye", "helper-r-eye", "helper-upper-teeth", "helper-lower-teeth"):
        shift = (moved - vertices)[model.topology.vertex_groups[group]]
        assert np.ptp(shift, axis=0).max() < 1e-9
        if group == "helper-l-eye":
            turn = moved_joints[names.index("LeftEye")] - joints[names.index("LeftEye")]
            np.testing.assert_allclose(turn, shift[0], atol=1e-7)
    assert np.array_equal(moved_joints[names.index("Hips")], joints[names.index("Hips")])
