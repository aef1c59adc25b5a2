"""The tables: build run, avatar, photo, asset.

Photos' pixels are not kept. Gender and age stand only in the request, as the caller stated them.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Column, DateTime, Dialect, Index, UniqueConstraint
from sqlalchemy.types import TypeDecorator
from sqlmodel import Field, SQLModel

# Constraints get the same names from the models and from migrations on every database.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

NAME_LENGTH = 200
SHA256_LENGTH = 64
MEDIA_TYPE_LENGTH = 100
CODE_LENGTH = 100
SENTENCE_LENGTH = 2000


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no zone: it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone is ambiguous")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Always with the zone UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class BuildStatus(StrEnum):
    """running → published, rejected (bad input) or failed (trouble of ours)."""

    RUNNING = "running"
    PUBLISHED = "published"
    REJECTED = "rejected"
    FAILED = "failed"


class BuildRun(SQLModel, table=True):
    """One build, however often it was attempted; its id is the flow run's.

    attempt: counts up each time the build is begun; only the latest may publish.
    request: as asked for, photos by their SHA-256. code, sentence: why it was rejected or failed.
    """

    __tablename__ = "build_run"
    __table_args__ = (
        CheckConstraint(
            "status IN ('running', 'published', 'rejected', 'failed')", name="status_known"
        ),
        CheckConstraint("attempt >= 1", name="attempt_positive"),
        Index(None, "status", "started_at"),
    )

    id: uuid.UUID = Field(primary_key=True)
    attempt: int = Field(nullable=False)
    status: str = Field(max_length=20, nullable=False)
    request: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    code: str | None = Field(default=None, max_length=CODE_LENGTH)
    sentence: str | None = Field(default=None, max_length=SENTENCE_LENGTH)
    started_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime()))


class Avatar(SQLModel, table=True):
    """A finished avatar. owner: whose it is, as the caller named them."""

    __tablename__ = "avatar"
    __table_args__ = (
        UniqueConstraint("build_run_id"),
        Index(None, "owner", "name"),
        Index(None, "created_at"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    build_run_id: uuid.UUID = Field(foreign_key="build_run.id", nullable=False)
    owner: str | None = Field(default=None, max_length=NAME_LENGTH)
    name: str = Field(max_length=NAME_LENGTH, nullable=False)
    created_at: datetime = Field(sa_column=Column(UtcDateTime(), nullable=False))


class PhotoRow(SQLModel, table=True):
    """A photo that an avatar was made from. position: its place in the request, from 0."""

    __tablename__ = "photo"
    __table_args__ = (
        UniqueConstraint("avatar_id", "position"),
        CheckConstraint("position >= 0", name="position_natural"),
        Index(None, "sha256"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    avatar_id: uuid.UUID = Field(foreign_key="avatar.id", nullable=False)
    position: int = Field(nullable=False)
    sha256: str = Field(max_length=SHA256_LENGTH, nullable=False)
    media_type: str = Field(max_length=MEDIA_TYPE_LENGTH, nullable=False)
    width: int = Field(nullable=False)
    height: int = Field(nullable=False)


class AssetRow(SQLModel, table=True):
    """A file of an avatar; its bytes lie in the content store under `sha256`."""

    __tablename__ = "asset"
    __table_args__ = (
        UniqueConstraint("avatar_id", "name"),
        CheckConstraint("size >= 0", name="size_natural"),
        Index(None, "sha256"),
    )

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    avatar_id: uuid.UUID = Field(foreign_key="avatar.id", nullable=False)
    name: str = Field(max_length=NAME_LENGTH, nullable=False)
    media_type: str = Field(max_length=MEDIA_TYPE_LENGTH, nullable=False)
    sha256: str = Field(max_length=SHA256_LENGTH, nullable=False)
    size: int = Field(nullable=False)
