"""The file as the specification and clients want it."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tasks.core.entities import Asset, Material, RiggedAvatar, Texture
from tasks.core.gltf.read import Glb, open_glb, read_glb
from tasks.core.gltf.write import VERSION, GlbOptions, write_glb
from tasks.core.rig.frames import rotations_of
from tasks.core.rig.names import ARKIT, BONE_NAMES, VISEMES


@pytest.fixture(scope="module")
def file(glb: Asset) -> Glb:
    return open_glb(glb.data)


def test_the_scene_is_an_armature_with_hips_and_the_meshes_beside_it(file: Glb) -> None:
    nodes = file.document["nodes"]
    scene = file.document["scenes"][file.document["scene"]]
    root = nodes[scene["nodes"][0]]
    assert (scene["name"], root["name"]) == ("Armature", "Armature")
    assert [nodes[child]["name"] for child in root["children"]] == ["Hips"]
    assert not {"translation", "rotation", "scale", "matrix"} & set(root)
    meshes = [nodes[index] for index in scene["nodes"][1:]]
    assert [node["name"] for node in meshes] == ["skin", "eyes", "teeth", "tongue"]
    for node in meshes:
        assert set(node) == {"name", "mesh", "skin"}, "a skinned mesh takes no transform"


def test_joints_are_the_67_bones_in_order(file: Glb) -> None:
    (skin,) = file.document["skins"]
    names = tuple(file.document["nodes"][joint]["name"] for joint in skin["joints"])
    assert names == BONE_NAMES
    assert file.document["nodes"][skin["skeleton"]]["name"] == "Hips"


def test_inverse_bind_matrices_undo_the_nodes(file: Glb) -> None:
    skin = file.document["skins"][0]
    nodes = file.document["nodes"]
    above = {child: index for index, node in enumerate(nodes) for child in node.get("children", [])}

    def world(index: int) -> np.ndarray:
        node = nodes[index]
        local = np.eye(4)
        if "rotation" in node:
            local[:3, :3] = rotations_of(np.array([node["rotation"]]))[0]
            local[:3, 3] = node["translation"]
        return world(above[index]) @ local if index in above else local

    matrices = file.accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).swapaxes(1, 2)
    for joint, inverse in zip(skin["joints"], matrices, strict=True):
        np.testing.assert_allclose(inverse @ world(joint), np.eye(4), atol=5e-7)


def test_every_mesh_names_the_same_67_targets(file: Glb) -> None:
    for mesh in file.document["meshes"]:
        assert tuple(mesh["extras"]["targetNames"]) == ARKIT + VISEMES
        for primitive in mesh["primitives"]:
            assert len(primitive["targets"]) == 67
            assert all(set(target) == {"POSITION"} for target in primitive["targets"])


def test_attributes_are_packed_as_the_specification_wants(file: Glb) -> None:
    accessors, views = file.document["accessors"], file.document["bufferViews"]
    for mesh in file.document["meshes"]:
        attributes = mesh["primitives"][0]["attributes"]
        weights = accessors[attributes["WEIGHTS_0"]]
        assert (weights["componentType"], weights["normalized"]) == (5123, True)
        sums = file.accessor(attributes["WEIGHTS_0"]).astype(int).sum(axis=1)
        assert (sums == 65535).all()
        joints = file.accessor(attributes["JOINTS_0"])
        assert joints.dtype == np.uint8
        assert (joints[file.accessor(attributes["WEIGHTS_0"]) == 0] == 0).all()
        for index in attributes.values():
            assert views[accessors[index]["bufferView"]]["target"] == 34962
        indices = accessors[mesh["primitives"][0]["indices"]]
        assert views[indices["bufferView"]]["target"] == 34963
        assert indices["componentType"] == 5123
        textured = "TEXCOORD_0" in attributes
        assert textured == (mesh["name"] == "skin"), "coordinates only where a texture uses them"


def test_chunks_and_views_lie_within_the_file(glb: Asset, file: Glb) -> None:
    assert len(glb.data) % 4 == 0
    assert file.document["buffers"] == [{"byteLength": len(file.blob)}]
    for view in file.document["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= len(file.blob)


def test_materials_and_textures(avatar: RiggedAvatar) -> None:
    pixels = np.full((32, 32, 4), 200, np.uint8)
    materials = (
        Material("skin", "skin", roughness=0.4, normal_texture="bumps", roughness_texture="gloss"),
        Material("eyes", "lash", alpha_mode="MASK", alpha_cutoff=0.3, double_sided=True),
        Material("teeth", alpha_mode="BLEND", color=(0.5, 0.25, 0.125, 0.75)),
        Material("tongue"),
        Material("unused"),
    )
    plain = Texture(pixels[..., :3].copy())
    textures = {"skin": plain, "bumps": plain, "gloss": plain, "lash": Texture(pixels)}
    dressed = replace(avatar, materials=materials, textures=textures)
    document = open_glb(write_glb(dressed).data).document
    skin, eyes, teeth, tongue = document["materials"]
    assert skin["pbrMetallicRoughness"]["metallicFactor"] == 0.0
    assert skin["pbrMetallicRoughness"]["roughnessFactor"] == 0.4
    assert {"normalTexture"} <= set(skin)
    assert (eyes["alphaMode"], eyes["alphaCutoff"], eyes["doubleSided"]) == ("MASK", 0.3, True)
    assert "alphaCutoff" not in teeth
    assert teeth["pbrMetallicRoughness"]["baseColorFactor"] == [0.5, 0.25, 0.125, 0.75]
    assert "baseColorTexture" not in tongue["pbrMetallicRoughness"]
    kinds = {image["name"]: image["mimeType"] for image in document["images"]}
    assert kinds == {
        "skin": "image/jpeg", "gloss": "image/jpeg", "bumps": "image/jpeg", "lash": "image/png",
    }  # fmt: skip


def test_facts_add_up(glb: Asset, avatar: RiggedAvatar) -> None:
    facts = glb.facts
    assert facts["bytes"] == len(glb.data)
    assert facts["morph_targets"] == facts["bones"] == 67
    assert facts["triangles"] == sum(len(part.faces) for part in avatar.parts)
    parts = facts["morph_bytes"] + facts["geometry_bytes"] + facts["texture_bytes"]
    assert parts < facts["bytes"] < parts + 150_000
    # Three plain parts and the body leave half of the 4 MB for hair, clothes and skin.
    assert facts["morph_bytes"] + facts["geometry_bytes"] < 2_200_000


def test_options_bound_the_texture(avatar: RiggedAvatar) -> None:
    small = read_glb(write_glb(avatar, options=GlbOptions(texture_size=16)).data)
    assert small.textures["skin"].pixels.shape == (16, 16, 3)
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3)).astype(np.uint8)
    noisy = replace(avatar, textures={"skin": Texture(noise)})
    sizes = [
        write_glb(noisy, options=GlbOptions(jpeg_quality=quality)).facts["texture_bytes"]
        for quality in (50, 95)
    ]
    assert sizes[0] < sizes[1]


def test_a_missing_material_is_an_error(avatar: RiggedAvatar) -> None:
    with pytest.raises(KeyError):
        write_glb(replace(avatar, materials=avatar.materials[1:]))


def test_the_bytes_are_the_same_again(glb: Asset, avatar: RiggedAvatar) -> None:
    assert write_glb(avatar).data == glb.data


def test_another_hash_seed_gives_the_same_bytes() -> None:
    script = (
        "import hashlib, numpy as np\n"
        "from tasks.core.entities import *\n"
        "from tasks.core.gltf.write import write_glb\n"
        "q = np.array([[0, 0, 0, 1]], np.float32)\n"
        "bone = Skeleton(('Hips',), np.array([-1], np.int32), np.zeros((1, 3), np.float32), q)\n"
        "p = np.eye(3, dtype=np.float32)\n"
        "w = np.tile(np.float32([1, 0, 0, 0]), (3, 1))\n"
        "m = tuple(Morph(n, np.array([1], np.int32), p[:1]) for n in ('b', 'a', 'c'))\n"
        "f = np.array([[0, 1, 2]], np.int32)\n"
        "part = MeshPart('p', 'm', p, p, p[:, :2], f, np.zeros((3, 4), np.uint16), w, m)\n"
        "t = {n: Texture(np.full((4, 4, 3), 9, np.uint8)) for n in ('x', 'y')}\n"
        "a = RiggedAvatar(bone, (part,), (Material('m', 'y', normal_texture='x'),), t, 'A')\n"
        "print(hashlib.sha256(write_glb(a).data).hexdigest())\n"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_the_generator_states_the_packages_version(file: Glb) -> None:
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
    assert file.document["asset"]["generator"] == f"Likeness {VERSION}"
    assert file.document["asset"]["version"] == "2.0"
