"""Where the body landmarks sit, and when a body counts as seen."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit_landmarks import anchors_of, body_is_seen, landmark_weights
from tasks.core.entities import Float32, Landmarks


def landmarks(visibility: Float32, body: Float32 | None = None) -> Landmarks:
    return Landmarks(
        face=np.zeros((478, 3), np.float32),
        face_box=np.zeros(4, np.float32),
        face_confidence=1.0,
        head_angles=np.zeros(3, np.float32),
        body=np.full((33, 2), 50.0, np.float32) if body is None else body,
        visibility=visibility,
        body_world=np.zeros((33, 3), np.float32),
        engine="test",
    )


def test_left_and_right_mirror_each_other(anny: AnnyBody, person: tuple[Float32, Float32]) -> None:
    anchors = anchors_of(anny)
    points = dict(zip(anchors.landmarks.tolist(), anchors.points(*person), strict=True))
    assert 0 in points
    for left in range(7, 33, 2):
        if left in points:
            np.testing.assert_allclose(
                points[left], points[left + 1] * [-1.0, 1.0, 1.0], atol=0.012
            )
            assert points[left][0] > points[left + 1][0]


def test_landmarks_are_where_their_names_say(
    anny: AnnyBody, person: tuple[Float32, Float32]
) -> None:
    anchors = anchors_of(anny)
    points = dict(zip(anchors.landmarks.tolist(), anchors.points(*person), strict=True))
    nose, ear, shoulder, hip, knee, ankle, heel, toe = (
        points[k] for k in (0, 7, 11, 23, 25, 27, 29, 31)
    )
    assert nose[1] > shoulder[1] > hip[1] > knee[1] > ankle[1] > heel[1]
    assert nose[2] > ear[2] + 0.05
    assert toe[2] > ankle[2] > heel[2]


def test_a_share_lies_between_its_ends(anny: AnnyBody, person: tuple[Float32, Float32]) -> None:
    anchors = anchors_of(anny)
    ankle = int(np.flatnonzero(anchors.landmarks == 27)[0])
    names = anny.topology.joint_names
    foot, leg = (person[1][names.index(name)] for name in ("LeftFoot", "LeftLeg"))
    expected = foot + anchors.share[ankle] * (leg - foot)
    np.testing.assert_allclose(anchors.points(*person)[ankle], expected, atol=1e-6)


@pytest.mark.parametrize(("seen", "weight"), [(0.2, 0.0), (0.55, 0.5), (0.9, 1.0)])
def test_weight_grows_with_visibility(seen: float, weight: float) -> None:
    found = landmark_weights(landmarks(np.full(33, seen, np.float32)), 100, 100)
    np.testing.assert_allclose(found, weight, atol=1e-6)


def test_what_lies_outside_of_the_picture_does_not_count() -> None:
    body = np.full((33, 2), 50.0, np.float32)
    body[23] = (50.0, 101.0)
    found = landmarks(np.ones(33, np.float32), body)
    weights = landmark_weights(found, 100, 100)
    assert weights[23] == 0.0
    assert weights[24] == 1.0
    assert not body_is_seen(found, 100, 100)
    assert body_is_seen(found, 100, 120)


def test_shoulders_alone_are_no_body() -> None:
    visibility = np.zeros(33, np.float32)
    visibility[[11, 12]] = 1.0
    assert not body_is_seen(landmarks(visibility), 100, 100)
