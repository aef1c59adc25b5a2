"""The database's schema: brought up to date, taken back, compared with the models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlmodel import SQLModel

from tasks.store import tables
from tasks.store.database import writing

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as it stays the same: "like" in ASCII.
_LOCK_KEY = 0x6C696B65


def head_revision() -> str:
    """The newest schema that this version knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None  # the package carries its migrations
    return head


def current_revision(engine: Engine) -> str | None:
    """The schema that the database has; None where it has none."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema up to a revision, in one transaction.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refused; nothing was changed.
        alembic.util.CommandError: the database is of a later version than this one knows.
    """
    with _alone(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Take the schema back to a revision (`base`: none), in one transaction. Data is lost."""
    with _alone(engine) as connection:
        command.downgrade(_config(connection), revision)


def ensure_schema(engine: Engine) -> None:
    """Upgrade where the schema is not the newest; costs one query where it is."""
    if current_revision(engine) != head_revision():
        upgrade(engine)


def differences(engine: Engine) -> list[Any]:
    """What the models have that the database has not, and the other way round."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, tables.SQLModel.metadata))


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction that no other migration of the same database runs beside."""
    with writing(engine).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
        yield connection


def _config(connection: Any = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    config.attributes["target_metadata"] = SQLModel.metadata
    return config
