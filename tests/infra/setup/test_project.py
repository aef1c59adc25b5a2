"""The project file against the code: what is imported is declared, what is declared is pinned."""

from __future__ import annotations

import ast
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.setup.console import REPOSITORY
from infra.setup.environment import CONSTRAINTS

PACKAGES = ("blocks", "flows", "infra", "tasks")
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
# Imported under a name that no installed distribution lists as its own.
PROVIDED_BY = {"cv2": "opencv-python", "dlib": "dlib-bin"}


def declared(*extras: str) -> set[str]:
    lines = [*PROJECT["project"]["dependencies"], *(line for e in extras for line in EXTRAS[e])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def imported(folder: str) -> set[str]:
    found: set[str] = set()
    for path in (REPOSITORY / folder).rglob("*.py"):
        if "node_modules" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found.update(alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.partition(".")[0])
    return found - sys.stdlib_module_names - {*PACKAGES, "tests"}


def undeclared(names: set[str], allowed: set[str]) -> set[str]:
    providers = metadata.packages_distributions()
    return {
        name
        for name in names
        if not {canonicalize_name(d) for d in providers.get(name, [PROVIDED_BY.get(name, name)])}
        & allowed
    }


@pytest.mark.parametrize("folder", PACKAGES)
def test_every_import_is_declared(folder: str) -> None:
    assert undeclared(imported(folder), declared("bench", "heic", "postgres", "speech")) == set()


def test_every_import_of_the_tests_is_declared() -> None:
    assert undeclared(imported("tests"), declared(*EXTRAS)) == set()


def test_constraints_meet_every_bound() -> None:
    lines = CONSTRAINTS.read_text().splitlines()
    pinned = dict(line.split("==") for line in lines if not line.startswith("#"))
    extras = [line for group in EXTRAS.values() for line in group]
    for line in [*PROJECT["project"]["dependencies"], *extras]:
        wanted = Requirement(line)
        assert wanted.specifier.contains(pinned[canonicalize_name(wanted.name)]), line


def test_the_wheel_holds_the_packages_and_no_tests() -> None:
    include = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert include == [f"{package}*" for package in PACKAGES]
    for package in (*PACKAGES, "tasks/core", "tasks/store"):
        assert Path(REPOSITORY, package, "__init__.py").exists()
