"""A model is refused before any stage where it lacks what the stages take."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.avatar import NEEDS
from tasks.core.errors import Rejected
from tasks.models import refer_to_model
from tests.core.body.test_smplx_body import SMPL_PARENTS, write_model


def test_a_bare_model_builds_no_avatar(tmp_path: Path) -> None:
    write_model(tmp_path / "SMPL_NEUTRAL.npz", SMPL_PARENTS)
    with pytest.raises(Rejected) as refusal:
        refer_to_model("smpl", tmp_path, tmp_path, NEEDS)
    assert refusal.value.code == "body_model.lacks"
    for lacking in NEEDS:
        assert lacking in refusal.value.sentence


def test_a_bare_model_can_be_referred_to_for_less(tmp_path: Path) -> None:
    write_model(tmp_path / "SMPL_NEUTRAL.npz", SMPL_PARENTS)
    assert refer_to_model("smpl", tmp_path, tmp_path).name == "smpl"
