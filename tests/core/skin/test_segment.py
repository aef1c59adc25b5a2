"""Skin and hair told apart: on portraits whose labels are known, and on a real one."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Float32, Photo
from tasks.core.hair.scalp import scalp_mask
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.prior import Tones, prior_texture
from tasks.core.skin.segment import (
    CHIN,
    FOREHEAD,
    LEFT_BROW,
    LEFT_EYE,
    LIPS,
    RIGHT_BROW,
    RIGHT_EYE,
    HeadSegments,
    segment_head,
)
from tasks.core.skin.srgb import to_linear, to_srgb
from tasks.core.skin.texture import ENOUGH
from tests.core.conftest import Portrait
from tests.core.skin.sitters import Sitter, sit

# Skin and hair, sRGB: the contrasts people have.
LOOKS = {
    "fair and brown": ((222, 180, 156), (70, 48, 34)),
    "tan and black": ((188, 138, 106), (30, 26, 25)),
    "deep and black": ((112, 74, 54), (28, 24, 22)),
    "fair and red": ((226, 186, 166), (138, 66, 34)),
    "fair and grey": ((214, 176, 156), (150, 148, 146)),
}
HAIR_RADIUS_M = 0.125


def tones(skin: tuple[int, int, int], hair: tuple[int, int, int]) -> Tones:
    linear = to_linear(np.array(skin)).astype(np.float32)
    lips = (linear * np.array([0.9, 0.6, 0.6])).astype(np.float32)
    return Tones(skin=linear, lips=lips, hair=to_linear(np.array(hair)).astype(np.float32))


def noisy(sitter: Sitter) -> Photo:
    """With a sensor's noise: no colour is ever exactly the same."""
    noise = np.random.default_rng(5).normal(0.0, 3.0, sitter.photo.pixels.shape)
    pixels = np.clip(np.rint(sitter.photo.pixels + noise), 0, 255).astype(np.uint8)
    return replace(sitter.photo, pixels=pixels)


@pytest.fixture(scope="module")
def labels(anny: AnnyBody, atlas: SkinAtlas) -> tuple[np.ndarray, np.ndarray]:
    """(H, W) bool: pixels that are skin, and pixels that are hair, without borders and features."""
    scalp = atlas.raster.interpolate(scalp_mask(anny)[:, None], atlas.layout.faces)
    grown = np.rint(255 * scalp).astype(np.uint8)[atlas.raster.nearest]
    marked = sit(anny, atlas, np.repeat(grown, 3, axis=2), hair=(255, 255, 255),
                 hair_radius_m=HAIR_RADIUS_M)  # fmt: skip
    person = marked.segments.skin
    value = marked.photo.pixels[..., 0]
    features = np.zeros(value.shape, np.uint8)
    for outline in (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS):
        points = marked.landmarks.face[list(outline), :2]
        cv2.fillConvexPoly(features, cv2.convexHull(np.rint(points).astype(np.int32)), 1)
    features = cv2.dilate(features, np.ones((9, 9), np.uint8))
    skin = (person > 0.99) & (value < 5) & (features == 0)
    hair = (value > 250) & ((person > 0.99) | (marked.segments.matte > 0.99))
    small = np.ones((5, 5), np.uint8)
    return tuple(cv2.erode(part.astype(np.uint8), small) > 0 for part in (skin, hair))  # type: ignore[return-value]


def photographed(anny: AnnyBody, atlas: SkinAtlas, look: str, bald: bool = False) -> Sitter:
    skin, hair = LOOKS[look]
    scalp = scalp_mask(anny) * np.float32(not bald)
    texture = to_srgb(prior_texture(atlas, scalp, tones(skin, hair), 1024))
    if bald:
        return sit(anny, atlas, texture)
    return sit(anny, atlas, texture, hair=hair, hair_radius_m=HAIR_RADIUS_M)


def in_photo(segments: HeadSegments, image: Float32, shape: tuple[int, int]) -> np.ndarray:
    """A map of the crop at every pixel of the photo; 0 outside of the crop."""
    rows, columns = np.mgrid[0 : shape[0], 0 : shape[1]] + 0.5
    at = segments.to_crop(np.stack([columns, rows], axis=-1)).astype(np.float32) - 0.5
    return np.asarray(cv2.remap(image, at[..., 0], at[..., 1], cv2.INTER_LINEAR))


@pytest.mark.parametrize("look", LOOKS)
def test_skin_hair_and_background_are_told_apart(
    anny: AnnyBody, atlas: SkinAtlas, labels: tuple[np.ndarray, np.ndarray], look: str
) -> None:
    sitter = photographed(anny, atlas, look)
    segments = segment_head(noisy(sitter), sitter.subject, sitter.landmarks)
    shape = sitter.photo.pixels.shape[:2]
    skin, hair = (in_photo(segments, image, shape) for image in (segments.skin, segments.hair))
    # The neck belongs to it, the shoulders do not.
    low = sitter.landmarks.face[CHIN, 1] + 0.2 * segments.face_height / segments.scale
    above = (np.arange(shape[0]) < low)[:, None]
    true_skin, true_hair = (part & above for part in labels)
    outside = (sitter.segments.matte == 0.0) & above
    assert (skin[true_skin] > 0.5).mean() > 0.9
    assert (hair[true_hair] > 0.5).mean() > 0.9
    assert (hair[true_skin] < 0.5).mean() > 0.97
    assert (skin[true_hair] < 0.5).mean() > 0.9
    assert np.maximum(skin, hair)[outside].mean() < 0.02
    assert not segments.eyewear


