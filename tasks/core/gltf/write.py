"""An avatar as one binary glTF 2.0 file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pygltflib
from numpy.typing import NDArray

from tasks.core.entities import Asset, Material, MeshPart, RiggedAvatar, Skeleton
from tasks.core.gltf.accessors import BufferWriter
from tasks.core.gltf.images import encode_texture
from tasks.core.rig.frames import quaternions, rotations_of
from tasks.core.rig.weights import weight_steps

NAME = "avatar.glb"
MEDIA_TYPE = "model/gltf-binary"
VERSION = "0.1.0"
# The name that clients look the avatar up by.
ROOT = "Armature"
LICENCE = "The avatar belongs to the person it shows; its body model's data is CC0-1.0."


@dataclass(frozen=True)
class GlbOptions:
    """jpeg_quality: 1..100; 90 shows no blocks on skin at arm's length. texture_size: longest side
    of a texture in pixels; larger ones are reduced."""

    jpeg_quality: int = 90
    texture_size: int = 2048


DEFAULT_OPTIONS = GlbOptions()


def write_glb(avatar: RiggedAvatar, *, options: GlbOptions = DEFAULT_OPTIONS) -> Asset:
    """Write a GLB.

    The scene holds the node `Armature`, without a transform of its own, with the bones from `Hips`
    down, and beside it a node and mesh per part, all skinned by one skin: a skinned mesh takes
    no transform from a parent and is to stand at the root (glTF 2.0, 3.7.3.3). The scene is named
    `Armature` too, because clients such as TalkingHead look for the meshes under that name.
    Morph targets are sparse, move positions only and are named in the mesh's `targetNames`.
    Metres, Y up, facing +Z. The same avatar and options give the same bytes.

    Returns:
        The file. Facts: bytes, vertices, triangles, draw_calls, morph_targets, bones, and
        morph_bytes, geometry_bytes, texture_bytes.

    Raises:
        KeyError: a part names a material, or a material a texture, that the avatar lacks.
    """
    document = pygltflib.GLTF2(
        asset=pygltflib.Asset(
            version="2.0",
            generator=f"Likeness {VERSION}",
            extras={"licence": LICENCE, "pose": avatar.pose},
        ),
        scene=0,
    )
    buffer = BufferWriter(document)
    document.nodes.append(pygltflib.Node(name=ROOT))
    bones = _add_bones(document, avatar.skeleton)
    matrices = _inverse_bind_matrices(document, bones, avatar.skeleton.parents)
    document.skins.append(
        pygltflib.Skin(
            name=ROOT,
            joints=bones,
            skeleton=bones[0],
            inverseBindMatrices=buffer.plain(matrices),
        )
    )
    used = _used_materials(avatar)
    materials = {material.name: index for index, material in enumerate(used)}
    textured = {material.name: _is_textured(material) for material in used}
    before = buffer.length
    morph_bytes = 0
    for part in avatar.parts:
        morph_bytes += _add_part(
            document,
            buffer,
            part,
            materials[part.material],
            textured=textured[part.material],
        )
    geometry_bytes = buffer.length - before - morph_bytes
    before = buffer.length
    _add_materials(document, buffer, avatar, used, options)
    texture_bytes = buffer.length - before
    meshes = list(range(1 + len(bones), len(document.nodes)))
    document.nodes[0].children = [bones[0]]
    document.scenes.append(pygltflib.Scene(name=ROOT, nodes=[0, *meshes]))
    document.buffers.append(pygltflib.Buffer(byteLength=buffer.length))
    document.set_binary_blob(buffer.blob())
    data = b"".join(document.save_to_bytes())
    names = {morph.name for part in avatar.parts for morph in part.morphs}
    facts: dict[str, int] = {
        "bytes": len(data),
        "vertices": sum(len(part.positions) for part in avatar.parts),
        "triangles": sum(len(part.faces) for part in avatar.parts),
        "draw_calls": len(avatar.parts),
        "morph_targets": len(names),
        "bones": len(bones),
        "morph_bytes": morph_bytes,
        "geometry_bytes": geometry_bytes,
        "texture_bytes": texture_bytes,
    }
    return Asset(NAME, MEDIA_TYPE, data, {key: float(value) for key, value in facts.items()})


def _add_bones(document: pygltflib.GLTF2, skeleton: Skeleton) -> list[int]:
    """One node a bone, in the skeleton's order; their node indices."""
    first = len(document.nodes)
    world = rotations_of(skeleton.rotations)
    positions = skeleton.positions.astype(np.float64)
    parents = skeleton.parents.tolist()
    for bone, (name, parent) in enumerate(zip(skeleton.names, parents, strict=True)):
        above = np.eye(3) if parent < 0 else world[parent]
        origin = np.zeros(3) if parent < 0 else positions[parent]
        local = quaternions((above.T @ world[bone])[None])[0]
        children = [first + child for child, other in enumerate(parents) if other == bone]
        document.nodes.append(
            pygltflib.Node(
                name=name,
                translation=_rounded(above.T @ (positions[bone] - origin)),
                rotation=_rounded(local),
                children=children,
            )
        )
    return list(range(first, len(document.nodes)))


