"""Small rows and entities for tests."""

from __future__ import annotations

import uuid
from typing import Any

import numpy as np

from tasks.core.entities import Asset, Photo
from tasks.store.tables import BuildRun, BuildStatus, now


def a_build(**change: Any) -> BuildRun:
    values: dict[str, Any] = {
        "id": uuid.uuid4(),
        "attempt": 1,
        "status": BuildStatus.RUNNING,
        "request": {"name": "Ada"},
        "started_at": now(),
    }
    return BuildRun(**{**values, **change})


def a_photo(shade: int = 7) -> Photo:
    pixels = np.full((4, 6, 3), shade, np.uint8)
    return Photo(pixels, None, f"{shade:064x}", "image/png")


def assets(word: str = "one") -> list[Asset]:
    return [
        Asset("avatar.glb", "model/gltf-binary", f"glTF {word}".encode()),
        Asset("thumbnail.png", "image/png", f"png {word}".encode()),
    ]
