"""The database that avatars are recorded in."""

from __future__ import annotations

from typing import ClassVar, Self

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from blocks.settings import Settings


class Database(Block):
    """Its address, which may hold a password."""

    _block_type_name: ClassVar[str | None] = "Likeness database"
    _block_type_slug: ClassVar[str | None] = "likeness-database"

    url: SecretStr = Field(
        default_factory=lambda: SecretStr(Settings().database_address),
        description="sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
    )

    @classmethod
    async def configured(cls, settings: Settings) -> Self:
        """The saved block that the settings name, or one made from the settings."""
        if settings.database_block:
            return await cls.aload(settings.database_block)
        return cls(url=SecretStr(settings.database_address))
