"""The choice of a landmark engine by setting."""

from __future__ import annotations

from pathlib import Path

from tasks.core.entities import Notice
from tasks.core.errors import EngineMissing
from tasks.core.landmarks.engine import EngineSetting, LandmarkEngine
from tasks.core.landmarks.face_alignment_engine import FaceAlignmentEngine
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine


def choose_engine(setting: EngineSetting, models_dir: Path) -> LandmarkEngine:
    """Build the engine that a setting asks for.

    Args:
        setting: `mediapipe`; `face_alignment`, which needs its weight files in `models_dir`;
            `auto`: face-alignment where its weights are present, else MediaPipe with a notice
            (`landmarks.engine`) that says so.
        models_dir: the folder of the user's own model files.

    Raises:
        EngineMissing: the engine asked for, or MediaPipe, which all need, is not here.
        ValueError: an unknown setting.
    """
    if setting == "mediapipe":
        return MediaPipeEngine()
    if setting == "face_alignment":
        return FaceAlignmentEngine(models_dir)
    if setting != "auto":
        raise ValueError(f"landmark engine: {setting!r} is none of auto, mediapipe, face_alignment")
    try:
        return FaceAlignmentEngine(models_dir)
    except EngineMissing as missing:
        sentence = f"Landmarks were found with MediaPipe, not face-alignment ({missing.code})."
        return MediaPipeEngine(notices=(Notice("landmarks.engine", sentence),))
