"""Stand-ins for the core: small, instant, and counted. They look like results, no more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from tasks import models
from tasks.core.entities import (
    Asset,
    BodyFit,
    Camera,
    Check,
    Figure,
    HeadFit,
    Landmarks,
    Material,
    Measurement,
    Measurements,
    MeshPart,
    Notice,
    Photo,
    RiggedAvatar,
    Skeleton,
    Skin,
    Subject,
    Texture,
)
from tasks.core.errors import Rejected
from tasks.core.person import Person

NO_FACE = b"a landscape"
TWO = np.zeros(2, np.float32)


@dataclass
class StandInModel:
    """As much of a body model as a reference to it needs."""

    name: str = "stand-in"
    version: str = "1"
    licence: str = "CC0-1.0"
    digest: str = "0" * 64
    expressions: tuple[str, ...] = ("jawOpen",)
    landmarks: str = "some"
    phenotype_names: tuple[str, ...] = ()
    topology: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(uv=(0,), vertex_groups={"helper-tights": ()})
    )


@dataclass
class StandInEngine(StandInModel):
    """As much of a landmark engine as a reference to it needs."""

    notices: tuple[Notice, ...] = ()


# Whoever refers to a model or an engine hashes its code.
StandInModel.__module__ = "tasks.core.body.model"
StandInEngine.__module__ = "tasks.core.landmarks.engine"


@dataclass
class StandIns:
    """calls: how often each stage was computed. trouble: what a stage raises, by its name."""

    calls: Counter[str] = field(default_factory=Counter)
    trouble: dict[str, list[BaseException]] = field(default_factory=dict)

    def count(self, name: str) -> None:
        self.calls[name] += 1
        if self.trouble.get(name):
            raise self.trouble[name].pop(0)

    def admit(self, data: bytes, *, limits: Any) -> Photo:
        self.count("admit_photo")
        pixels = np.full((8, 8, 3), sum(data) % 256, np.uint8)
        check = Check("short_side", 8.0, 4.0, "px", True, "photo.too_small")
        return Photo(pixels, None, f"{sum(data):064x}", "image/png", (check,))

    def isolate(self, photo: Photo, *, engine: Any) -> Subject:
        self.count("isolate_subject")
        return Subject(np.full((8, 8), 255, np.uint8), engine.name)

    def find(self, photo: Photo, subject: Subject, *, engine: Any) -> Landmarks:
        self.count("find_landmarks")
        if photo.sha256 == f"{sum(NO_FACE):064x}":
            raise Rejected("photo.no_face", "No face was found. Give a photo of a face.")
        shade = float(photo.pixels[0, 0, 0])
        face = np.full((478, 3), shade, np.float32)
        notice = Notice("landmarks.engine", "Landmarks were found by a stand-in.")
        return Landmarks(
            face, np.zeros(4, np.float32), 1.0, np.zeros(3, np.float32), None, None, None,
            engine.name, (Check("face_size", 200.0, 60.0, "px", True, "photo.face_too_small"),),
            (notice,),
        )  # fmt: skip

    def fit_head(self, model: Any, photos: Any, landmarks: Any, person: Person) -> HeadFit:
        self.count("fit_head")
        assert person.height_m is None
        camera = Camera(1.0, TWO, np.eye(3, dtype=np.float32), np.zeros(3, np.float32), 8, 8)
        points = np.array([lm.face[0] for lm in landmarks], np.float32)
        phenotypes = np.array([len(person.gender or "")], np.float32)
        return HeadFit(phenotypes, TWO, TWO[None], (camera,) * len(photos), points, points, TWO)

    def fit_body(
        self, model: Any, photos: Any, subjects: Any, landmarks: Any, person: Person
    ) -> BodyFit:
        self.count("fit_body")
        height = person.height_m or 1.7
        width = 0.1 * len(person.gender or "")
        points = np.array([[0, 0, 0], [width, height, 0]], np.float32)
        pose = np.zeros((len(photos), 2, 3), np.float32)
        return BodyFit(
            TWO, TWO, points, points, pose, (None,) * len(photos), height,
            person.height_m is not None,
        )  # fmt: skip

    def compose(self, model: Any, head: HeadFit, body: BodyFit) -> Figure:
        self.count("compose_figure")
        return Figure(body.vertices + head.vertices[0], body.joints, np.eye(4, dtype=np.float32))

    def measure(self, model: Any, body: BodyFit) -> Measurements:
        self.count("measure_body")
        return Measurements((Measurement("stature", body.height_m, 0.001, "m", "soles to crown"),))

    def bake(
        self, model: Any, photos: Any, subjects: Any, landmarks: Any, head: Any, body: Any,
        figure: Figure, *, size: int,
    ) -> Skin:  # fmt: skip
        self.count("bake_skin")
        part = MeshPart(
            "body", "skin", figure.vertices, figure.vertices, TWO[None], np.zeros((1, 3), np.int32),
            np.zeros((2, 4), np.uint16), np.ones((2, 4), np.float32) / 4,
        )  # fmt: skip
        texture = Texture(np.full((size // 256, size // 256, 3), 9, np.uint8))
        return Skin(
            (part,), (Material("skin", "skin"),), {"skin": texture}, np.zeros(3, np.uint8), 0.0
        )

    def rig(self, model: Any, figure: Figure, skin: Skin, *, pose: str) -> RiggedAvatar:
        self.count("rig_avatar")
        rotation = np.array([[0, 0, 0, 1]], np.float32)
        bones = Skeleton(
            ("Hips",), np.array([-1], np.int32), np.zeros((1, 3), np.float32), rotation
        )
        return RiggedAvatar(bones, skin.parts, skin.materials, skin.textures, pose)

    def write(self, avatar: RiggedAvatar) -> Asset:
        self.count("export_avatar")
        data = b"glTF" + avatar.pose.encode() + avatar.parts[0].positions.tobytes()
        data += avatar.textures["skin"].pixels.tobytes()
        return Asset("avatar.glb", "model/gltf-binary", data)

    def pictures(self, glb: Asset, photo: Photo) -> tuple[Asset, Asset]:
        self.count("take_pictures")
        image = np.full((6, 8, 3), sum(glb.data) % 256, np.uint8)
        png = cv2.imencode(".png", image)[1].tobytes()
        return (
            Asset("thumbnail.png", "image/png", png),
            Asset("contact-sheet.png", "image/png", png),
        )

    def take(self) -> dict[str, int]:
        """What was computed since the last call."""
        found, self.calls = dict(self.calls), Counter()
        return found


PLACES: dict[str, Callable[[StandIns], Any]] = {
    "tasks.core.photo.admit.admit_photo": lambda s: s.admit,
    "tasks.core.photo.isolate.isolate_subject": lambda s: s.isolate,
    "tasks.core.landmarks.find.find_landmarks": lambda s: s.find,
    "tasks.core.head.fit.fit_head": lambda s: s.fit_head,
    "tasks.core.body.fit.fit_body": lambda s: s.fit_body,
    "tasks.core.body.compose.compose_figure": lambda s: s.compose,
    "tasks.core.body.measure.measure_body": lambda s: s.measure,
    "tasks.core.skin.bake.bake_skin": lambda s: s.bake,
    "tasks.core.rig.rig.rig_avatar": lambda s: s.rig,
    "tasks.core.gltf.write.write_glb": lambda s: s.write,
    "tasks.core.picture.contact.take_pictures": lambda s: s.pictures,
    "tasks.core.body.choose.load_body_model": lambda s: lambda *_, **__: StandInModel(),
    "tasks.core.landmarks.choose.choose_engine": lambda s: lambda *_: StandInEngine(),
}


def install(patch: pytest.MonkeyPatch) -> StandIns:
    """Put the stand-ins in the core's places, as long as `patch` lasts."""
    standins = StandIns()
    for place, make in PLACES.items():
        patch.setattr(place, make(standins))
    for memo in (models._load_model, models._load_engine):
        memo.cache_clear()
    return standins


__all__ = ["NO_FACE", "StandIns", "install"]
