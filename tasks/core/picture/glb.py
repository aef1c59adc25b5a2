"""Read a GLB back as mesh parts: pictures are taken of the file itself, as a client gets it.

A reader for what this package writes and for plain glTF 2.0 files of that kind: triangles,
embedded images, sparse accessors, morph targets. Skins are left at rest, where joint matrices
cancel out; node transforms apply to meshes without a skin, as the specification says.
"""

from __future__ import annotations

import io
import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tasks.core.digest import Digested
from tasks.core.entities import Asset, Material, MeshPart, Morph, Texture
from tasks.core.errors import Rejected

_MAGIC = 0x46546C67
_VERSION = 2
_JSON_CHUNK = 0x4E4F534A
_BINARY_CHUNK = 0x004E4942
_COMPONENTS: dict[int, Any] = {
    5120: np.int8,
    5121: np.uint8,
    5122: np.int16,
    5123: np.uint16,
    5125: np.uint32,
    5126: np.float32,
}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_TRIANGLES = 4


@dataclass(frozen=True)
class Drawing(Digested):
    """What a GLB shows: its parts at rest in the world's frame (metres, Y up), what they are
    made of, and the world position (3,) of each named node."""

    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    textures: dict[str, Texture]
    nodes: dict[str, NDArray[np.float64]]


def read_glb(glb: Asset, *, morphs: bool = True) -> Drawing:
    """Read a GLB.

    Args:
        glb: its bytes; the name is for messages.
        morphs: read morph targets, too; most of the work, and of no use at rest.

    Returns:
        Parts, materials, textures and node positions. Joints and weights of the parts are empty
        of meaning (all on joint 0): a drawing is at rest.

    Raises:
        Rejected: `glb.unreadable`, the bytes are no GLB 2.0 or use what this reader lacks.
    """
    try:
        return _Reader(glb.data, morphs).drawing()
    except (KeyError, IndexError, ValueError, struct.error, OSError) as error:
        raise Rejected(
            "glb.unreadable", f"{glb.name} could not be read as a binary glTF 2.0 file: {error!r}"
        ) from error


