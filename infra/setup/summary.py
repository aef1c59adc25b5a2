"""What a finished build is, in words: read from its files alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tasks.core.entities import RiggedAvatar
from tasks.core.gltf.read import read_glb

_NAME_WIDTH = 18


def summary(folder: Path) -> str:
    """Lines for a person about the build in a folder.

    Raises:
        OSError: a file of the build is missing.
        Rejected: the GLB cannot be read.
    """
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    path = folder / "avatar.glb"
    data = path.read_bytes()
    avatar = read_glb(data)
    quality, warnings = manifest["quality"], manifest["warnings"]
    checks = [f"{sum(row['passed'] for row in quality)} of {len(quality)} passed"]
    checks += [f"{r['name']} {r['value']:g} {r['unit']}" for r in quality if not r["passed"]]
    seconds = sum(stage["seconds"] for stage in manifest["run"].get("stages", []))
    rows = [
        ("avatar", f"{path} ({len(data) / 1e6:.1f} MB)"),
        ("height", _height(avatar)),
        ("parts", ", ".join(sorted({part.name for part in avatar.parts}))),
        ("triangles", f"{sum(len(part.faces) for part in avatar.parts):,}"),
        ("blendshapes", str(len({m.name for part in avatar.parts for m in part.morphs}))),
        ("quality checks", "; ".join(checks)),
        ("notes", f"{len(warnings)}, in full in {folder / 'manifest.json'}"),
        ("time in stages", f"{seconds:.1f} s"),
        ("look at", f"{folder / 'contact-sheet.png'}"),
    ]
    return "\n".join(f"  {name.ljust(_NAME_WIDTH)}{value}" for name, value in rows)


def _height(avatar: RiggedAvatar) -> str:
    """The highest vertex over the soles: hair counts, as it does in a picture."""
    top = max(float(part.positions[:, 1].max()) for part in avatar.parts)
    return f"{100 * top:.1f} cm with hair"
