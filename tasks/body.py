"""Stages of the body: fit it, join head and body, measure."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tasks.core.entities import (
    BodyFit,
    Figure,
    HeadFit,
    Landmarks,
    Measurements,
    Photo,
    Subject,
)
from tasks.core.person import Person
from tasks.models import ModelRef
from tasks.policy import stage


@stage("fit_body")
async def fit_body(
    model: ModelRef,
    photos: Sequence[Photo],
    subjects: Sequence[Subject],
    landmarks: Sequence[Landmarks],
    person: Person,
) -> BodyFit:
    """Fit pose, proportions and silhouette to whatever of the body is seen."""
    from tasks.core.body.fit import fit_body as run
    from tasks.models import body_model

    return await asyncio.to_thread(run, body_model(model), photos, subjects, landmarks, person)


@stage("compose_figure")
async def compose_figure(model: ModelRef, head: HeadFit, body: BodyFit) -> Figure:
    """Join head and body, soles on the ground, at the true height."""
    from tasks.core.body.compose import compose_figure as run
    from tasks.models import body_model

    return await asyncio.to_thread(run, body_model(model), head, body)


@stage("measure_body")
async def measure_body(model: ModelRef, body: BodyFit) -> Measurements:
    """Measure the body."""
    from tasks.core.body.measure import measure_body as run
    from tasks.models import body_model

    return await asyncio.to_thread(run, body_model(model), body)
