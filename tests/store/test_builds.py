"""Claims: the latest attempt writes, earlier ones cannot."""

from __future__ import annotations

import uuid

import pytest
from sqlalchemy import Engine

from tasks.store.builds import StaleAttemptError, claim_build, close_build
from tasks.store.database import transaction
from tasks.store.tables import CODE_LENGTH, BuildRun, BuildStatus


def claim(database: Engine, build: uuid.UUID) -> int:
    with transaction(database) as session:
        return claim_build(session, build, {"name": "Ada"})


def close(database: Engine, build: uuid.UUID, attempt: int, status: BuildStatus) -> None:
    with transaction(database) as session:
        close_build(session, build, attempt, status, code="c" * 500, sentence="s")


def row(database: Engine, build: uuid.UUID) -> BuildRun:
    with transaction(database) as session:
        found = session.get(BuildRun, build)
        assert found is not None
        return found


def test_attempts_count_up(database: Engine) -> None:
    build = uuid.uuid4()
    assert [claim(database, build) for _ in range(3)] == [1, 2, 3]
    assert claim(database, uuid.uuid4()) == 1


def test_only_the_latest_attempt_may_close(database: Engine) -> None:
    build = uuid.uuid4()
    old, new = claim(database, build), claim(database, build)
    with pytest.raises(StaleAttemptError):
        close(database, build, old, BuildStatus.FAILED)
    assert row(database, build).status == BuildStatus.RUNNING
    close(database, build, new, BuildStatus.REJECTED)
    found = row(database, build)
    assert (found.status, found.sentence) == (BuildStatus.REJECTED, "s")
    assert found.code == "c" * CODE_LENGTH
    assert found.finished_at is not None


def test_a_build_is_closed_once(database: Engine) -> None:
    build = uuid.uuid4()
    attempt = claim(database, build)
    close(database, build, attempt, BuildStatus.FAILED)
    with pytest.raises(StaleAttemptError):
        close(database, build, attempt, BuildStatus.REJECTED)


def test_a_new_attempt_reopens_and_forgets_why_it_failed(database: Engine) -> None:
    build = uuid.uuid4()
    close(database, build, claim(database, build), BuildStatus.FAILED)
    claim(database, build)
    found = row(database, build)
    assert (found.status, found.code, found.finished_at) == (BuildStatus.RUNNING, None, None)
