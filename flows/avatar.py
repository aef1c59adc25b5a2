"""Photos → avatar."""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from typing import Any

from prefect import flow
from prefect.runtime import flow_run

from blocks import AssetStore, BodyModelConfig, Database, Settings
from flows.requests import (
    BuildAvatarRequest,
    BuildResult,
    BuildWarning,
    BuiltAsset,
    PhotoSource,
    StageTiming,
)
from tasks.artifacts import show_build
from tasks.body import compose_figure, fit_body, measure_body
from tasks.core.entities import BodyFit, Landmarks, Notice, Photo, Subject
from tasks.core.manifest import distinct, manifest_asset, measurements_asset
from tasks.core.photo.limits import PhotoLimits
from tasks.core.photo.names import safe_name
from tasks.export import export_avatar
from tasks.head import fit_head
from tasks.models import EngineRef, ModelRef, refer_to_engine, refer_to_model
from tasks.photos import admit_photo, find_landmarks, isolate_subject, read_photo
from tasks.picture import take_pictures
from tasks.provenance import made_by
from tasks.publish import claimed_build, publish_avatar
from tasks.rig import rig_avatar
from tasks.runner import StageRunner, all_of, both, runner_for
from tasks.skin import bake_skin
from tasks.store.avatars import Published

DEFAULT_NAME = "avatar"
# What an avatar takes of its body model beyond shape and skinning.
NEEDS = ("expressions", "landmarks", "uv", "helpers")
STAGES = (
    admit_photo,
    isolate_subject,
    find_landmarks,
    fit_head,
    fit_body,
    compose_figure,
    measure_body,
    bake_skin,
    rig_avatar,
    export_avatar,
    take_pictures,
)


@dataclass(frozen=True)
class View:
    """What one photo shows."""

    photo: Photo
    subject: Subject
    landmarks: Landmarks


@flow(name="build_avatar", persist_result=True, result_serializer="json", log_prints=False)
async def build_avatar(request: BuildAvatarRequest) -> BuildResult:
    """Build a rigged, textured, expressive avatar from photos of one person.

    The run fails with the code and sentence of a `Rejected` where the input cannot be used.
    """
    started = time.perf_counter()
    settings = Settings()
    run = runner_for(
        folder=settings.results_folder, block=settings.result_storage, refresh=request.refresh
    )
    database = await Database.configured(settings)
    build_id = uuid.UUID(flow_run.id) if flow_run.id else uuid.uuid4()
    name = safe_name(request.name or DEFAULT_NAME, default=DEFAULT_NAME)

    async with claimed_build(database.url.get_secret_value(), build_id, request.record()) as claim:
        person = request.person()
        model, engine = await both(
            choose_model(settings, request), choose_engine(settings, request)
        )
        views = await all_of(
            see(run, source, limits_of(settings), engine) for source in request.photos
        )
        photos = [view.photo for view in views]
        subjects = [view.subject for view in views]
        landmarks = [view.landmarks for view in views]

        # A head does not depend on the height: stating another one leaves it cached.
        head, body = await both(
            run(fit_head, model, photos, landmarks, person.without_size()),
            run(fit_body, model, photos, subjects, landmarks, person),
        )
        figure, measurements = await both(
            run(compose_figure, model, head, body), run(measure_body, model, body)
        )
        skin = await run(
            bake_skin, model, photos, subjects, landmarks, head, body, figure, int(request.skin)
        )
        rigged = await run(rig_avatar, model, figure, skin, str(request.pose))
        glb = await run(export_avatar, rigged)
        thumbnail, sheet = await run(take_pictures, glb, photos[0])

        checks = [c for v in views for c in (*v.photo.checks, *v.landmarks.checks)] + [*skin.checks]
        notices = notices_of(views, head, body, measurements, skin, rigged)
        files = [glb, measurements_asset(measurements), thumbnail, sheet]
        manifest = manifest_asset(
            request={**request.record(), "name": name},
            photos=photos,
            assets=files,
            checks=checks,
            notices=notices,
            made_by=made_by([stage.fn for stage in STAGES], model, engine),
            run={"build_id": str(build_id), "stages": [t.model_dump() for t in timings_of(run)]},
        )
        published = await run(
            publish_avatar,
            claim,
            await AssetStore.configured(settings),
            request.user,
            name,
            photos,
            [*files, manifest],
        )
    await show_build(
        name=name,
        sheet=sheet,
        assets=published.assets,
        checks=checks,
        notices=notices,
        runs=run.runs,
    )
    return result_of(build_id, name, body, published, notices, run, time.perf_counter() - started)


async def see(
    run: StageRunner, source: PhotoSource, limits: PhotoLimits, engine: EngineRef
) -> View:
    """The stages of one photo."""
    data = await asyncio.to_thread(read_photo, source.path, source.data, limits)
    photo = await run(admit_photo, data, limits)
    subject = await run(isolate_subject, photo, engine)
    landmarks = await run(find_landmarks, photo, subject, engine)
    return View(photo, subject, landmarks)


async def choose_model(settings: Settings, request: BuildAvatarRequest) -> ModelRef:
    """The body model that the request or the settings ask for."""
    config = await BodyModelConfig.configured(settings)
    kind = request.body_model or config.kind
    return await asyncio.to_thread(refer_to_model, kind, config.cache_dir, config.models_dir, NEEDS)


async def choose_engine(settings: Settings, request: BuildAvatarRequest) -> EngineRef:
    """The landmark engine that the request or the settings ask for."""
    setting = request.landmark_engine or settings.landmark_engine
    return await asyncio.to_thread(refer_to_engine, setting, settings.models_folder)


def limits_of(settings: Settings) -> PhotoLimits:
    """The intake's limits as they are set on this machine."""
    return PhotoLimits(
        file_bytes=settings.photo_max_bytes,
        decoded_pixels=settings.photo_max_pixels,
        min_side=settings.photo_min_side,
        max_side=settings.photo_max_side,
    )


def notices_of(views: list[View], *results: Any) -> list[Notice]:
    """Everything that the stages had to say, each once, in the order of the stages."""
    seen = [part for view in views for part in (view.photo, view.subject, view.landmarks)]
    return distinct([notice for part in (*seen, *results) for notice in part.notices])


def timings_of(run: StageRunner) -> list[StageTiming]:
    """The stages that have ended so far."""
    return [
        StageTiming(stage=r.name, seconds=round(r.seconds, 4), cached=r.cached) for r in run.runs
    ]


def result_of(
    build_id: uuid.UUID,
    name: str,
    body: BodyFit,
    published: Published,
    notices: list[Notice],
    run: StageRunner,
    seconds: float,
) -> BuildResult:
    """What the caller gets."""
    return BuildResult(
        avatar_id=published.avatar_id,
        build_id=build_id,
        name=name,
        height_cm=round(body.height_m * 100, 1),
        height_stated=body.height_given,
        assets=[BuiltAsset(**vars(asset)) for asset in published.assets],
        warnings=[BuildWarning(code=n.code, sentence=n.sentence) for n in notices],
        stages=timings_of(run),
        seconds=round(seconds, 3),
    )
