"""Typed configuration. Importing the package registers the blocks with Prefect."""

from blocks.asset_store import AssetStore
from blocks.body_model import BodyModelConfig
from blocks.database import Database
from blocks.settings import Settings

__all__ = ["AssetStore", "BodyModelConfig", "Database", "Settings"]
