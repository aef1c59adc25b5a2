"""The measuring itself, on a ball whose morphs are known: right ones pass, wrong ones fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import sample_glb as sample
from tests.clients.movement import assert_moves_left_eye, assert_moves_mouth
from tests.clients.programs import Visit, validate, visit

SHOTS = {
    "neutral": {},
    "jawOpen": {"jawOpen": 1.0},
    "blink": {"eyeBlinkLeft": 1.0},
    "wrong": {"eyeBlinkRight": 1.0},
    "nothing": {"absent": 1.0},
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    folder = tmp_path_factory.mktemp("ball")
    morphs = {**sample.MORPHS, "eyeBlinkRight": (sample.RIGHT_EYE, 0.02)}
    (folder / "ball.glb").write_bytes(sample.sample_glb(morphs))
    return visit(folder / "ball.glb", folder, SHOTS)


def test_right_regions_pass(seen: Visit) -> None:
    assert_moves_mouth(seen, "jawOpen")
    assert_moves_left_eye(seen, "blink")
    assert seen.said == []


@pytest.mark.parametrize("shot", ["wrong", "jawOpen", "nothing"])
def test_another_region_is_no_left_eye(seen: Visit, shot: str) -> None:
    with pytest.raises(AssertionError):
        assert_moves_left_eye(seen, shot)


@pytest.mark.parametrize("shot", ["wrong", "blink", "nothing"])
def test_another_region_is_no_mouth(seen: Visit, shot: str) -> None:
    with pytest.raises(AssertionError):
        assert_moves_mouth(seen, shot)


def test_validator_reports_what_is_wrong(tmp_path: Path) -> None:
    good = sample.sample_glb()
    (tmp_path / "good.glb").write_bytes(good)
    # The same length, another name: a material property outside its range.
    (tmp_path / "bad.glb").write_bytes(
        good.replace(b'"metallicFactor":0.0', b'"metallicFactor":7.0')
    )
    issues = validate(tmp_path / "good.glb")["issues"]
    assert [issues[kind] for kind in ("numErrors", "numWarnings", "numHints")] == [0, 0, 0]
    assert validate(tmp_path / "bad.glb")["issues"]["numErrors"] == 1
