"""Which body model builds use."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal, Self

from prefect.blocks.core import Block
from pydantic import Field

from blocks.settings import Settings


class BodyModelConfig(Block):
    """The body model and where its prepared data lies."""

    _block_type_name: ClassVar[str | None] = "Likeness body model"
    _block_type_slug: ClassVar[str | None] = "likeness-body-model"

    kind: Literal["anny", "smpl", "smplh", "smplx"] = Field(
        default="anny",
        description="anny may be used commercially; the others are your own model files, whose "
        "licences mostly forbid it.",
    )
    cache_dir: Path = Field(
        default_factory=lambda: Settings().body_models_folder,
        description="Folder of prepared data; made where missing.",
    )
    models_dir: Path = Field(
        default_factory=lambda: Settings().models_folder,
        description="Folder of your own model files.",
    )

    @classmethod
    async def configured(cls, settings: Settings) -> Self:
        """The saved block that the settings name, or one made from the settings."""
        if settings.body_model_block:
            return await cls.aload(settings.body_model_block)
        return cls(
            kind=settings.body_model,
            cache_dir=settings.body_models_folder,
            models_dir=settings.models_folder,
        )
