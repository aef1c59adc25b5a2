"""Colours of every kind of file come out as the sRGB they stand for."""

from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from tasks.core.photo.colour import NEUTRAL_BACKGROUND, to_srgb
from tests.core.photo.files import (
    P3_TO_XYZ,
    cmyk_profile,
    display_p3,
    encode,
    linear_grey,
    png,
    png_chunk,
    scene,
    without_adobe_marker,
)

# sRGB's primaries under D50, columns R, G, B (IEC 61966-2-1, Bradford-adapted).
_SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)


def _linear(levels: np.ndarray) -> np.ndarray:
    s = levels / 255.0
    return np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)


def _levels(light: np.ndarray) -> np.ndarray:
    v = np.clip(light, 0, 1)
    return 255 * np.where(v <= 0.0031308, 12.92 * v, 1.055 * v ** (1 / 2.4) - 0.055)


def _converted(data: bytes) -> tuple[np.ndarray, list[str]]:
    image, notices = to_srgb(Image.open(io.BytesIO(data)))
    assert image.mode == "RGB"
    return np.asarray(image).astype(int), [notice.code for notice in notices]


def _dull(width: int = 48, height: int = 32) -> np.ndarray:
    # Colours well inside sRGB whichever profile they are read with.
    return (scene(width, height) // 2 + 64).astype(np.uint8)


def test_plain_colours_pass_untouched() -> None:
    pixels, notices = _converted(encode(scene(48, 32), "PNG"))
    np.testing.assert_array_equal(pixels, scene(48, 32))
    assert notices == []


def test_display_p3_becomes_srgb() -> None:
    p3 = _dull()
    pixels, notices = _converted(encode(p3, "PNG", icc_profile=display_p3()))
    light = _linear(p3) @ P3_TO_XYZ.T @ np.linalg.inv(_SRGB_TO_XYZ).T
    assert light.min() > 0
    assert light.max() < 1
    assert np.abs(pixels - _levels(light)).max() <= 2
    assert np.abs(pixels - p3).max() > 10  # without the conversion the test would say nothing
    assert notices == []


def test_an_srgb_profile_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    pixels, notices = _converted(encode(scene(48, 32), "PNG", icc_profile=profile))
    np.testing.assert_array_equal(pixels, scene(48, 32))
    assert notices == []


def test_a_grey_profile_is_honoured() -> None:
    grey = np.arange(256, dtype=np.uint8)[None, :]
    pixels, notices = _converted(encode(grey, "PNG", icc_profile=linear_grey()))
    assert np.abs(pixels[0] - _levels(grey[0] / 255.0)[:, None]).max() <= 2
    assert notices == []


def test_a_grey_profile_is_honoured_on_deep_grey_with_alpha() -> None:
    # Decoded to RGBA, though its profile is one of grey.
    level = np.full((4, 4), 20000)
    data = png(
        np.stack([level, np.full_like(level, 65535)], axis=-1).astype(np.uint16),
        png_chunk(b"iCCP", b"grey\0\0" + zlib.compress(linear_grey())),
    )
    pixels, notices = _converted(data)
    assert np.abs(pixels - _levels(np.array(20000 / 65535))).max() <= 2
    assert notices == []


def test_a_colour_profile_on_a_grey_image_is_honoured() -> None:
    grey = np.arange(256, dtype=np.uint8)[None, :]
    pixels, notices = _converted(encode(grey, "PNG", icc_profile=display_p3()))
    assert np.abs(pixels - grey[..., None]).max() <= 1  # neutral in both spaces
    assert notices == []


@pytest.mark.parametrize(
    "profile",
    [b"not a profile", display_p3()[:200], cmyk_profile(), linear_grey()],
    ids=["garbage", "cut", "cmyk", "grey"],
)
def test_an_unusable_profile_is_ignored_with_a_notice(profile: bytes) -> None:
    pixels, notices = _converted(encode(scene(48, 32), "PNG", icc_profile=profile))
    np.testing.assert_array_equal(pixels, scene(48, 32))
    assert notices == ["photo.icc_ignored"]


def _inks(values: tuple[int, int, int, int]) -> Image.Image:
    return Image.new("CMYK", (32, 32), values)


@pytest.mark.parametrize(
    ("inks", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 128, 200, 0), (255, 127, 55)),
        ((0, 0, 0, 100), (155, 155, 155)),
    ],
)
@pytest.mark.parametrize("marked", [True, False], ids=["adobe", "plain"])
def test_cmyk_is_taken_as_complements_inverted_or_not(
    inks: tuple[int, int, int, int], colour: tuple[int, int, int], marked: bool
) -> None:
    data = encode(_inks(inks), "JPEG", quality=100, subsampling=0)  # written inverted, as Adobe
    if not marked:
        complement = Image.new("CMYK", (32, 32), tuple(255 - ink for ink in inks))
        data = without_adobe_marker(encode(complement, "JPEG", quality=100, subsampling=0))
    pixels, notices = _converted(data)
    assert np.abs(pixels - colour).max() <= 2
    assert notices == []


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_sixteen_bits_are_scaled_not_clipped(channels: int) -> None:
    ramp = np.linspace(0, 65535, 256).round()
    samples = np.repeat(ramp[None, :, None], channels, axis=2)
    if channels in (2, 4):
        samples[..., -1] = 65535
    pixels, notices = _converted(png(samples.astype(np.uint16)))
    assert np.abs(pixels - ramp[:, None] / 257).max() <= 1
    assert notices == []


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_eight_bits_of_every_layout(channels: int) -> None:
    ramp = np.arange(256)
    samples = np.repeat(ramp[None, :, None], channels, axis=2)
    if channels in (2, 4):
        samples[..., -1] = 255
    pixels, _ = _converted(png(samples.astype(np.uint8)))
    np.testing.assert_array_equal(pixels, np.repeat(ramp[None, :, None], 3, axis=2))


