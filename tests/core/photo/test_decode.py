"""Whatever the file, out come upright sRGB pixels and nothing else, or a reason."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from PIL.ExifTags import Base

from tasks.core.errors import Rejected
from tasks.core.photo.decode import DecodedPhoto, decode_photo
from tasks.core.photo.limits import PhotoLimits
from tests.core.photo import files
from tests.core.photo.files import encode, exif, scene, turned

_SMALL = PhotoLimits(min_side=16)


def _code(data: bytes, limits: PhotoLimits = _SMALL) -> str:
    with pytest.raises(Rejected) as caught:
        decode_photo(data, limits=limits)
    return caught.value.code


def _notices(decoded: DecodedPhoto) -> list[str]:
    return [notice.code for notice in decoded.notices]


@pytest.mark.parametrize(
    ("kind", "media_type", "options", "tolerance"),
    [
        ("PNG", "image/png", {}, 0),
        ("PNG", "image/png", {"optimize": True}, 0),
        ("WEBP", "image/webp", {"lossless": True}, 0),
        ("WEBP", "image/webp", {"quality": 95}, 8),
        ("JPEG", "image/jpeg", {"quality": 95, "subsampling": 0}, 5),
        ("JPEG", "image/jpeg", {"quality": 95, "subsampling": 0, "progressive": True}, 5),
        ("JPEG", "image/jpeg", {"quality": 95, "subsampling": 0, "restart_marker_rows": 1}, 5),
    ],
)
def test_formats(kind: str, media_type: str, options: dict[str, int], tolerance: int) -> None:
    decoded = decode_photo(encode(scene(96, 64), kind, **options), limits=_SMALL)
    assert decoded.media_type == media_type
    assert decoded.pixels.dtype == np.uint8
    assert decoded.pixels.flags.c_contiguous
    assert not decoded.pixels.flags.writeable
    assert np.abs(decoded.pixels.astype(int) - scene(96, 64)).max() <= tolerance
    assert decoded.notices == ()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(kind: str, orientation: int) -> None:
    truth = scene(80, 48)
    options = {"JPEG": {"quality": 95, "subsampling": 0}, "WEBP": {"lossless": True}}.get(kind, {})
    tags = exif({Base.Orientation: orientation})
    decoded = decode_photo(
        encode(turned(truth, orientation), kind, exif=tags, **options), limits=_SMALL
    )
    assert decoded.pixels.shape == truth.shape
    assert np.abs(decoded.pixels.astype(int) - truth).max() <= (5 if kind == "JPEG" else 0)


def test_orientation_and_focal_length_survive_a_reduction() -> None:
    truth = scene(600, 400)
    tags = exif({Base.Orientation: 6}, {Base.FocalLengthIn35mmFilm: 50})
    limits = PhotoLimits(min_side=16, max_side=150)
    decoded = decode_photo(encode(turned(truth, 6), "PNG", exif=tags), limits=limits)
    assert decoded.pixels.shape == (100, 150, 3)
    assert decoded.focal_px == pytest.approx(50 / math.hypot(36, 24) * math.hypot(150, 100))
    assert _notices(decoded) == ["photo.reduced"]
    coarse = truth.reshape(100, 4, 150, 4, 3).mean(axis=(1, 3))
    assert np.abs(decoded.pixels - coarse).max() <= 2


def test_colour_is_converted_before_the_reduction_and_the_turn() -> None:
    data = encode(
        turned(scene(96, 64), 8),
        "PNG",
        exif=exif({Base.Orientation: 8}),
        icc_profile=files.display_p3(),
    )
    plain = encode(scene(96, 64), "PNG", icc_profile=files.display_p3())
    np.testing.assert_array_equal(
        decode_photo(data, limits=_SMALL).pixels, decode_photo(plain, limits=_SMALL).pixels
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_metadata_leave_no_trace(kind: str) -> None:
    named = decode_photo(encode(scene(64, 64), kind, exif=files.with_gps()), limits=_SMALL)
    bare = decode_photo(encode(scene(64, 64), kind), limits=_SMALL)
    np.testing.assert_array_equal(named.pixels, bare.pixels)
    without = {"pixels": bare.pixels}
    assert vars(dataclasses.replace(named, **without)) == vars(bare)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_the_first_frame_of_an_animation_is_taken(kind: str) -> None:
    decoded = decode_photo(files.animation(kind), limits=_SMALL)
    assert _notices(decoded) == ["photo.animated"]
    assert "3 frames" in decoded.notices[0].sentence
    assert np.abs(decoded.pixels.astype(int) - scene()).mean() < 3


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("JPEG", {}),
        ("JPEG", {"progressive": True}),
        ("JPEG", {"exif": files.with_gps()}),
        ("PNG", {}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
    ],
)
def test_a_file_cut_anywhere_is_truncated(kind: str, options: dict[str, object]) -> None:
    data = encode(scene(96, 64), kind, **options)
    cuts = {*range(1, 64), *range(64, len(data), 37), *range(len(data) - 20, len(data))}
    for length in sorted(cuts):
        assert _code(data[:length]) == "photo.truncated", length


def test_a_heic_cut_anywhere_is_truncated() -> None:
    for length in range(8, len(files.HEIC), 7):
        assert _code(files.HEIC[:length]) == "photo.truncated", length


@pytest.mark.parametrize(
    ("data", "claimed"),
    [
        (files.png_claiming(60_000, 60_000), 3_600_000_000),
        (files.png_claiming(2**31 - 1, 2**31 - 1), (2**31 - 1) ** 2),
        (files.jpeg_claiming(65_500, 65_500), 65_500**2),
        (files.webp_claiming(12_000, 12_000), 144_000_000),
        (files.webp_claiming(16_777_216, 16_777_216), 16_777_216**2),
        (files.heic_claiming(20_000, 20_000), 400_000_000),
    ],
    ids=["png", "png largest", "jpeg", "webp", "webp largest", "heic"],
)
def test_a_bomb_is_refused_by_its_header(data: bytes, claimed: int) -> None:
    with pytest.raises(Rejected) as caught:
        decode_photo(data)
    assert caught.value.code == "photo.bomb"
    assert (caught.value.measured, caught.value.limit) == (claimed, 100_000_000)


@pytest.mark.parametrize(
    ("width", "height", "measured"), [(511, 900, 511), (900, 511, 511), (1, 1, 1)]
)
def test_a_small_photo_is_refused_with_its_side(width: int, height: int, measured: int) -> None:
    with pytest.raises(Rejected) as caught:
        decode_photo(encode(scene(width, height), "PNG"))
    assert caught.value.code == "photo.too_small"
    assert (caught.value.measured, caught.value.limit) == (measured, 512)


def test_a_panorama_is_judged_by_what_is_left_of_it() -> None:
    with pytest.raises(Rejected, match="reduced to 4096") as caught:
        decode_photo(files.png_claiming(20_000, 600))
    assert (caught.value.code, caught.value.measured) == ("photo.too_small", 123)


def test_a_wide_photo_that_keeps_enough_is_reduced() -> None:
    decoded = decode_photo(encode(scene(5000, 640), "JPEG"))
    assert decoded.pixels.shape == (524, 4096, 3)
    assert _notices(decoded) == ["photo.reduced"]


def test_damage_inside_a_whole_file() -> None:
    data = bytearray(encode(scene(96, 64), "PNG"))
    at = data.index(b"IDAT")
    data[at + 40 : at + 60] = bytes(20)
    assert _code(bytes(data)) == "photo.damaged"


def test_a_header_of_no_pixels() -> None:
    assert _code(files.png_claiming(0, 600)) in {"photo.damaged", "photo.too_small"}


def test_running_out_of_memory_is_not_the_photos_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", exhausted)
    with pytest.raises(MemoryError):
        decode_photo(encode(scene(64, 64), "PNG"), limits=_SMALL)


def test_the_same_bytes_give_the_same_pixels() -> None:
    data = encode(scene(700, 600), "JPEG", icc_profile=files.display_p3())
    limits = PhotoLimits(max_side=650)
    one, two = decode_photo(data, limits=limits), decode_photo(data, limits=limits)
    assert one.pixels.tobytes() == two.pixels.tobytes()
