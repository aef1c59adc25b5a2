"""Which body model a setting means, and its loading."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tasks.core.body.anny_body import load_anny_body
from tasks.core.body.model import BodyModel
from tasks.core.body.smplx_body import load_smplx_body
from tasks.core.errors import EngineMissing

# The user's files by the setting that names them, as their publishers call them.
FAMILIES: dict[str, str] = {"smpl": "SMPL", "smplh": "SMPLH", "smplx": "SMPLX"}


def load_body_model(
    setting: str,
    cache_dir: Path,
    models_dir: Path,
    progress: Callable[[str], None] | None = None,
    *,
    trust_pickle: bool = False,
) -> BodyModel:
    """The body model that a setting names.

    Args:
        setting: `anny` (or `auto`, the same: the one model with all that an avatar needs);
            `smpl`, `smplh`, `smplx`: the user's file in `models_dir`; or the path of a file.
        cache_dir: folder for prepared data.
        models_dir: folder of the user's own model files, searched itself and one level down
            (`models/smplx/SMPLX_NEUTRAL.npz`); a neutral model is preferred.
        progress: told when something slow begins.
        trust_pickle: allow a `.pkl`, which can run any program when it is opened.

    Raises:
        EngineMissing: `engine.body_model` (no such setting), `engine.smplx_model` (no file, with
            where to get one), and those of `load_anny_body` and `load_smplx_body`.
    """
    if setting in ("anny", "auto"):
        return load_anny_body(cache_dir, progress)
    if setting in FAMILIES:
        file = find_model_file(setting, models_dir)
        place = models_dir / setting / f"{FAMILIES[setting]}_NEUTRAL.npz"
        return load_smplx_body(file or place, trust_pickle=trust_pickle)
    if Path(setting).suffix.lower() in (".npz", ".pkl"):
        return load_smplx_body(Path(setting), trust_pickle=trust_pickle)
    raise EngineMissing(
        "engine.body_model",
        f"There is no body model called {setting!r}; choose anny, {', '.join(FAMILIES)}, "
        "or give the path of an .npz file.",
    )


def find_model_file(family: str, models_dir: Path) -> Path | None:
    """The user's model file of a family (`smpl`, `smplh`, `smplx`); None where there is none.

    Neutral before gendered, .npz before .pkl, then by name.
    """
    prefix = FAMILIES[family]
    found = [
        path
        for folder in (models_dir / family, models_dir)
        for ending in ("npz", "pkl")
        for path in sorted(folder.glob(f"{prefix}_*.{ending}"))
    ]
    return min(found, key=_rank, default=None)


def _rank(path: Path) -> tuple[bool, bool, str]:
    return path.suffix != ".npz", "NEUTRAL" not in path.stem.upper(), path.name
