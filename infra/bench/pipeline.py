"""The build as plain function calls, stage by stage with its time: no flow, cache or storage."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ParamSpec, TypeVar

from tasks.core.body.compose import compose_figure
from tasks.core.body.fit import fit_body
from tasks.core.body.model import BodyModel
from tasks.core.entities import (
    Asset,
    BodyFit,
    Figure,
    HeadFit,
    Landmarks,
    Photo,
    RiggedAvatar,
    Skin,
    Subject,
)
from tasks.core.gltf.write import write_glb
from tasks.core.head.fit import fit_head
from tasks.core.landmarks.engine import LandmarkEngine
from tasks.core.landmarks.find import find_landmarks
from tasks.core.person import Person
from tasks.core.photo.admit import admit_photo
from tasks.core.photo.isolate import isolate_subject
from tasks.core.picture.contact import take_pictures
from tasks.core.rig.rig import rig_avatar
from tasks.core.skin.bake import bake_skin

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Build:
    """Every stage's result for one photo, and seconds by stage in the order they ran."""

    photo: Photo
    subject: Subject
    landmarks: Landmarks
    head: HeadFit
    body: BodyFit
    figure: Figure
    skin: Skin
    rigged: RiggedAvatar
    glb: Asset
    thumbnail: Asset
    contact_sheet: Asset
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """Seconds of all stages."""
        return sum(self.seconds.values())


def build(
    model: BodyModel,
    engine: LandmarkEngine,
    source: Path | bytes,
    *,
    person: Person | None = None,
    skin_size: int = 2048,
    pose: str = "A",
) -> Build:
    """Build one avatar from one photo.

    Raises:
        Rejected: the photo cannot be used.
        EngineMissing: this machine lacks something.
    """
    seconds: dict[str, float] = {}

    def timed(stage: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        started = time.perf_counter()
        result = stage(*args, **kwargs)
        seconds[stage.__name__] = time.perf_counter() - started
        return result

    stated = person or Person()
    photo = timed(admit_photo, source)
    subject = timed(isolate_subject, photo, engine=engine)
    landmarks = timed(find_landmarks, photo, subject, engine=engine)
    head = timed(fit_head, model, [photo], [landmarks], stated)
    body = timed(fit_body, model, [photo], [subject], [landmarks], stated)
    figure = timed(compose_figure, model, head, body)
    skin = timed(
        bake_skin, model, [photo], [subject], [landmarks], head, body, figure, size=skin_size
    )
    rigged = timed(rig_avatar, model, figure, skin, pose=pose)
    glb = timed(write_glb, rigged)
    thumbnail, sheet = timed(take_pictures, glb, photo)
    return Build(
        photo, subject, landmarks, head, body, figure, skin, rigged, glb, thumbnail, sheet, seconds
    )
