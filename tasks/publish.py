"""The last stage: claim the build, put its files in place, make the avatar visible."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from blocks.asset_store import AssetStore
from tasks.core.entities import Asset, Photo
from tasks.core.errors import EngineMissing, Rejected
from tasks.policy import stage
from tasks.store.avatars import Published, publish
from tasks.store.builds import StaleAttemptError, claim_build, close_build
from tasks.store.database import connect, transaction
from tasks.store.files import FolderStore
from tasks.store.tables import BuildStatus

# How SQLite and PostgreSQL name a table that is not there.
_NO_TABLE = ("no such table", "UndefinedTable", "does not exist", "no such column")


@dataclass(frozen=True)
class Claim:
    """The right to publish one build; a later attempt takes it away."""

    engine: Engine
    build_id: uuid.UUID
    attempt: int


@asynccontextmanager
async def claimed_build(
    database_url: str, build_id: uuid.UUID, request: dict[str, Any]
) -> AsyncIterator[Claim]:
    """Hold a build while it is made, and record how it ended where it was not published.

    Raises:
        EngineMissing: the database has no or an older schema, or cannot be used at all.
        Exception: whatever ended the block.
    """
    engine = connect(database_url)
    try:
        attempt = await asyncio.to_thread(_claim, engine, build_id, request)
        try:
            yield Claim(engine, build_id, attempt)
        except Rejected as error:
            await _record(engine, build_id, attempt, BuildStatus.REJECTED, error)
            raise
        except (Exception, asyncio.CancelledError) as error:
            await _record(engine, build_id, attempt, BuildStatus.FAILED, error)
            raise
    finally:
        engine.dispose()


@stage("publish_avatar", cached=False)
async def publish_avatar(
    claim: Claim,
    store: AssetStore,
    owner: str | None,
    name: str,
    photos: Sequence[Photo],
    assets: Sequence[Asset],
) -> Published:
    """Put every file in place, then make the avatar visible in one transaction."""
    return await asyncio.to_thread(
        publish,
        claim.engine,
        FolderStore(store.folder),
        build_id=claim.build_id,
        attempt=claim.attempt,
        owner=owner,
        name=name,
        photos=photos,
        assets=assets,
    )


def _claim(engine: Engine, build_id: uuid.UUID, request: dict[str, Any]) -> int:
    try:
        with transaction(engine) as session:
            return claim_build(session, build_id, request)
    except DBAPIError as error:
        if any(word in str(error) for word in _NO_TABLE):
            raise EngineMissing(
                "store.schema",
                "The database has not been prepared for this version; run "
                "`likeness database upgrade`.",
            ) from error
        raise


async def _record(
    engine: Engine, build_id: uuid.UUID, attempt: int, status: BuildStatus, error: BaseException
) -> None:
    """Note how the build ended; never hides the error that ended it."""
    code = getattr(error, "code", None)
    sentence = getattr(error, "sentence", None) or f"{type(error).__name__}: {error}"

    def write() -> None:
        with transaction(engine) as session:
            close_build(
                session,
                build_id,
                attempt,
                status,
                code=code if isinstance(code, str) else None,
                sentence=sentence,
            )

    try:
        await asyncio.to_thread(write)
    except (StaleAttemptError, SQLAlchemyError) as trouble:
        error.add_note(f"and the build's end could not be recorded: {trouble}")
