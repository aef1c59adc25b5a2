"""Which skin the outfit hides."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Figure
from tasks.core.garment.pattern import SUIT, pattern_of


def covered_vertices(model: BodyModel, figure: Figure) -> NDArray[np.bool_]:
    """Which of the model's vertices the outfit hides for certain: skin there may be dropped.

    What lies less than 3.6 cm (on the default person) under the collar or a cuff is not counted.

    Args:
        figure: whose vertices are asked about; the answer is the same for every person.

    Returns:
        (V,) bool, read-only; false for all that is not the body's own skin.
    """
    if SUIT not in model.topology.group_names:
        return np.zeros(len(figure.vertices), bool)
    return pattern_of(model).covered
