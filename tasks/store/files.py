"""Files by content: a file's place is its SHA-256, so nothing is stored twice or overwritten."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Protocol

_SHA256 = re.compile(r"[0-9a-f]{64}")


class ContentStore(Protocol):
    """Keeps bytes under their SHA-256 (64 hex digits)."""

    def put(self, data: bytes) -> str:
        """Store bytes; durable when this returns. Storing the same again changes nothing."""
        ...

    def get(self, sha256: str) -> bytes:
        """Raises `KeyError` where there are none, `OSError` where they were damaged."""
        ...

    def has(self, sha256: str) -> bool: ...

    def location(self, sha256: str) -> str:
        """Where a person or a program finds the file: a path or an address."""
        ...


class FolderStore:
    """A `ContentStore` in a local folder, in 256 × 256 sub-folders (`ab/cd/abcd…`)."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser()

    def put(self, data: bytes) -> str:
        """See `ContentStore`.

        Raises:
            OSError: the disk is full or the folder is not writable; nothing is left behind.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        path = self._path(sha256)
        # A file of another size was damaged after it was stored: replace it.
        if not path.is_file() or path.stat().st_size != len(data):
            write_whole(path, data, durable=True)
        return sha256

    def get(self, sha256: str) -> bytes:
        """See `ContentStore`."""
        path = self._path(sha256)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise KeyError(sha256) from error
        if hashlib.sha256(data).hexdigest() != sha256:
            raise OSError(f"{path} was damaged: its content does not match its name")
        return data

    def has(self, sha256: str) -> bool:
        """See `ContentStore`."""
        return self._path(sha256).is_file()

    def location(self, sha256: str) -> str:
        """See `ContentStore`."""
        return str(self._path(sha256))

    def _path(self, sha256: str) -> Path:
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"not a SHA-256 in lower-case hex: {sha256!r}")
        return self.root / sha256[:2] / sha256[2:4] / sha256


def write_whole(path: Path, content: bytes, *, durable: bool = False) -> None:
    """Write a file so that a reader sees all of it or nothing.

    Args:
        path: where; its folders are made.
        content: what.
        durable: also survive a power cut (fsync of the file and its folder).

    Raises:
        OSError: the disk is full, the folder is not writable, …; nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".writing-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    if durable:
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
