"""The whole product on a real photo, by its command: one process after the other."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from blocks.settings import Settings

ROOT = Path(__file__).parents[2]
ALL_STAGES = {
    "admit_photo", "isolate_subject", "find_landmarks", "fit_head", "fit_body", "compose_figure",
    "measure_body", "bake_skin", "rig_avatar", "export_avatar", "take_pictures",
}  # fmt: skip
WITHOUT_HEIGHT = {"admit_photo", "isolate_subject", "find_landmarks", "fit_head"}


@pytest.fixture(scope="module")
def machine(astronaut: bytes) -> Iterator[Path]:
    """A machine with the body model prepared, the photo, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="likeness-test-") as folder:
        home = Path(folder)
        (home / "cache").mkdir()
        (home / "cache" / "body").symlink_to(Settings().body_models_folder)
        (home / "astronaut.png").write_bytes(astronaut)
        yield home


def likeness(home: Path, *options: str, api: str | None = None) -> dict[str, Any]:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LIKENESS_CACHE_DIR": str(home / "cache"),
        "LIKENESS_DATA_DIR": str(home / "data"),
        "PREFECT_HOME": str(home / "prefect"),
        # As on a user's machine: no level of the tests' own.
        "PREFECT_LOGGING_LEVEL": "INFO",
    }
    if api is not None:
        environment["PREFECT_API_URL"] = api
    done = subprocess.run(
        [sys.executable, "-m", "infra.cli", "build", *options, "--skin", "1024", "--json"],
        cwd=home, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    return {**report, "exit_code": done.returncode, "said": done.stderr}


@pytest.fixture(scope="module")
def first(machine: Path) -> dict[str, Any]:
    """The first build, with a server of its own."""
    return likeness(machine, "astronaut.png", "--height-cm", "160", "--out", "one")


def computed(report: dict[str, Any]) -> set[str]:
    return {s["stage"] for s in report["stages"] if not s["cached"]} - {"publish_avatar"}


def sha256s(report: dict[str, Any]) -> dict[str, str]:
    return {f["name"]: f["sha256"] for f in report["files"] if f["name"] != "manifest.json"}


def test_a_photo_becomes_an_avatar(machine: Path, first: dict[str, Any]) -> None:
    assert first["exit_code"] == 0
    assert computed(first) == ALL_STAGES
    assert (first["height_cm"], first["height_stated"]) == (160, True)
    assert (machine / "one" / "avatar.glb").read_bytes().startswith(b"glTF")
    assert (machine / "one" / "avatar.glb").stat().st_size < 4_000_000
    manifest = json.loads((machine / "one" / "manifest.json").read_bytes())
    assert manifest["request"]["gender"] is None
    assert all(row["passed"] for row in manifest["quality"])
    libraries = {entry["name"] for entry in manifest["made_by"]["libraries"]}
    assert {"numpy", "mediapipe"} <= libraries | {manifest["made_by"]["landmark_engine"]["name"]}
    # A build with the default model must not rest on what a business may not use.
    assert "smplx" not in libraries
    # The engine's own log is for its server.
    assert "Flow run" not in first["said"]


def test_another_process_computes_nothing_again(
    machine: Path, first: dict[str, Any], prefect_server: str
) -> None:
    again = likeness(
        machine, "astronaut.png", "--height-cm", "160", "--out", "two", api=prefect_server
    )
    assert computed(again) == set()
    assert sha256s(again) == sha256s(first)


def test_another_height_leaves_photo_and_head_as_they_are(
    machine: Path, first: dict[str, Any], prefect_server: str
) -> None:
    taller = likeness(
        machine, "astronaut.png", "--height-cm", "175", "--out", "three", api=prefect_server
    )
    assert computed(taller) == ALL_STAGES - WITHOUT_HEIGHT
    assert sha256s(taller)["avatar.glb"] != sha256s(first)["avatar.glb"]


def test_computing_all_anew_gives_the_same_bytes(
    machine: Path, first: dict[str, Any], prefect_server: str
) -> None:
    anew = likeness(
        machine, "astronaut.png", "--height-cm", "160", "--out", "four", "--no-cache",
        api=prefect_server,
    )  # fmt: skip
    assert computed(anew) == ALL_STAGES
    assert sha256s(anew) == sha256s(first)


def test_a_photo_without_a_face_is_refused(machine: Path, prefect_server: str) -> None:
    import numpy as np
    from PIL import Image

    noise = np.random.default_rng(3).integers(0, 256, (600, 600, 3), dtype=np.uint8)
    Image.fromarray(noise).save(machine / "noise.png")
    refused = likeness(machine, "noise.png", "--out", "five", api=prefect_server)
    assert refused["exit_code"] == 3
    assert refused["error"]["code"] == "photo.no_face"
    assert not (machine / "five").exists()
