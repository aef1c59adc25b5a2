"""Stages that look at one photo: admit it, cut out the person, find the landmarks."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tasks.core.entities import Landmarks, Photo, Subject
from tasks.core.photo.limits import PhotoLimits
from tasks.models import EngineRef
from tasks.policy import stage


def read_photo(path: str | None, data: str | None, limits: PhotoLimits) -> bytes:
    """The bytes of a photo given as a path, or as base64 or a data URL.

    Raises:
        Rejected: see `read_source`.
    """
    from tasks.core.photo.data_url import decode_base64, is_data_url
    from tasks.core.photo.source import read_source

    if path is not None:
        return read_source(Path(path), limits=limits).data
    text = data or ""
    # Text that came as data is never taken for a path.
    if text.strip() and not is_data_url(text):
        return read_source(decode_base64(text, max_bytes=limits.file_bytes), limits=limits).data
    return read_source(text, limits=limits).data


@stage("admit_photo")
async def admit_photo(data: bytes, limits: PhotoLimits) -> Photo:
    """Decode and check a photo: upright, sRGB, without metadata."""
    from tasks.core.photo.admit import admit_photo as run

    return await asyncio.to_thread(run, data, limits=limits)


@stage("isolate_subject")
async def isolate_subject(photo: Photo, engine: EngineRef) -> Subject:
    """Cut the person out of the photo."""
    from tasks.core.photo.isolate import isolate_subject as run
    from tasks.models import landmark_engine

    return await asyncio.to_thread(run, photo, engine=landmark_engine(engine))


@stage("find_landmarks")
async def find_landmarks(photo: Photo, subject: Subject, engine: EngineRef) -> Landmarks:
    """Find the face's and the body's landmarks, and judge the face's quality."""
    from tasks.core.landmarks.find import find_landmarks as run
    from tasks.models import landmark_engine

    return await asyncio.to_thread(run, photo, subject, engine=landmark_engine(engine))
