"""The identity of a stage's code: what it is made of, hashed, with nobody bumping a number.

From the imports of a stage's function every `tasks.*` module that can take part is found
statically (its own imports, and theirs), together with the data files beside them and the
versions of the libraries they import.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from tasks.core.digest import digest_of

ROOT = Path(__file__).resolve().parent.parent
_PACKAGE = "tasks"
# Import names whose distribution has another name. The rest is looked up under its own name
# first, because reading every distribution's file list costs 0.2 s.
_DISTRIBUTIONS = {
    "PIL": "pillow",
    "cv2": "opencv-contrib-python",
    "skimage": "scikit-image",
    "pi_heif": "pi-heif",
    "face_alignment": "face-alignment",
}


@dataclass(frozen=True)
class Code:
    """What a stage is made of.

    files: path below the root → SHA-256, sorted. libraries: distribution → version, `absent`
    where it is not installed, sorted.
    """

    files: tuple[tuple[str, str], ...]
    libraries: tuple[tuple[str, str], ...]
    python: str

    @property
    def digest(self) -> str:
        """SHA-256 over all of it."""
        return digest_of(self)


def imports_of(function: Callable[..., Any]) -> tuple[str, ...]:
    """The `tasks.*` modules that a function's body imports, sorted."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    return tuple(sorted({m for m in _imported(tree, "") if _is_ours(m)}))


@functools.lru_cache(maxsize=256)
def code_of(modules: tuple[str, ...], root: Path = ROOT) -> Code:
    """Everything that modules are made of.

    Read once per process: that is when the code was loaded, too.

    Args:
        modules: dotted names, or names of things in modules (`tasks.core.a.thing`).
        root: the folder that holds the `tasks` package.

    Raises:
        LookupError: a module has no file.
    """
    sources: dict[str, Path] = {}
    external: set[str] = set()
    waiting = list(modules)
    while waiting:
        name = waiting.pop()
        for module, path in _with_parents(name, root):
            if module in sources:
                continue
            sources[module] = path
            package = module if path.name == "__init__.py" else module.rpartition(".")[0]
            for found in _imported(ast.parse(path.read_bytes()), package):
                if _is_ours(found):
                    waiting.append(found)
                else:
                    external.add(found.partition(".")[0])
    files = set(sources.values())
    files.update(_data_beside({path.parent for path in files}))
    return Code(
        files=tuple(sorted((p.relative_to(root).as_posix(), _sha256(p)) for p in files)),
        libraries=tuple(sorted({_version_of(name) for name in external if _is_library(name)})),
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
    )


def _is_ours(module: str) -> bool:
    return module == _PACKAGE or module.startswith(f"{_PACKAGE}.")


def _is_library(name: str) -> bool:
    return bool(name) and name not in sys.stdlib_module_names


def _imported(tree: ast.AST, package: str) -> set[str]:
    """Dotted names that a piece of code imports; `from a import b` gives `a.b`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parts = package.split(".")
                above = parts[: len(parts) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            found.update(f"{base}.{alias.name}" for alias in node.names)
    return found


def _with_parents(name: str, root: Path) -> list[tuple[str, Path]]:
    """(module, file) of a module and of the packages it lies in."""
    parts = name.split(".")
    chain: list[tuple[str, Path]] = []
    for depth in range(1, len(parts) + 1):
        base = root.joinpath(*parts[:depth])
        for path in (base / "__init__.py", base.with_suffix(".py")):
            if path.is_file():
                chain.append((".".join(parts[:depth]), path))
                break
        else:
            # The last part may be a function or a class; anything else is a mistake.
            if depth < len(parts) or not chain:
                raise LookupError(f"{'.'.join(parts[:depth])} has no file below {root}")
    return chain


def _data_beside(folders: Iterable[Path]) -> set[Path]:
    """Files that are no Python, in these folders and in their `data` folders."""
    found: set[Path] = set()
    for folder in folders:
        found.update(path for path in folder.iterdir() if _is_data(path))
        found.update(path for path in (folder / "data").rglob("*") if _is_data(path))
    return found


def _is_data(path: Path) -> bool:
    return path.is_file() and path.suffix not in {".py", ".pyc", ".pyi"} and path.name != "py.typed"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@functools.cache
def _version_of(name: str) -> tuple[str, str]:
    for distribution in (_DISTRIBUTIONS.get(name, name), *_providers().get(name, ())):
        try:
            return distribution, metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return name, "absent"


@functools.cache
def _providers() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
