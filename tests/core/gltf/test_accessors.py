"""What goes into the buffer comes out of it."""

from __future__ import annotations

import json

import numpy as np
import pygltflib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tasks.core.entities import Morph
from tasks.core.gltf.accessors import BufferWriter
from tasks.core.gltf.read import Glb

FLOATS = st.floats(-1e3, 1e3, width=32)


def opened(document: pygltflib.GLTF2, writer: BufferWriter) -> Glb:
    document.buffers.append(pygltflib.Buffer(byteLength=writer.length))
    return Glb(json.loads(document.to_json()), writer.blob())


@given(hnp.arrays(np.float32, st.tuples(st.integers(1, 9), st.just(3)), elements=FLOATS))
def test_vertices_round_trip_with_exact_bounds(array: np.ndarray) -> None:
    document = pygltflib.GLTF2()
    writer = BufferWriter(document)
    writer.view(b"odd")
    index = writer.vertices(array, bounds=True)
    glb = opened(document, writer)
    np.testing.assert_array_equal(glb.accessor(index), array)
    stated = glb.document["accessors"][index]
    np.testing.assert_array_equal(np.float32(stated["min"]), array.min(axis=0))
    np.testing.assert_array_equal(np.float32(stated["max"]), array.max(axis=0))
    assert all(view["byteOffset"] % 4 == 0 for view in glb.document["bufferViews"][1:])
    assert len(glb.blob) % 4 == 0


@st.composite
def morph_lists(draw: st.DrawFn) -> tuple[int, list[Morph]]:
    count = draw(st.sampled_from([3, 200, 300, 70000]))
    morphs = []
    for number in range(draw(st.integers(0, 4))):
        places = draw(st.sets(st.integers(0, count - 1), max_size=6))
        offsets = draw(hnp.arrays(np.float32, (len(places), 3), elements=FLOATS))
        morphs.append(Morph(f"m{number}", np.array(sorted(places), np.int32), offsets))
    return count, morphs


@given(morph_lists())
def test_morphs_round_trip(case: tuple[int, list[Morph]]) -> None:
    count, morphs = case
    document = pygltflib.GLTF2()
    writer = BufferWriter(document)
    indices = writer.morphs(morphs, count)
    glb = opened(document, writer)
    for index, morph in zip(indices, morphs, strict=True):
        dense = np.zeros((count, 3), np.float32)
        dense[morph.indices] = morph.offsets
        values = glb.accessor(index)
        np.testing.assert_array_equal(values, dense)
        stated = glb.document["accessors"][index]
        np.testing.assert_array_equal(np.float32(stated["min"]), dense.min(axis=0))
        np.testing.assert_array_equal(np.float32(stated["max"]), dense.max(axis=0))
        assert stated["count"] == count
    for view in glb.document.get("bufferViews", []):
        assert "target" not in view, "sparse data is no vertex buffer"


@pytest.mark.parametrize(
    ("count", "kind"), [(255, 5121), (256, 5123), (65535, 5123), (65536, 5125)]
)
def test_sparse_indices_are_as_narrow_as_they_may_be(count: int, kind: int) -> None:
    document = pygltflib.GLTF2()
    writer = BufferWriter(document)
    morph = Morph("m", np.array([count - 1], np.int32), np.ones((1, 3), np.float32))
    (index,) = writer.morphs([morph], count)
    glb = opened(document, writer)
    assert glb.document["accessors"][index]["sparse"]["indices"]["componentType"] == kind
    assert glb.accessor(index)[count - 1].tolist() == [1.0, 1.0, 1.0]


def test_empty_morphs_share_one_accessor_without_data() -> None:
    document = pygltflib.GLTF2()
    writer = BufferWriter(document)
    empty = [Morph(n, np.zeros(0, np.int32), np.zeros((0, 3), np.float32)) for n in ("a", "b")]
    assert len(set(writer.morphs(empty, 10))) == 1
    assert writer.length == 0


@pytest.mark.parametrize(("vertices", "kind"), [(3, 5123), (65535, 5123), (65536, 5125)])
def test_triangle_indices_use_16_bits_where_they_fit(vertices: int, kind: int) -> None:
    document = pygltflib.GLTF2()
    writer = BufferWriter(document)
    faces = np.array([[0, 1, vertices - 1]], np.int32)
    index = writer.indices(faces, vertices)
    glb = opened(document, writer)
    assert glb.document["accessors"][index]["componentType"] == kind
    np.testing.assert_array_equal(glb.accessor(index), faces.reshape(-1))
