"""Volume and mass of the body's closed skin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel

# kg/m³, whole body with lungs half full: between 980 and 985 in living people (Durnin & Womersley
# 1974; Krzywicki & Chinn 1967).
DENSITY = 985.0


def body_volume(model: BodyModel, vertices: NDArray[np.floating]) -> float:
    """Cubic metres inside the group `body`, by the divergence theorem.

    Args:
        vertices: (V, 3) metres, any pose.
    """
    faces = model.topology.faces_of("body")
    # About the middle, so that nearly equal large numbers are not subtracted.
    points = np.asarray(vertices, np.float64) - np.asarray(vertices, np.float64).mean(axis=0)
    a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
    return float(np.einsum("fi,fi->", np.cross(a, b), c) / 6.0)


def body_mass(model: BodyModel, vertices: NDArray[np.floating]) -> float:
    """Kilograms: `body_volume` at the density of a living body."""
    return DENSITY * body_volume(model, vertices)
