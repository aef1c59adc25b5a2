"""Formats are told by content, and what is not taken is named."""

from __future__ import annotations

import pytest

from tasks.core.errors import Rejected
from tasks.core.photo.sniff import MEDIA_TYPES, sniff
from tests.core.photo.files import HEIC, encode, scene

_SMALL = scene(16, 16)


def _code(data: bytes) -> str:
    with pytest.raises(Rejected) as caught:
        sniff(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("JPEG", encode(_SMALL, "JPEG")),
        ("PNG", encode(_SMALL, "PNG")),
        ("WebP", encode(_SMALL, "WEBP")),
        ("HEIC", HEIC),
        ("HEIC", b"\0\0\0\x18ftypmif1\0\0\0\0heicmiaf"),
    ],
)
def test_accepted_formats(kind: str, data: bytes) -> None:
    assert sniff(data) == kind
    assert kind in MEDIA_TYPES


@pytest.mark.parametrize(
    ("named", "data"),
    [
        ("GIF", encode(_SMALL, "GIF")),
        ("TIFF", encode(_SMALL, "TIFF")),
        ("BMP", encode(_SMALL, "BMP")),
        ("AVIF", encode(_SMALL, "AVIF")),
        ("JPEG 2000", encode(_SMALL, "JPEG2000")),
        ("ICO", encode(_SMALL, "ICO")),
        ("DDS", encode(_SMALL, "DDS")),
        ("PDF", encode(_SMALL, "PDF")),
        ("SVG", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
        ("Photoshop", b"8BPS\0\1"),
        ("JPEG XL", b"\xff\x0a\xfa\x7f"),
        ("video", b"\0\0\0\x18ftypmp42\0\0\0\0isommp42"),
        ("CR3", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom"),
        ("sequence", b"\0\0\0\x18ftyphevc\0\0\0\0hevcmsf1"),
    ],
)
def test_known_formats_that_are_not_taken_are_named(named: str, data: bytes) -> None:
    with pytest.raises(Rejected) as caught:
        sniff(data)
    assert caught.value.code == "photo.unsupported_format"
    assert named in caught.value.sentence
    assert named in str(caught.value.measured)


@pytest.mark.parametrize(
    "data",
    [
        b"Beautiful weather today, is it not?",
        b"BM is how this text begins",
        b"<!DOCTYPE html><html></html>",
        b"PK\x03\x04 a zip archive",
        b"RIFF\x24\0\0\0WAVEfmt ",
        b"\x7fELF\2\1\1",
        bytes(64),
        b" \xff\xd8\xff",
    ],
)
def test_what_is_no_image_is_called_so(data: bytes) -> None:
    assert _code(data) == "photo.not_an_image"


@pytest.mark.parametrize(
    "data", [b"\xff", b"\xff\xd8", b"\x89PN", b"\x89PNG\r\n\x1a", b"RIF", b"RIFF\1\2\3\4WE"]
)
def test_the_beginning_of_a_signature_is_a_truncated_file(data: bytes) -> None:
    assert _code(data) == "photo.truncated"
