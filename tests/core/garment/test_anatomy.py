"""Where the garment ends on the default person."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.garment.anatomy import Anatomy, anatomy_of


@pytest.fixture(scope="module")
def body(anny: AnnyBody) -> Anatomy:
    return anatomy_of(anny)


def test_default_person_stands_on_the_ground(anny: AnnyBody, body: Anatomy) -> None:
    skin = np.unique(anny.topology.faces_of("body"))
    assert body.vertices[skin, 1].min() == pytest.approx(0.0, abs=1e-6)


def test_head_and_hands_are_bare_and_the_rest_is_not(anny: AnnyBody, body: Anatomy) -> None:
    skin = np.unique(anny.topology.faces_of("body"))
    at = body.vertices[skin]
    above_chin = at[:, 1] > body.joint["Head"][1] + 0.03
    assert (body.collar()[skin][above_chin] < 0.0).all()
    chest = (np.abs(at[:, 0]) < 0.1) & (at[:, 1] < 1.4) & (at[:, 1] > 1.1)
    assert (body.collar()[skin][chest] > 0.05).all()
    for side in ("Left", "Right"):
        finger = np.linalg.norm(at - body.joint[f"{side}HandMiddle2"], axis=1) < 0.02
        assert finger.any()
        assert (body.cuff(side)[skin][finger] < -0.03).all()
        elbow = np.linalg.norm(at - body.joint[f"{side}ForeArm"], axis=1) < 0.06
        assert (body.cuff(side)[skin][elbow] > 0.05).all()


def test_top_overlaps_trousers_and_trousers_overlap_shoes(body: Anatomy) -> None:
    height = body.vertices[:, 1]
    both = (body.hem() > 0.0) & (body.waist() > 0.0) & (body.arm["Left"] < 0.1)
    assert np.ptp(height[both]) > 0.08
    ankles = (body.ankle() > 0.0) & (body.shoe() > 0.0)
    assert np.ptp(height[ankles]) > 0.03


def test_limbs_are_told_apart(body: Anatomy) -> None:
    assert ((body.arm["Left"] > 0.5) <= (body.vertices[:, 0] > 0.0)).all()
    assert ((body.leg["Right"] > 0.6) <= (body.vertices[:, 0] < 0.06)).all()
