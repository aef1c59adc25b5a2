"""The reader against a file made by hand and one by another library."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh
from PIL import Image

from tasks.core.entities import Asset
from tasks.core.errors import Rejected
from tasks.core.picture.glb import read_glb
from tests import sample_glb as sample


def asset(data: bytes) -> Asset:
    return Asset("avatar.glb", "model/gltf-binary", data)


def test_reads_geometry_material_texture_and_nodes() -> None:
    drawing = read_glb(asset(sample.sample_glb()))
    (part,) = drawing.parts
    positions, normals, uv, faces = sample.ball()
    assert np.array_equal(part.positions, positions)
    assert part.normals == pytest.approx(normals, abs=1e-6)
    assert np.array_equal(part.uv, uv)
    assert np.array_equal(part.faces, faces)
    assert drawing.nodes["LeftEye"] == pytest.approx(sample.LEFT_EYE)
    material = next(m for m in drawing.materials if m.name == part.material)
    assert material.texture is not None
    pixels = drawing.textures[material.texture].pixels
    assert tuple(pixels[1, 0]) == sample.UPPER
    assert tuple(pixels[-1, 0]) == sample.LOWER


def test_reads_sparse_morphs_by_name() -> None:
    drawing = read_glb(asset(sample.sample_glb()))
    morphs = {morph.name: morph for morph in drawing.parts[0].morphs}
    assert list(morphs) == list(sample.MORPHS)
    positions = sample.ball()[0]
    for name, where in sample.MORPHS.items():
        at, offsets = sample.bump(positions, where)
        dense, expected = np.zeros_like(positions), np.zeros_like(positions)
        dense[morphs[name].indices] = morphs[name].offsets
        expected[at] = offsets
        assert np.array_equal(dense, expected)


def test_node_transforms_apply_to_meshes_without_skin() -> None:
    box = trimesh.creation.box((0.2, 0.4, 0.6))
    turn = trimesh.transformations.rotation_matrix(0.7, [1.0, 2.0, 0.5], [0.1, 0.2, 0.3])
    turn[:3, :3] *= 2.0
    scene = trimesh.Scene()
    scene.add_geometry(box, node_name="box", transform=turn)
    drawing = read_glb(asset(trimesh.exchange.gltf.export_glb(scene, include_normals=True)))
    (part,) = drawing.parts
    expected = trimesh.transform_points(box.vertices, turn)
    assert part.positions[part.faces].mean(axis=1) == pytest.approx(
        expected[box.faces].mean(axis=1), abs=1e-5
    )
    assert np.linalg.norm(part.normals, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert drawing.nodes["box"] == pytest.approx(turn[:3, 3], abs=1e-5)


def test_missing_normals_are_made() -> None:
    mesh = trimesh.creation.icosphere(3, 1.0)
    data = trimesh.exchange.gltf.export_glb(trimesh.Scene(mesh), include_normals=False)
    (part,) = read_glb(asset(data)).parts
    assert part.normals == pytest.approx(part.positions, abs=0.02)


def test_alpha_textures_keep_their_alpha() -> None:
    quad = trimesh.Trimesh([[0, 0, 0], [1, 0, 0], [0, 1, 0]], [[0, 1, 2]], process=False)
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 3] = 77
    material = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(pixels), alphaMode="MASK", alphaCutoff=0.25
    )
    quad.visual = trimesh.visual.TextureVisuals(uv=[[0, 0], [1, 0], [0, 1]], material=material)
    drawing = read_glb(asset(trimesh.exchange.gltf.export_glb(trimesh.Scene(quad))))
    (texture,) = drawing.textures.values()
    assert (texture.pixels[..., 3] == 77).all()
    assert drawing.materials[0].alpha_mode == "MASK"
    assert drawing.materials[0].alpha_cutoff == 0.25


@pytest.mark.parametrize(
    "data",
    [b"", b"glTF", b"\x89PNG" * 40, sample.sample_glb()[:2000], sample.sample_glb()[:-40000]],
    ids=["empty", "header", "png", "cut early", "cut late"],
)
def test_what_is_no_glb_is_rejected(data: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        read_glb(asset(data))
    assert caught.value.code == "glb.unreadable"
    assert "avatar.glb" in caught.value.sentence


def test_morphs_can_be_left_out() -> None:
    whole, rest = (read_glb(asset(sample.sample_glb()), morphs=wanted) for wanted in (True, False))
    assert rest.parts[0].morphs == ()
    assert np.array_equal(rest.parts[0].positions, whole.parts[0].positions)
