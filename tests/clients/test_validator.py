"""The built avatar under Khronos' glTF validator, and within the budgets of real clients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.clients.programs import validate

# Infos that are right as they are: each name says something true of every rigged avatar.
KNOWN_INFOS: frozenset[str] = frozenset()
LARGEST_BYTES = 4_000_000


@pytest.fixture(scope="module")
def report(built_glb: Path) -> dict[str, Any]:
    return validate(built_glb)


def test_no_errors_warnings_or_hints(report: dict[str, Any]) -> None:
    issues = report["issues"]
    counts = [issues[kind] for kind in ("numErrors", "numWarnings", "numHints")]
    assert counts == [0, 0, 0], issues["messages"][:20]


def test_no_infos_but_known_ones(report: dict[str, Any]) -> None:
    infos = {message["code"] for message in report["issues"]["messages"]}
    assert infos <= KNOWN_INFOS


def test_it_is_a_skinned_textured_morphing_mesh(report: dict[str, Any]) -> None:
    info = report["info"]
    assert info["version"] == "2.0"
    assert info["hasMorphTargets"]
    assert info["hasSkins"]
    assert info["hasTextures"]
    assert info["maxInfluences"] == 4
    assert info["animationCount"] == 0


def test_it_fits_the_size_budget(built_glb: Path) -> None:
    assert built_glb.stat().st_size <= LARGEST_BYTES
