"""The skin nobody photographed: whole, in the person's tone, the same every time."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32
from tasks.core.hair.scalp import scalp_mask
from tasks.core.skin.atlas import MASK_SIZE, SkinAtlas
from tasks.core.skin.prior import BLOTCHES, MOUTH_INSIDE, PORES, SOCKET, Tones, prior_texture

SIZE = 1024
TONES = Tones(
    skin=np.array([0.50, 0.30, 0.20], np.float32),
    lips=np.array([0.45, 0.18, 0.14], np.float32),
    hair=np.array([0.03, 0.02, 0.01], np.float32),
)


@pytest.fixture(scope="module")
def scalp(anny: AnnyBody) -> Float32:
    return scalp_mask(anny)


@pytest.fixture(scope="module")
def texture(atlas: SkinAtlas, scalp: Float32) -> Float32:
    return prior_texture(atlas, scalp, TONES, SIZE)


def mask(atlas: SkinAtlas, name: str) -> np.ndarray:
    return cv2.resize(atlas.masks[name], (SIZE, SIZE)) > 250


def plain(atlas: SkinAtlas, scalp: Float32) -> np.ndarray:
    """Face below the hairline, without lips, lids, brows."""
    grown = atlas.raster.interpolate(scalp[:, None], atlas.layout.faces)
    others = [mask(atlas, name) for name in atlas.masks if name != "face"]
    others.append(atlas.raster.image(grown)[..., 0] > 0.0)
    near = cv2.dilate(np.any(others, axis=0).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    return mask(atlas, "face") & ~near


def inside(atlas: SkinAtlas, name: str) -> np.ndarray:
    """Texels well within an island."""
    layout = atlas.layout
    mine = layout.island[atlas.raster.triangles] == layout.islands.index(name)
    image = atlas.raster.image(mine.astype(np.float32))
    step = atlas.raster.size // MASK_SIZE
    assert atlas.raster.size == SIZE
    return cv2.erode(image, np.ones((4 * step + 1, 4 * step + 1))) > 0


def test_it_is_whole(texture: Float32) -> None:
    assert texture.shape == (SIZE, SIZE, 3)
    assert texture.dtype == np.float32
    assert np.isfinite(texture).all()
    assert texture.min() > 0.0
    assert texture.max() < 1.0


def test_the_face_has_the_persons_tone(atlas: SkinAtlas, scalp: Float32, texture: Float32) -> None:
    np.testing.assert_allclose(texture[plain(atlas, scalp)].mean(axis=0), TONES.skin, rtol=0.01)


def test_lips_have_theirs(atlas: SkinAtlas, texture: Float32) -> None:
    np.testing.assert_allclose(texture[mask(atlas, "lips")].mean(axis=0), TONES.lips, rtol=0.03)


def test_hair_colours_the_scalp_and_never_the_face(
    atlas: SkinAtlas, scalp: Float32, texture: Float32
) -> None:
    grown = atlas.raster.interpolate(scalp[:, None], atlas.layout.faces)
    crown = cv2.erode(atlas.raster.image(grown)[..., 0], np.ones((9, 9))) > 0.99
    assert crown.mean() > 0.1
    np.testing.assert_allclose(texture[crown].mean(axis=0), TONES.hair, rtol=0.02)
    face = plain(atlas, scalp)
    assert (texture[face][:, 0] > 0.8 * TONES.skin[0]).all()


def test_a_bald_head_is_skin_all_over(atlas: SkinAtlas, scalp: Float32) -> None:
    bald = prior_texture(atlas, np.zeros_like(scalp), TONES, SIZE)
    head = inside(atlas, "head") & ~mask(atlas, "lips")
    assert bald[head][:, 0].min() > 0.7 * TONES.skin[0]


def test_mouth_and_sockets_have_their_linings(atlas: SkinAtlas, texture: Float32) -> None:
    mouth = texture[inside(atlas, "mouth")]
    np.testing.assert_allclose(mouth.mean(axis=0), MOUTH_INSIDE, rtol=0.03)
    for name in ("left_socket", "right_socket"):
        socket = texture[inside(atlas, name)].mean(axis=0)
        np.testing.assert_allclose(socket, TONES.skin * np.array(SOCKET), rtol=0.03)


def test_it_is_never_flat_but_nearly(atlas: SkinAtlas, scalp: Float32, texture: Float32) -> None:
    relative = texture[plain(atlas, scalp)] / TONES.skin
    assert 0.5 * PORES < relative.std() < 2.0 * np.hypot(PORES, BLOTCHES)


def test_it_is_the_same_every_time(atlas: SkinAtlas, scalp: Float32, texture: Float32) -> None:
    assert prior_texture(atlas, scalp, TONES, SIZE).tobytes() == texture.tobytes()


@pytest.mark.parametrize("size", [512, 2048])
def test_other_sizes_look_the_same(atlas: SkinAtlas, scalp: Float32, size: int) -> None:
    here = prior_texture(atlas, scalp, TONES, size)
    assert here.shape == (size, size, 3)
    small = (64, 64)
    whole = prior_texture(atlas, scalp, TONES, SIZE)
    a, b = (cv2.resize(image, small, interpolation=cv2.INTER_AREA) for image in (here, whole))
    np.testing.assert_allclose(a, b, atol=0.02)
