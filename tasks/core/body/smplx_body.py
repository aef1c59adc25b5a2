"""SMPL, SMPL+H and SMPL-X as the body model, from a file that the user holds a licence for.

Loper et al. 2015 (SMPL), Romero et al. 2017 (MANO), Pavlakos et al. 2019 (SMPL-X), through the
smplx package. These models carry neither ARKit expressions nor, here, UVs: `capabilities` says
so, and stages that need them refuse with `body_model.lacks`.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import Embedding, ShapeSubset, Sparse, Topology
from tasks.core.digest import digest_of
from tasks.core.entities import Float32
from tasks.core.errors import EngineMissing

# What is read of a model file. Object arrays, which some files also hold, are never opened: they
# are pickles.
_ARRAYS = ("v_template", "shapedirs", "posedirs", "J_regressor", "weights", "kintree_table", "f")

# The three models by their number of joints.
_KINDS = {24: "smpl", 52: "smplh", 55: "smplx"}

# Strongest influences kept of each vertex: the models' own weights have at most four that matter.
_INFLUENCES = 6

_BODY_NAMES = {
    "pelvis": "Hips", "spine1": "Spine", "spine2": "Spine1", "spine3": "Spine2",
    "neck": "Neck", "head": "Head",
}  # fmt: skip
_LIMB_NAMES = {
    "hip": "UpLeg", "knee": "Leg", "ankle": "Foot", "foot": "ToeBase", "collar": "Shoulder",
    "shoulder": "Arm", "elbow": "ForeArm", "wrist": "Hand", "eye_smplhf": "Eye",
}  # fmt: skip
_FINGER_NAMES = ("index", "middle", "pinky", "ring", "thumb")


@dataclass(frozen=True)
class SmplxBody:
    """A loaded model file; see `BodyModel` for meanings. The betas are its local changes."""

    module: Any
    joint_names: tuple[str, ...]
    name: str
    version: str
    digest: str
    licence: str = "the user's own licence of the model file (SMPL family: not for business use)"
    phenotype_names: tuple[str, ...] = ()
    expression_names: tuple[str, ...] = ()
    expressions: tuple[Sparse, ...] = ()
    landmarks: Embedding | None = None

    @cached_property
    def phenotype_defaults(self) -> Float32:
        """(0,): betas are all there is."""
        return np.zeros(0, np.float32)

    @cached_property
    def local_change_names(self) -> tuple[str, ...]:
        """beta0, beta1, …: principal components, in standard deviations."""
        return tuple(f"beta{k}" for k in range(self.module.shapedirs.shape[-1]))

    @cached_property
    def topology(self) -> Topology:
        """One group, `body`; no UVs."""
        faces = np.asarray(self.module.faces_tensor.numpy(), np.int32)
        weights = self.module.lbs_weights.numpy()
        order = np.argsort(-weights, axis=1, kind="stable")[:, :_INFLUENCES].astype(np.int32)
        kept = np.take_along_axis(weights, order, axis=1)
        return Topology(
            faces=faces,
            face_groups=np.zeros(len(faces), np.int32),
            group_names=("body",),
            uv=np.zeros((0, 2), np.float32),
            uv_faces=np.full_like(faces, -1),
            vertex_groups={"body": np.arange(len(weights), dtype=np.int32)},
            joint_names=self.joint_names,
            joint_parents=self.module.parents.numpy().astype(np.int32),
            skin_indices=np.where(kept > 0.0, order, 0).astype(np.int32),
            skin_weights=(kept / kept.sum(axis=1, keepdims=True)).astype(np.float32),
        )

    @property
    def template(self) -> Float32:
        """(V, 3) float32: the vertices before any shape."""
        return np.asarray(self.module.v_template.numpy())

    def shape(
        self, phenotypes: NDArray[np.floating], local_changes: NDArray[np.floating]
    ) -> tuple[Float32, Float32]:
        """Zero pose (a T-pose) of one person.

        Args:
            phenotypes: (0,), none.
            local_changes: (B,) betas.

        Returns:
            (V, 3) float32 vertices and (J, 3) float32 joints, metres, Y up, facing +Z.
        """
        import torch
        from smplx.lbs import blend_shapes, vertices2joints

        betas = torch.as_tensor(np.asarray(local_changes, np.float32))[None]
        with torch.no_grad():
            shaped = self.module.v_template + blend_shapes(betas, self.module.shapedirs)
            joints = vertices2joints(self.module.J_regressor, shaped)
        return shaped[0].numpy(), joints[0].numpy()

    def subset(
        self, vertex_ids: NDArray[np.integer], fixed: Mapping[str, float] | None = None
    ) -> ShapeSubset:
        """The model cut down to some vertices; there are no phenotypes to fix."""
        ids = np.asarray(vertex_ids, np.int64)
        return _linear(self.module.v_template.numpy()[ids], self.module.shapedirs.numpy()[ids])

    def joint_subset(self, fixed: Mapping[str, float] | None = None) -> ShapeSubset:
        """As `subset`, of the J joints in place of vertices."""
        regressor = self.module.J_regressor.numpy()
        return _linear(
            regressor @ self.module.v_template.numpy(),
            np.einsum("jv,vdb->jdb", regressor, self.module.shapedirs.numpy()),
        )


def load_smplx_body(path: Path, *, trust_pickle: bool = False) -> SmplxBody:
    """Load a SMPL, SMPL+H or SMPL-X model file.

    Args:
        path: the `.npz` of the model's download. A `.pkl` is a program as much as a file: loading
            it runs whatever it holds, so it is refused unless told otherwise.
        trust_pickle: load a `.pkl` all the same, by the smplx package.

    Raises:
        EngineMissing: `engine.smplx` (package absent), `engine.smplx_model` (no such file),
            `engine.smplx_pickle` (a pickle, and not trusted), `engine.smplx_damaged` (not a
            model of this family, or cut short).
    """
    try:
        import smplx
        from smplx.utils import Struct
    except ModuleNotFoundError as error:
        raise EngineMissing(
            "engine.smplx", "The smplx package is not installed; run `pip install smplx`."
        ) from error
    path = Path(path)
    if not path.is_file():
        raise EngineMissing(
            "engine.smplx_model",
            f"There is no body model file at {path}. Register at smpl-x.is.tue.mpg.de (or "
            "smpl.is.tue.mpg.de), accept its licence, download the .npz and place it there.",
        )
    pickled = path.suffix.lower() == ".pkl"
    if pickled and not trust_pickle:
        raise EngineMissing(
            "engine.smplx_pickle",
            f"{path.name} is a pickle, which can run any program when it is opened. Use the .npz "
            "of the same model, or state that you trust this file.",
        )
    try:
        given = None if pickled else Struct(**_read_arrays(path))
        # The package prints a warning where a file has only ten betas.
        with contextlib.redirect_stdout(io.StringIO()):
            module = smplx.SMPL(
                model_path=str(path),
                data_struct=given,
                create_betas=False,
                create_global_orient=False,
                create_body_pose=False,
                create_transl=False,
            )
        kind = _checked_kind(module)
    except Exception as error:
        raise EngineMissing(
            "engine.smplx_damaged",
            f"{path.name} is not a whole SMPL, SMPL+H or SMPL-X model ({error}); "
            "download it again.",
        ) from error
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    return SmplxBody(
        module=module,
        joint_names=_joint_names(kind),
        name=kind,
        version=f"{path.stem} {sha[:12]}",
        digest=digest_of("smplx", kind, sha),
    )


def _read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    try:
        with np.load(path, allow_pickle=False) as stored:
            lacking = [name for name in _ARRAYS if name not in stored.files]
            if lacking:
                raise ValueError(f"it lacks {', '.join(lacking)}")
            return {name: stored[name] for name in _ARRAYS}
    except (zipfile.BadZipFile, EOFError, OSError) as error:
        raise ValueError("it cannot be read") from error


def _checked_kind(module: Any) -> str:
    vertices = len(module.v_template)
    joints = len(module.parents)
    if joints not in _KINDS:
        raise ValueError(f"it has {joints} joints")
    shapes = {
        "v_template": (vertices, 3),
        "J_regressor": (joints, vertices),
        "lbs_weights": (vertices, joints),
    }
    for name, expected in shapes.items():
        buffer = getattr(module, name)
        if tuple(buffer.shape) != expected or not bool(buffer.isfinite().all()):
            raise ValueError(f"{name} is not {' × '.join(map(str, expected))} finite numbers")
    if tuple(module.shapedirs.shape[:2]) != (vertices, 3) or module.shapedirs.shape[2] == 0:
        raise ValueError("shapedirs does not fit the template")
    if int(module.faces_tensor.max()) >= vertices or int(module.faces_tensor.min()) < 0:
        raise ValueError("a face names a vertex that is not there")
    parents = module.parents.tolist()
    if any(parent >= joint for joint, parent in enumerate(parents)):
        raise ValueError("a joint stands before its parent")
    return _KINDS[joints]


def _joint_names(kind: str) -> tuple[str, ...]:
    from smplx import joint_names

    tables = {
        # SMPL has one joint a hand where SMPL+H has fifteen.
        "smpl": [*joint_names.SMPLH_JOINT_NAMES[:22], "left_hand", "right_hand"],
        "smplh": joint_names.SMPLH_JOINT_NAMES[:52],
        "smplx": joint_names.JOINT_NAMES[:55],
    }
    return tuple(_bone_name(name) for name in tables[kind])


def _bone_name(name: str) -> str:
    """The package's joint name → our bone name; what has none keeps its own."""
    if name in _BODY_NAMES:
        return _BODY_NAMES[name]
    side, _, part = name.partition("_")
    if side not in ("left", "right"):
        return name
    if part in _LIMB_NAMES:
        return side.capitalize() + _LIMB_NAMES[part]
    if part[:-1] in _FINGER_NAMES:
        return f"{side.capitalize()}Hand{part[:-1].capitalize()}{part[-1]}"
    return name


def _linear(template: Float32, directions: Float32) -> ShapeSubset:
    """template (n, 3), directions (n, 3, B)."""
    plus = np.moveaxis(directions, -1, 0)
    return ShapeSubset(
        template=template,
        phenotype_shapes=np.zeros((0, len(template), 3), np.float32),
        local_plus=plus,
        local_minus=-plus,
        phenotype_coefficients=_no_coefficients,
    )


def _no_coefficients(phenotypes: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.zeros(0)
