"""Run the JavaScript clients of this folder from Python."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from infra.setup.clients import CHROMIUM_NAMES
from infra.setup.system import find_program

HERE = Path(__file__).parent
# Chromium draws in software here; minutes mean that it hangs.
_TIMEOUT_S = 180
# What Chromium says about its own software rendering, whatever the page.
_OWN_NOISE = ("GPU stall due to ReadPixels",)
Weights = dict[str, float]


@dataclass(frozen=True)
class Visit:
    """What three.js made of a GLB.

    facts: names, counts, eye positions in metres and pixels. measured: per shot, the vertices
    that moved. pictures: per shot (640, 640, 3) uint8. said: warnings and errors of the console.
    """

    facts: dict[str, Any]
    measured: dict[str, dict[str, Any]]
    pictures: dict[str, NDArray[np.uint8]]
    said: list[str]


def validate(glb: Path) -> dict[str, Any]:
    """Khronos' validator's report."""
    report: dict[str, Any] = _node("validate.mjs", str(glb))
    return report


def visit(glb: Path, out: Path, shots: dict[str, Weights]) -> Visit:
    """Open a GLB in three.js in headless Chromium; the pictures are left in `out`."""
    chromium = find_program(CHROMIUM_NAMES)
    assert chromium, "Chromium is missing: run `make test`, or `python -m infra.setup.clients`"
    answer = _node("view.mjs", chromium, str(glb), str(out), json.dumps(shots))
    pictures = {name: np.asarray(Image.open(out / f"{name}.png").convert("RGB")) for name in shots}
    said = [line for line in answer["said"] if not any(noise in line for noise in _OWN_NOISE)]
    return Visit(answer["facts"], answer["measured"], pictures, said)


def _node(script: str, *arguments: str) -> Any:
    assert (HERE / "node_modules").is_dir(), (
        "The npm clients are missing: run `make test`, or `python -m infra.setup.clients`"
    )
    done = subprocess.run(
        ["node", str(HERE / script), *arguments],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    assert done.returncode == 0, f"{script} failed:\n{done.stderr[-3000:]}"
    return json.loads(done.stdout)
