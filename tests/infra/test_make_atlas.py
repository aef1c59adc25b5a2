"""Making the atlas writes the file that is loaded."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from blocks.settings import Settings
from infra import make_atlas
from tasks.core.body.anny_body import AnnyBody
from tasks.core.skin.atlas import DATA_FILE


def test_it_makes_the_stored_file(
    anny: AnnyBody,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "data" / "atlas.npz"
    monkeypatch.setattr(make_atlas, "DATA_FILE", path)
    folder = str(Settings().body_models_folder)
    monkeypatch.setattr(sys, "argv", ["make_atlas", "--cache-dir", folder])
    make_atlas.main()
    assert f"{path.stat().st_size} bytes" in capsys.readouterr().out
    with np.load(path, allow_pickle=False) as now, np.load(DATA_FILE, allow_pickle=False) as then:
        assert set(now.files) == set(then.files)
        for name in now.files:
            assert now[name].dtype == then[name].dtype, name
        for name in ("faces", "uv_faces", "island", "islands", "mirror", "size", "topology"):
            np.testing.assert_array_equal(now[name], then[name], name)
        np.testing.assert_allclose(now["uv"], then["uv"], atol=1e-6)
