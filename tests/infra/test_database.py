"""Migrations: forward, back, and in step with the models, on both databases."""

from __future__ import annotations

import threading

import pytest
from alembic.util import CommandError
from sqlalchemy import Engine, inspect, text

from infra.database import (
    current_revision,
    differences,
    downgrade,
    ensure_schema,
    head_revision,
    upgrade,
)
from tasks.store.database import connect

TABLES = {"build_run", "avatar", "photo", "asset"}


def tables(engine: Engine) -> set[str]:
    return set(inspect(engine).get_table_names()) - {"alembic_version"}


def test_forward_back_and_forward_again(empty: Engine) -> None:
    assert current_revision(empty) is None
    upgrade(empty)
    assert tables(empty) == TABLES
    assert current_revision(empty) == head_revision()
    downgrade(empty, "base")
    assert tables(empty) == set()
    assert current_revision(empty) is None
    upgrade(empty)
    assert tables(empty) == TABLES


def test_models_and_migrations_agree(database: Engine) -> None:
    assert differences(database) == []


def test_a_difference_would_be_seen(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("ALTER TABLE avatar ADD COLUMN stray INTEGER"))
    assert any("stray" in str(found) for found in differences(database))


def test_constraints_have_the_names_of_the_models(database: Engine) -> None:
    found = inspect(database)
    assert [u["name"] for u in found.get_unique_constraints("asset")] == ["uq_asset_avatar_id_name"]
    assert {c["name"] for c in found.get_check_constraints("build_run")} == {
        "ck_build_run_status_known",
        "ck_build_run_attempt_positive",
    }


def test_ensuring_twice_changes_nothing(empty: Engine) -> None:
    ensure_schema(empty)
    ensure_schema(empty)
    assert current_revision(empty) == head_revision()


def test_a_database_from_the_future_is_refused(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(CommandError):
        ensure_schema(database)


def test_two_processes_may_upgrade_at_once(database_url: str) -> None:
    errors: list[BaseException] = []

    def run() -> None:
        engine = connect(database_url)
        try:
            ensure_schema(engine)
        except BaseException as error:
            errors.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine = connect(database_url)
    assert (errors, tables(engine)) == ([], TABLES)
    engine.dispose()
