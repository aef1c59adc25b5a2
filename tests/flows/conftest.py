"""A machine of its own for each flow test, and the core replaced by stand-ins."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.database import ensure_schema
from tasks.store.database import connect
from tests.flows.standins import StandIns, install


@pytest.fixture
def home(prefect_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty machine: cache, store and database in a folder of the test."""
    monkeypatch.setenv("LIKENESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LIKENESS_DATA_DIR", str(tmp_path / "data"))
    for name in ("STORE_DIR", "DATABASE_URL", "MODELS_DIR", "RESULT_STORAGE", "LANDMARK_ENGINE"):
        monkeypatch.delenv(f"LIKENESS_{name}", raising=False)
    engine = connect(f"sqlite:///{tmp_path}/data/likeness.db")
    ensure_schema(engine)
    engine.dispose()
    return tmp_path


@pytest.fixture
def core(monkeypatch: pytest.MonkeyPatch) -> StandIns:
    """The core replaced by stand-ins.

    By the test's own patches, so that all are taken back in reverse order: an inner context would
    end first, and a test's patch on top of a stand-in would then put the stand-in back for good.
    """
    return install(monkeypatch)
