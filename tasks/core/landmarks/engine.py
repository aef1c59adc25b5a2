"""What a landmark engine offers."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

from tasks.core.entities import Float32, Notice, Uint8

EngineSetting = Literal["auto", "mediapipe", "face_alignment"]


@dataclass(frozen=True)
class FaceBox:
    """A detected face.

    box: (4,) float32 x0, y0, x1, y1, photo pixels. score: 0..1. keypoints: (6, 2) float32 photo
    pixels: the person's right eye, left eye, nose tip, mouth, right ear, left ear.
    """

    box: Float32
    score: float
    keypoints: Float32

    @property
    def area(self) -> float:
        """Square pixels."""
        return float((self.box[2] - self.box[0]) * (self.box[3] - self.box[1]))


@dataclass(frozen=True)
class BodyPose:
    """points: (33, 2) float32 photo pixels. visibility: (33,) float32 0..1. world: (33, 3) float32
    metres about the hips' middle: x to the image's right, y up, z towards the camera."""

    points: Float32
    visibility: Float32
    world: Float32


class LandmarkEngine(Protocol):
    """Finds faces and bodies in (H, W, 3) uint8 sRGB pixels, the same way each time.

    name, version: shown to people. digest: SHA-256 over the version and all model files, for
    cache keys. notices: what a caller should know about this engine (a fallback).
    Construction is cheap: models load at first use. Close it, or use it as a context.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def digest(self) -> str: ...

    @property
    def notices(self) -> tuple[Notice, ...]: ...

    def find_faces(self, pixels: Uint8) -> list[FaceBox]:
        """All faces, largest first."""
        ...

    def face(self, pixels: Uint8, box: FaceBox) -> Float32 | None:
        """(478, 3) float32: x, y photo pixels, z pixels, smaller is nearer. None: no face there."""
        ...

    def body(self, pixels: Uint8) -> BodyPose | None:
        """The most prominent body of these pixels."""
        ...

    def person_mask(self, pixels: Uint8) -> Float32:
        """(H, W) float32 0..1: how much of a person each pixel is; coarse."""
        ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
