"""Connecting: SQLite in a file by default, PostgreSQL by its address."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlmodel import Session

from tasks.core.errors import EngineMissing

# How long a writer waits for another one, in milliseconds; a publish takes some 10 ms.
BUSY_TIMEOUT_MS = 10_000
# A PostgreSQL that does not answer is away; in seconds.
CONNECT_TIMEOUT_S = 10
_WRITES = "likeness_writes"
# Between two tries at the write-ahead log: another process holds the file for some milliseconds.
_SWITCH_PAUSE_S = 0.01


def connect(url: str, *, busy_timeout_ms: int | None = None) -> Engine:
    """An engine for `sqlite:///…` or `postgresql://…`; nothing is opened yet.

    SQLite runs in WAL mode with foreign keys on, and its folder is made. A plain `postgresql://`
    means the psycopg driver.

    Raises:
        EngineMissing: the address is none, or its driver is not installed.
    """
    try:
        address = make_url(url)
        if address.drivername in ("postgresql", "postgres"):
            address = address.set(drivername="postgresql+psycopg")
        if address.get_backend_name() == "sqlite":
            return _sqlite(address, BUSY_TIMEOUT_MS if busy_timeout_ms is None else busy_timeout_ms)
        return create_engine(
            address, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_TIMEOUT_S}
        )
    except (ArgumentError, NoSuchModuleError) as error:
        raise EngineMissing(
            "store.database_url",
            "The database address is not understood; give sqlite:///FILE or "
            "postgresql://USER@HOST/NAME (LIKENESS_DATABASE_URL).",
        ) from error
    except ImportError as error:
        raise EngineMissing(
            "store.database_driver",
            f"The database's driver is not installed ({error.name}): pip install "
            "'likeness[postgres]'.",
        ) from error


def _sqlite(address: Any, busy_timeout_ms: int) -> Engine:
    if address.database and address.database != ":memory:":
        Path(address.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
        address = address.set(database=str(Path(address.database).expanduser()))
    engine = create_engine(address, connect_args={"timeout": busy_timeout_ms / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # The driver would begin transactions late and not at all before DDL; SQLAlchemy does it.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {int(busy_timeout_ms)}")
        _write_ahead(cursor, busy_timeout_ms)
        cursor.execute("PRAGMA foreign_keys = ON")
        # FULL makes a commit survive a power cut; the files it points at do as well.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        # A transaction that reads first and then writes cannot wait for the lock in WAL mode, so
        # one that will write takes the lock at once.
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _write_ahead(cursor: Any, busy_timeout_ms: int) -> None:
    """Switch to the write-ahead log, waiting for other connections.

    The switch itself needs the file alone and, unlike any other statement, does not heed the busy
    timeout (https://www.sqlite.org/wal.html, "Activating and configuring").
    """
    deadline = time.monotonic() + busy_timeout_ms / 1000
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= deadline:
                raise
            time.sleep(_SWITCH_PAUSE_S)


def writing(engine: Engine) -> Engine:
    """The same engine, whose transactions take SQLite's write lock when they begin."""
    return engine.execution_options(**{_WRITES: True})


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """A session for writing that commits when the block ends, and rolls back when it raises."""
    with Session(writing(engine), expire_on_commit=False) as session, session.begin():
        yield session
