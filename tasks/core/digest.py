"""SHA-256 over content: the identity of every value that passes between stages."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np


class Digested:
    """Mixin for frozen dataclasses: `digest` is the SHA-256 of the class name and all fields."""

    @functools.cached_property
    def digest(self) -> str:
        """Hex SHA-256 over the content; equal content gives an equal digest on every machine."""
        return digest_of(self)


def digest_of(*parts: Any) -> str:
    """Hash values by content, never by identity or memory layout.

    Args:
        *parts: None, bool, int, float, str, bytes, sequences, mappings with string keys,
            numpy arrays and scalars, dataclasses; nested as you like.

    Returns:
        64 hex digits.

    Raises:
        TypeError: a part has no canonical form (an open file, a function).
    """
    sha = hashlib.sha256()
    for part in parts:
        _feed(sha, part)
    return sha.hexdigest()


def _feed(sha: Any, value: Any) -> None:
    # Every value is tagged and length-prefixed, so that no two different trees
    # give the same byte stream.
    if value is None:
        sha.update(b"N")
    elif isinstance(value, bool | np.bool_):
        sha.update(b"T" if value else b"F")
    elif isinstance(value, int | np.integer):
        text = str(int(value)).encode()
        sha.update(b"i" + struct.pack("<Q", len(text)) + text)
    elif isinstance(value, float | np.floating):
        sha.update(b"f" + struct.pack("<d", float(value)))
    elif isinstance(value, str):
        # Lone surrogates (file names that are not UTF-8) stay apart from the text they resemble.
        data = value.encode("utf-8", "surrogatepass")
        sha.update(b"s" + struct.pack("<Q", len(data)) + data)
    elif isinstance(value, bytes | bytearray | memoryview):
        data = bytes(value)
        sha.update(b"b" + struct.pack("<Q", len(data)) + data)
    elif isinstance(value, np.ndarray):
        if value.dtype.hasobject or value.dtype.names is not None:
            raise TypeError("digest_of: an object or record array has no canonical form")
        array = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<"))
        sha.update(b"a")
        _feed(sha, array.dtype.str)
        _feed(sha, list(value.shape))
        sha.update(array.tobytes())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        sha.update(b"d" + struct.pack("<Q", len(fields)))
        _feed(sha, type(value).__name__)
        for field in fields:
            _feed(sha, field.name)
            _feed(sha, getattr(value, field.name))
    elif isinstance(value, Mapping):
        sha.update(b"m" + struct.pack("<Q", len(value)))
        for key in sorted(value):
            if not isinstance(key, str):
                raise TypeError(
                    f"digest_of: a mapping's keys must be str, got {type(key).__name__}"
                )
            _feed(sha, key)
            _feed(sha, value[key])
    elif isinstance(value, list | tuple):
        sha.update(b"l" + struct.pack("<Q", len(value)))
        for item in value:
            _feed(sha, item)
    else:
        raise TypeError(f"digest_of: {type(value).__name__} has no canonical form")
