"""Where finished assets are kept."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Self

from prefect.blocks.core import Block
from pydantic import Field

from blocks.settings import Settings


class AssetStore(Block):
    """Files by content, in a folder that all workers share."""

    _block_type_name: ClassVar[str | None] = "Likeness asset store"
    _block_type_slug: ClassVar[str | None] = "likeness-asset-store"

    folder: Path = Field(
        default_factory=lambda: Settings().store_folder,
        description="A folder on a disk that all workers share; made where missing.",
    )

    @classmethod
    async def configured(cls, settings: Settings) -> Self:
        """The saved block that the settings name, or one made from the settings."""
        if settings.asset_store_block:
            return await cls.aload(settings.asset_store_block)
        return cls(folder=settings.store_folder)
