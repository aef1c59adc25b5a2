"""What was written is what is read."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.entities import Asset, RiggedAvatar
from tasks.core.errors import Rejected
from tasks.core.gltf.read import open_glb, read_glb


def test_an_avatar_round_trips(avatar: RiggedAvatar, glb: Asset) -> None:
    back = read_glb(glb.data)
    assert back.pose == "A"
    assert back.materials == avatar.materials
    for part, other in zip(avatar.parts, back.parts, strict=True):
        assert (part.name, part.material) == (other.name, other.material)
        for field in ("positions", "normals", "faces", "joints", "weights"):
            np.testing.assert_array_equal(getattr(part, field), getattr(other, field))
        for morph, read in zip(part.morphs, other.morphs, strict=True):
            assert morph.digest == read.digest
    np.testing.assert_array_equal(avatar.parts[0].uv, back.parts[0].uv)
    error = np.abs(
        avatar.textures["skin"].pixels.astype(int) - back.textures["skin"].pixels.astype(int)
    )
    assert error.mean() < 1.5


def test_the_skeleton_round_trips(avatar: RiggedAvatar, glb: Asset) -> None:
    skeleton, back = avatar.skeleton, read_glb(glb.data).skeleton
    assert skeleton.names == back.names
    np.testing.assert_array_equal(skeleton.parents, back.parents)
    np.testing.assert_allclose(skeleton.positions, back.positions, atol=1e-6)
    # A rotation by half a turn may come back with the opposite sign.
    same = np.abs((skeleton.rotations.astype(np.float64) * back.rotations).sum(axis=1))
    np.testing.assert_allclose(same, 1.0, atol=1e-6)


@pytest.mark.parametrize("cut", [0, 3, 19, 25, -1])
def test_a_torn_file_is_refused(glb: Asset, cut: int) -> None:
    with pytest.raises(Rejected) as caught:
        open_glb(glb.data[:cut])
    assert caught.value.code == "glb.not_glb"


def test_what_is_no_glb_is_refused() -> None:
    with pytest.raises(Rejected):
        open_glb(b"{" * 100)


def test_a_file_without_a_skin_holds_no_avatar() -> None:
    import trimesh

    data = trimesh.Scene(trimesh.creation.box()).export(file_type="glb")
    with pytest.raises(Rejected) as caught:
        read_glb(data)
    assert caught.value.code == "glb.no_avatar"
