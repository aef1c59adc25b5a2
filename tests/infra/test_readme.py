"""The README says what the code does."""

from __future__ import annotations

import ast
import re

from blocks.settings import Settings
from infra.setup.console import REPOSITORY

README = (REPOSITORY / "README.md").read_text()
_CODE = re.compile(r"(photo|person)\.[a-z0-9_]+")


def codes_in_the_tree() -> set[str]:
    found: set[str] = set()
    for path in (REPOSITORY / "tasks" / "core").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.update([node.value] if _CODE.fullmatch(node.value) else [])
    return found


def test_every_code_about_a_photo_or_a_person_is_explained() -> None:
    missing = sorted(code for code in codes_in_the_tree() if f"`{code}`" not in README)
    assert missing == []


def test_no_code_is_explained_that_does_not_exist() -> None:
    explained = {match.group(0)[1:-1] for match in re.finditer(r"`(photo|person)\.\w+`", README)}
    assert explained <= codes_in_the_tree()


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_linked_files_exist() -> None:
    for link in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (REPOSITORY / link).is_file(), link


def test_every_setting_is_named() -> None:
    missing = [name for name in Settings.model_fields if f"`LIKENESS_{name.upper()}`" not in README]
    assert missing == []