def _inverse_bind_matrices(
    document: pygltflib.GLTF2, bones: list[int], parents: NDArray[np.integer]
) -> NDArray[np.float32]:
    """(J, 4, 4) float32, column-major as glTF stores them, of the nodes as written: their rounding
    is undone too, so that the rest pose is the mesh itself."""
    world = np.tile(np.eye(4), (len(bones), 1, 1))
    for bone, (node, parent) in enumerate(zip(bones, parents.tolist(), strict=True)):
        local = np.eye(4)
        local[:3, :3] = rotations_of(np.array([document.nodes[node].rotation]))[0]
        local[:3, 3] = document.nodes[node].translation
        world[bone] = local if parent < 0 else world[parent] @ local
    inverse = np.linalg.inv(world)
    inverse[:, 3] = (0.0, 0.0, 0.0, 1.0)
    return np.ascontiguousarray(np.swapaxes(inverse, 1, 2), np.float32)


def _add_part(
    document: pygltflib.GLTF2,
    buffer: BufferWriter,
    part: MeshPart,
    material: int,
    *,
    textured: bool,
) -> int:
    """A mesh and its node; the bytes that its morph targets take. Texture coordinates are left
    out where nothing is textured."""
    attributes = pygltflib.Attributes(
        POSITION=buffer.vertices(part.positions.astype(np.float32), bounds=True),
        NORMAL=buffer.vertices(part.normals.astype(np.float32)),
        TEXCOORD_0=buffer.vertices(part.uv.astype(np.float32)) if textured else None,
        JOINTS_0=buffer.vertices(part.joints.astype(_joint_type(part.joints))),
        WEIGHTS_0=buffer.vertices(weight_steps(part.weights), normalised=True),
    )
    indices = buffer.indices(part.faces, len(part.positions))
    before = buffer.length
    targets = buffer.morphs(part.morphs, len(part.positions))
    primitive = pygltflib.Primitive(
        attributes=attributes,
        indices=indices,
        material=material,
        mode=pygltflib.TRIANGLES,
        targets=[{"POSITION": target} for target in targets],
    )
    mesh = pygltflib.Mesh(name=part.name, primitives=[primitive])
    if targets:
        mesh.extras = {"targetNames": [morph.name for morph in part.morphs]}
        mesh.weights = [0.0] * len(targets)
    document.meshes.append(mesh)
    document.nodes.append(pygltflib.Node(name=part.name, mesh=len(document.meshes) - 1, skin=0))
    return buffer.length - before


def _joint_type(joints: NDArray[np.integer]) -> type[np.unsignedinteger[Any]]:
    return np.uint8 if int(joints.max(initial=0)) <= np.iinfo(np.uint8).max else np.uint16


def _used_materials(avatar: RiggedAvatar) -> list[Material]:
    by_name = {material.name: material for material in avatar.materials}
    names = dict.fromkeys(part.material for part in avatar.parts)
    return [by_name[name] for name in names]


def _is_textured(material: Material) -> bool:
    return any((material.texture, material.roughness_texture, material.normal_texture))


def _add_materials(
    document: pygltflib.GLTF2,
    buffer: BufferWriter,
    avatar: RiggedAvatar,
    materials: list[Material],
    options: GlbOptions,
) -> None:
    textures: dict[str, int] = {}

    def texture(name: str | None, *, colour: bool) -> dict[str, Any] | None:
        if name is None:
            return None
        if name not in textures:
            image = encode_texture(
                avatar.textures[name],
                size_limit=options.texture_size,
                jpeg_quality=options.jpeg_quality,
                colour=colour,
            )
            document.images.append(
                pygltflib.Image(
                    name=name, mimeType=image.media_type, bufferView=buffer.view(image.data)
                )
            )
            textures[name] = len(document.textures)
            document.textures.append(
                pygltflib.Texture(name=name, sampler=0, source=len(document.images) - 1)
            )
        return {"index": textures[name]}

    for material in materials:
        base = texture(material.texture, colour=True)
        rough = texture(material.roughness_texture, colour=False)
        normal = texture(material.normal_texture, colour=False)
        document.materials.append(
            pygltflib.Material(
                name=material.name,
                pbrMetallicRoughness=pygltflib.PbrMetallicRoughness(
                    baseColorFactor=[float(value) for value in material.color],
                    metallicFactor=float(material.metallic),
                    roughnessFactor=float(material.roughness),
                    baseColorTexture=base and pygltflib.TextureInfo(**base),
                    metallicRoughnessTexture=rough and pygltflib.TextureInfo(**rough),
                ),
                normalTexture=normal and pygltflib.NormalMaterialTexture(**normal),
                emissiveFactor=None,
                alphaMode=material.alpha_mode,
                alphaCutoff=material.alpha_cutoff if material.alpha_mode == "MASK" else None,
                doubleSided=material.double_sided,
            )
        )
    if document.textures:
        document.samplers.append(
            pygltflib.Sampler(
                magFilter=pygltflib.LINEAR,
                minFilter=pygltflib.LINEAR_MIPMAP_LINEAR,
                wrapS=pygltflib.REPEAT,
                wrapT=pygltflib.REPEAT,
            )
        )


def _rounded(values: NDArray[np.floating]) -> list[float]:
    """As float32, which is what a reader keeps; no minus zero."""
    return [float(np.float32(value)) + 0.0 for value in values]
