from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.entities import Uint8
from tasks.core.landmarks.head_angles import head_pose
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.landmarks.topology import MIRROR, RIGID_IDS, RIGID_POINTS


def _mesh(yaw: float, pitch: float, roll: float, size: float) -> np.ndarray:
    """The rigid head, turned: forward (0, 0, 1) goes to the left (+x) with yaw, up with pitch."""
    cy, sy, cp, sp, cr, sr = (f(a) for a in (yaw, pitch, roll) for f in (np.cos, np.sin))
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    turned = RIGID_POINTS @ (about_y @ about_x @ about_z).T * size
    mesh = np.zeros((478, 3))
    mesh[RIGID_IDS] = turned * [1, -1, -1] + [300, 200, 0]
    return mesh


@given(st.floats(-1.4, 1.4), st.floats(-1.2, 1.2), st.floats(-3.0, 3.0), st.floats(20, 500))
@settings(max_examples=60, deadline=None)
def test_angles_and_size_come_back(yaw: float, pitch: float, roll: float, size: float) -> None:
    pose = head_pose(_mesh(yaw, pitch, roll, size))
    assert np.allclose(pose.angles, [yaw, pitch, roll], atol=1e-5)
    assert abs(pose.eye_distance / size - 1) < 1e-6


def test_signs_are_those_of_the_contract() -> None:
    nose = list(RIGID_IDS).index(4)
    # To the person's left is to the image's right; up is towards smaller y.
    assert _mesh(0.5, 0, 0, 100)[RIGID_IDS[nose], 0] > _mesh(0, 0, 0, 100)[RIGID_IDS[nose], 0]
    assert _mesh(0, 0.5, 0, 100)[RIGID_IDS[nose], 1] < _mesh(0, 0, 0, 100)[RIGID_IDS[nose], 1]
    # The crown goes to the person's right, the image's left.
    assert _mesh(0, 0, 0.5, 100)[10, 0] < _mesh(0, 0, 0, 100)[10, 0]


def test_a_portrait_looks_into_the_camera(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    mesh = mediapipe_engine.face(portrait, mediapipe_engine.find_faces(portrait)[0])
    assert mesh is not None
    yaw, pitch, roll = np.degrees(head_pose(mesh).angles)
    assert abs(yaw) < 5
    assert abs(pitch) < 5
    assert -8 < roll < 0


def test_a_mirrored_head_turns_the_other_way(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    mesh = mediapipe_engine.face(portrait, mediapipe_engine.find_faces(portrait)[0])
    assert mesh is not None
    mirrored = mesh[MIRROR] * np.float32([-1, 1, 1])
    assert np.allclose(head_pose(mirrored).angles, head_pose(mesh).angles * [-1, 1, -1], atol=1e-5)
