"""Entities to bytes and back: a container of plain arrays that cannot carry code.

Layout, little-endian: magic (8 bytes) · length of the header (u64) · header, JSON in UTF-8 ·
blobs, each starting on a multiple of 64 bytes · CRC-32 of all before it (u32). The header holds
the tree of values and, for every blob, its dtype, shape, place and compression.
"""

from __future__ import annotations

import dataclasses
import json
import math
import struct
import zlib
from typing import Any

import numpy as np
import zstandard
from numpy.typing import NDArray

from tasks.core import entities
from tasks.core.digest import Digested

MAGIC = b"LKNSARR\x01"
_LENGTH = struct.Struct("<Q")
_CHECKSUM = struct.Struct("<I")
# A cache line, and enough for any SIMD load.
_ALIGNMENT = 64
# Below this a blob is mostly padding; compressing it gains nothing.
_COMPRESS_FROM_BYTES = 4096
# Keep the compressed form only where it saves a tenth; else reading it back costs more than disk.
_COMPRESS_BELOW_RATIO = 0.9
# 1.2 GB/s in, 3 GB/s out on one core; higher levels save 10 % more at half the speed.
_COMPRESSION_LEVEL = 1
# A tree deeper than this is no entity of ours.
_DEPTH_LIMIT = 64

_DTYPES = frozenset(
    ["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8"]
)
_CLASSES: dict[str, type] = {
    name: cls
    for name, cls in vars(entities).items()
    if dataclasses.is_dataclass(cls) and isinstance(cls, type)
}


class ArraysError(ValueError):
    """The bytes are not a container of ours, or are damaged; or a value has no place in one."""


def pack(entity: Any) -> bytes:
    """Write an entity, or a tuple, list or string-keyed dict of them, as bytes.

    Args:
        entity: dataclasses of `tasks.core.entities`, numpy arrays (bool, integers, floats), None,
            bool, int, float, str, bytes; nested as you like.

    Returns:
        The container. `unpack` gives a value with the same `digest_of`.

    Raises:
        ArraysError: a value has no place in the container.
    """
    blobs: list[tuple[dict[str, Any], bytes]] = []
    tree = _tree_of(entity, blobs, 0)
    at = 0
    table: list[dict[str, Any]] = []
    for entry, data in blobs:
        at += -at % _ALIGNMENT
        table.append({**entry, "at": at, "size": len(data)})
        at += len(data)
    header = json.dumps({"tree": tree, "blobs": table}, separators=(",", ":")).encode()
    prefix = MAGIC + _LENGTH.pack(len(header)) + header
    out = bytearray(prefix)
    for _, data in blobs:
        out += bytes(-len(out) % _ALIGNMENT)
        out += data
    out += _CHECKSUM.pack(zlib.crc32(out))
    return bytes(out)


