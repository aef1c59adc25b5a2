"""What a fit may vary of the shape, and the positions it needs, as functions of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel, ShapeSubset
from tasks.core.body.plausible import Target

Array = NDArray[np.float64]

# Phenotypes that a body in a photo tells, with their spread about the plausible body.
_PHENOTYPES: dict[str, float] = {
    "gender": 0.30,
    "muscle": 0.15,
    "weight": 0.25,
    "height": 0.50,
    "proportions": 0.25,
}
# Local changes, both sides together, with their spread: girths and lengths that show in outline.
_CHANGES: tuple[tuple[tuple[str, ...], float], ...] = (
    (("torso-scale-horiz-incr",), 0.25),
    (("torso-scale-depth-incr",), 0.25),
    (("torso-vshape-incr",), 0.25),
    (("measure-shoulder-dist-incr",), 0.25),
    (("measure-waist-circ-incr",), 0.20),
    (("hip-scale-horiz-incr",), 0.25),
    (("hip-scale-depth-incr",), 0.20),
    (("measure-thigh-circ-incr",), 0.20),
    (("measure-calf-circ-incr",), 0.20),
    (("measure-upperarm-circ-incr",), 0.20),
    (("measure-napetowaist-dist-incr",), 0.15),
    (("upperlegs-height-incr",), 0.15),
    (("lowerlegs-height-incr",), 0.15),
    (("measure-upperarm-length-incr",), 0.20),
    (("measure-lowerarm-length-incr",), 0.20),
)
_CHANGE_LIMIT = 0.8
# Principal components are in standard deviations already.
_BETA_LIMIT = 3.0
# Step of the forward difference over a phenotype.
_STEP = 1e-4


@dataclass(frozen=True)
class ShapeParameters:
    """The S numbers of shape that a fit varies, around a plausible body.

    phenotypes, local_changes: (P,) and (L,) of that body. places: which phenotypes vary, the
    first of the S; groups: which local changes move together, the rest. start, spread, low, high:
    (S,). fixed: the phenotypes that keep their value.
    """

    phenotypes: Array
    local_changes: Array
    places: tuple[int, ...]
    groups: tuple[tuple[int, ...], ...]
    start: Array
    spread: Array
    low: Array
    high: Array
    fixed: dict[str, float]

    def of_model(self, values: Array) -> tuple[Array, Array]:
        """(S,) → the model's own (P,) and (L,)."""
        changes = self.local_changes.copy()
        for group, value in zip(self.groups, values[len(self.places) :], strict=True):
            changes[list(group)] += value
        return self.phenotypes_of(values), changes

    def phenotypes_of(self, values: Array) -> Array:
        """(S,) → (P,)."""
        phenotypes = self.phenotypes.copy()
        phenotypes[list(self.places)] = values[: len(self.places)]
        return phenotypes


def shape_parameters(
    model: BodyModel,
    phenotypes: NDArray[np.floating],
    local_changes: NDArray[np.floating],
    target: Target,
) -> ShapeParameters:
    """What may vary around a plausible body, (P,) and (L,); a stated gender may not."""
    places, start, spread, low, high = [], [], [], [], []
    for name, deviation in _PHENOTYPES.items():
        if name in model.phenotype_names and not (name == "gender" and target.gender_given):
            places.append(model.phenotype_names.index(name))
            start.append(float(phenotypes[places[-1]]))
            spread.append(deviation)
            low.append(0.0)
            high.append(1.0)
    known = model.local_change_names
    if model.phenotype_names:
        table = [(g, s) for g, s in _CHANGES if all(name in known for name in g)]
        limit = _CHANGE_LIMIT
    else:
        table, limit = [((name,), 1.0) for name in known], _BETA_LIMIT
    return ShapeParameters(
        phenotypes=np.asarray(phenotypes, np.float64),
        local_changes=np.asarray(local_changes, np.float64),
        places=tuple(places),
        groups=tuple(tuple(known.index(name) for name in names) for names, _ in table),
        start=np.array(start + [0.0] * len(table)),
        spread=np.array(spread + [deviation for _, deviation in table]),
        low=np.array(low + [-limit] * len(table)),
        high=np.array(high + [limit] * len(table)),
        fixed={
            name: float(phenotypes[place])
            for place, name in enumerate(model.phenotype_names)
            if place not in places
        },
    )


@dataclass(frozen=True)
class ShapeSpace:
    """m points (vertices, then joints) as a function of the shape parameters."""

    parameters: ShapeParameters
    template: Array
    shapes: Array
    plus: Array
    minus: Array
    coefficients: Callable[[NDArray[np.floating]], Array]

    def points(self, values: Array) -> Array:
        """(S,) → (m, 3) rest positions, metres."""
        changes = values[len(self.parameters.places) :]
        return (
            self._phenotype_points(values)
            + np.tensordot(np.maximum(changes, 0.0), self.plus, 1)
            + np.tensordot(np.maximum(-changes, 0.0), self.minus, 1)
        )

    def jacobian(self, values: Array) -> Array:
        """(S,) → (S, m, 3) derivatives of `points`."""
        here = self._phenotype_points(values)
        count = len(self.parameters.places)
        rows = []
        for place in range(count):
            # Away from the upper limit, beyond which the model stands still.
            step = _STEP if values[place] + _STEP <= self.parameters.high[place] else -_STEP
            moved = values.copy()
            moved[place] += step
            rows.append((self._phenotype_points(moved) - here) / step)
        positive = values[count:] >= 0.0
        changes = np.where(positive[:, None, None], self.plus, -self.minus)
        return np.concatenate([np.array(rows).reshape(-1, *here.shape), changes])

    def _phenotype_points(self, values: Array) -> Array:
        weights = self.coefficients(self.parameters.phenotypes_of(values))
        moved = weights @ self.shapes.reshape(len(weights), -1)
        return self.template + moved.reshape(self.template.shape)


def shape_space(
    model: BodyModel,
    parameters: ShapeParameters,
    vertex_ids: NDArray[np.integer],
    bones: ShapeSubset,
) -> ShapeSpace:
    """The positions of (n,) vertices and of all joints (`model.joint_subset`)."""
    skin = model.subset(vertex_ids, parameters.fixed)

    def both(attribute: str, axis: int) -> NDArray[np.float32]:
        return np.concatenate([getattr(skin, attribute), getattr(bones, attribute)], axis=axis)

    plus, minus = both("local_plus", 1), both("local_minus", 1)
    changes = parameters.local_changes
    template = (
        both("template", 0).astype(np.float64)
        + np.tensordot(np.maximum(changes, 0.0), plus, 1)
        + np.tensordot(np.maximum(-changes, 0.0), minus, 1)
    )

    def grouped(rows: NDArray[np.float32]) -> Array:
        summed = [rows[list(group)].sum(axis=0, dtype=np.float64) for group in parameters.groups]
        return np.array(summed).reshape(-1, *template.shape)

    return ShapeSpace(
        parameters=parameters,
        template=template,
        shapes=both("phenotype_shapes", 1).astype(np.float64),
        plus=grouped(plus),
        minus=grouped(minus),
        coefficients=skin.phenotype_coefficients,
    )
