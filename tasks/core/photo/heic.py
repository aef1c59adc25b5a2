"""HEIC through the optional package pi-heif (libheif and libde265, decoding only)."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Protocol

from PIL import Image

from tasks.core.errors import EngineMissing


class HeicFile(Protocol):
    """The primary image of an opened file; decoded when it is first converted."""

    size: tuple[int, int]

    def to_pillow(self) -> Image.Image:
        """Decode; the container's rotation and mirroring are applied, 8 bits a sample."""


def open_heic(data: bytes) -> HeicFile:
    """Read a HEIC file's header.

    Raises:
        EngineMissing: engine.heif where pi-heif is not installed.
        ValueError, RuntimeError, OSError, SyntaxError, EOFError: the file is broken.
    """
    opened: HeicFile = _engine().open_heif(data, convert_hdr_to_8bit=True)
    return opened


def _engine() -> ModuleType:
    try:
        return importlib.import_module("pi_heif")
    except ImportError as error:
        raise EngineMissing(
            "engine.heif",
            "HEIC photos need the package pi-heif, which is not installed: "
            "pip install 'likeness[heic]', or save the photo as JPEG.",
        ) from error
