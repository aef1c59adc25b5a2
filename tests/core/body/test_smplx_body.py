"""SMPL-family files through the body model's interface, on small models with known answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tasks.core.body.choose import find_model_file, load_body_model
from tasks.core.body.model import capabilities, require
from tasks.core.body.smplx_body import SmplxBody, load_smplx_body
from tasks.core.body.stance import stance
from tasks.core.errors import EngineMissing, Rejected

BETAS = 3
# SMPL's own tree: pelvis, hips, spine1, knees, spine2, ankles, spine3, feet, neck, collars, head,
# shoulders, elbows, wrists, hands.
SMPL_PARENTS = [-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21]
SMPLX_PARENTS = [
    *SMPL_PARENTS[:22], 15, 15, 15,
    *(p for wrist, first in ((20, 25), (21, 40)) for finger in range(5)
      for p in (wrist, first + 3 * finger, first + 3 * finger + 1)),
]  # fmt: skip


def write_model(path: Path, parents: list[int], **changed: np.ndarray) -> dict[str, np.ndarray]:
    """A cube a joint: joint k is the mean of vertices 8k..8k+7, which hang on it alone."""
    rng = np.random.default_rng(7)
    joints = len(parents)
    count = 8 * joints
    centres = rng.normal(0.0, 0.5, (joints, 3))
    corners = 0.02 * np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    owner = np.repeat(np.arange(joints), 8)
    tree = np.array([parents, np.arange(joints)], np.int64)
    # The published files write the root's parent as the largest uint32.
    tree[0, 0] = 2**32 - 1
    data = {
        "v_template": (centres[:, None] + corners).reshape(-1, 3),
        "shapedirs": rng.normal(0.0, 0.01, (count, 3, BETAS)),
        "posedirs": np.zeros((count, 3, 9 * (joints - 1))),
        "J_regressor": np.equal.outer(np.arange(joints), owner) / 8.0,
        "weights": np.equal.outer(owner, np.arange(joints)).astype(np.float64),
        "kintree_table": tree,
        "f": np.stack([8 * np.arange(joints) + k for k in (0, 1, 3)], axis=1).astype(np.uint32),
    }
    data.update(changed)
    np.savez(path, **data)
    return data


@pytest.fixture
def smpl(tmp_path: Path) -> tuple[SmplxBody, dict[str, np.ndarray]]:
    data = write_model(tmp_path / "SMPL_NEUTRAL.npz", SMPL_PARENTS)
    return load_smplx_body(tmp_path / "SMPL_NEUTRAL.npz"), data


def test_shape_is_the_template_plus_the_weighted_directions(smpl) -> None:  # type: ignore[no-untyped-def]
    model, data = smpl
    betas = np.array([1.5, -2.0, 0.25])
    vertices, joints = model.shape(np.zeros(0), betas)
    expected = data["v_template"] + data["shapedirs"] @ betas
    np.testing.assert_allclose(vertices, expected, atol=1e-6)
    np.testing.assert_allclose(joints, expected.reshape(-1, 8, 3).mean(axis=1), atol=1e-6)


def test_a_subset_gives_the_same_vertices(smpl) -> None:  # type: ignore[no-untyped-def]
    model, _ = smpl
    betas = np.array([1.5, -2.0, 0.25])
    ids = np.array([100, 3, 3, 57])
    part = model.subset(ids).shape(np.zeros(0), betas)
    np.testing.assert_allclose(part, model.shape(np.zeros(0), betas)[0][ids], atol=1e-6)


def test_joints_carry_the_humanoid_names(smpl, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    names = smpl[0].topology.joint_names
    assert names[:4] == ("Hips", "LeftUpLeg", "RightUpLeg", "Spine")
    assert names[12:22:3] == ("Neck", "Head", "LeftForeArm", "RightHand")
    write_model(tmp_path / "SMPLX_NEUTRAL.npz", SMPLX_PARENTS)
    full = load_smplx_body(tmp_path / "SMPLX_NEUTRAL.npz")
    assert full.name == "smplx"
    wanted = {"LeftEye", "RightEye", "LeftHandIndex1", "RightHandThumb3", "jaw", "LeftToeBase"}
    assert wanted <= set(full.topology.joint_names)
    assert len(set(full.topology.joint_names)) == 55


def test_skinning_follows_the_files_weights(smpl) -> None:  # type: ignore[no-untyped-def]
    topology = smpl[0].topology
    np.testing.assert_array_equal(topology.skin_indices[:, 0], np.repeat(np.arange(24), 8))
    np.testing.assert_array_equal(topology.skin_weights.sum(axis=1), 1.0)
    np.testing.assert_array_equal(topology.joint_parents, SMPL_PARENTS)


def test_posing_agrees_with_the_packages_own_skinning(smpl) -> None:  # type: ignore[no-untyped-def]
    import torch
    from smplx.lbs import lbs

    from tasks.core.body.pose import pose_vertices

    model, _ = smpl
    betas = np.array([0.5, 1.0, -1.0])
    pose = np.random.default_rng(1).normal(0.0, 0.7, (24, 3))
    module = model.module
    theirs, their_joints = lbs(
        torch.tensor(betas[None], dtype=torch.float32),
        torch.tensor(pose.reshape(1, -1), dtype=torch.float32),
        module.v_template[None],
        module.shapedirs,
        module.posedirs,
        module.J_regressor,
        module.parents,
        module.lbs_weights,
    )
    ours = pose_vertices(model.topology, *model.shape(np.zeros(0), betas), pose)
    np.testing.assert_allclose(ours.vertices, theirs[0], atol=1e-5)
    np.testing.assert_allclose(ours.joints, their_joints[0], atol=1e-5)


def test_it_says_what_it_lacks(smpl) -> None:  # type: ignore[no-untyped-def]
    model, _ = smpl
    assert capabilities(model) == frozenset()
    with pytest.raises(Rejected) as caught:
        require(model, "expressions", "uv")
    assert caught.value.code == "body_model.lacks"
    assert "expressions" in caught.value.sentence
    assert "uv" in caught.value.sentence


def test_anny_has_all_that_an_avatar_needs(anny) -> None:  # type: ignore[no-untyped-def]
    require(anny, "expressions", "uv", "phenotypes", "helpers")


def test_a_stance_needs_no_fingers(smpl) -> None:  # type: ignore[no-untyped-def]
    model, _ = smpl
    assert np.isfinite(stance(model, model.shape(np.zeros(0), np.zeros(BETAS))[1], "A")).all()


def test_the_licence_is_the_users_and_the_digest_the_files(smpl, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    model, _ = smpl
    assert "user" in model.licence
    assert load_smplx_body(tmp_path / "SMPL_NEUTRAL.npz").digest == model.digest
    write_model(tmp_path / "other.npz", SMPL_PARENTS, v_template=np.zeros((192, 3)))
    assert load_smplx_body(tmp_path / "other.npz").digest != model.digest


def code_of(path: Path, **options: bool) -> str:
    with pytest.raises(EngineMissing) as caught:
        load_smplx_body(path, **options)
    assert "Traceback" not in caught.value.sentence
    return caught.value.code


def test_a_missing_file_says_where_to_get_one(tmp_path: Path) -> None:
    assert code_of(tmp_path / "SMPLX_NEUTRAL.npz") == "engine.smplx_model"


@pytest.mark.parametrize("keep", [0, 10, 500, 5000])
def test_a_truncated_file_is_named_as_damaged(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "SMPL_NEUTRAL.npz"
    write_model(path, SMPL_PARENTS)
    path.write_bytes(path.read_bytes()[:keep])
    assert code_of(path) == "engine.smplx_damaged"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("J_regressor", np.zeros((24, 5))),
        ("weights", np.full((192, 24), np.nan)),
        ("f", np.array([[0, 1, 999]])),
        ("shapedirs", np.zeros((5, 3, 10))),
        ("kintree_table", np.zeros((2, 7), np.int64)),
        ("kintree_table", np.array([[-1, 5, *[0] * 22], range(24)])),
        ("v_template", np.array([{"a": 1}], object)),
    ],
)
def test_a_model_that_contradicts_itself_is_damaged(
    tmp_path: Path, name: str, value: np.ndarray
) -> None:
    path = tmp_path / "SMPL_NEUTRAL.npz"
    write_model(path, SMPL_PARENTS, **{name: value})
    assert code_of(path) == "engine.smplx_damaged"


def test_object_arrays_beside_the_model_are_never_opened(tmp_path: Path) -> None:
    path = tmp_path / "SMPL_NEUTRAL.npz"
    write_model(path, SMPL_PARENTS, part2num=np.array({"a": 1}, object))
    assert load_smplx_body(path).name == "smpl"


def test_a_pickle_is_not_opened_unless_trusted(tmp_path: Path) -> None:
    path = tmp_path / "SMPL_NEUTRAL.pkl"
    mark = tmp_path / "ran"
    # A protocol 0 stream that calls os.system: what a hostile file would do.
    path.write_bytes(f"cos\nsystem\n(S'touch {mark}'\ntR.".encode())
    assert code_of(path) == "engine.smplx_pickle"
    assert not mark.exists()
    assert code_of(path, trust_pickle=True) == "engine.smplx_damaged"
    assert mark.exists()


def test_the_setting_chooses_the_file(tmp_path: Path) -> None:
    (tmp_path / "smpl").mkdir()
    write_model(tmp_path / "smpl" / "SMPL_MALE.npz", SMPL_PARENTS)
    write_model(tmp_path / "SMPL_NEUTRAL.npz", SMPL_PARENTS)
    (tmp_path / "SMPL_NEUTRAL.pkl").write_bytes(b"")
    assert find_model_file("smpl", tmp_path) == tmp_path / "SMPL_NEUTRAL.npz"
    assert load_body_model("smpl", tmp_path, tmp_path).name == "smpl"
    direct = str(tmp_path / "smpl" / "SMPL_MALE.npz")
    assert load_body_model(direct, tmp_path, tmp_path).version.startswith("SMPL_MALE ")
    for setting, code in (("smplx", "engine.smplx_model"), ("ghum", "engine.body_model")):
        with pytest.raises(EngineMissing) as caught:
            load_body_model(setting, tmp_path, tmp_path)
        assert caught.value.code == code
