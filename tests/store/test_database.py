"""Connecting: addresses, drivers, locks, moments in time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError

from infra.database import upgrade
from tasks.core.errors import EngineMissing
from tasks.store.database import connect, transaction
from tasks.store.tables import Avatar, BuildRun
from tests.store.builders import a_build


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = connect(f"sqlite:///{tmp_path}/folder/likeness.db", busy_timeout_ms=100)
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.mark.parametrize("url", ["", "likeness.db", "dbase://x/y", "postgresql+nodriver://x/y"])
def test_an_address_that_is_none_is_said_so(url: str) -> None:
    with pytest.raises(EngineMissing, match="LIKENESS_DATABASE_URL"):
        connect(url)


def test_sqlite_waits_in_wal_mode_with_foreign_keys(sqlite: Engine) -> None:
    with sqlite.connect() as connection:
        values = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    assert values == ["wal", 1, 100]


def test_a_locked_database_is_an_error_and_changes_nothing(sqlite: Engine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "folder" / "likeness.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction(sqlite) as session:
        session.add(a_build())
    other.execute("ROLLBACK")
    other.close()
    with transaction(sqlite) as session:
        session.add(a_build())


def test_readers_do_not_wait_for_a_writer(sqlite: Engine) -> None:
    with transaction(sqlite) as session:
        session.add(a_build())
        session.flush()
        with sqlite.connect() as reader:
            assert reader.execute(text("SELECT count(*) FROM build_run")).scalar() == 0


def test_a_block_that_raises_leaves_nothing(database: Engine) -> None:
    def broken() -> None:
        with transaction(database) as session:
            session.add(a_build())
            session.flush()
            raise RuntimeError("trouble")

    with pytest.raises(RuntimeError, match="trouble"):
        broken()
    with database.connect() as reader:
        assert reader.execute(text("SELECT count(*) FROM build_run")).scalar() == 0


def test_moments_come_back_in_utc(database: Engine) -> None:
    berlin = timezone(timedelta(hours=2))
    build = a_build(started_at=datetime(2026, 7, 1, 12, 0, 0, 123456, tzinfo=berlin))
    with transaction(database) as session:
        session.add(build)
    with transaction(database) as session:
        found = session.get(BuildRun, build.id)
        assert found is not None
        assert found.started_at == datetime(2026, 7, 1, 10, 0, 0, 123456, tzinfo=UTC)
        assert found.started_at.tzinfo is UTC


def test_a_moment_without_a_zone_is_refused(database: Engine) -> None:
    with (
        pytest.raises(StatementError, match="without a time zone"),
        transaction(database) as session,
    ):
        session.add(a_build(started_at=datetime(2026, 7, 1)))


@pytest.mark.parametrize("change", [{"status": "odd"}, {"attempt": 0}])
def test_the_database_holds_the_rules(database: Engine, change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.add(a_build(**change))


def test_an_avatar_needs_its_build(database: Engine) -> None:
    orphan = Avatar(build_run_id=a_build().id, name="x", created_at=datetime.now(UTC))
    with pytest.raises(IntegrityError), transaction(database) as session:
        session.add(orphan)
