"""Body models and landmark engines by reference: what a stage is told, and what it works with.

A reference is small, travels between stages and knows the digest of what it stands for; the model
itself is loaded once per process.
"""

from __future__ import annotations

import functools
import importlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tasks.code import code_of
from tasks.core.body.model import BodyModel, require
from tasks.core.digest import digest_of
from tasks.core.landmarks.engine import EngineSetting, LandmarkEngine
from tasks.progress import StageEvent, report

BodyModelKind = Literal["anny", "smpl", "smplh", "smplx"]

_loading = threading.Lock()


@dataclass(frozen=True)
class ModelRef:
    """A body model. cache_dir: prepared data. models_dir: the user's own files. sha256: of the
    model's data; see `BodyModel`. module: its code. digest: over both, for cache keys."""

    kind: BodyModelKind
    cache_dir: Path
    models_dir: Path
    name: str
    version: str
    licence: str
    sha256: str
    module: str
    digest: str


@dataclass(frozen=True)
class EngineRef:
    """A landmark engine. sha256: of its version and model files. module: its code. digest: over
    both, for cache keys."""

    setting: EngineSetting
    models_dir: Path
    name: str
    version: str
    sha256: str
    module: str
    digest: str


def refer_to_model(
    kind: BodyModelKind, cache_dir: Path, models_dir: Path, needs: tuple[str, ...] = ()
) -> ModelRef:
    """Load a body model, preparing its data where this machine has not yet, and refer to it.

    Args:
        needs: names of `tasks.core.body.model.capabilities` that the caller's stages take.

    Raises:
        EngineMissing: the model is not on this machine, or its folder cannot be written.
        Rejected: `body_model.lacks`, it has not all that is needed.
    """
    model = _model(kind, cache_dir, models_dir)
    require(model, *needs)
    module = type(model).__module__
    return ModelRef(
        kind=kind,
        cache_dir=cache_dir,
        models_dir=models_dir,
        name=model.name,
        version=model.version,
        licence=model.licence,
        sha256=model.digest,
        module=module,
        digest=digest_of(model.digest, code_of((module,)).digest),
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
    module = type(engine).__module__
    return EngineRef(
        setting=setting,
        models_dir=models_dir,
        name=engine.name,
        version=engine.version,
        sha256=engine.digest,
        module=module,
        # The notices say why this engine was taken, and become part of results.
        digest=digest_of(engine.digest, list(engine.notices), code_of((module,)).digest),
    )


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
    model: BodyModel = _core("tasks.core.body.choose").load_body_model(
        kind,
        cache_dir,
        models_dir,
        progress=lambda text: report(StageEvent("prepare_model", note=text)),
    )
    return model


def _engine(setting: EngineSetting, models_dir: Path) -> LandmarkEngine:
    with _loading:
        return _load_engine(setting, models_dir)


@functools.lru_cache(maxsize=4)
def _load_engine(setting: EngineSetting, models_dir: Path) -> LandmarkEngine:
    engine: LandmarkEngine = _core("tasks.core.landmarks.choose").choose_engine(setting, models_dir)
    return engine


def _core(module: str) -> Any:
    # Not an import statement: a choice imports all it can choose from, and the code of what was
    # not chosen is no part of a stage. What was chosen is in the reference's digest.
    return importlib.import_module(module)
