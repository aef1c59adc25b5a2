"""The stage that makes everything the avatar shows: skin, eyes, hair, garment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tasks.core.entities import BodyFit, Figure, HeadFit, Landmarks, Photo, Skin, Subject
from tasks.models import ModelRef
from tasks.policy import stage


@stage("bake_skin")
async def bake_skin(
    model: ModelRef,
    photos: Sequence[Photo],
    subjects: Sequence[Subject],
    landmarks: Sequence[Landmarks],
    head: HeadFit,
    body: BodyFit,
    figure: Figure,
    size: int,
) -> Skin:
    """Bake the photos into textures and cut the figure into drawable parts."""
    from tasks.core.skin.bake import bake_skin as run
    from tasks.models import body_model

    return await asyncio.to_thread(
        run, body_model(model), photos, subjects, landmarks, head, body, figure, size=size
    )