class _Reader:
    def __init__(self, data: bytes, morphs: bool) -> None:
        self._with_morphs = morphs
        magic, version, _ = struct.unpack_from("<III", data)
        if magic != _MAGIC or version != _VERSION:
            raise ValueError("no glTF 2.0 header")
        chunks: dict[int, bytes] = {}
        offset = 12
        while offset < len(data):
            length, kind = struct.unpack_from("<II", data, offset)
            chunks[kind] = data[offset + 8 : offset + 8 + length]
            offset += 8 + length
        self._tree: dict[str, Any] = json.loads(chunks[_JSON_CHUNK])
        self._binary = chunks.get(_BINARY_CHUNK, b"")

    def drawing(self) -> Drawing:
        worlds = self._world_matrices()
        parts: list[MeshPart] = []
        for index, node in enumerate(self._tree.get("nodes", [])):
            if "mesh" in node and index in worlds:
                matrix = np.eye(4) if "skin" in node else worlds[index]
                parts.extend(self._parts(self._tree["meshes"][node["mesh"]], matrix))
        names = {
            node["name"]: worlds[index][:3, 3]
            for index, node in enumerate(self._tree.get("nodes", []))
            if "name" in node and index in worlds
        }
        materials = tuple(self._material(i) for i in range(len(self._tree.get("materials", []))))
        used = {material.texture for material in materials if material.texture is not None}
        return Drawing(
            parts=tuple(parts),
            # A mesh without material has glTF's default one.
            materials=(*materials, Material(name="", roughness=1.0, metallic=1.0)),
            textures={name: self._image(int(name)) for name in sorted(used)},
            nodes=names,
        )

    def _world_matrices(self) -> dict[int, NDArray[np.float64]]:
        nodes = self._tree.get("nodes", [])
        scene = self._tree["scenes"][self._tree.get("scene", 0)]
        worlds: dict[int, NDArray[np.float64]] = {}
        waiting = [(index, np.eye(4)) for index in scene.get("nodes", [])]
        while waiting:
            index, parent = waiting.pop()
            worlds[index] = parent @ _local_matrix(nodes[index])
            waiting += [(child, worlds[index]) for child in nodes[index].get("children", [])]
        return worlds

    def _parts(self, mesh: dict[str, Any], matrix: NDArray[np.float64]) -> list[MeshPart]:
        names = mesh.get("extras", {}).get("targetNames", [])
        parts = []
        for primitive in mesh["primitives"]:
            if primitive.get("mode", _TRIANGLES) != _TRIANGLES:
                raise ValueError("only triangles are drawn")
            attributes = primitive["attributes"]
            positions = self._accessor(attributes["POSITION"]).astype(np.float32)
            count = len(positions)
            if "indices" in primitive:
                faces = self._accessor(primitive["indices"]).reshape(-1, 3).astype(np.int32)
            else:
                faces = np.arange(count, dtype=np.int32).reshape(-1, 3)
            normals = (
                self._accessor(attributes["NORMAL"]).astype(np.float32)
                if "NORMAL" in attributes
                else _normals(positions, faces)
            )
            uv = (
                _unit(self._accessor(attributes["TEXCOORD_0"]))
                if "TEXCOORD_0" in attributes
                else np.zeros((count, 2), np.float32)
            )
            material = primitive.get("material")
            targets = primitive.get("targets", []) if self._with_morphs else []
            weights = np.zeros((count, 4), np.float32)
            weights[:, 0] = 1.0
            parts.append(
                MeshPart(
                    name=mesh.get("name", ""),
                    material="" if material is None else self._material(material).name,
                    positions=(positions @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32),
                    normals=_turned(normals, matrix),
                    uv=uv,
                    faces=faces,
                    joints=np.zeros((count, 4), np.uint16),
                    weights=weights,
                    morphs=self._morphs(targets, names, matrix),
                )
            )
        return parts

    def _morphs(
        self, targets: list[dict[str, int]], names: list[str], matrix: NDArray[np.float64]
    ) -> tuple[Morph, ...]:
        morphs = []
        for place, target in enumerate(targets):
            offsets = self._accessor(target["POSITION"]) @ matrix[:3, :3].T
            moved = np.flatnonzero(np.any(offsets != 0.0, axis=1)).astype(np.int32)
            name = names[place] if place < len(names) else f"target_{place}"
            morphs.append(Morph(name, moved, offsets[moved].astype(np.float32)))
        return tuple(morphs)

    def _material(self, index: int) -> Material:
        tree = self._tree["materials"][index]
        look = tree.get("pbrMetallicRoughness", {})
        texture = look.get("baseColorTexture")
        image = None
        if texture is not None:
            image = str(self._tree["textures"][texture["index"]]["source"])
        r, g, b, a = look.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
        return Material(
            # Names need not be unique in a file; the index is.
            name=f"{index}:{tree.get('name', '')}",
            texture=image,
            color=(r, g, b, a),
            roughness=look.get("roughnessFactor", 1.0),
            metallic=look.get("metallicFactor", 1.0),
            alpha_mode=tree.get("alphaMode", "OPAQUE"),
            alpha_cutoff=tree.get("alphaCutoff", 0.5),
            double_sided=tree.get("doubleSided", False),
        )

    def _image(self, index: int) -> Texture:
        data = self._view(self._tree["images"][index]["bufferView"])
        with Image.open(io.BytesIO(data)) as image:
            kept = "RGBA" if image.mode in ("RGBA", "LA", "PA") else "RGB"
            return Texture(np.asarray(image.convert(kept)))

    def _view(self, index: int) -> bytes:
        view = self._tree["bufferViews"][index]
        start = view.get("byteOffset", 0)
        return self._binary[start : start + view["byteLength"]]

    def _accessor(self, index: int) -> NDArray[Any]:
        tree = self._tree["accessors"][index]
        count, width = tree["count"], _WIDTHS[tree["type"]]
        if "bufferView" in tree:
            values = self._values(tree, count, width)
        else:
            values = np.zeros((count, width), _COMPONENTS[tree["componentType"]])
        if "sparse" in tree:
            sparse = tree["sparse"]
            at = self._values(sparse["indices"], sparse["count"], 1)[:, 0]
            kind = {**sparse["values"], "componentType": tree["componentType"]}
            values = values.copy()
            values[at] = self._values(kind, sparse["count"], width)
        if tree.get("normalized", False):
            values = _unit(values)
        return values

    def _values(self, tree: dict[str, Any], count: int, width: int) -> NDArray[Any]:
        kind = np.dtype(_COMPONENTS[tree["componentType"]]).newbyteorder("<")
        data = self._view(tree["bufferView"])
        stride = self._tree["bufferViews"][tree["bufferView"]].get("byteStride")
        return np.ndarray(
            (count, width),
            kind,
            buffer=data,
            offset=tree.get("byteOffset", 0),
            strides=(stride or kind.itemsize * width, kind.itemsize),
        )


def _local_matrix(node: dict[str, Any]) -> NDArray[np.float64]:
    if "matrix" in node:
        return np.array(node["matrix"], np.float64).reshape(4, 4).T
    x, y, z, w = node.get("rotation", (0.0, 0.0, 0.0, 1.0))
    rotation = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    matrix = np.eye(4)
    matrix[:3, :3] = rotation * np.asarray(node.get("scale", (1.0, 1.0, 1.0)))
    matrix[:3, 3] = node.get("translation", (0.0, 0.0, 0.0))
    return matrix


def _turned(normals: NDArray[np.float32], matrix: NDArray[np.float64]) -> NDArray[np.float32]:
    turned = normals @ np.linalg.inv(matrix[:3, :3])
    lengths = np.linalg.norm(turned, axis=1, keepdims=True)
    return (turned / np.maximum(lengths, np.finfo(np.float32).tiny)).astype(np.float32)


def _normals(positions: NDArray[np.float32], faces: NDArray[np.int32]) -> NDArray[np.float32]:
    corners = positions[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.zeros_like(positions)
    for corner in range(3):
        np.add.at(summed, faces[:, corner], across)
    return _turned(summed, np.eye(4))


def _unit(values: NDArray[Any]) -> NDArray[np.float32]:
    """Integers of a normalised accessor as -1..1 or 0..1; floats as they are."""
    if values.dtype.kind == "f":
        return values.astype(np.float32)
    limits = np.iinfo(values.dtype)
    return np.asarray(np.maximum(values.astype(np.float32) / limits.max, -1.0), np.float32)
