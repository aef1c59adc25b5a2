"""Body models and landmark engines by reference: what a stage is told, and what it works with.

A reference is small, travels between stages and knows the digest of what it stands for; the model
itself is loaded once per process.
"""

from __future__ import annotations

import functools
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tasks.core.body.model import BodyModel
from tasks.core.landmarks.engine import EngineSetting, LandmarkEngine
from tasks.progress import StageEvent, report

BodyModelKind = Literal["anny", "smpl", "smplh", "smplx"]

_loading = threading.Lock()


@dataclass(frozen=True)
class ModelRef:
    """A body model. cache_dir: prepared data. models_dir: the user's own files. digest: SHA-256
    over the model; see `BodyModel`."""

    kind: BodyModelKind
    cache_dir: Path
    models_dir: Path
    name: str
    version: str
    licence: str
    digest: str


@dataclass(frozen=True)
class EngineRef:
    """A landmark engine. digest: SHA-256 over its version and model files."""

    setting: EngineSetting
    models_dir: Path
    name: str
    version: str
    digest: str


def refer_to_model(kind: BodyModelKind, cache_dir: Path, models_dir: Path) -> ModelRef:
    """Load a body model, preparing its data where this machine has not yet, and refer to it.

    Raises:
        EngineMissing: the model is not on this machine, or its folder cannot be written.
    """
    model = _model(kind, cache_dir, models_dir)
    return ModelRef(
        kind, cache_dir, models_dir, model.name, model.version, model.licence, model.digest
    )


def body_model(ref: ModelRef) -> BodyModel:
    """The model that a reference stands for; the same object within a process.

    Raises:
        EngineMissing: as `refer_to_model`.
    """
    return _model(ref.kind, ref.cache_dir, ref.models_dir)


def refer_to_engine(setting: EngineSetting, models_dir: Path) -> EngineRef:
    """Choose a landmark engine and refer to it.

    Raises:
        EngineMissing: the engine asked for is not on this machine.
    """
    engine = _engine(setting, models_dir)
    return EngineRef(setting, models_dir, engine.name, engine.version, engine.digest)


def landmark_engine(ref: EngineRef) -> LandmarkEngine:
    """The engine that a reference stands for; the same object within a process.

    Raises:
        EngineMissing: as `refer_to_engine`.
    """
    return _engine(ref.setting, ref.models_dir)


def _model(kind: BodyModelKind, cache_dir: Path, models_dir: Path) -> BodyModel:
    # Two stages that start together must not load, or prepare, the model twice.
    with _loading:
        return _load_model(kind, cache_dir, models_dir)


@functools.lru_cache(maxsize=2)
def _load_model(kind: BodyModelKind, cache_dir: Path, models_dir: Path) -> BodyModel:
    from tasks.core.body.choose import load_body_model

    return load_body_model(
        kind,
        cache_dir,
        models_dir,
        progress=lambda text: report(StageEvent("prepare_model", note=text)),
    )


def _engine(setting: EngineSetting, models_dir: Path) -> LandmarkEngine:
    with _loading:
        return _load_engine(setting, models_dir)


@functools.lru_cache(maxsize=4)
def _load_engine(setting: EngineSetting, models_dir: Path) -> LandmarkEngine:
    from tasks.core.landmarks.engine import choose_engine

    return choose_engine(setting, models_dir)
