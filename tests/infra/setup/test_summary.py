"""The demo's summary of a build's files."""

from __future__ import annotations

import json
from pathlib import Path

from infra.setup.summary import summary
from tests.sample_glb import sample_glb

MANIFEST = {
    "quality": [
        {"name": "face_sharpness", "value": 0.4, "limit": 0.15, "unit": "ratio", "passed": True},
        {"name": "seen", "value": 0.2, "limit": 0.5, "unit": "ratio", "passed": False},
    ],
    "warnings": [{"code": "body.height_assumed", "sentence": "No height was given."}],
    "run": {"stages": [{"stage": "a", "seconds": 1.25}, {"stage": "b", "seconds": 2.5}]},
}


def test_summary_says_what_the_files_say(tmp_path: Path) -> None:
    (tmp_path / "avatar.glb").write_bytes(sample_glb())
    (tmp_path / "manifest.json").write_text(json.dumps(MANIFEST))
    text = summary(tmp_path)
    for said in (
        "160.0 cm with hair",
        "Ball",
        "5,120",
        "blendshapes       3",
        "1 of 2 passed; seen 0.2 ratio",
        "3.8 s",
        "1, in full in",
        str(tmp_path / "avatar.glb"),
    ):
        assert said in text
