from __future__ import annotations

from pathlib import Path

import pytest

from tasks.core.errors import EngineMissing
from tasks.core.landmarks.choose import choose_engine
from tasks.core.landmarks.face_alignment_engine import WEIGHTS


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


def test_mediapipe_by_name_has_nothing_to_tell(models_dir: Path) -> None:
    engine = choose_engine("mediapipe", models_dir)
    assert engine.name == "mediapipe"
    assert engine.notices == ()


def test_auto_falls_back_and_says_so(models_dir: Path) -> None:
    engine = choose_engine("auto", models_dir)
    assert engine.name == "mediapipe"
    assert [notice.code for notice in engine.notices] == ["landmarks.engine"]
    assert "MediaPipe" in engine.notices[0].sentence
    assert "engine.face_alignment_weights" in engine.notices[0].sentence


def test_auto_takes_face_alignment_where_its_weights_are(models_dir: Path) -> None:
    (models_dir / WEIGHTS).write_bytes(b"weights")
    engine = choose_engine("auto", models_dir)
    assert engine.name == "face_alignment"
    assert engine.notices == ()


def test_face_alignment_by_name_does_not_fall_back(models_dir: Path) -> None:
    with pytest.raises(EngineMissing):
        choose_engine("face_alignment", models_dir)


def test_unknown_setting_is_an_error(models_dir: Path) -> None:
    with pytest.raises(ValueError, match="dlib"):
        choose_engine("dlib", models_dir)  # type: ignore[arg-type]
