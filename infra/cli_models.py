"""`likeness models`: which engines and model files are here, their licences, how to get more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata, util
from pathlib import Path
from typing import Any

from blocks.settings import Settings


@dataclass(frozen=True)
class Model:
    """One engine or model file.

    needed: the default path does not work without it. commercial: whether its licence lets a
    business use it, or what that depends on.
    """

    name: str
    role: str
    present: bool
    needed: bool
    detail: str
    licence: str
    commercial: str
    get: str


def models(settings: Settings) -> list[Model]:
    """All that Likeness can use, the needed ones first."""
    return [make(settings) for make in _MODELS]


def _anny(settings: Settings) -> Model:
    version = _version("anny")
    prepared = any(settings.body_models_folder.glob("**/meta.json"))
    state = "data prepared" if prepared else "data is prepared at the first build"
    return Model(
        "anny", "body model", version is not None, True,
        f"{version}, {state}" if version else "package missing",
        "Apache-2.0 (code), CC0-1.0 (data)", "yes", "pip install anny",
    )  # fmt: skip


def _mediapipe(settings: Settings) -> Model:
    version = _version("mediapipe")
    inside = bool(version) and _has_file(
        "mediapipe", "modules/face_landmark/face_landmark_with_attention.tflite"
    )
    return Model(
        "mediapipe", "face and body landmarks, matte", inside, True,
        f"{version}, models inside" if inside else
        f"{version} carries no models" if version else "package missing",
        "Apache-2.0", "yes", "pip install mediapipe==0.10.21",
    )  # fmt: skip


def _vtk(settings: Settings) -> Model:
    version = _version("vtk")
    return Model(
        "vtk", "pictures", version is not None, True, version or "package missing",
        "BSD-3-Clause", "yes", "pip install vtk",
    )  # fmt: skip


def _face_alignment(settings: Settings) -> Model:
    from tasks.core.errors import EngineMissing
    from tasks.core.landmarks.face_alignment_engine import WEIGHTS, find_weights

    folder = settings.models_folder
    try:
        detail, present = str(find_weights(folder)), True
    except EngineMissing:
        detail, present = "no weights" if _version("face-alignment") else "package missing", False
    return Model(
        "face-alignment", "face landmarks (optional)", present, False, detail,
        "BSD-3-Clause (code); the weights' training data is for research", "ask a lawyer",
        f"put {WEIGHTS} from https://github.com/1adrianb/face-alignment into {folder}",
    )  # fmt: skip


def _smplx(settings: Settings) -> Model:
    from tasks.core.body.choose import FAMILIES, find_model_file

    folder = settings.models_folder
    found = [path for family in FAMILIES if (path := find_model_file(family, folder))]
    version = _version("smplx")
    detail = ", ".join(map(str, found)) or "no model file"
    return Model(
        "smplx", "body model (optional)", bool(found) and version is not None, False,
        detail if version else "package missing",
        "MPI licence of the model file", "no, without a licence of your own",
        f"register at https://smpl-x.is.tue.mpg.de and put SMPLX_NEUTRAL.npz into {folder}/smplx",
    )  # fmt: skip


_MODELS: tuple[Callable[[Settings], Model], ...] = (
    _anny,
    _mediapipe,
    _vtk,
    _face_alignment,
    _smplx,
)


def print_models(found: list[Model]) -> None:
    """A table for a person, on standard output."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("", "name", "for", "state", "licence", "commercial use"):
        table.add_column(title, overflow="fold")
    for model in found:
        mark = Text("✓", "green") if model.present else Text("✗", "red" if model.needed else "dim")
        cells = (model.name, model.role, model.detail, model.licence, model.commercial)
        table.add_row(mark, *(Text(cell) for cell in cells))
    console = Console()
    console.print(table)
    for model in found:
        if not model.present:
            console.print(Text(f"\nTo get {model.name}: {model.get}"))


def records(found: list[Model]) -> list[dict[str, Any]]:
    """For `--json`."""
    return [vars(model) for model in found]


def _version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None


def _has_file(package: str, path: str) -> bool:
    spec = util.find_spec(package)
    places = (spec.submodule_search_locations if spec else None) or []
    return any((Path(place) / path).is_file() for place in places)
