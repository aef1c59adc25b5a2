"""A photo as a caller may give it (bytes, path, base64, data URL) → its bytes."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

from tasks.core.errors import Rejected
from tasks.core.photo.data_url import decode_base64, decode_data_url, is_data_url, too_big_file
from tasks.core.photo.limits import DEFAULT_LIMITS, PhotoLimits

PhotoInput = bytes | bytearray | memoryview | str | Path

# How base64 of the accepted formats begins: JPEG, PNG, WebP (RIFF), HEIF ("\0\0\0?ftyp").
_BASE64_STARTS = ("/9j/", "iVBORw0KGgo", "UklGR", "AAAA")
# Linux takes no longer path, so a longer text can only be base64.
_LONGEST_PATH = 4096
# A shorter text is a file name such as `AAAA.jpg` rather than a photo.
_SHORTEST_BASE64 = 256


@dataclass(frozen=True)
class PhotoSource:
    """data: the file's bytes. name: file name where a path was given. declared_type: media type
    where a data URL gave one; a hint only, since the format is told by the content."""

    data: bytes
    name: str | None = None
    declared_type: str | None = None


def read_source(source: PhotoInput, *, limits: PhotoLimits = DEFAULT_LIMITS) -> PhotoSource:
    """Read a photo without decoding it; the file size is judged before it is read.

    A text is a data URL where it begins with `data:`, base64 where it begins as base64 of an
    accepted format does (or is too long for a path), and a path otherwise. An existing file wins.

    Raises:
        Rejected: photo.not_found, photo.unreadable, photo.empty, photo.too_big_file,
            photo.bad_base64, photo.bad_data_url, photo.remote_url.
        TypeError: `source` is of none of the types above.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        size = source.nbytes if isinstance(source, memoryview) else len(source)
        if size > limits.file_bytes:
            raise too_big_file(size, limits.file_bytes)
        found = PhotoSource(bytes(source))
    elif isinstance(source, Path):
        found = _read_path(source, limits)
    elif isinstance(source, str):
        found = _read_text(source, limits)
    else:
        raise TypeError(f"read_source: bytes, str or Path expected, got {type(source).__name__}")
    if not found.data:
        raise Rejected("photo.empty", "The photo is empty (0 bytes). Send the file again.")
    return found


def _read_text(text: str, limits: PhotoLimits) -> PhotoSource:
    if not text.strip():
        raise Rejected("photo.empty", "No photo was given: the text is empty.")
    if is_data_url(text):
        data, declared = decode_data_url(text, max_bytes=limits.file_bytes)
        return PhotoSource(data, declared_type=declared)
    if text.lower().startswith(("http://", "https://", "ftp://", "s3://")):
        raise Rejected(
            "photo.remote_url",
            "The photo was given as a web address; addresses are not fetched. "
            "Download it and give the file.",
        )
    begins_as_photo = text.lstrip().startswith(_BASE64_STARTS) and len(text) >= _SHORTEST_BASE64
    too_long = len(text) > _LONGEST_PATH
    if too_long or (begins_as_photo and not _exists(Path(text))):
        return PhotoSource(decode_base64(text, max_bytes=limits.file_bytes))
    return _read_path(Path(text), limits)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, a NUL, a lone surrogate
        return False


def _read_path(path: Path, limits: PhotoLimits) -> PhotoSource:
    shown = _shown(path)
    try:
        status = path.stat()
        # Opening a pipe or a device could wait for ever.
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a regular file"
            raise Rejected("photo.unreadable", f"{shown} is {what}. Give a photo's file.")
        if status.st_size > limits.file_bytes:
            raise too_big_file(status.st_size, limits.file_bytes)
        with path.open("rb") as file:
            # One more than allowed, in case the file grows meanwhile.
            data = file.read(limits.file_bytes + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError) as error:
        if isinstance(error, Rejected):
            raise
        raise Rejected(
            "photo.not_found", f"There is no file {shown}. Check the path and its spelling."
        ) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Rejected(
            "photo.unreadable", f"{shown} cannot be read: {reason}. Check its permissions."
        ) from error
    if len(data) > limits.file_bytes:
        raise too_big_file(len(data), limits.file_bytes)
    return PhotoSource(data, name=path.name)


def _shown(path: Path) -> str:
    # A name may hold bytes that are not UTF-8 or control characters; the sentence must not.
    text = ascii(str(path))
    return text if len(text) <= 120 else f"{text[:60]}…{text[-57:]}"
