"""Equal content gives an equal digest, other content another, on any machine and process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tasks.core.digest import Digested, digest_of

_SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(st.characters(codec=None))
    | st.binary()
)
_TREES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
_ARRAYS = hnp.arrays(
    dtype=st.sampled_from(["u1", "i2", "i4", "i8", "f4", "f8", "?"]),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@dataclass(frozen=True)
class Pair(Digested):
    """Two fields."""

    left: Any
    right: Any


@dataclass(frozen=True)
class Couple(Digested):
    """The same fields under another name."""

    left: Any
    right: Any


def _exact(value: Any) -> Any:
    """A value whose equality is equality of content: types and signs of zero count."""
    if isinstance(value, list):
        return ("list", tuple(_exact(item) for item in value))
    if isinstance(value, dict):
        return ("dict", tuple((key, _exact(value[key])) for key in sorted(value)))
    if isinstance(value, float):
        return ("float", value.hex())
    return (type(value).__name__, value)


@given(_TREES, _TREES)
def test_digests_are_equal_exactly_where_contents_are(one: Any, two: Any) -> None:
    assert (digest_of(one) == digest_of(two)) == (_exact(one) == _exact(two))


@given(st.lists(_SCALARS, max_size=4), st.lists(_SCALARS, max_size=4))
def test_nesting_is_part_of_the_content(one: list[Any], two: list[Any]) -> None:
    assert digest_of([one, two]) != digest_of([*one, *two])
    assert digest_of([one], two) != digest_of(one, [two])


@given(st.dictionaries(st.text(), st.integers(), min_size=2, max_size=6), st.randoms())
def test_order_of_a_mapping_does_not_count(mapping: dict[str, int], random: Any) -> None:
    items = list(mapping.items())
    random.shuffle(items)
    assert digest_of(dict(items)) == digest_of(mapping)


@given(_ARRAYS)
def test_memory_layout_does_not_count(array: np.ndarray) -> None:
    truth = digest_of(array.copy(order="C"))
    assert digest_of(np.asfortranarray(array).reshape(array.shape)) == truth
    # A view with gaps and one walked backwards.
    spread = np.zeros((*array.shape, 2), array.dtype)
    spread[..., 0] = array
    assert digest_of(spread[..., 0]) == truth
    if array.ndim:
        assert digest_of(np.ascontiguousarray(array[::-1])[::-1]) == truth


@given(_ARRAYS)
def test_byte_order_does_not_count(array: np.ndarray) -> None:
    assert digest_of(array.astype(array.dtype.newbyteorder(">"))) == digest_of(array)


@given(_ARRAYS, st.data())
def test_every_element_counts(array: np.ndarray, data: st.DataObject) -> None:
    if array.size == 0:
        return
    at = data.draw(st.integers(0, array.size - 1))
    other = array.copy()
    raw = other.reshape(-1).view(np.uint8).reshape(array.size, -1)
    raw[at, 0] ^= 1
    assert digest_of(other) != digest_of(array)


def test_shape_and_type_of_an_array_count() -> None:
    zeros = np.zeros(6, np.float32)
    variants = [
        zeros,
        zeros.reshape(2, 3),
        zeros.reshape(3, 2),
        zeros.astype(np.int32),
        zeros.astype(np.float64),
        zeros.tobytes(),
        zeros.tolist(),
        np.zeros(0, np.float32),
        np.zeros((0, 3), np.float32),
    ]
    assert len({digest_of(variant) for variant in variants}) == len(variants)


def test_numpy_scalars_are_the_numbers_they_hold() -> None:
    assert digest_of(np.int16(7), np.float64(0.5), np.bool_(True)) == digest_of(7, 0.5, True)


def test_kinds_of_one_value_are_apart() -> None:
    variants: list[Any] = [
        None,
        False,
        0,
        0.0,
        -0.0,
        "",
        b"",
        [],
        {},
        "0",
        b"0",
        "\ud800",
        "\udc80",
    ]
    assert len({digest_of(variant) for variant in variants}) == len(variants)


def test_a_name_that_is_not_utf8_differs_from_the_text_it_resembles() -> None:
    # os.fsdecode of the bytes of "é" under an ASCII locale.
    assert digest_of("\udcc3\udca9") != digest_of("é")


def test_bytes_in_any_wrapping_are_the_same() -> None:
    data = np.arange(8, dtype=np.int32)
    assert digest_of(memoryview(data)) == digest_of(data.tobytes())
    assert digest_of(bytearray(b"abc")) == digest_of(memoryview(b"abc")) == digest_of(b"abc")


def test_the_class_and_every_field_count() -> None:
    assert Pair(1, 2).digest == Pair(1, 2).digest
    assert len({Pair(1, 2).digest, Pair(2, 1).digest, Couple(1, 2).digest}) == 3


@given(_TREES, _TREES)
def test_nested_dataclasses_follow_their_content(one: Any, two: Any) -> None:
    same = _exact(one) == _exact(two)
    assert (Pair(Pair(one, 0), 1).digest == Pair(Pair(two, 0), 1).digest) == same


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1: "a"},
        {"a", "b"},
        1j,
        print,
        np.array([None]),
        np.zeros(2, [("x", "f4"), ("y", "i4")]),
        [1, {"deep": open}],
        Pair,
    ],
    ids=["object", "int key", "set", "complex", "function", "objects", "records", "deep", "class"],
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="digest_of"):
        digest_of(value)


@settings(max_examples=20)
@given(_TREES)
def test_a_digest_is_64_hex_digits(tree: Any) -> None:
    digest = digest_of(tree)
    assert len(digest) == 64
    assert set(digest) <= set("0123456789abcdef")


_PROGRAM = """
import numpy as np
from tasks.core.digest import digest_of
names = {"b": 1, "a": [2.5, None, "é"], "c": {"y": b"1", "x": True}}
print(digest_of(names, np.arange(6, dtype=">f4").reshape(2, 3)))
"""
# Stored results are found by their digests: a change here loses every cache.
_DIGEST = "228d15801e5f7feeed816e267eaea0e8871b569ad66f201e8f81fb2b0a8c43c7"


@pytest.mark.parametrize("seed", ["0", "1", "4242"])
def test_the_digest_is_the_same_in_every_process(seed: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.strip() == _DIGEST
