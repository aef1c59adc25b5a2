"""The container: what goes in comes out, and nothing else gets in."""

from __future__ import annotations

import dataclasses
import json
import struct
import types
import typing
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from tasks.core import entities
from tasks.core.arrays import ArraysError, pack, unpack, verify
from tasks.core.digest import digest_of

ENTITIES = sorted(
    (cls for cls in vars(entities).values() if isinstance(cls, type)
     and dataclasses.is_dataclass(cls)),
    key=lambda cls: cls.__name__,
)  # fmt: skip
ARRAY_DTYPES = [np.bool_, np.uint8, np.int16, np.uint16, np.int32, np.int64, np.float32, np.float64]

arrays = st.sampled_from(ARRAY_DTYPES).flatmap(
    lambda dtype: st_numpy.arrays(
        dtype, st_numpy.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=5)
    )
)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(), st.binary()
)


def values_for(hint: Any) -> st.SearchStrategy[Any]:
    """A strategy for a field's annotation."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin is np.ndarray:
        return arrays
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_for(arg) for arg in args])
    if origin is tuple:
        if args[-1] is Ellipsis:
            return st.lists(values_for(args[0]), max_size=2).map(tuple)
        return st.tuples(*[values_for(arg) for arg in args])
    if origin is dict:
        return st.dictionaries(st.text(max_size=5), values_for(args[1]), max_size=2)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return entity(hint)
    simple = {
        type(None): st.none(),
        bool: st.booleans(),
        int: st.integers(),
        float: st.floats(allow_nan=False),
        str: st.text(),
        bytes: st.binary(),
    }
    return simple[hint]


def entity(cls: type) -> st.SearchStrategy[Any]:
    hints = typing.get_type_hints(cls)
    return st.builds(cls, **{f.name: values_for(hints[f.name]) for f in dataclasses.fields(cls)})


@pytest.mark.parametrize("cls", ENTITIES, ids=lambda cls: cls.__name__)
def test_every_entity_comes_back_with_its_digest(cls: type) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(entity(cls))
    def round_trip(value: Any) -> None:
        back = unpack(pack(value))
        assert type(back) is cls
        assert digest_of(back) == digest_of(value)

    round_trip()


@settings(max_examples=60, deadline=None)
@given(st.recursive(scalars | arrays, lambda inner: st.lists(inner).map(tuple) | st.lists(inner)))
def test_trees_come_back_with_their_types(value: Any) -> None:
    back = unpack(pack(value))
    assert type(back) is type(value)
    assert digest_of(back) == digest_of(value)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), -0.0, 5e-324])
def test_odd_floats_come_back(value: float) -> None:
    assert struct.pack("<d", unpack(pack(value))) == struct.pack("<d", value)


def test_memory_layout_does_not_matter() -> None:
    grid = np.arange(12, dtype=np.float32).reshape(3, 4)
    assert pack(np.asfortranarray(grid)) == pack(grid) == pack(grid.astype(">f4"))


def test_arrays_come_back_writable() -> None:
    # A cached result must behave as a fresh one does.
    unpack(pack(np.zeros(3)))[0] = 1.0


def test_what_compresses_is_compressed() -> None:
    matte = np.zeros((512, 512), np.uint8)
    assert len(pack(matte)) < matte.nbytes / 100
    noise = np.random.default_rng(1).integers(0, 256, (512, 512), dtype=np.uint8)
    assert len(pack(noise)) < noise.nbytes + 1024


def test_every_blob_is_aligned() -> None:
    data = pack((np.arange(3, dtype=np.uint8), np.arange(5, dtype=np.float64)))
    needle = np.arange(5, dtype="<f8").tobytes()
    assert data.index(needle) % 64 == 0


@dataclasses.dataclass(frozen=True)
class Check:
    """A stranger under an entity's name."""

    name: str = "x"


@pytest.mark.parametrize(
    "value",
    [object(), {1: 2}, {"a", "b"}, np.array([object()]), np.array(["text"]), Check(), 1j, print],
    ids=lambda value: type(value).__name__,
)
def test_what_has_no_place_is_refused(value: Any) -> None:
    with pytest.raises(ArraysError):
        pack(value)


SAMPLE = pack(
    entities.Asset("avatar.glb", "model/gltf-binary", bytes(range(256)), {"triangles": 3.0})
)


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1))
def test_truncation_is_noticed(length: int) -> None:
    with pytest.raises(ArraysError):
        unpack(SAMPLE[:length])


@settings(max_examples=80, deadline=None)
@given(st.integers(0, len(SAMPLE) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, flip: int) -> None:
    damaged = bytearray(SAMPLE)
    damaged[position] ^= flip
    with pytest.raises(ArraysError):
        unpack(bytes(damaged))


def forge(header: Any) -> bytes:
    """A container with a right checksum around a header of one's own."""
    text = json.dumps(header).encode()
    body = SAMPLE[:8] + struct.pack("<Q", len(text)) + text
    return body + struct.pack("<I", zlib.crc32(body))


BLOB = {"dtype": "|u1", "shape": [4], "zip": None, "at": 0, "size": 0}


@pytest.mark.parametrize(
    "header",
    [
        [],
        {"tree": None},
        {"tree": {"entity": "Popen", "fields": {}}, "blobs": []},
        {"tree": {"entity": "Asset", "fields": {}}, "blobs": []},
        {"tree": {"entity": "Asset", "fields": {"name": "a", "extra": 1}}, "blobs": []},
        {"tree": {"array": 7}, "blobs": []},
        {"tree": {"call": "os.system"}, "blobs": []},
        {"tree": {"dict": [1, 2]}, "blobs": []},
        {"tree": {"float": "many"}, "blobs": []},
        {"tree": None, "blobs": [BLOB]},
        {"tree": None, "blobs": [{**BLOB, "dtype": "|O"}]},
        {"tree": None, "blobs": [{**BLOB, "shape": [-1]}]},
        {"tree": None, "blobs": [{**BLOB, "shape": ["4"]}]},
        {"tree": None, "blobs": [{**BLOB, "zip": "pickle"}]},
        {"tree": None, "blobs": [{**BLOB, "zip": "zstd"}]},
        {"tree": None, "blobs": [{**BLOB, "at": 10**9}]},
        {"tree": None, "blobs": [{}]},
        {"tree": None, "blobs": [3]},
    ],
    ids=lambda header: json.dumps(header)[:60],
)
def test_a_forged_header_is_refused(header: Any) -> None:
    with pytest.raises(ArraysError):
        unpack(forge(header))


def test_a_deeply_nested_header_is_refused() -> None:
    tree: Any = None
    for _ in range(200):
        tree = {"list": [tree]}
    with pytest.raises(ArraysError):
        unpack(forge({"tree": tree, "blobs": []}))


def test_verify_reads_no_content() -> None:
    verify(forge({"tree": {"entity": "Popen", "fields": {}}, "blobs": []}))
    with pytest.raises(ArraysError):
        verify(b"PK\x03\x04 something else")
