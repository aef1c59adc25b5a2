"""The intake as a whole: a table of bad and odd photos, and fuzzing over all of it."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.ExifTags import Base
from skimage.data import astronaut

from tasks.core.entities import Check, Photo
from tasks.core.errors import Rejected
from tasks.core.photo.admit import admit_photo
from tasks.core.photo.checks import PHOTO_VALIDATORS, photo_validators
from tasks.core.photo.data_url import encode_data_url
from tasks.core.photo.limits import PhotoLimits
from tests.core.photo import files
from tests.core.photo.files import encode, png, scene

_JPEG = encode(scene(), "JPEG")
_PNG = encode(scene(), "PNG")
_WEBP = encode(scene(), "WEBP")
_FLAT = np.zeros((SIDE := files.SIDE, SIDE, 3), np.uint8)
_NOISE_IN_THE_DARK = np.random.default_rng(1).integers(0, 12, (SIDE, SIDE, 3), dtype=np.uint8)


def _folder(path: Path) -> Path:
    return path


def _saved(name: str, data: bytes) -> Callable[[Path], Path]:
    def save(folder: Path) -> Path:
        (folder / name).write_bytes(data)
        return folder / name

    return save


def _pipe(folder: Path) -> Path:
    os.mkfifo(folder / "pipe.jpg")
    return folder / "pipe.jpg"


def _loop(folder: Path) -> Path:
    (folder / "loop.jpg").symlink_to("loop.jpg")
    return folder / "loop.jpg"


# What is given (or how it is laid in a folder) and the code of its refusal.
_REFUSED: dict[str, tuple[Any, str]] = {
    "no bytes": (b"", "photo.empty"),
    "no text": ("", "photo.empty"),
    "empty file": (_saved("me.jpg", b""), "photo.empty"),
    "empty data URL": ("data:image/jpeg;base64,", "photo.empty"),
    "missing file": (lambda folder: folder / "me.jpg", "photo.not_found"),
    "missing file outside": ("../../../../no/such/me.jpg", "photo.not_found"),
    "NUL in the path": ("me\0.jpg", "photo.not_found"),
    "lone surrogate in the path": ("me\ud800.jpg", "photo.not_found"),
    "name that is not UTF-8": ("me\udce9.jpg", "photo.not_found"),
    "endless name": ("m" * 3000, "photo.unreadable"),
    "folder": (_folder, "photo.unreadable"),
    "pipe": (_pipe, "photo.unreadable"),
    "device": ("/dev/zero", "photo.unreadable"),
    "link to itself": (_loop, "photo.unreadable"),
    "web address": ("https://example.org/me.jpg", "photo.remote_url"),
    "altered base64": (base64.b64encode(_JPEG).decode()[:-9] + "*" * 9, "photo.bad_base64"),
    "data URL without data": ("data:image/jpeg;base64", "photo.bad_data_url"),
    "file over 10 MB": (bytes(10_000_001), "photo.too_big_file"),
    "data URL over 10 MB": (encode_data_url(bytes(10_000_001), "image/png"), "photo.too_big_file"),
    "zeros": (bytes(4096), "photo.not_an_image"),
    "text": (b"I am not a photo, whatever my name says.", "photo.not_an_image"),
    "web page named .jpg": (_saved("me.jpg", b"<!doctype html><p>404"), "photo.not_an_image"),
    "zip named .png": (_saved("me.png", b"PK\x03\x04" + bytes(99)), "photo.not_an_image"),
    "script named .webp": (_saved("me.webp", b"#!/bin/sh\nexit 0\n"), "photo.not_an_image"),
    "GIF": (encode(scene(), "GIF"), "photo.unsupported_format"),
    "animated GIF": (files.animation("GIF"), "photo.unsupported_format"),
    "TIFF": (encode(scene(), "TIFF"), "photo.unsupported_format"),
    "BMP named .jpg": (_saved("me.jpg", encode(scene(), "BMP")), "photo.unsupported_format"),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "photo.unsupported_format"),
    "PDF": (encode(scene(), "PDF"), "photo.unsupported_format"),
    "AVIF": (encode(scene(), "AVIF"), "photo.unsupported_format"),
    "video": (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "photo.unsupported_format"),
    "one byte of a JPEG": (_JPEG[:1], "photo.truncated"),
    "JPEG header only": (_JPEG[:300], "photo.truncated"),
    "half a JPEG": (_JPEG[: len(_JPEG) // 2], "photo.truncated"),
    "JPEG less its last byte": (_JPEG[:-1], "photo.truncated"),
    "PNG signature only": (_PNG[:8], "photo.truncated"),
    "half a PNG": (_PNG[: len(_PNG) // 2], "photo.truncated"),
    "PNG less its last chunk": (_PNG[:-12], "photo.truncated"),
    "half a WebP": (_WEBP[: len(_WEBP) // 2], "photo.truncated"),
    "WebP less its last byte": (_WEBP[:-1], "photo.truncated"),
    "half a HEIC": (files.HEIC[:250], "photo.truncated"),
    "PNG with holes": (_PNG.replace(_PNG[300:340], bytes(40)), "photo.damaged"),
    "PNG bomb": (files.png_claiming(60_000, 60_000), "photo.bomb"),
    "JPEG bomb": (files.jpeg_claiming(65_000, 65_000), "photo.bomb"),
    "WebP bomb": (files.webp_claiming(16_000, 16_000), "photo.bomb"),
    "1 x 1": (encode(scene(1, 1), "PNG"), "photo.too_small"),
    "511 pixels wide": (encode(scene(511, 900), "JPEG"), "photo.too_small"),
    "20 000 x 600": (encode(scene(20_000, 600), "JPEG"), "photo.too_small"),
    "small HEIC": (files.HEIC, "photo.too_small"),
    "black": (encode(_FLAT, "PNG"), "photo.too_dark"),
    "noise in the dark": (encode(_NOISE_IN_THE_DARK, "PNG"), "photo.too_dark"),
    "white": (encode(_FLAT + 255, "PNG"), "photo.too_bright"),
    "one grey": (encode(_FLAT + 128, "JPEG"), "photo.no_contrast"),
    "fully transparent": (encode(Image.new("RGBA", (SIDE, SIDE)), "PNG"), "photo.no_contrast"),
}


@pytest.mark.parametrize("case", _REFUSED)
def test_refused(case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    given_as, code = _REFUSED[case]
    source = given_as(tmp_path) if callable(given_as) else given_as
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(Rejected) as caught:
        admit_photo(source)
    refusal = caught.value
    assert refusal.code == code
    _check_sentence(refusal)
    assert (refusal.measured is None) == (refusal.limit is None)
    assert sorted(tmp_path.rglob("*")) == before
    assert capfd.readouterr() == ("", "")


def _check_sentence(refusal: Rejected) -> None:
    assert re.fullmatch(r"photo\.[a-z0-9_]+", refusal.code)
    assert refusal.sentence.isprintable()
    assert 20 < len(refusal.sentence) < 400
    assert refusal.sentence.endswith(".")
    assert "Traceback" not in refusal.sentence


def _alpha() -> Image.Image:
    image = Image.fromarray(scene()).convert("RGBA")
    image.putalpha(Image.fromarray(scene()[..., 0]))
    return image


def _half_palette() -> bytes:
    image = Image.fromarray(scene()).quantize(32)
    return encode(image, "PNG", transparency=bytes([0, 0, 0, 255]))


_GREY = Image.fromarray(scene()).convert("L")
_DEEP = scene().astype(np.uint16) * 257
# What is given and the notices it is admitted with.
_ADMITTED: dict[str, tuple[bytes, list[str]]] = {
    "JPEG": (_JPEG, []),
    "progressive JPEG": (encode(scene(), "JPEG", progressive=True), []),
    "JPEG with a trailer": (_JPEG + b"trailer", []),
    "PNG": (_PNG, []),
    "lossless WebP": (encode(scene(), "WEBP", lossless=True), []),
    "exactly 512": (encode(scene(512, 512), "PNG"), []),
    "grey JPEG": (encode(_GREY, "JPEG"), []),
    "grey PNG": (encode(_GREY, "PNG"), []),
    "grey with alpha": (encode(_alpha().convert("LA"), "PNG"), ["photo.alpha_flattened"]),
    "colour with alpha": (encode(_alpha(), "PNG"), ["photo.alpha_flattened"]),
    "WebP with alpha": (encode(_alpha(), "WEBP"), ["photo.alpha_flattened"]),
    "opaque alpha": (encode(Image.fromarray(scene()).convert("RGBA"), "PNG"), []),
    "palette": (encode(Image.fromarray(scene()).quantize(64), "PNG"), []),
    "palette with transparency": (_half_palette(), ["photo.alpha_flattened"]),
    "black and white": (encode(_GREY.convert("1"), "PNG"), []),
    "CMYK JPEG": (encode(Image.fromarray(scene()).convert("CMYK"), "JPEG"), []),
    "16-bit colour": (png(_DEEP), []),
    "16-bit grey": (png(_DEEP[..., :1]), []),
    "Display P3": (encode(scene(), "JPEG", icc_profile=files.display_p3()), []),
    "broken profile": (encode(scene(), "JPEG", icc_profile=b"?" * 99), ["photo.icc_ignored"]),
    "CMYK profile on RGB": (
        encode(scene(), "PNG", icc_profile=files.cmyk_profile()),
        ["photo.icc_ignored"],
    ),
    "animated PNG": (files.animation("PNG"), ["photo.animated"]),
    "animated WebP": (files.animation("WEBP"), ["photo.animated"]),
    "5000 pixels wide": (encode(scene(5000, 700), "JPEG"), ["photo.reduced"]),
    "low light": (encode(scene() // 3, "PNG"), ["photo.low_light"]),
    "GPS": (encode(scene(), "JPEG", exif=files.with_gps()), []),
    "person before white": (
        encode(np.where(np.arange(SIDE)[None, :, None] < 40, scene(), 255).astype(np.uint8), "PNG"),
        [],
    ),
}


@pytest.mark.parametrize("case", _ADMITTED)
def test_admitted(case: str) -> None:
    data, notices = _ADMITTED[case]
    photo = admit_photo(data)
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape[2] == 3
    assert 512 <= min(photo.pixels.shape[:2]) <= max(photo.pixels.shape[:2]) <= 4096
    assert photo.sha256 == hashlib.sha256(data).hexdigest()
    assert [notice.code for notice in photo.notices] == notices
    assert all(check.passed for check in photo.checks)


def test_the_tables_are_as_long_as_promised() -> None:
    assert len(_REFUSED) + len(_ADMITTED) >= 40


def test_a_portrait_is_admitted_as_it_is() -> None:
    photo = admit_photo(encode(astronaut(), "PNG"))
    np.testing.assert_array_equal(photo.pixels, astronaut())
    assert [check.name for check in photo.checks] == [
        "resolution",
        "dark_share",
        "mean_luminance",
        "blown_share",
        "contrast",
    ]
    assert (photo.media_type, photo.focal_px, photo.notices) == ("image/png", None, ())


def test_the_way_and_the_name_do_not_count(tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(_JPEG)  # its content is what it is
    ways = [
        _JPEG,
        tmp_path / "me.png",
        str(tmp_path / "me.png"),
        base64.b64encode(_JPEG).decode(),
        encode_data_url(_JPEG, "image/png"),
    ]
    assert len({admit_photo(way).digest for way in ways}) == 1
    assert admit_photo(tmp_path / "me.png").media_type == "image/jpeg"


def test_nothing_of_the_metadata_is_in_the_photo() -> None:
    named = admit_photo(encode(scene(), "JPEG", exif=files.with_gps()))
    bare = admit_photo(_JPEG)
    assert named.sha256 != bare.sha256
    assert dataclasses.replace(named, sha256=bare.sha256).digest == bare.digest
    rewritten = io.BytesIO()
    Image.fromarray(named.pixels).save(rewritten, "PNG")
    assert not dict(Image.open(rewritten).getexif())


def test_the_focal_length_is_told() -> None:
    tags = files.exif(inner={Base.FocalLengthIn35mmFilm: 43})
    focal = admit_photo(encode(scene(), "JPEG", exif=tags)).focal_px
    assert focal == pytest.approx(43 / np.hypot(36, 24) * np.hypot(512, 512))


def test_limits_reach_every_step() -> None:
    strict = PhotoLimits(file_bytes=len(_PNG) - 1)
    for limits, code in [
        (strict, "photo.too_big_file"),
        (PhotoLimits(decoded_pixels=SIDE * SIDE - 1), "photo.bomb"),
        (PhotoLimits(min_side=SIDE + 1), "photo.too_small"),
        (PhotoLimits(min_contrast=256), "photo.no_contrast"),
    ]:
        with pytest.raises(Rejected) as caught:
            admit_photo(_PNG, limits=limits)
        assert caught.value.code == code
    reduced = admit_photo(_PNG, limits=PhotoLimits(min_side=64, max_side=256))
    assert reduced.pixels.shape == (256, 256, 3)
    assert reduced.checks[0].limit == 64


def _not_too_blue(pixels: np.ndarray) -> Check:
    blue = float(pixels[..., 2].mean())
    return Check("blueness", blue, 10.0, "levels", blue <= 10.0, "photo.too_blue")


def test_a_user_may_add_a_check_of_his_own() -> None:
    with pytest.raises(Rejected, match="blueness") as caught:
        admit_photo(_PNG, validators=(*PHOTO_VALIDATORS, _not_too_blue))
    assert (caught.value.code, caught.value.limit) == ("photo.too_blue", 10.0)
    _check_sentence(caught.value)


def test_checks_are_run_in_order_and_reported() -> None:
    def fine(pixels: np.ndarray) -> Check:
        return Check("mine", float(pixels.shape[1]), 0.0, "px", True, "photo.mine")

    photo = admit_photo(_PNG, validators=(fine, *photo_validators()))
    assert photo.checks[0] == Check("mine", 512.0, 0.0, "px", True, "photo.mine")
    assert len(photo.checks) == 6
    assert admit_photo(_PNG, validators=()).checks == ()


_LOOSE = PhotoLimits(min_side=1, decoded_pixels=1_000_000)
_VICTIMS = [
    encode(scene(24, 16), "JPEG", exif=files.with_gps()),
    encode(scene(24, 16), "JPEG", progressive=True, icc_profile=files.display_p3()),
    encode(scene(24, 16), "PNG", icc_profile=files.display_p3()),
    encode(_alpha().resize((24, 16)), "WEBP", exif=files.with_gps()),
    encode(scene(24, 16), "WEBP", lossless=True),
    encode(Image.fromarray(scene(24, 16)).quantize(8), "PNG", transparency=bytes([0, 9])),
    files.HEIC,
]
_SIGNATURES = [
    b"\xff\xd8\xff\xe0\0\x10JFIF\0",
    b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
    b"II*\0",
    b"",
]


def _admitted_or_refused(source: Any) -> None:
    try:
        photo = admit_photo(source, limits=_LOOSE)
    except Rejected as refusal:
        _check_sentence(refusal)
    else:
        assert isinstance(photo, Photo)
        assert photo.pixels.dtype == np.uint8


@given(st.sampled_from(_SIGNATURES), st.binary(max_size=400))
def test_random_bytes_are_refused_properly(signature: bytes, rest: bytes) -> None:
    _admitted_or_refused(signature + rest)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL.TiffImagePlugin")  # its remarks on broken EXIF
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(_VICTIMS), st.data())
def test_altered_files_are_admitted_or_refused_properly(victim: bytes, data: st.DataObject) -> None:
    altered = bytearray(victim)
    for _ in range(data.draw(st.integers(1, 6))):
        altered[data.draw(st.integers(0, len(altered) - 1))] = data.draw(st.integers(0, 255))
    start = data.draw(st.integers(0, len(altered)))
    dropped = data.draw(st.integers(0, 40))
    if data.draw(st.booleans()):
        del altered[start : start + dropped]
    _admitted_or_refused(bytes(altered))


@given(st.text(st.characters(codec=None), max_size=300))
def test_any_text_is_refused_properly(text: str) -> None:
    _admitted_or_refused(text)
    _admitted_or_refused("data:" + text)
