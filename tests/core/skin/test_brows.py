"""Brows lie where the landmarks say, alike on both sides."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32
from tasks.core.skin.atlas import SkinAtlas, load_atlas
from tasks.core.skin.brows import brow_mask

SIZE = 512


@pytest.fixture(scope="module")
def atlas(anny: AnnyBody) -> SkinAtlas:
    return load_atlas(anny)


@pytest.fixture(scope="module")
def mask(anny: AnnyBody, atlas: SkinAtlas) -> Float32:
    return brow_mask(anny, atlas.layout, SIZE)


def test_two_brows_of_the_same_size(mask: Float32) -> None:
    # The head's island is symmetric about its middle row.
    upper, lower = mask[: SIZE // 2].sum(), mask[SIZE // 2 :].sum()
    assert upper == pytest.approx(lower, rel=0.15)
    assert upper > 100.0


def test_between_eyes_and_forehead(anny: AnnyBody, atlas: SkinAtlas, mask: Float32) -> None:
    points = atlas.raster.interpolate(anny.template, atlas.layout.faces)
    step = atlas.raster.size // SIZE
    rows, columns = np.divmod(atlas.raster.texels, atlas.raster.size)
    dense = mask[rows // step, columns // step] > 0.4
    names = anny.topology.joint_names
    _, joints = anny.shape(anny.phenotype_defaults, np.zeros(len(anny.local_change_names)))
    shaped, _ = anny.shape(anny.phenotype_defaults, np.zeros(len(anny.local_change_names)))
    height = atlas.raster.interpolate(shaped, atlas.layout.faces)[dense, 1]
    eye = joints[names.index("LeftEye"), 1]
    assert height.min() - eye > 0.005
    assert height.max() - eye < 0.04
    assert np.abs(points[dense, 0]).min() > 0.003


def test_none_without_landmarks(anny: AnnyBody, atlas: SkinAtlas) -> None:
    class Blind:
        landmarks = None

    assert not brow_mask(Blind(), atlas.layout, 64).any()  # type: ignore[arg-type]


def test_the_same_every_time(anny: AnnyBody, atlas: SkinAtlas, mask: Float32) -> None:
    np.testing.assert_array_equal(brow_mask(anny, atlas.layout, SIZE), mask)
