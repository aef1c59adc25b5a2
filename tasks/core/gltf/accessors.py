"""Arrays into a glTF buffer: aligned, bounded, sparse where they are mostly zero."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pygltflib
from numpy.typing import NDArray

from tasks.core.entities import Morph

# Every buffer view starts on a multiple of this: enough for any component type (glTF 2.0, 3.6.2.4).
ALIGNMENT = 4
# The largest index of each width is primitive restart's and must not be used (glTF 2.0, 3.7.2.1).
_U8_INDICES = 255
_U16_INDICES = 65535

_COMPONENTS: dict[str, int] = {
    "<f4": pygltflib.FLOAT,
    "|u1": pygltflib.UNSIGNED_BYTE,
    "<u2": pygltflib.UNSIGNED_SHORT,
    "<u4": pygltflib.UNSIGNED_INT,
}
_SHAPES: dict[tuple[int, ...], str] = {
    (): pygltflib.SCALAR,
    (2,): pygltflib.VEC2,
    (3,): pygltflib.VEC3,
    (4,): pygltflib.VEC4,
    (4, 4): pygltflib.MAT4,
}


class BufferWriter:
    """Collects arrays and bytes; adds their buffer views and accessors to a document."""

    def __init__(self, document: pygltflib.GLTF2) -> None:
        self._document = document
        self._chunks: list[bytes] = []
        self.length = 0
        self._zeros: dict[int, int] = {}

    def blob(self) -> bytes:
        """Everything so far, padded to the alignment."""
        return b"".join(self._chunks)

    def view(self, data: bytes, target: int | None = None) -> int:
        """A buffer view of some bytes; its index."""
        start = self.length
        padding = -len(data) % ALIGNMENT
        self._chunks += [data, b"\0" * padding]
        self.length += len(data) + padding
        self._document.bufferViews.append(
            pygltflib.BufferView(buffer=0, byteOffset=start, byteLength=len(data), target=target)
        )
        return len(self._document.bufferViews) - 1

    def vertices(
        self, array: NDArray[np.generic], *, bounds: bool = False, normalised: bool = False
    ) -> int:
        """A vertex attribute (N, ...); its accessor's index. bounds: state the extent, as
        POSITION must."""
        view = self.view(_bytes(array), pygltflib.ARRAY_BUFFER)
        return self._accessor(array, view, bounds=bounds, normalised=normalised)

    def indices(self, faces: NDArray[np.integer], vertices: int) -> int:
        """Triangles (F, 3) over `vertices` vertices as 16 bits where they fit; the accessor."""
        kind = np.uint16 if vertices <= _U16_INDICES else np.uint32
        flat = np.ascontiguousarray(faces.reshape(-1), kind)
        view = self.view(_bytes(flat), pygltflib.ELEMENT_ARRAY_BUFFER)
        return self._accessor(flat, view)

    def plain(self, array: NDArray[np.generic]) -> int:
        """An array that is no vertex data (inverse bind matrices); its accessor."""
        return self._accessor(array, self.view(_bytes(array)))

    def morphs(self, morphs: Sequence[Morph], vertices: int) -> list[int]:
        """Morph targets of one mesh as sparse accessors over zeros.

        All indices share one buffer view and all offsets another. A morph that moves nothing is
        an accessor without any data, which glTF reads as zeros (3.6.2.1); meshes of one size
        share it.
        """
        moving = [morph for morph in morphs if len(morph.indices)]
        kind: type[np.unsignedinteger] = np.uint32
        if vertices <= _U16_INDICES:
            kind = np.uint8 if vertices <= _U8_INDICES else np.uint16
        indices = [np.ascontiguousarray(morph.indices, kind) for morph in moving]
        offsets = [np.ascontiguousarray(morph.offsets, "<f4") for morph in moving]
        index_view = offset_view = -1
        if moving:
            index_view = self.view(b"".join(map(_bytes, indices)))
            offset_view = self.view(b"".join(map(_bytes, offsets)))
        accessors: dict[str, int] = {}
        index_at = offset_at = 0
        for morph, where, moves in zip(moving, indices, offsets, strict=True):
            covered = len(where) == vertices
            low, high = moves.min(axis=0), moves.max(axis=0)
            if not covered:
                low, high = np.minimum(low, 0.0), np.maximum(high, 0.0)
            accessors[morph.name] = self._add(
                pygltflib.Accessor(
                    byteOffset=None,
                    componentType=pygltflib.FLOAT,
                    normalized=None,
                    count=vertices,
                    type=pygltflib.VEC3,
                    min=_floats(low),
                    max=_floats(high),
                    sparse=pygltflib.Sparse(
                        count=len(where),
                        indices=pygltflib.AccessorSparseIndices(
                            bufferView=index_view,
                            byteOffset=index_at,
                            componentType=_COMPONENTS[where.dtype.str],
                        ),
                        values=pygltflib.AccessorSparseValues(
                            bufferView=offset_view, byteOffset=offset_at
                        ),
                    ),
                )
            )
            index_at += where.nbytes
            offset_at += moves.nbytes
        return [
            accessors[morph.name] if len(morph.indices) else self._nothing(vertices)
            for morph in morphs
        ]

    def _nothing(self, vertices: int) -> int:
        if vertices not in self._zeros:
            self._zeros[vertices] = self._add(
                pygltflib.Accessor(
                    byteOffset=None,
                    componentType=pygltflib.FLOAT,
                    normalized=None,
                    count=vertices,
                    type=pygltflib.VEC3,
                    min=[0.0, 0.0, 0.0],
                    max=[0.0, 0.0, 0.0],
                )
            )
        return self._zeros[vertices]

    def _accessor(
        self,
        array: NDArray[np.generic],
        view: int,
        *,
        bounds: bool = False,
        normalised: bool = False,
    ) -> int:
        return self._add(
            pygltflib.Accessor(
                bufferView=view,
                byteOffset=None,
                componentType=_COMPONENTS[array.dtype.newbyteorder("<").str],
                normalized=True if normalised else None,
                count=len(array),
                type=_SHAPES[array.shape[1:]],
                min=_floats(array.min(axis=0)) if bounds else None,
                max=_floats(array.max(axis=0)) if bounds else None,
            )
        )

    def _add(self, accessor: pygltflib.Accessor) -> int:
        self._document.accessors.append(accessor)
        return len(self._document.accessors) - 1


def _bytes(array: NDArray[np.generic]) -> bytes:
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<")).tobytes()


def _floats(values: NDArray[np.generic]) -> list[float]:
    # A float32 printed as the double it equals reads back as the same float32. Minus zero is
    # written as zero, so that equal bounds are equal text.
    return [float(value) + 0.0 for value in values]
