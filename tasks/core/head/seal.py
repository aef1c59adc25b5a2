"""Close the lips of the rest face: the base mesh leaves a slit that teeth shine through."""

from __future__ import annotations

import numpy as np

from tasks.core.body.model import BodyModel
from tasks.core.entities import Float32

# Pairs of landmarks facing each other across the inner lips, upper and lower.
ACROSS = ((13, 14), (82, 87), (312, 317), (81, 178), (311, 402), (80, 88), (310, 318))
# Lips may press into each other by this much; no more, or the seam looks bitten.
PRESS_M = 0.0003
# The base mesh leaves up to 1.1 mm; a slit that needs more of the blendshape than this is an
# open mouth that the fit left, and is not this function's to hide.
MOST = 0.12
CLOSING = "mouthClose"


def sealed_lips(model: BodyModel, vertices: Float32) -> Float32:
    """The rest face with its lips touching.

    Args:
        model: with landmarks and ARKit expressions.
        vertices: (V, 3) float32 rest pose, neutral expression, metres.

    Returns:
        (V, 3) float32: a small share of `mouthClose` added, just enough for the widest slit;
        unchanged where the lips touch already.
    """
    if model.landmarks is None:
        return vertices
    row = {int(landmark): k for k, landmark in enumerate(model.landmarks.landmarks)}
    pairs = [(row[a], row[b]) for a, b in ACROSS if a in row and b in row]
    upper, lower = np.array(pairs).T
    sparse = model.expressions[model.expression_names.index(CLOSING)]
    closing = np.zeros_like(vertices)
    closing[sparse.indices] = sparse.offsets

    def gaps(points: Float32) -> Float32:
        at = model.landmarks.points(points)[:, 1] if model.landmarks else points[:, 1]
        return np.asarray(at[upper] - at[lower], np.float32)

    gap = gaps(vertices)
    rate = gap - gaps(vertices + closing)
    share = float(np.max((gap + PRESS_M) / np.maximum(rate, 1e-6)))
    share = min(max(share, 0.0), MOST)
    return np.asarray(vertices + share * closing, np.float32)
