"""Avatars: written in one transaction, read back whole."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from tasks.core.entities import Asset, Photo
from tasks.store.builds import close_build
from tasks.store.database import transaction
from tasks.store.files import ContentStore
from tasks.store.tables import AssetRow, Avatar, BuildRun, BuildStatus, PhotoRow, now


@dataclass(frozen=True)
class StoredAsset:
    """A file of a published avatar. location: a path or an address."""

    name: str
    media_type: str
    sha256: str
    size: int
    location: str


@dataclass(frozen=True)
class Published:
    """What publishing gave. assets: in the order given."""

    avatar_id: uuid.UUID
    assets: tuple[StoredAsset, ...]


@dataclass(frozen=True)
class StoredAvatar:
    """An avatar as the store has it."""

    avatar: Avatar
    build: BuildRun
    photos: tuple[PhotoRow, ...]
    assets: tuple[AssetRow, ...]


def publish(
    engine: Engine,
    files: ContentStore,
    *,
    build_id: uuid.UUID,
    attempt: int,
    owner: str | None,
    name: str,
    photos: Sequence[Photo],
    assets: Sequence[Asset],
) -> Published:
    """Make an avatar visible: first all its files, durably, then one transaction.

    A crash before the commit leaves nothing but files that no row points at. Publishing again
    under the same claim (the answer to the commit was lost) gives the avatar that is there.

    Args:
        engine: the database.
        files: where bytes go.
        build_id, attempt: the claim under which this is written.
        owner, name: of the avatar.
        photos: what it was made from, in the order of the request.
        assets: its files; names differ.

    Raises:
        StaleAttemptError: the claim was lost; nothing became visible.
        OSError: a file could not be written; nothing became visible.
        sqlalchemy.exc.SQLAlchemyError: the database refused; nothing became visible.
    """
    stored = [
        StoredAsset(a.name, a.media_type, digest, len(a.data), files.location(digest))
        for a in assets
        for digest in [files.put(a.data)]
    ]
    avatar = Avatar(build_run_id=build_id, owner=owner, name=name, created_at=now())
    with transaction(engine) as session:
        if (done := _published(session, build_id, attempt)) is not None:
            return Published(done, tuple(stored))
        # The claim is checked first, and its row stays locked until the commit.
        close_build(session, build_id, attempt, BuildStatus.PUBLISHED)
        session.add(avatar)
        session.flush()
        session.add_all(
            PhotoRow(
                avatar_id=avatar.id,
                position=position,
                sha256=photo.sha256,
                media_type=photo.media_type,
                width=photo.pixels.shape[1],
                height=photo.pixels.shape[0],
            )
            for position, photo in enumerate(photos)
        )
        session.add_all(
            AssetRow(
                avatar_id=avatar.id,
                name=asset.name,
                media_type=asset.media_type,
                sha256=asset.sha256,
                size=asset.size,
            )
            for asset in stored
        )
    return Published(avatar.id, tuple(stored))


def find_avatar(session: Session, avatar_id: uuid.UUID) -> StoredAvatar | None:
    """An avatar with its build, photos (by position) and assets (by name)."""
    avatar = session.get(Avatar, avatar_id)
    if avatar is None:
        return None
    build = session.get(BuildRun, avatar.build_run_id)
    assert build is not None  # the foreign key says so
    photos = session.exec(
        select(PhotoRow).where(PhotoRow.avatar_id == avatar_id).order_by(col(PhotoRow.position))
    ).all()
    assets = session.exec(
        select(AssetRow).where(AssetRow.avatar_id == avatar_id).order_by(col(AssetRow.name))
    ).all()
    return StoredAvatar(avatar, build, tuple(photos), tuple(assets))


def _published(session: Session, build_id: uuid.UUID, attempt: int) -> uuid.UUID | None:
    """The avatar that this very attempt has published already."""
    build = session.get(BuildRun, build_id, with_for_update=True)
    if build is None or build.attempt != attempt or build.status != BuildStatus.PUBLISHED:
        return None
    return session.exec(select(Avatar.id).where(col(Avatar.build_run_id) == build_id)).one()
