"""Publishing: everything, or nothing that anyone can see."""

from __future__ import annotations

import errno
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError

from tasks.core.entities import Asset
from tasks.store import avatars
from tasks.store.avatars import Published, find_avatar, publish
from tasks.store.builds import StaleAttemptError, claim_build
from tasks.store.database import transaction
from tasks.store.files import FolderStore
from tests.store.builders import a_photo, assets

ROWS = ("avatar", "photo", "asset")


def claim(database: Engine) -> dict[str, Any]:
    build = uuid.uuid4()
    with transaction(database) as session:
        return {"build_id": build, "attempt": claim_build(session, build, {"name": "Ada"})}


def put(database: Engine, files: FolderStore, claimed: dict[str, Any], **change: Any) -> Published:
    values: dict[str, Any] = {
        "owner": "u1",
        "name": "Ada",
        "photos": [a_photo(1), a_photo(2)],
        "assets": assets(),
    }
    return publish(database, files, **claimed, **{**values, **change})


def visible(database: Engine) -> dict[str, int]:
    with database.connect() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()
            for name in ROWS
        }


def test_what_is_published_is_found(database: Engine, tmp_path: Path) -> None:
    files = FolderStore(tmp_path)
    published = put(database, files, claim(database))
    with transaction(database) as session:
        found = find_avatar(session, published.avatar_id)
    assert found is not None
    assert (found.avatar.owner, found.avatar.name) == ("u1", "Ada")
    assert found.build.status == "published"
    assert [(p.position, p.width, p.height) for p in found.photos] == [(0, 6, 4), (1, 6, 4)]
    assert [a.name for a in found.assets] == ["avatar.glb", "thumbnail.png"]
    for row, stored, asset in zip(found.assets, published.assets, assets(), strict=True):
        assert row.sha256 == stored.sha256
        assert files.get(row.sha256) == asset.data
        assert row.size == len(asset.data)


def test_nobody_is_found_under_an_unknown_id(database: Engine) -> None:
    with transaction(database) as session:
        assert find_avatar(session, uuid.uuid4()) is None


def test_an_attempt_that_was_overtaken_publishes_nothing(database: Engine, tmp_path: Path) -> None:
    files = FolderStore(tmp_path)
    old = claim(database)
    with transaction(database) as session:
        new = claim_build(session, old["build_id"], {})
    with pytest.raises(StaleAttemptError):
        put(database, files, old)
    assert visible(database) == dict.fromkeys(ROWS, 0)
    put(database, files, {**old, "attempt": new})
    assert visible(database) == {"avatar": 1, "photo": 2, "asset": 2}


def test_publishing_again_under_the_same_claim_gives_the_same_avatar(
    database: Engine, tmp_path: Path
) -> None:
    claimed = claim(database)
    first = put(database, FolderStore(tmp_path), claimed)
    assert put(database, FolderStore(tmp_path), claimed) == first
    assert visible(database) == {"avatar": 1, "photo": 2, "asset": 2}


def test_a_crash_before_the_commit_leaves_nothing(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def killed(**_values: Any) -> None:
        raise Killed

    claimed = claim(database)
    # The last rows before the commit.
    monkeypatch.setattr(avatars, "AssetRow", killed)
    with pytest.raises(Killed):
        put(database, FolderStore(tmp_path), claimed)
    assert visible(database) == dict.fromkeys(ROWS, 0)
    monkeypatch.undo()
    put(database, FolderStore(tmp_path), claimed)
    assert visible(database) == {"avatar": 1, "photo": 2, "asset": 2}


def test_a_full_disk_leaves_nothing(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    claimed = claim(database)
    monkeypatch.setattr("tasks.store.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        put(database, FolderStore(tmp_path), claimed)
    assert visible(database) == dict.fromkeys(ROWS, 0)
    assert [path for path in tmp_path.rglob("*") if path.is_file() and ".db" not in path.name] == []


def test_two_assets_of_one_name_are_refused_whole(database: Engine, tmp_path: Path) -> None:
    twice = [Asset("a", "x/y", b"1"), Asset("a", "x/y", b"2")]
    with pytest.raises(IntegrityError):
        put(database, FolderStore(tmp_path), claim(database), assets=twice)
    assert visible(database) == dict.fromkeys(ROWS, 0)
