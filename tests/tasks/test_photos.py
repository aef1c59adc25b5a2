"""Photos as text: what came as data is never a path."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tasks.core.errors import Rejected
from tasks.core.photo.limits import PhotoLimits
from tasks.photos import read_photo

LIMITS = PhotoLimits(file_bytes=1000)


def test_a_path_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"photo")
    assert read_photo(str(tmp_path / "a.jpg"), None, LIMITS) == b"photo"


@pytest.mark.parametrize("prefix", ["", "data:image/jpeg;base64,"])
def test_base64_and_data_urls_are_decoded(prefix: str) -> None:
    assert read_photo(None, prefix + base64.b64encode(b"photo").decode(), LIMITS) == b"photo"


def test_data_that_names_a_file_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # Valid base64, and the name of a file.
    Path("photoabc").write_bytes(b"secret")
    assert read_photo(None, "photoabc", LIMITS) == base64.b64decode("photoabc")


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/nowhere/a.jpg", None, "photo.not_found"),
        ("a\x00b", None, "photo.not_found"),
        ("/tmp", None, "photo.unreadable"),
        (None, "", "photo.empty"),
        (None, "data:image/png;base64,", "photo.empty"),
        (None, base64.b64encode(bytes(2000)).decode(), "photo.too_big_file"),
        (None, "%%%", "photo.bad_base64"),
    ],
)
def test_what_cannot_be_read_says_why(path: str | None, data: str | None, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_photo(path, data, LIMITS)
    assert caught.value.code == code
