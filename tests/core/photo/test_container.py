"""A file cut anywhere is seen to be cut, without decoding."""

from __future__ import annotations

from typing import Any

import pytest

from tasks.core.photo.container import has_jpeg_end, is_cut_short, webp_size
from tests.core.photo.files import HEIC, encode, scene, webp_claiming

_WHOLE = {
    "PNG": encode(scene(24, 16), "PNG"),
    "WebP": encode(scene(24, 16), "WEBP"),
    "HEIC": HEIC,
}


@pytest.mark.parametrize("kind", _WHOLE)
def test_every_proper_beginning_is_cut_short(kind: str) -> None:
    data = _WHOLE[kind]
    assert not is_cut_short(data, kind)
    for length in range(12, len(data)):
        assert is_cut_short(data[:length], kind), length


@pytest.mark.parametrize("kind", ["PNG", "WebP"])
def test_a_trailer_does_no_harm(kind: str) -> None:
    assert not is_cut_short(_WHOLE[kind] + b"trailer", kind)


def test_a_box_that_reaches_the_end_or_counts_in_64_bits() -> None:
    start = HEIC[:370]  # file type and metadata
    assert not is_cut_short(start + b"\0\0\0\0mdat" + bytes(50), "HEIC")
    large = b"\0\0\0\1mdat" + (24).to_bytes(8, "big") + bytes(8)
    assert not is_cut_short(start + large, "HEIC")
    assert is_cut_short(start + large[:-1], "HEIC")


def test_the_end_of_a_jpeg() -> None:
    data = encode(scene(24, 16), "JPEG")
    assert has_jpeg_end(data)
    assert has_jpeg_end(data + bytes(3))
    assert not has_jpeg_end(data[:-1])
    assert not is_cut_short(data[:-1], "JPEG")  # a JPEG does not say how long it is


@pytest.mark.parametrize("options", [{}, {"lossless": True}, {"exif": b"Exif\0\0II*\0"}])
@pytest.mark.parametrize(("width", "height"), [(24, 16), (1, 300), (16383, 1)])
def test_the_size_of_every_layout_of_webp(options: dict[str, Any], width: int, height: int) -> None:
    assert webp_size(encode(scene(width, height), "WEBP", **options)) == (width, height)


def test_the_size_a_webp_claims() -> None:
    assert webp_size(webp_claiming(16_777_216, 1)) == (16_777_216, 1)
    assert webp_size(webp_claiming(20, 30)[:29]) is None
    assert webp_size(b"RIFF\x30\0\0\0WEBPJUNK" + bytes(40)) is None
