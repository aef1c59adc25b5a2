"""A photo comes in by any of the ways a caller may give it, and no further than allowed."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

import pytest

from tasks.core.errors import Rejected
from tasks.core.photo.data_url import encode_data_url
from tasks.core.photo.limits import PhotoLimits
from tasks.core.photo.source import PhotoSource, read_source
from tests.core.photo.files import HEIC, encode, scene

_PHOTO = encode(scene(32, 24), "JPEG")
_FORMATS = {
    "JPEG": _PHOTO,
    "PNG": encode(scene(32, 24), "PNG"),
    "WebP": encode(scene(64, 48), "WEBP"),
    "HEIC": HEIC,
}


def _code(source: Any, **limits: Any) -> str:
    with pytest.raises(Rejected) as caught:
        read_source(source, limits=PhotoLimits(**limits))
    assert caught.value.sentence.isprintable()
    return caught.value.code


@pytest.mark.parametrize("wrapped", [bytes, bytearray, memoryview])
def test_bytes_in_any_wrapping(wrapped: Any) -> None:
    assert read_source(wrapped(_PHOTO)) == PhotoSource(_PHOTO)


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path(kind: Any, tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(_PHOTO)
    assert read_source(kind(tmp_path / "me.png")) == PhotoSource(_PHOTO, name="me.png")


def test_a_path_whose_name_is_not_utf8(tmp_path: Path) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")
    Path(path).write_bytes(_PHOTO)
    assert read_source(path).data == _PHOTO
    os.remove(path)
    assert _code(path) == "photo.not_found"


@pytest.mark.parametrize("kind", _FORMATS)
def test_base64_of_every_format(kind: str) -> None:
    data = _FORMATS[kind]
    assert read_source(base64.b64encode(data).decode()).data == data
    assert read_source("\n" + base64.encodebytes(data).decode()).data == data


def test_a_data_url() -> None:
    source = read_source(encode_data_url(_PHOTO, "image/png"))
    assert source == PhotoSource(_PHOTO, declared_type="image/png")


def test_a_file_wins_over_base64_of_the_same_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "AAAA" * 60
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(_PHOTO)
    assert read_source(name).data == _PHOTO


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "photo.empty"),
        (" \n", "photo.empty"),
        ("no/such/photo.jpg", "photo.not_found"),
        ("nul\0inside.jpg", "photo.not_found"),
        ("lone\ud800surrogate.jpg", "photo.not_found"),
        ("x" * 300, "photo.unreadable"),
        ("/9j/" + "A" * 300 + "*", "photo.bad_base64"),
        ("not base64 at all! " * 500, "photo.bad_base64"),
        ("data:image/png;base64,", "photo.empty"),
        ("data:image/png;base64,A", "photo.bad_base64"),
        ("data:image/png", "photo.bad_data_url"),
        ("https://example.org/me.jpg", "photo.remote_url"),
        ("S3://bucket/me.jpg", "photo.remote_url"),
    ],
)
def test_texts_that_lead_nowhere(text: str, code: str) -> None:
    assert _code(text) == code


def test_what_is_no_file(tmp_path: Path) -> None:
    assert _code(tmp_path) == "photo.unreadable"
    assert _code(tmp_path / "me.jpg" / "inside") == "photo.not_found"
    os.mkfifo(tmp_path / "pipe")
    assert _code(tmp_path / "pipe") == "photo.unreadable"
    assert _code("/dev/zero") == "photo.unreadable"
    (tmp_path / "loop").symlink_to("loop")
    assert _code(tmp_path / "loop") == "photo.unreadable"
    (tmp_path / "file").write_bytes(_PHOTO)
    assert _code(tmp_path / "file" / "inside") == "photo.not_found"


def test_a_file_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "me.jpg").write_bytes(_PHOTO)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(Rejected, match="Permission denied") as caught:
        read_source(tmp_path / "me.jpg")
    assert caught.value.code == "photo.unreadable"


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").touch()
    assert _code(tmp_path / "me.jpg") == "photo.empty"
    assert _code(b"") == "photo.empty"


def test_the_file_size_is_bounded_whatever_the_way(tmp_path: Path) -> None:
    (tmp_path / "me.jpg").write_bytes(_PHOTO)
    ways = [
        _PHOTO,
        memoryview(_PHOTO),
        tmp_path / "me.jpg",
        base64.b64encode(_PHOTO).decode(),
        encode_data_url(_PHOTO, "image/jpeg"),
    ]
    for way in ways:
        assert _code(way, file_bytes=len(_PHOTO) - 1) == "photo.too_big_file"
        assert read_source(way, limits=PhotoLimits(file_bytes=len(_PHOTO))).data == _PHOTO


def test_a_huge_file_is_refused_without_being_read(tmp_path: Path) -> None:
    with (tmp_path / "huge.jpg").open("wb") as file:
        file.truncate(1 << 40)  # sparse: takes no room
    assert _code(tmp_path / "huge.jpg") == "photo.too_big_file"


def test_other_types_are_a_mistake_of_the_program() -> None:
    with pytest.raises(TypeError, match="int"):
        read_source(3)  # type: ignore[arg-type]
