"""What a caller may ask for, and what they get. Also the forms in Prefect's UI."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tasks.core.person import Gender, Person, person_of

# Photos of one person that are fitted together; more add time, not likeness.
MAX_PHOTOS = 8
NAME_LENGTH = 200
# Prefect takes no more than 512 KB of parameters; base64 is a third longer than its bytes.
INLINE_LENGTH = 450_000

Name = Annotated[str, Field(max_length=NAME_LENGTH)]


class SkinSize(IntEnum):
    """Side of the base colour texture, in pixels."""

    SMALL = 1024
    FULL = 2048


class Pose(StrEnum):
    """The rest pose: arms lowered (A) or stretched out (T)."""

    A = "A"
    T = "T"


class PhotoSource(BaseModel):
    """One photo: a file where the build runs, or the bytes themselves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | None = Field(
        default=None,
        description="A file that the machine which builds can read.",
        examples=["/data/photos/ada.jpg"],
    )
    data: str | None = Field(
        default=None,
        max_length=INLINE_LENGTH,
        description="Base64 or a data URL, for small photos; larger ones go by path.",
        examples=["data:image/jpeg;base64,/9j/4AAQSkZJRg…"],
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> PhotoSource:
        if (self.path is None) == (self.data is None):
            raise ValueError("give either path or data")
        return self


class BuildAvatarRequest(BaseModel):
    """Photos of one person, and what is known about them. Nothing that is left out is guessed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    photos: list[PhotoSource] = Field(
        min_length=1,
        max_length=MAX_PHOTOS,
        description="Photos of the same person; the first one is shown beside the avatar.",
    )
    name: Name | None = Field(
        default=None, description="What to call the avatar.", examples=["Ada"]
    )
    user: Name | None = Field(
        default=None, description="Whose avatar it is, in your own system.", examples=["u-1815"]
    )
    height_cm: float | None = Field(
        default=None, description="Stature in centimetres.", examples=[168.0]
    )
    weight_kg: float | None = Field(
        default=None, description="Weight in kilograms.", examples=[61.5]
    )
    gender: Gender | None = Field(default=None, description="As stated by the person.")
    age_years: float | None = Field(default=None, description="Age in years.", examples=[36])
    skin: SkinSize = Field(default=SkinSize.FULL, description="Side of the skin texture, pixels.")
    pose: Pose = Field(default=Pose.A, description="Rest pose of the avatar.")
    body_model: Literal["anny", "smpl", "smplh", "smplx"] | None = Field(
        default=None,
        description="Which body model; left out, the machine's setting decides (anny, which may "
        "be used commercially).",
    )
    landmark_engine: Literal["auto", "mediapipe", "face_alignment"] | None = Field(
        default=None, description="Who finds the face; left out, the machine's setting decides."
    )
    refresh: bool = Field(
        default=False, description="Compute every stage anew, whatever was stored."
    )

    def person(self) -> Person:
        """The stated facts.

        Raises:
            Rejected: an impossible value; the sentence names a likely unit slip.
        """
        return person_of(
            height_cm=self.height_cm,
            weight_kg=self.weight_kg,
            gender=self.gender,
            age_years=self.age_years,
        )

    def record(self) -> dict[str, Any]:
        """The request as it is kept: without the photos, their bytes or their places."""
        return self.model_dump(mode="json", exclude={"photos", "refresh"})


class StageTiming(BaseModel):
    """How long one stage took. `cached`: its stored result was taken."""

    stage: str
    seconds: float
    cached: bool


class BuildWarning(BaseModel):
    """Something to know though the build went on."""

    code: str
    sentence: str


class BuiltAsset(BaseModel):
    """One file of the result. location: a path or an address."""

    name: str
    media_type: str
    sha256: str
    size: int
    location: str


class BuildResult(BaseModel):
    """A finished build."""

    avatar_id: UUID
    build_id: UUID
    name: str
    height_cm: float
    height_stated: bool
    assets: list[BuiltAsset]
    warnings: list[BuildWarning]
    stages: list[StageTiming]
    seconds: float

    def asset(self, name: str) -> BuiltAsset:
        """The asset of that name; KeyError where there is none."""
        for asset in self.assets:
            if asset.name == name:
                return asset
        raise KeyError(name)
