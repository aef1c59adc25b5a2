"""Settings from the environment, and the blocks that take their place."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from blocks import AssetStore, BodyModelConfig, Database, Settings


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(f"LIKENESS_{field.upper()}", raising=False)
    monkeypatch.setenv("HOME", "/home/ada")


def test_defaults_lie_in_the_home_folder() -> None:
    settings = Settings()
    assert settings.cache_dir == Path("/home/ada/.cache/likeness")
    assert settings.store_folder == Path("/home/ada/.local/share/likeness/store")
    assert settings.database_address == "sqlite:////home/ada/.local/share/likeness/likeness.db"


def test_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIKENESS_DATA_DIR", "~/avatars")
    monkeypatch.setenv("LIKENESS_CACHE_DIR", "relative")
    monkeypatch.setenv("LIKENESS_DATABASE_URL", "postgresql://db/likeness")
    settings = Settings()
    assert settings.models_folder == Path("/home/ada/avatars/models")
    assert settings.cache_dir.is_absolute()
    assert settings.database_address == "postgresql://db/likeness"


@pytest.mark.parametrize(
    ("name", "value"),
    [("LANDMARK_ENGINE", "dlib"), ("PHOTO_MIN_SIDE", "0"), ("PHOTO_MAX_BYTES", "many")],
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"LIKENESS_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_blocks_follow_the_settings_where_none_is_named() -> None:
    settings = Settings()
    store = asyncio.run(AssetStore.configured(settings))
    model = asyncio.run(BodyModelConfig.configured(settings))
    database = asyncio.run(Database.configured(settings))
    assert store.folder == settings.store_folder
    assert (model.kind, model.cache_dir) == ("anny", settings.body_models_folder)
    assert database.url.get_secret_value() == settings.database_address


def test_a_named_block_takes_the_place_of_the_setting(
    prefect_server: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def saved() -> tuple[AssetStore, BodyModelConfig, Database]:
        await AssetStore(folder=tmp_path).save("test", overwrite=True)
        await BodyModelConfig(kind="smplx", models_dir=tmp_path).save("test", overwrite=True)
        await Database(url=SecretStr("postgresql://u:secret@db/x")).save("test", overwrite=True)
        settings = Settings()
        return (
            await AssetStore.configured(settings),
            await BodyModelConfig.configured(settings),
            await Database.configured(settings),
        )

    for name in ("ASSET_STORE", "BODY_MODEL", "DATABASE"):
        monkeypatch.setenv(f"LIKENESS_{name}_BLOCK", "test")
    store, model, database = asyncio.run(saved())
    assert store.folder == tmp_path
    assert model.kind == "smplx"
    assert database.url.get_secret_value() == "postgresql://u:secret@db/x"
    assert "secret" not in repr(database)
