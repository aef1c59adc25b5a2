"""What an avatar was made with: versions and licences, for the manifest."""

from __future__ import annotations

import functools
import platform
from collections.abc import Callable, Iterable
from importlib import metadata
from typing import Any

from tasks.code import code_of, imports_of
from tasks.models import EngineRef, ModelRef

_LICENCE_CLASSIFIER = "License :: OSI Approved :: "
# A licence field that holds the whole text is cut to its first line, and that to this length.
_LONGEST_LICENCE = 80
_UNKNOWN = "see the package"


def made_by(
    stages: Iterable[Callable[..., Any]], model: ModelRef, engine: EngineRef
) -> dict[str, Any]:
    """Versions, licences and digests.

    Args:
        stages: the functions of the stages that took part.
        model, engine: the ones that were used.
    """
    codes = [code_of(imports_of(stage)) for stage in stages]
    codes += [code_of((model.module,)), code_of((engine.module,))]
    libraries = sorted({name for code in codes for name, _ in code.libraries})
    own = sorted({(path, digest) for code in codes for path, digest in code.files})
    return {
        "likeness": {
            "version": _version("likeness"),
            "licence": "Apache-2.0",
            "code_sha256": _digest(tuple(own)),
        },
        "body_model": {
            "name": model.name,
            "version": model.version,
            "licence": model.licence,
            "sha256": model.sha256,
        },
        "landmark_engine": {
            "name": engine.name,
            "version": engine.version,
            "licence": licence_of(engine.name.replace("_", "-")),
            "sha256": engine.sha256,
        },
        "python": platform.python_version(),
        "libraries": [
            {"name": name, "version": _version(name), "licence": licence_of(name)}
            for name in libraries
            if _version(name) is not None
        ],
    }


@functools.cache
def licence_of(distribution: str) -> str:
    """A distribution's licence, as short as its metadata allows."""
    try:
        found: Any = metadata.metadata(distribution)
    except metadata.PackageNotFoundError:
        return _UNKNOWN
    if expression := found.get("License-Expression"):
        return str(expression)
    named = [
        line.removeprefix(_LICENCE_CLASSIFIER)
        for line in found.get_all("Classifier") or []
        if line.startswith(_LICENCE_CLASSIFIER)
    ]
    if named:
        return ", ".join(named)
    lines = str(found.get("License") or "").strip().splitlines()
    if not lines or lines[0].strip().upper() == "UNKNOWN":
        return _UNKNOWN
    return lines[0].strip()[:_LONGEST_LICENCE]


@functools.cache
def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


@functools.cache
def _digest(files: tuple[tuple[str, str], ...]) -> str:
    from tasks.core.digest import digest_of

    return digest_of(files)
