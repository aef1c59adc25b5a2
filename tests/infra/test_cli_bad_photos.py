"""Every bad file of the intake's table through the command: its code, no trace, nothing written.

The real intake, and no server: what a photo lacks is said while a server would still be starting.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from infra.cli import main
from tests.core.photo.test_admit import _REFUSED

FILES = {name: case for name, case in _REFUSED.items() if not isinstance(case[0], str)}


@pytest.fixture(autouse=True)
def _machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Nothing listens there, and nothing must be asked.
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("LIKENESS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("LIKENESS_DATA_DIR", str(tmp_path / "data"))


def test_the_table_is_long() -> None:
    assert len(FILES) >= 40


@pytest.mark.parametrize("case", FILES)
def test_a_bad_photo_is_refused(
    case: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    given, code = FILES[case]
    photos = tmp_path / "photos"
    photos.mkdir()
    path = given(photos) if callable(given) else photos / os.fsdecode(b"caf\xe9.jpg")
    if not callable(given):
        path.write_bytes(given)
    assert main(["build", str(path), "--out", str(tmp_path / "out" / "deep"), "--json"]) == 3
    out, err = capfd.readouterr()
    assert json.loads(out)["error"]["code"] == code
    assert err.startswith(f"likeness: {code}: ")
    assert "Traceback" not in err
    assert {entry.name for entry in tmp_path.iterdir()} == {"photos"}
