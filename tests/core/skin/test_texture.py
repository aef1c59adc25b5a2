"""The baked skin, from portraits whose skin is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32
from tasks.core.hair.scalp import scalp_mask
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.srgb import to_linear, to_srgb
from tasks.core.skin.texture import SkinTexture, skin_texture
from tests.core.conftest import Portrait
from tests.core.skin.sitters import Sitter, paint, rest, sit, together

SIZE = 1024
HAIR = np.array([0.02, 0.014, 0.011], np.float32)
SKIN = (200, 152, 126)
MOLE = (84, 52, 44)


def flat(points: Float32) -> np.ndarray:
    return np.broadcast_to(np.float32(SKIN), (len(points), 3))


def with_mole(points: Float32) -> np.ndarray:
    """Skin with a round patch, 14 mm across, on the left cheek."""
    at = np.hypot(points[:, 0] - 0.042, points[:, 1] + 0.045)
    patch = (at < 0.007) & (points[:, 2] > -0.06)
    return np.where(patch[:, None], np.float32(MOLE), np.float32(SKIN))


def bake(
    anny: AnnyBody, atlas: SkinAtlas, *sitters: Sitter, bald: bool = True, size: int = SIZE
) -> SkinTexture:
    scalp = scalp_mask(anny) * np.float32(not bald)
    photos = [sitter.photo for sitter in sitters]
    segments = [sitter.segments for sitter in sitters]
    return skin_texture(anny, atlas, photos, segments, together(*sitters), scalp, HAIR, size)


def masked(atlas: SkinAtlas, name: str) -> np.ndarray:
    return cv2.resize(atlas.masks[name], (SIZE, SIZE)) > 127


def plain_face(atlas: SkinAtlas) -> np.ndarray:
    others = [masked(atlas, name) for name in atlas.masks if name not in ("face",)]
    near = cv2.dilate(np.any(others, axis=0).astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    return masked(atlas, "face") & ~near


@pytest.fixture(scope="module")
def sitter(anny: AnnyBody, atlas: SkinAtlas) -> Sitter:
    return sit(anny, atlas, paint(anny, atlas, flat))


@pytest.fixture(scope="module")
def baked(anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter) -> SkinTexture:
    return bake(anny, atlas, sitter)


@pytest.fixture(scope="module")
def spotted(anny: AnnyBody, atlas: SkinAtlas) -> list[Sitter]:
    """A mole on the left cheek, photographed from the left and from the right."""
    texture = paint(anny, atlas, with_mole)
    return [sit(anny, atlas, texture, yaw=yaw) for yaw in (0.9, -0.9)]


def test_even_skin_comes_back_in_its_tone(atlas: SkinAtlas, baked: SkinTexture) -> None:
    np.testing.assert_allclose(baked.tones.skin, to_linear(np.array(SKIN)), rtol=0.03)
    error = np.abs(baked.pixels[plain_face(atlas)].astype(int) - SKIN)
    assert error.mean() < 4.0


def test_there_are_no_holes(atlas: SkinAtlas, baked: SkinTexture) -> None:
    assert baked.pixels.shape == (SIZE, SIZE, 3)
    assert baked.pixels.dtype == np.uint8
    head = atlas.head.image(np.ones(len(atlas.head.texels))) > 0
    drawn = np.any([masked(atlas, name) for name in ("lips", "brows")], axis=0)
    drawn = cv2.dilate(drawn.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    error = np.abs(baked.pixels[head & ~drawn].astype(int) - SKIN).max(axis=1)
    assert np.percentile(error, 99) < 40
    assert (error > 100).mean() < 1e-3


def test_a_frontal_photo_shows_a_good_part_of_the_face(baked: SkinTexture) -> None:
    assert 0.3 < baked.seen < 0.9


def test_no_hair_on_the_face(anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter) -> None:
    # A head with hair behind a photo that shows none of it: only the scalp turns dark.
    hairy = bake(anny, atlas, sitter, bald=False)
    face = hairy.pixels[plain_face(atlas)]
    assert (face[:, 0] > 0.8 * SKIN[0]).mean() > 0.99
    grown = atlas.head.interpolate(scalp_mask(anny)[:, None], atlas.layout.faces)
    crown = cv2.erode(atlas.head.image(grown)[..., 0], np.ones((9, 9))) > 0.99
    away = crown[:, : SIZE // 16]
    assert away.sum() > 1000
    dark = hairy.pixels[:, : SIZE // 16][away]
    np.testing.assert_allclose(dark.mean(axis=0), to_srgb(HAIR), atol=6)


@pytest.fixture
def threads() -> Iterator[None]:
    before = cv2.getNumThreads()
    yield
    cv2.setNumThreads(before)


@pytest.mark.usefixtures("threads")
def test_the_same_to_the_byte_whatever_the_threads(
    anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait
) -> None:
    scalp = scalp_mask(anny)
    results = []
    for count in (2, 1, 2):
        cv2.setNumThreads(count)
        results.append(
            skin_texture(
                anny, atlas, [portrait.photo], [portrait.segments], portrait.head, scalp, HAIR, SIZE
            )
        )
    assert len({result.digest for result in results}) == 1


def mole(anny: AnnyBody, atlas: SkinAtlas) -> np.ndarray:
    """(SIZE, SIZE) bool: the mole's texels, without their rim."""
    truth = paint(anny, atlas, with_mole)
    assert len(truth) == SIZE
    spot = ((truth == MOLE).all(axis=2)).astype(np.uint8)
    spot[:, atlas.head_columns(SIZE) :] = 0
    return cv2.erode(spot, np.ones((7, 7), np.uint8)) > 0


