"""Where the lips are on the body model's mesh, and how far apart some morphs bring them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Figure

# The left corner of the mouth on the base mesh.
LEFT_CORNER = 7188
# The box, about the left eye's height and depth, that holds the lips (metres).
_LOW, _HIGH, _DEEP = -0.080, -0.058, 0.018
# A lip vertex goes down with the jaw by more than this or it belongs to the upper lip.
_WITH_JAW_M = 0.0118
_MIDLINE_M = 0.0009


@dataclass(frozen=True)
class Mouth:
    """gap: vertical distance of the lips at the midline, negative where they overlap; width:
    between the corners; lower_top: highest point of the lower lip at the midline; incisors:
    lowest point of the upper ones; tongue: its foremost point. Metres."""

    gap: float
    width: float
    lower_top: NDArray[np.float64]
    incisors: NDArray[np.float64]
    tongue: NDArray[np.float64]


class MouthMeter:
    """Measures the mouth of one figure under ARKit weights."""

    def __init__(self, model: AnnyBody, figure: Figure) -> None:
        self._model, self._figure = model, figure
        eye = figure.joints[model.topology.joint_names.index("LeftEye")]
        self._rest = figure.vertices.astype(np.float64) - np.array([0.0, eye[1], eye[2]])
        groups = model.topology.vertex_groups
        body = groups["body"]
        x, y, z = self._rest[body].T
        lips = body[(y > _LOW) & (y < _HIGH) & (z > _DEEP) & (np.abs(x) < _MIDLINE_M)]
        down = self.shaped({"jawOpen": 1.0})[lips, 1] - self._rest[lips, 1]
        self._upper, self._lower = lips[down > -_WITH_JAW_M], lips[down <= -_WITH_JAW_M]
        mirrored = self._rest[LEFT_CORNER] * np.array([-1.0, 1.0, 1.0])
        right = body[((self._rest[body] - mirrored) ** 2).sum(axis=1).argmin()]
        self._corners = (LEFT_CORNER, right)
        self._teeth, self._tongue = groups["helper-upper-teeth"], groups["helper-tongue"]

    def shaped(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """(V, 3) the figure with expressions at weights."""
        points = self._rest.copy()
        scale = float(self._figure.head_to_figure[0, 0])
        for name, weight in weights.items():
            sparse = self._model.expressions[self._model.expression_names.index(name)]
            points[sparse.indices] += weight * scale * sparse.offsets
        return points

    def measure(self, weights: Mapping[str, float]) -> Mouth:
        """The mouth under some weights."""
        points = self.shaped(weights)
        upper, lower = points[self._upper], points[self._lower]
        teeth, tongue = points[self._teeth], points[self._tongue]
        teeth = teeth[np.abs(teeth[:, 0]) < _MIDLINE_M]
        left, right = self._corners
        top = lower[lower[:, 1].argmax()]
        return Mouth(
            gap=float(upper[:, 1].min() - top[1]),
            width=float(points[left, 0] - points[right, 0]),
            lower_top=top,
            incisors=teeth[teeth[:, 1].argmin()],
            tongue=tongue[tongue[:, 2].argmax()],
        )
