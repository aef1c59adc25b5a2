"""Stored results: whole, checked, and without code in them."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from prefect.filesystems import LocalFileSystem
from prefect.serializers import Serializer

from tasks.core.arrays import ArraysError, pack
from tasks.core.entities import Asset
from tasks.core.errors import EngineMissing, Rejected
from tasks.results import ArraySerializer, CacheUnreadableError, ResultFiles

ASSET = Asset("a.bin", "x/y", bytes(range(256)))


def test_prefect_knows_the_serializer_by_its_name() -> None:
    assert isinstance(Serializer(type="likeness/arrays"), ArraySerializer)


def test_entities_come_back() -> None:
    serializer = ArraySerializer()
    assert serializer.loads(serializer.dumps(ASSET)) == ASSET
    assert serializer.loads(serializer.dumps((ASSET, ASSET))) == (ASSET, ASSET)


@pytest.mark.parametrize(
    "error",
    [Rejected("photo.dark", "Too dark.", measured=0.1, limit=0.2), EngineMissing("e.x", "None.")],
)
def test_our_errors_come_back(error: Any) -> None:
    serializer = ArraySerializer()
    back = serializer.loads(serializer.dumps(error))
    assert type(back) is type(error)
    assert str(back) == str(error)


def test_foreign_errors_come_back_as_words_only() -> None:
    serializer = ArraySerializer()
    back = serializer.loads(serializer.dumps(KeyError("x")))
    assert type(back) is RuntimeError
    assert str(back) == "KeyError: 'x'"


def test_a_value_without_a_place_is_refused() -> None:
    with pytest.raises(ArraysError):
        ArraySerializer().dumps(object())


def read(files: ResultFiles, key: str) -> bytes:
    return asyncio.run(files.aread_path(key))


def write(files: ResultFiles, key: str, content: bytes) -> None:
    asyncio.run(files.awrite_path(key, content))


def test_results_and_keys_share_a_folder(tmp_path: Path) -> None:
    results = ResultFiles(folder=tmp_path, checked=True)
    keys = ResultFiles(folder=tmp_path, suffix=".key")
    write(results, "stage/abc", pack(ASSET))
    write(keys, "stage/abc", b"{}")
    assert read(results, "stage/abc") == pack(ASSET)
    assert read(keys, "stage/abc") == b"{}"
    assert {p.name for p in (tmp_path / "stage").iterdir()} == {"abc", "abc.key"}


@pytest.mark.parametrize("damage", [None, b"", b"half", pack(ASSET)[:-1], b"\x80\x04pickle"])
def test_lost_or_damaged_results_are_unreadable(tmp_path: Path, damage: bytes | None) -> None:
    results = ResultFiles(folder=tmp_path, checked=True)
    if damage is not None:
        write(results, "stage/abc", damage)
    with pytest.raises(CacheUnreadableError):
        read(results, "stage/abc")


def test_any_saved_storage_block_will_do(tmp_path: Path, prefect_server: str) -> None:
    # The interface is Prefect's own; an S3 bucket is a block like this one.
    LocalFileSystem(basepath=str(tmp_path)).save("test-results", overwrite=True)
    results = ResultFiles(block="local-file-system/test-results", checked=True)
    write(results, "stage/abc", pack(ASSET))
    assert read(results, "stage/abc") == pack(ASSET)
    assert (tmp_path / "stage" / "abc").is_file()
    with pytest.raises(CacheUnreadableError):
        read(results, "stage/def")
