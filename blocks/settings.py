"""Settings of this machine, from the environment (`LIKENESS_…`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

MEGABYTE = 1_000_000

Folder = Annotated[Path, BeforeValidator(lambda value: Path(value).expanduser().absolute())]


class Settings(BaseSettings):
    """Where things lie and which engines are used; every field has a variable of its name.

    A block, where one is named, takes the place of the plain setting beside it.
    """

    model_config = SettingsConfigDict(env_prefix="LIKENESS_", extra="ignore", frozen=True)

    cache_dir: Folder = Field(
        default_factory=lambda: Path.home() / ".cache" / "likeness",
        description="Prepared model data and stage results; may be deleted at any time.",
    )
    data_dir: Folder = Field(
        default_factory=lambda: Path.home() / ".local" / "share" / "likeness",
        description="Where the store, the database and your model files lie by default.",
    )
    models_dir: Folder | None = Field(
        default=None, description="Your own model files. Default: `models` in the data folder."
    )
    store_dir: Folder | None = Field(
        default=None, description="Finished assets. Default: `store` in the data folder."
    )
    database_url: str | None = Field(
        default=None,
        description="sqlite:///FILE or postgresql://USER@HOST/NAME. Default: an SQLite file in "
        "the data folder.",
    )
    result_storage: str | None = Field(
        default=None,
        description="A saved Prefect storage block for stage results, such as s3-bucket/results. "
        "Default: the cache folder.",
    )
    asset_store_block: str | None = Field(
        default=None, description="Name of a saved `likeness-asset-store` block."
    )
    database_block: str | None = Field(
        default=None, description="Name of a saved `likeness-database` block."
    )
    body_model_block: str | None = Field(
        default=None, description="Name of a saved `likeness-body-model` block."
    )
    body_model: Literal["anny", "smpl", "smplh", "smplx"] = Field(
        default="anny", description="Which body model; all but anny are files of your own."
    )
    landmark_engine: Literal["auto", "mediapipe", "face_alignment"] = Field(
        default="auto", description="Who finds faces; `auto` takes the best that is present."
    )
    photo_max_bytes: int = Field(
        default=10 * MEGABYTE, gt=0, description="Largest photo file, in bytes."
    )
    photo_max_pixels: int = Field(
        default=100_000_000, gt=0, description="Most pixels that are ever decoded."
    )
    photo_min_side: int = Field(
        default=512, ge=64, description="Shortest side of a photo that is taken, in pixels."
    )
    photo_max_side: int = Field(
        default=4096, ge=512, description="Longer sides are reduced to this, in pixels."
    )

    @property
    def models_folder(self) -> Path:
        """Where the user's own model files lie."""
        return self.models_dir or self.data_dir / "models"

    @property
    def store_folder(self) -> Path:
        """Where finished assets lie."""
        return self.store_dir or self.data_dir / "store"

    @property
    def database_address(self) -> str:
        """The database's address."""
        return self.database_url or f"sqlite:///{self.data_dir / 'likeness.db'}"

    @property
    def results_folder(self) -> Path:
        """Where stage results lie unless a block is named."""
        return self.cache_dir / "results"

    @property
    def body_models_folder(self) -> Path:
        """Where the body model's prepared data lies."""
        return self.cache_dir / "body"
