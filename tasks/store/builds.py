"""Build runs: claimed by an attempt, and closed by that attempt only."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from tasks.store.tables import (
    CODE_LENGTH,
    SENTENCE_LENGTH,
    BuildRun,
    BuildStatus,
    now,
)


class StaleAttemptError(RuntimeError):
    """A later attempt of this build has begun, or the build is over: this one must not write."""


def claim_build(session: Session, build_id: uuid.UUID, request: dict[str, Any]) -> int:
    """Begin a build, or take it over from an attempt that is thought dead.

    Args:
        session: within a transaction.
        build_id: the flow run's id.
        request: what to keep of the request.

    Returns:
        The attempt's number, from 1; whoever holds an earlier number can no longer write.
    """
    run = session.get(BuildRun, build_id, with_for_update=True)
    if run is None:
        run = BuildRun(
            id=build_id, attempt=1, status=BuildStatus.RUNNING, request=request, started_at=now()
        )
        session.add(run)
        session.flush()
        return 1
    run.attempt += 1
    run.status = BuildStatus.RUNNING
    run.request = request
    run.code = run.sentence = run.finished_at = None
    session.add(run)
    session.flush()
    return run.attempt


def close_build(
    session: Session,
    build_id: uuid.UUID,
    attempt: int,
    status: BuildStatus,
    *,
    code: str | None = None,
    sentence: str | None = None,
) -> None:
    """End a build, provided that this attempt still holds it.

    Raises:
        StaleAttemptError: it does not; nothing was changed.
    """
    result = session.execute(
        update(BuildRun)
        .where(
            col(BuildRun.id) == build_id,
            col(BuildRun.attempt) == attempt,
            col(BuildRun.status) == BuildStatus.RUNNING,
        )
        .values(
            status=status,
            code=code and code[:CODE_LENGTH],
            sentence=sentence and sentence[:SENTENCE_LENGTH],
            finished_at=now(),
        )
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]
        raise StaleAttemptError(
            f"build {build_id}: attempt {attempt} no longer holds it; its result is dropped"
        )
