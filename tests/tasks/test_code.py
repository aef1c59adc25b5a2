"""The identity of a stage's code: what changes it, and what does not."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tasks.code import ROOT, Code, code_of, imports_of

SOURCES = {
    "tasks/__init__.py": "",
    "tasks/core/__init__.py": "",
    "tasks/core/head/__init__.py": "",
    "tasks/core/head/fit.py": "import numpy as np\nfrom tasks.core.head import solve\n"
    "from . import prior\ndef fit(): ...\n",
    "tasks/core/head/solve.py": "def solve():\n    from tasks.core.shared import thing\n",
    "tasks/core/head/prior.py": "import json\n",
    "tasks/core/head/unused.py": "",
    "tasks/core/shared.py": "import cv2, surely_not_installed\nthing = 1\n",
    "tasks/core/other/__init__.py": "",
    "tasks/core/other/far.py": "",
    "tasks/core/head/data/embedding.json": "{}",
    "tasks/core/other/data/far.json": "{}",
}
FIT = ("tasks.core.head.fit",)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def code(root: Path) -> Code:
    code_of.cache_clear()
    return code_of(FIT, root)


def test_imports_are_followed(root: Path) -> None:
    assert [name for name, _ in code(root).files] == [
        "tasks/__init__.py",
        "tasks/core/__init__.py",
        "tasks/core/head/__init__.py",
        "tasks/core/head/data/embedding.json",
        "tasks/core/head/fit.py",
        "tasks/core/head/prior.py",
        "tasks/core/head/solve.py",
        "tasks/core/shared.py",
    ]


def test_libraries_are_named_by_distribution_and_version(root: Path) -> None:
    libraries = dict(code(root).libraries)
    assert set(libraries) == {"numpy", "opencv-contrib-python", "surely_not_installed"}
    assert libraries["surely_not_installed"] == "absent"
    assert libraries["numpy"].startswith("1.")


@pytest.mark.parametrize(
    ("file", "changes"),
    [
        ("tasks/core/head/fit.py", True),
        ("tasks/core/head/solve.py", True),
        ("tasks/core/head/prior.py", True),
        ("tasks/core/shared.py", True),
        ("tasks/core/head/__init__.py", True),
        ("tasks/core/head/data/embedding.json", True),
        ("tasks/core/head/unused.py", False),
        ("tasks/core/other/far.py", False),
        ("tasks/core/other/data/far.json", False),
    ],
)
def test_only_what_takes_part_changes_the_digest(root: Path, file: str, changes: bool) -> None:
    before = code(root).digest
    (root / file).write_text(SOURCES[file] + " ")
    assert (code(root).digest != before) is changes


def test_the_place_of_the_checkout_does_not_matter(root: Path, tmp_path: Path) -> None:
    before = code(root).digest
    shutil.copytree(root / "tasks", tmp_path / "elsewhere" / "tasks")
    assert code(tmp_path / "elsewhere").digest == before


def test_a_module_without_a_file_is_a_mistake(root: Path) -> None:
    with pytest.raises(LookupError, match=r"tasks\.core\.nowhere"):
        code_of(("tasks.core.nowhere.thing",), root)


def test_imports_in_a_function_are_found() -> None:
    def stage() -> None:
        import json

        from tasks.core import digest
        from tasks.core.person import Person

        print(json, digest, Person)

    assert imports_of(stage) == ("tasks.core.digest", "tasks.core.person.Person")


def test_every_real_stage_resolves() -> None:
    from flows.avatar import STAGES

    for stage in STAGES:
        modules = imports_of(stage.fn)
        assert any(module.startswith("tasks.core.") for module in modules), stage.name
        assert code_of(modules, ROOT).files


def test_the_head_does_not_depend_on_the_skin() -> None:
    from flows.avatar import STAGES

    head = next(stage for stage in STAGES if stage.name == "fit_head")
    files = {name for name, _ in code_of(imports_of(head.fn)).files}
    assert "tasks/core/head/fit.py" in files
    assert not any(name.startswith(("tasks/core/skin/", "tasks/core/gltf/")) for name in files)
    # Only the code of the model that is used counts, through its reference.
    assert "tasks/core/body/smplx_body.py" not in files
