"""Read back what `write` wrote: for pictures of the finished file, and for checks."""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Material, MeshPart, Morph, RiggedAvatar, Skeleton, Texture
from tasks.core.errors import Rejected
from tasks.core.gltf.images import decode_image
from tasks.core.rig.frames import quaternions, rotations_of
from tasks.core.rig.weights import WEIGHT_STEPS

_MAGIC = 0x46546C67
_JSON_CHUNK = 0x4E4F534A
_BINARY_CHUNK = 0x004E4942

_COMPONENTS = {5120: "<i1", 5121: "<u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass(frozen=True)
class Glb:
    """An opened file. document: the JSON; blob: the binary chunk."""

    document: dict[str, Any]
    blob: bytes

    def view(self, index: int) -> bytes:
        """The bytes of a buffer view."""
        view = self.document["bufferViews"][index]
        start = view.get("byteOffset", 0)
        return self.blob[start : start + view["byteLength"]]

    def accessor(self, index: int) -> NDArray[Any]:
        """(count, width) values of an accessor, (count,) of a scalar one; sparse ones filled in."""
        accessor = self.document["accessors"][index]
        count, width = accessor["count"], _WIDTHS[accessor["type"]]
        kind = accessor["componentType"]
        values = np.zeros((count, width), _COMPONENTS[kind])
        if "bufferView" in accessor:
            values[:] = self._read(
                accessor["bufferView"], accessor.get("byteOffset", 0), kind, count * width
            ).reshape(count, width)
        if "sparse" in accessor:
            indices, offsets = self.sparse(index)
            values[indices] = offsets
        return values[:, 0] if width == 1 else values

    def sparse(self, index: int) -> tuple[NDArray[Any], NDArray[Any]]:
        """Indices (K,) and values (K, width) of a sparse accessor; empty where it has none."""
        accessor = self.document["accessors"][index]
        width = _WIDTHS[accessor["type"]]
        sparse = accessor.get("sparse")
        if sparse is None:
            return np.zeros(0, np.int32), np.zeros((0, width), np.float32)
        where, what = sparse["indices"], sparse["values"]
        indices = self._read(
            where["bufferView"],
            where.get("byteOffset", 0),
            where["componentType"],
            sparse["count"],
        )
        values = self._read(
            what["bufferView"],
            what.get("byteOffset", 0),
            accessor["componentType"],
            sparse["count"] * width,
        )
        return indices.astype(np.int32), values.reshape(-1, width)

    def _read(self, view: int, offset: int, kind: int, count: int) -> NDArray[Any]:
        start = self.document["bufferViews"][view].get("byteOffset", 0) + offset
        return np.frombuffer(self.blob, _COMPONENTS[kind], count, start)


def open_glb(data: bytes) -> Glb:
    """Take a GLB apart.

    Raises:
        Rejected: `glb.not_glb` where the bytes are no binary glTF 2.0 file, or not a whole one.
    """
    sentence = "This is not a whole binary glTF 2.0 file."
    if len(data) < 20:
        raise Rejected("glb.not_glb", sentence, measured=len(data), limit=20)
    magic, version, length = struct.unpack_from("<III", data)
    if magic != _MAGIC or version != 2 or length != len(data):
        raise Rejected("glb.not_glb", sentence)
    chunks: dict[int, bytes] = {}
    at = 12
    while at + 8 <= length:
        size, kind = struct.unpack_from("<II", data, at)
        chunks.setdefault(kind, data[at + 8 : at + 8 + size])
        at += 8 + size
    try:
        document = json.loads(chunks[_JSON_CHUNK])
    except (KeyError, ValueError) as error:
        raise Rejected("glb.not_glb", sentence) from error
    return Glb(document, chunks.get(_BINARY_CHUNK, b""))


def read_glb(data: bytes) -> RiggedAvatar:
    """An avatar from a file that `write_glb` wrote.

    Positions, normals, morphs and weights come back as they were; textures as JPEG left them,
    with the names and sizes of the file. Texture coordinates that were not written are zero.

    Raises:
        Rejected: `glb.not_glb`; `glb.no_avatar` where the file holds no skinned mesh.
    """
    glb = open_glb(data)
    document = glb.document
    if not document.get("skins") or not document.get("meshes"):
        raise Rejected("glb.no_avatar", "This GLB holds no skinned mesh.")
    materials = tuple(_material(document, entry) for entry in document.get("materials", []))
    parts = tuple(
        _part(glb, document["meshes"][node["mesh"]], materials)
        for node in document["nodes"]
        if "mesh" in node
    )
    textures = {
        image["name"]: Texture(decode_image(glb.view(image["bufferView"])))
        for image in document.get("images", [])
    }
    pose = document["asset"].get("extras", {}).get("pose", "")
    return RiggedAvatar(_skeleton(document), parts, materials, textures, pose)


def _skeleton(document: dict[str, Any]) -> Skeleton:
    nodes, joints = document["nodes"], document["skins"][0]["joints"]
    bone_of = {node: bone for bone, node in enumerate(joints)}
    parents = np.full(len(joints), -1, np.int32)
    for node, bone in bone_of.items():
        for child in nodes[node].get("children", []):
            parents[bone_of[child]] = bone
    turned = np.tile(np.eye(3), (len(joints), 1, 1))
    positions = np.zeros((len(joints), 3))
    for bone, node in enumerate(joints):
        above = int(parents[bone])
        rotation = nodes[node].get("rotation", [0.0, 0.0, 0.0, 1.0])
        turned[bone] = rotations_of(np.array([rotation]))[0]
        positions[bone] = nodes[node].get("translation", [0.0, 0.0, 0.0])
        if above >= 0:
            positions[bone] = positions[above] + turned[above] @ positions[bone]
            turned[bone] = turned[above] @ turned[bone]
    return Skeleton(
        names=tuple(nodes[node]["name"] for node in joints),
        parents=parents,
        positions=positions.astype(np.float32),
        rotations=quaternions(turned).astype(np.float32),
    )


def _part(glb: Glb, mesh: dict[str, Any], materials: tuple[Material, ...]) -> MeshPart:
    primitive = mesh["primitives"][0]
    attributes = primitive["attributes"]
    positions = glb.accessor(attributes["POSITION"])
    uv = np.zeros((len(positions), 2), np.float32)
    if "TEXCOORD_0" in attributes:
        uv = glb.accessor(attributes["TEXCOORD_0"])
    names = mesh.get("extras", {}).get("targetNames", [])
    targets = primitive.get("targets", [])
    weights = glb.accessor(attributes["WEIGHTS_0"]).astype(np.float64) / WEIGHT_STEPS
    return MeshPart(
        name=mesh["name"],
        material=materials[primitive["material"]].name,
        positions=positions,
        normals=glb.accessor(attributes["NORMAL"]),
        uv=uv,
        faces=glb.accessor(primitive["indices"]).astype(np.int32).reshape(-1, 3),
        joints=glb.accessor(attributes["JOINTS_0"]).astype(np.uint16),
        weights=weights.astype(np.float32),
        morphs=tuple(
            Morph(name, *glb.sparse(target["POSITION"]))
            for name, target in zip(names, targets, strict=True)
        ),
    )


def _material(document: dict[str, Any], entry: dict[str, Any]) -> Material:
    shading = entry.get("pbrMetallicRoughness", {})

    def texture(info: dict[str, Any] | None) -> str | None:
        if info is None:
            return None
        name: str = document["images"][document["textures"][info["index"]]["source"]]["name"]
        return name

    red, green, blue, alpha = shading.get("baseColorFactor", (1.0, 1.0, 1.0, 1.0))
    return Material(
        name=entry["name"],
        texture=texture(shading.get("baseColorTexture")),
        color=(red, green, blue, alpha),
        roughness=shading.get("roughnessFactor", 1.0),
        metallic=shading.get("metallicFactor", 1.0),
        alpha_mode=entry.get("alphaMode", "OPAQUE"),
        alpha_cutoff=entry.get("alphaCutoff", 0.5),
        double_sided=entry.get("doubleSided", False),
        roughness_texture=texture(shading.get("metallicRoughnessTexture")),
        normal_texture=texture(entry.get("normalTexture")),
    )
