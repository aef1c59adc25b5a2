"""The weights cannot be bundled: the network's place is taken by a fake that is told the answer,
and the real package is only asked to load."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from face_alignment.models import FAN
from numpy.typing import NDArray

from tasks.core.entities import Float32, Uint8
from tasks.core.errors import EngineMissing
from tasks.core.landmarks.face_alignment_engine import (
    WEIGHTS,
    FaceAlignmentEngine,
    bend_mesh,
    find_weights,
    load_aligner,
)
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.landmarks.topology import IBUG_68


class FakeFaceAlignment:
    """Stands for the network: answers with the points it was given."""

    def __init__(self, points: NDArray[np.floating] | None) -> None:
        self.points = points
        self.boxes: list[list[float]] = []

    def get_landmarks_from_image(
        self, image_or_path: Uint8, detected_faces: list[list[float]]
    ) -> list[NDArray[np.floating]] | None:
        self.boxes += detected_faces
        return None if self.points is None else [self.points]


@pytest.fixture
def mesh(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> Float32:
    found = mediapipe_engine.face(portrait, mediapipe_engine.find_faces(portrait)[0])
    assert found is not None
    return found


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Empty, and no weights of the user's own elsewhere."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    models = tmp_path / "models"
    models.mkdir()
    return models


def test_missing_weights_say_where_to_get_them(models_dir: Path) -> None:
    with pytest.raises(EngineMissing, match=WEIGHTS) as missing:
        FaceAlignmentEngine(models_dir)
    assert missing.value.code == "engine.face_alignment_weights"
    assert str(models_dir) in missing.value.sentence


def test_weights_are_found_in_each_place(models_dir: Path, tmp_path: Path) -> None:
    for folder in (
        tmp_path / "torch" / "hub" / "checkpoints",
        models_dir / "face-alignment",
        models_dir,
    ):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / WEIGHTS).write_bytes(b"weights")
        assert find_weights(models_dir) == folder / WEIGHTS


def test_own_points_leave_the_mesh(mesh: Float32) -> None:
    assert np.abs(bend_mesh(mesh, mesh[list(IBUG_68), :2]) - mesh).max() < 1e-3


def test_an_affine_change_of_the_points_is_one_of_the_mesh(mesh: Float32) -> None:
    change = np.array([[1.03, 0.02], [-0.01, 0.98]])
    bent = bend_mesh(mesh, mesh[list(IBUG_68), :2] @ change.T + [5, -3])
    assert np.abs(bent[:, :2] - (mesh[:, :2] @ change.T + [5, -3])).max() < 0.05
    assert np.array_equal(bent[:, 2], mesh[:, 2])


def test_a_moved_brow_moves_the_brow(mesh: Float32) -> None:
    points = mesh[list(IBUG_68), :2].astype(np.float64)
    points[17:22, 1] -= 4.0
    bent = bend_mesh(mesh, points)
    moved = bent[:, 1] - mesh[:, 1]
    assert np.all(moved[list(IBUG_68[17:22])] < -3)
    assert np.abs(moved[list(IBUG_68[48:68])]).max() < 0.5


def test_engine_bends_what_mediapipe_found(
    models_dir: Path, portrait: Uint8, mesh: Float32
) -> None:
    (models_dir / WEIGHTS).write_bytes(b"weights")
    fake = FakeFaceAlignment(mesh[list(IBUG_68), :2] + np.float32([2, 1]))
    with FaceAlignmentEngine(models_dir, load=lambda _: fake) as engine:
        box = engine.find_faces(portrait)[0]
        face = engine.face(portrait, box)
        fake.points = None
        unbent = engine.face(portrait, box)
        assert engine.body(portrait) is not None
    assert face is not None
    assert np.abs(face[:, :2] - mesh[:, :2] - [2, 1]).max() < 0.05
    assert unbent is not None
    assert np.array_equal(unbent, mesh)
    x0, y0, x1, y1 = fake.boxes[0]
    assert x0 < mesh[33, 0] < mesh[263, 0] < x1
    assert y0 < mesh[33, 1] < mesh[152, 1] <= y1


def test_digest_follows_the_weights(models_dir: Path) -> None:
    digests = set()
    for content in (b"one", b"two"):
        (models_dir / WEIGHTS).write_bytes(content)
        digests.add(FaceAlignmentEngine(models_dir).digest)
    assert len(digests) == 2


def test_the_real_package_takes_the_weights_from_the_file(
    models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key and shape of the network's must fit, and nothing may be downloaded."""

    def no_download(*_: object, **__: object) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr("face_alignment.api.load_file_from_url", no_download)
    state = {name: torch.full_like(value, 3) for name, value in FAN(4).state_dict().items()}
    torch.save(state, models_dir / WEIGHTS)
    aligner = load_aligner(models_dir / WEIGHTS)
    loaded = aligner.face_alignment_net.state_dict()  # type: ignore[attr-defined]
    assert loaded.keys() == state.keys()
    assert all(bool((value == 3).all()) for value in loaded.values())
