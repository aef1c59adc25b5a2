"""Files by content: whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from tasks.store.files import FolderStore, write_whole


def files_in(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_a_file_lies_under_its_own_hash(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    sha256 = store.put(b"avatar")
    assert sha256 == hashlib.sha256(b"avatar").hexdigest()
    assert store.get(sha256) == b"avatar"
    assert store.has(sha256)
    assert Path(store.location(sha256)).read_bytes() == b"avatar"


def test_the_same_content_is_stored_once(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    first = store.put(b"avatar")
    written = os.stat(store.location(first)).st_mtime_ns
    assert store.put(b"avatar") == first
    assert os.stat(store.location(first)).st_mtime_ns == written
    assert len(files_in(tmp_path)) == 1


def test_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    assert not store.has("0" * 64)
    with pytest.raises(KeyError):
        store.get("0" * 64)


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
def test_only_hashes_are_places(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        FolderStore(tmp_path).get(name)


def test_damage_is_noticed_and_healed_by_storing_again(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    sha256 = store.put(b"avatar")
    Path(store.location(sha256)).write_bytes(b"avat")
    with pytest.raises(OSError, match="damaged"):
        store.get(sha256)
    store.put(b"avatar")
    assert store.get(sha256) == b"avatar"


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tasks.store.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        FolderStore(tmp_path).put(b"avatar")
    assert files_in(tmp_path) == []


def test_an_interrupted_rewrite_keeps_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "manifest.json"
    write_whole(path, b"old")

    def killed(_from: Any, _to: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tasks.store.files.os.replace", killed)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert files_in(tmp_path) == [path]