@pytest.mark.parametrize("look", LOOKS)
def test_a_bald_head_has_no_hair(anny: AnnyBody, atlas: SkinAtlas, look: str) -> None:
    sitter = photographed(anny, atlas, look, bald=True)
    segments = segment_head(noisy(sitter), sitter.subject, sitter.landmarks)
    assert (segments.hair > 0.5).mean() < 1e-3
    crown = sitter.landmarks.face[FOREHEAD, :2] * 1.1 - 0.1 * sitter.landmarks.face[CHIN, :2]
    column, row = np.floor(segments.to_crop(crown)).astype(int)
    # Enough for the texture to take it from the photo.
    assert segments.skin[row, column] > ENOUGH


def at_landmarks(portrait: Portrait, image: Float32, ids: tuple[int, ...]) -> np.ndarray:
    places = np.floor(portrait.segments.face[list(ids)]).astype(int)
    return image[places[:, 1], places[:, 0]]


def test_a_portraits_cheeks_chin_and_nose_are_skin(portrait: Portrait) -> None:
    ids = (50, 280, 205, 425, 4, 199, 9)
    assert (at_landmarks(portrait, portrait.segments.skin, ids) > 0.8).all()
    assert (at_landmarks(portrait, portrait.segments.hair, ids) < 0.1).all()


def test_a_portraits_crown_is_hair(portrait: Portrait) -> None:
    segments = portrait.segments
    top = segments.face[FOREHEAD] + 0.25 * segments.face_height * segments.up
    column, row = np.floor(top).astype(int)
    patch = (slice(row - 3, row + 4), slice(column - 3, column + 4))
    assert segments.hair[patch].mean() > 0.9
    assert segments.skin[patch].mean() < 0.1


def test_a_portrait_has_hair_on_both_sides(portrait: Portrait) -> None:
    segments = portrait.segments
    middle = int(segments.face[4, 0])
    shares = [segments.hair[:, :middle].mean(), segments.hair[:, middle:].mean()]
    assert min(shares) > 0.02


def test_maps_are_shares_that_never_exceed_the_person(portrait: Portrait) -> None:
    segments = portrait.segments
    side = segments.pixels.shape[0]
    for image in (segments.matte, segments.skin, segments.hair):
        assert image.shape == (side, side)
        assert image.dtype == np.float32
        assert image.min() >= 0.0
        assert image.max() <= 1.0
    both = segments.skin + segments.hair
    assert (both > 1.3).mean() < 0.01
    assert both[segments.matte == 0.0].mean() < 0.02


def test_crop_coordinates_follow_the_photos(portrait: Portrait) -> None:
    segments = portrait.segments
    np.testing.assert_allclose(
        segments.to_crop(portrait.landmarks.face[:, :2]), segments.face, atol=1e-3
    )
    across = segments.face[CHIN] - segments.face[FOREHEAD]
    assert np.linalg.norm(across) == pytest.approx(segments.face_height, rel=1e-5)
    np.testing.assert_allclose(segments.up, -across / np.linalg.norm(across), atol=1e-5)


def test_beyond_the_photo_there_is_nothing(anny: AnnyBody, atlas: SkinAtlas) -> None:
    whole = photographed(anny, atlas, "tan and black")
    # Cut off just above the brows.
    cut = int(whole.landmarks.face[list(LEFT_BROW), 1].min()) - 4
    face = whole.landmarks.face - np.array([0, cut, 0], np.float32)
    segments = segment_head(
        replace(whole.photo, pixels=whole.photo.pixels[cut:]),
        replace(whole.subject, matte=whole.subject.matte[cut:]),
        replace(whole.landmarks, face=face),
    )
    beyond = int(segments.to_crop(np.zeros(2))[1]) - 3
    assert beyond > 10
    assert not segments.matte[:beyond].any()
    assert segments.hair[:beyond].max() < 0.05
    assert segments.skin[:beyond].max() < 0.05


def test_large_photos_are_reduced_and_say_the_same(
    anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait
) -> None:
    double = cv2.resize(portrait.photo.pixels, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    matte = cv2.resize(portrait.subject.matte, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    large = segment_head(
        replace(portrait.photo, pixels=double),
        replace(portrait.subject, matte=matte),
        replace(portrait.landmarks, face=portrait.landmarks.face * 2),
    )
    side = portrait.segments.pixels.shape[:2]
    for name in ("skin", "hair"):
        now = cv2.resize(getattr(large, name), side[::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(now - getattr(portrait.segments, name)).mean() < 0.04


def test_the_same_every_time(portrait: Portrait) -> None:
    again = segment_head(portrait.photo, portrait.subject, portrait.landmarks)
    for name in ("pixels", "matte", "skin", "hair", "face"):
        assert getattr(again, name).tobytes() == getattr(portrait.segments, name).tobytes()