@pytest.mark.parametrize("alpha", [0, 64, 255])
@pytest.mark.parametrize("layout", ["LA", "RGBA", "LA16", "RGBA16"])
def test_transparency_shows_the_neutral_background(layout: str, alpha: int) -> None:
    channels = 2 if layout.startswith("LA") else 4
    sample = np.full((4, 4, channels), 200)
    sample[..., -1] = alpha
    deep = layout.endswith("16")
    data = png((sample * 257).astype(np.uint16) if deep else sample.astype(np.uint8))
    pixels, notices = _converted(data)
    truth = (200 * alpha + NEUTRAL_BACKGROUND[0] * (255 - alpha)) / 255
    assert np.abs(pixels - truth).max() <= 1
    assert notices == ([] if alpha == 255 else ["photo.alpha_flattened"])


def test_a_palette_with_a_transparent_entry() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([200, 30, 60, 10, 90, 220])
    image.putpixel((1, 1), 1)
    pixels, notices = _converted(encode(image, "PNG", transparency=bytes([255, 0])))
    assert tuple(pixels[0, 0]) == (200, 30, 60)
    assert tuple(pixels[1, 1]) == NEUTRAL_BACKGROUND
    assert notices == ["photo.alpha_flattened"]


@pytest.mark.parametrize(
    ("samples", "key"),
    [
        (np.array([[[7], [200]]], np.uint8), b"\0\x07"),
        (np.array([[[1000], [51400]]], np.uint16), b"\x03\xe8"),
        (np.array([[[7, 8, 9], [200, 200, 200]]], np.uint8), b"\0\x07\0\x08\0\x09"),
    ],
    ids=["grey", "deep grey", "colour"],
)
def test_a_colour_named_transparent(samples: np.ndarray, key: bytes) -> None:
    pixels, notices = _converted(png(samples, png_chunk(b"tRNS", key)))
    assert tuple(pixels[0, 0]) == NEUTRAL_BACKGROUND
    assert tuple(pixels[0, 1]) == (200, 200, 200)
    assert notices == ["photo.alpha_flattened"]


def test_deep_colour_with_a_transparent_key_keeps_its_colours() -> None:
    samples = np.full((2, 2, 3), 51400, np.uint16)
    pixels, _ = _converted(png(samples, png_chunk(b"tRNS", b"\x03\xe8\x03\xe8\x03\xe8")))
    assert np.unique(pixels).tolist() == [200]


def test_black_and_white() -> None:
    image = Image.new("1", (8, 8), 1)
    image.putpixel((2, 3), 0)
    pixels, _ = _converted(encode(image, "PNG"))
    assert pixels[3, 2].tolist() == [0, 0, 0]
    assert pixels[0, 0].tolist() == [255, 255, 255]
