"""The body model's interface. Nothing outside `tasks.core.body` knows which model is in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from tasks.core.digest import Digested
from tasks.core.entities import Float32, Int32
from tasks.core.errors import Rejected


@dataclass(frozen=True)
class Topology(Digested):
    """What depends on the model alone, never on the person.

    faces: (F, 3) int32 into the vertices, all groups together, counter-clockwise seen from
    outside. face_groups: (F,) int32 into group_names. uv: (T, 2) float32, v up; uv_faces: (F, 3)
    int32 into uv, -1 where a face has none. vertex_groups: name → (n,) int32 ascending vertex
    indices. joint_names: (J) names without prefix; joint_parents: (J,) int32, -1 for the root.
    skin_indices: (V, K) int32 joints and skin_weights: (V, K) float32, rows sum to 1, sorted by
    falling weight.
    """

    faces: Int32
    face_groups: Int32
    group_names: tuple[str, ...]
    uv: Float32
    uv_faces: Int32
    vertex_groups: dict[str, Int32]
    joint_names: tuple[str, ...]
    joint_parents: Int32
    skin_indices: Int32
    skin_weights: Float32

    def faces_of(self, group: str) -> Int32:
        """(n, 3) int32: the faces of one group."""
        return self.faces[self.face_groups == self.group_names.index(group)]


@dataclass(frozen=True)
class Sparse(Digested):
    """A blendshape's offsets where they are not zero: indices (K,) int32, offsets (K, 3) metres."""

    indices: Int32
    offsets: Float32


@dataclass(frozen=True)
class Embedding(Digested):
    """Where each face landmark sits on the model: landmark ids (M,) of the 478, corners (M, 3)
    vertex indices, barycentric (M, 3) rows summing to 1.

    offsets: (M, 3) metres in the rest frame, from that place on the skin to where the detector
    sees the landmark on average; a detector leans to its own mean face. None: nowhere else.
    """

    landmarks: Int32
    corners: Int32
    barycentric: Float32
    offsets: Float32 | None = None

    def points(self, vertices: NDArray[np.floating]) -> NDArray[np.floating]:
        """(V, 3) vertices → (M, 3) landmark positions."""
        return np.einsum("mcd,mc->md", vertices[self.corners], self.barycentric)


@dataclass(frozen=True)
class ShapeSubset:
    """A body model cut down to n vertices.

    template: (n, 3) float32. phenotype_shapes: (K, n, 3) float32, weighted by
    `phenotype_coefficients` (P,) → (K,). local_plus, local_minus: (L, n, 3) float32, the offsets
    of each local change at +1 and at -1; a parameter uses the one of its own sign.
    """

    template: Float32
    phenotype_shapes: Float32
    local_plus: Float32
    local_minus: Float32
    phenotype_coefficients: Callable[[NDArray[np.floating]], NDArray[np.float64]]

    def shape(
        self, phenotypes: NDArray[np.floating], local_changes: NDArray[np.floating]
    ) -> NDArray[np.float64]:
        """(P,) and (L,) → (n, 3) float64 rest positions."""
        values = np.asarray(local_changes, np.float64)
        rest = self.template.astype(np.float64)
        rest += np.tensordot(self.phenotype_coefficients(phenotypes), self.phenotype_shapes, 1)
        rest += np.tensordot(np.maximum(values, 0.0), self.local_plus, 1)
        rest += np.tensordot(np.maximum(-values, 0.0), self.local_minus, 1)
        return rest


class BodyModel(Protocol):
    """Shape parameters → vertices and joints, in the core's frame, metres, unscaled.

    `phenotypes` are continuous parameters with a range and a default; `local_changes` are signed
    offsets around 0. A betas model (SMPL family) has no phenotypes and calls its betas
    local_changes.
    """

    @property
    def name(self) -> str:
        """Short and lower case: `anny`, `smplx`."""
        ...

    @property
    def version(self) -> str:
        """Of the data, for the manifest."""
        ...

    @property
    def licence(self) -> str:
        """Of code and data, for the manifest."""
        ...

    @property
    def digest(self) -> str:
        """SHA-256 over all that the model's answers depend on."""
        ...

    @property
    def topology(self) -> Topology:
        """What depends on the model alone."""
        ...

    @property
    def template(self) -> Float32:
        """(V, 3) float32: the vertices before any shape."""
        ...

    @property
    def phenotype_names(self) -> tuple[str, ...]:
        """(P) names."""
        ...

    @property
    def phenotype_defaults(self) -> Float32:
        """(P,) float32: a young adult in the middle of every range."""
        ...

    @property
    def local_change_names(self) -> tuple[str, ...]:
        """(L) names."""
        ...

    @property
    def expression_names(self) -> tuple[str, ...]:
        """The 52 ARKit names, or none."""
        ...

    @property
    def expressions(self) -> tuple[Sparse, ...]:
        """One blendshape a name, on the unshaped model."""
        ...

    @property
    def landmarks(self) -> Embedding | None:
        """Where MediaPipe's face landmarks sit; None where unknown."""
        ...

    def shape(
        self, phenotypes: NDArray[np.floating], local_changes: NDArray[np.floating]
    ) -> tuple[Float32, Float32]:
        """Rest pose of one person: (V, 3) vertices and (J, 3) joints."""
        ...

    def subset(
        self, vertex_ids: NDArray[np.integer], fixed: Mapping[str, float] | None = None
    ) -> ShapeSubset:
        """The model cut down to some vertices; what a fit evaluates many times.

        `fixed`: phenotypes that will keep these values, so that what they exclude is left out.
        """
        ...

    def joint_subset(self, fixed: Mapping[str, float] | None = None) -> ShapeSubset:
        """As `subset`, of the J joints in place of vertices."""
        ...


def capabilities(model: BodyModel) -> frozenset[str]:
    """What a model carries beyond shape and skinning: `expressions` (the ARKit blendshapes),
    `uv`, `landmarks` (a face embedding), `phenotypes`, `helpers` (suit, eyes, teeth, hair)."""
    found = {
        "expressions": bool(model.expressions),
        "uv": len(model.topology.uv) > 0,
        "landmarks": model.landmarks is not None,
        "phenotypes": bool(model.phenotype_names),
        "helpers": "helper-tights" in model.topology.vertex_groups,
    }
    return frozenset(name for name, has in found.items() if has)


def require(model: BodyModel, *needed: str) -> None:
    """Refuse a model that lacks what a stage needs.

    Args:
        needed: names of `capabilities`.

    Raises:
        Rejected: `body_model.lacks`, naming all that is lacking.
    """
    _refuse_lack(model, [name for name in needed if name not in capabilities(model)])


def require_joints(model: BodyModel, *needed: str) -> None:
    """Refuse a model without the named joints.

    Raises:
        Rejected: `body_model.lacks`.
    """
    names = model.topology.joint_names
    _refuse_lack(model, [f"the joint {name}" for name in needed if name not in names])


def _refuse_lack(model: BodyModel, missing: list[str]) -> None:
    if missing:
        raise Rejected(
            "body_model.lacks",
            f"The body model {model.name} has no {' and no '.join(missing)}; "
            "use the default body model (anny) for this.",
        )