def darkness(result: SkinTexture, where: np.ndarray) -> float:
    """0 for skin, 1 for the mole."""
    value = result.pixels[where].mean(axis=0)
    return float(((np.array(SKIN) - value) / (np.array(SKIN) - MOLE)).mean())


def test_each_half_comes_from_the_photo_that_sees_it(
    anny: AnnyBody, atlas: SkinAtlas, spotted: list[Sitter]
) -> None:
    both = bake(anny, atlas, *spotted)
    spot = mole(anny, atlas)
    assert darkness(both, spot) > 0.7
    assert darkness(both, spot[::-1]) < 0.15


def test_what_one_photo_hides_is_taken_from_the_other_half(
    anny: AnnyBody, atlas: SkinAtlas, spotted: list[Sitter]
) -> None:
    spot = mole(anny, atlas)
    left, right = (bake(anny, atlas, sitter) for sitter in spotted)
    assert darkness(left, spot) > 0.7
    assert darkness(left, spot[::-1]) > 0.6
    assert darkness(right, spot) < 0.15


def test_two_photos_show_more_than_either(
    anny: AnnyBody, atlas: SkinAtlas, spotted: list[Sitter]
) -> None:
    both = bake(anny, atlas, *spotted).seen
    singles = [bake(anny, atlas, sitter).seen for sitter in spotted]
    assert both > max(singles) + 0.1


def test_the_order_of_the_photos_does_not_matter(
    anny: AnnyBody, atlas: SkinAtlas, spotted: list[Sitter]
) -> None:
    there = bake(anny, atlas, *spotted).pixels.astype(int)
    back = bake(anny, atlas, *spotted[::-1]).pixels.astype(int)
    assert np.abs(there - back).mean() < 0.5


def test_photos_exposed_differently_make_one_skin(
    anny: AnnyBody, atlas: SkinAtlas, spotted: list[Sitter]
) -> None:
    darker = to_srgb(0.5 * to_linear(spotted[1].photo.pixels))
    second = replace(spotted[1], photo=replace(spotted[1].photo, pixels=darker))
    pixels = bake(anny, atlas, spotted[0], second).pixels.astype(int)
    face = plain_face(atlas) & ~(cv2.dilate(mole(anny, atlas).astype(np.uint8), None) > 0)
    middle = SIZE // 2
    halves = [
        np.median(pixels[part][face[part]], axis=0) for part in (slice(middle), slice(middle, None))
    ]
    np.testing.assert_allclose(halves[0], halves[1], atol=8)


def fine_band(image: np.ndarray) -> np.ndarray:
    return image.astype(np.float32) - cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.5)


def test_the_finest_detail_is_kept_and_mirrored(anny: AnnyBody, atlas: SkinAtlas) -> None:
    # Rows two light, two dark on the left half alone: finer than half the size can hold.
    truth = paint(anny, atlas, flat)
    rows = np.arange(SIZE)
    vertices, joints = rest(anny)
    points = atlas.raster.interpolate(vertices, atlas.layout.faces)[atlas.raster.nearest]
    left = points[..., 0] > joints[:, 0].mean()
    stripes = np.where((rows // 2 % 2 == 0)[:, None] & left, 30, 0)
    truth = (truth - stripes[..., None]).astype(np.uint8)
    near_left = sit(anny, atlas, truth, yaw=0.8, size=1200)
    result = bake(anny, atlas, near_left)
    cheek = plain_face(atlas) & left
    cheek = cv2.erode(cheek.astype(np.uint8), np.ones((31, 31), np.uint8)) > 0
    assert cheek.sum() > 2000
    wanted, got = fine_band(truth), fine_band(result.pixels)
    for there, where in ((got, cheek), (got[::-1], cheek)):
        slope = (wanted * there)[where].sum() / (wanted * wanted)[where].sum()
        assert slope > 0.5


def test_light_from_one_side_is_evened_out(
    anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter
) -> None:
    width = sitter.photo.pixels.shape[1]
    ramp = np.interp(np.arange(width), (0.35 * width, 0.65 * width), (0.35, 1.0))[None, :, None]
    shaded = to_srgb(to_linear(sitter.photo.pixels) * ramp)
    result = bake(anny, atlas, replace(sitter, photo=replace(sitter.photo, pixels=shaded)))
    head = atlas.head_columns(SIZE)
    pixels, face = result.pixels[:, :head].astype(int), plain_face(atlas)[:, :head]
    both = face & face[::-1]
    difference = np.abs(pixels - pixels[::-1])[both].mean()
    raw = np.abs(shaded.astype(int) - shaded[:, ::-1])[sitter.segments.skin > 0.9].mean()
    assert raw > 30.0
    assert difference < 0.25 * raw


def test_a_photo_without_skin_still_gives_a_whole_texture(
    anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter
) -> None:
    none = replace(sitter.segments, skin=np.zeros_like(sitter.segments.skin))
    result = bake(anny, atlas, replace(sitter, segments=none))
    assert result.seen == 0.0
    assert np.isfinite(result.tones.skin).all()
    assert (result.tones.skin > 0.0).all()


def test_full_size_is_the_same_picture(
    anny: AnnyBody, atlas: SkinAtlas, sitter: Sitter, baked: SkinTexture
) -> None:
    large = bake(anny, atlas, sitter, size=2 * SIZE)
    assert large.pixels.shape == (2 * SIZE, 2 * SIZE, 3)
    small = cv2.resize(large.pixels, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(small - baked.pixels).mean() < 3.0
    np.testing.assert_allclose(large.tones.skin, baked.tones.skin, rtol=0.02)
