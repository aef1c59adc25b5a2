"""What several tests share: the sample photo, the models, and one real build of it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import skimage.data
from PIL import Image

from tests.prefect_server import isolate, prefect_server

isolate()

__all__ = ["prefect_server"]

if TYPE_CHECKING:
    from infra.bench.pipeline import Build
    from tasks.core.body.anny_body import AnnyBody
    from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine


@pytest.fixture(scope="session")
def astronaut() -> bytes:
    """scikit-image's portrait of Eileen Collins (NASA, public domain), as a PNG of 512 x 512."""
    buffer = io.BytesIO()
    Image.fromarray(skimage.data.astronaut()).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture(scope="session")
def anny() -> AnnyBody:
    """The default body model, from this machine's cache."""
    from blocks.settings import Settings
    from tasks.core.body.anny_body import load_anny_body

    return load_anny_body(Settings().body_models_folder)


@pytest.fixture(scope="session")
def mediapipe_engine() -> Iterator[MediaPipeEngine]:
    """The default landmark engine."""
    from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine

    with MediaPipeEngine() as engine:
        yield engine


@pytest.fixture(scope="session")
def built_avatar(anny: AnnyBody, mediapipe_engine: MediaPipeEngine, astronaut: bytes) -> Build:
    """A real build of the astronaut with a skin of 1024 pixels: every stage's result."""
    from infra.bench.pipeline import build

    return build(anny, mediapipe_engine, astronaut, skin_size=1024)


@pytest.fixture(scope="session")
def built_glb(built_avatar: Build, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of that build."""
    path = tmp_path_factory.mktemp("avatar") / "avatar.glb"
    path.write_bytes(built_avatar.glb.data)
    return path
