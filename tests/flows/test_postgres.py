"""The database is PostgreSQL by one setting."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from infra.database import ensure_schema
from tasks.core.errors import Rejected
from tasks.store.database import connect
from tests.flows.standins import NO_FACE, StandIns
from tests.flows.test_avatar import build, photo
from tests.store.conftest import database_url, postgres_server

__all__ = ["database_url", "postgres_server"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_builds_are_recorded(
    home: Path, core: StandIns, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKENESS_DATABASE_URL", database_url)
    engine = connect(database_url)
    ensure_schema(engine)
    result = build(name="Ada")
    with pytest.raises(Rejected):
        build([photo(NO_FACE)])
    with engine.connect() as connection:
        found = connection.execute(text("SELECT id, name FROM avatar")).all()
        states = connection.execute(text("SELECT status, code FROM build_run ORDER BY status"))
        assert [tuple(row) for row in found] == [(result.avatar_id, "Ada")]
        assert [tuple(row) for row in states] == [
            ("published", None),
            ("rejected", "photo.no_face"),
        ]
    engine.dispose()