def unpack(data: bytes) -> Any:
    """Read back what `pack` wrote. Arrays are writable and in C order.

    Raises:
        ArraysError: wrong magic, truncated, damaged, or an unknown class, field or dtype.
    """
    verify(data)
    (length,) = _LENGTH.unpack_from(data, len(MAGIC))
    start = len(MAGIC) + _LENGTH.size
    body = len(data) - _CHECKSUM.size
    if start + length > body:
        raise ArraysError("truncated: the header runs past the end")
    try:
        header = json.loads(data[start : start + length])
        tree, table = header["tree"], header["blobs"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ArraysError(f"damaged header: {error}") from error
    first = start + length
    first += -first % _ALIGNMENT
    view = memoryview(data)[:body]
    blobs = [_read_blob(entry, view, first) for entry in table]
    return _value_of(tree, blobs, 0)


def verify(data: bytes) -> None:
    """Check magic and checksum without reading the content.

    Raises:
        ArraysError: wrong magic, truncated or damaged.
    """
    if not data.startswith(MAGIC):
        raise ArraysError("not a container of arrays, or of another version")
    if len(data) < len(MAGIC) + _LENGTH.size + _CHECKSUM.size:
        raise ArraysError("truncated: shorter than an empty container")
    (stated,) = _CHECKSUM.unpack_from(data, len(data) - _CHECKSUM.size)
    if zlib.crc32(memoryview(data)[: -_CHECKSUM.size]) != stated:
        raise ArraysError("damaged or truncated: the checksum does not match")


def _tree_of(value: Any, blobs: list[tuple[dict[str, Any], bytes]], depth: int) -> Any:
    if depth > _DEPTH_LIMIT:
        raise ArraysError(f"nested deeper than {_DEPTH_LIMIT}")
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        # JSON has no infinities; Python's own extension for them is not portable.
        return value if math.isfinite(value) else {"float": repr(value)}
    if isinstance(value, np.ndarray):
        return {"array": _add_array(value, blobs)}
    if isinstance(value, bytes | bytearray | memoryview):
        flat = np.frombuffer(value, np.uint8)
        return {"bytes": _add_array(flat, blobs)}
    if isinstance(value, tuple):
        return {"tuple": [_tree_of(item, blobs, depth + 1) for item in value]}
    if isinstance(value, list):
        return {"list": [_tree_of(item, blobs, depth + 1) for item in value]}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise ArraysError("a mapping's keys must be str")
        return {"dict": [[key, _tree_of(item, blobs, depth + 1)] for key, item in value.items()]}
    name = type(value).__name__
    if _CLASSES.get(name) is not type(value) or not dataclasses.is_dataclass(value):
        raise ArraysError(f"{name} is not an entity of the core")
    fields = {
        field.name: _tree_of(getattr(value, field.name), blobs, depth + 1)
        for field in dataclasses.fields(value)
    }
    return {"entity": name, "fields": fields}


def _add_array(array: NDArray[Any], blobs: list[tuple[dict[str, Any], bytes]]) -> int:
    little = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    if little.dtype.str not in _DTYPES:
        raise ArraysError(f"an array of {array.dtype} has no place in a container")
    raw = little.tobytes()
    # ascontiguousarray makes a 0-d array 1-d; the shape is taken from the original.
    entry: dict[str, Any] = {"dtype": little.dtype.str, "shape": list(array.shape), "zip": None}
    if len(raw) >= _COMPRESS_FROM_BYTES:
        packed = zstandard.ZstdCompressor(level=_COMPRESSION_LEVEL).compress(raw)
        if len(packed) < _COMPRESS_BELOW_RATIO * len(raw):
            entry["zip"], raw = "zstd", packed
    blobs.append((entry, raw))
    return len(blobs) - 1


def _read_blob(entry: Any, view: memoryview, first: int) -> NDArray[Any]:
    try:
        dtype, shape, compression = entry["dtype"], entry["shape"], entry["zip"]
        at, size = entry["at"], entry["size"]
        if dtype not in _DTYPES or compression not in (None, "zstd"):
            raise ArraysError(f"unknown dtype or compression: {dtype}, {compression}")
        if not all(isinstance(n, int) and n >= 0 for n in [*shape, at, size]):
            raise ArraysError("a blob's place and shape must be natural numbers")
        count = math.prod(shape)
        expected = count * np.dtype(dtype).itemsize
        stored = view[first + at : first + at + size]
        if len(stored) != size:
            raise ArraysError("truncated: a blob runs past the end")
        raw: bytes | memoryview = stored
        if compression == "zstd":
            # max_output_size also bounds what a forged frame can make us allocate.
            raw = zstandard.ZstdDecompressor().decompress(stored, max_output_size=expected)
        if len(raw) != expected:
            raise ArraysError(f"a blob holds {len(raw)} bytes where its shape needs {expected}")
        # The copy makes the array writable, as a freshly computed one is.
        return np.frombuffer(bytearray(raw), dtype=dtype, count=count).reshape(shape)
    except (KeyError, TypeError, zstandard.ZstdError) as error:
        raise ArraysError(f"damaged blob: {error}") from error


def _value_of(node: Any, blobs: list[NDArray[Any]], depth: int) -> Any:
    if depth > _DEPTH_LIMIT:
        raise ArraysError(f"nested deeper than {_DEPTH_LIMIT}")
    if node is None or isinstance(node, bool | int | float | str):
        return node
    try:
        match node:
            case {"entity": str(name), "fields": dict(fields)}:
                return _entity_of(
                    name, {k: _value_of(item, blobs, depth + 1) for k, item in fields.items()}
                )
            case {"array": int(index)}:
                return blobs[index]
            case {"bytes": int(index)}:
                return blobs[index].tobytes()
            case {"tuple": list(items)}:
                return tuple(_value_of(item, blobs, depth + 1) for item in items)
            case {"list": list(items)}:
                return [_value_of(item, blobs, depth + 1) for item in items]
            case {"dict": list(items)}:
                return {str(key): _value_of(item, blobs, depth + 1) for key, item in items}
            case {"float": str(text)}:
                return float(text)
    except (IndexError, TypeError, ValueError) as error:
        if isinstance(error, ArraysError):
            raise
        raise ArraysError(f"damaged tree: {error}") from error
    raise ArraysError(f"unknown value in the tree: {str(node)[:80]}")


def _entity_of(name: str, values: dict[str, Any]) -> Digested | Any:
    cls = _CLASSES.get(name)
    if cls is None:
        raise ArraysError(f"unknown entity: {name}")
    known = {field.name for field in dataclasses.fields(cls)}
    if set(values) != known:
        odd = ", ".join(sorted(known ^ set(values)))
        raise ArraysError(f"{name} was written with other fields ({odd})")
    return cls(**values)
