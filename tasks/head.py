"""The stage that fits the head."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tasks.core.entities import HeadFit, Landmarks, Photo
from tasks.core.person import Person
from tasks.models import ModelRef
from tasks.policy import stage


@stage("fit_head")
async def fit_head(
    model: ModelRef, photos: Sequence[Photo], landmarks: Sequence[Landmarks], person: Person
) -> HeadFit:
    """Fit identity, expressions and cameras of the head to all photos together."""
    from tasks.core.head.fit import fit_head as run
    from tasks.models import body_model

    return await asyncio.to_thread(run, body_model(model), photos, landmarks, person)
