"""Where hair grows: a soft mask over the head, drawn once in side view on the neutral model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Float32

# The hairline in side view, from the forehead's middle over the temple, before and over the ear,
# behind it and down to the nape: (forwards, upwards) in metres from the middle between the
# eyeballs' centres, drawn by hand on the neutral young adult. Then closed at the back, far outside.
HAIRLINE: tuple[tuple[float, float], ...] = (
    (0.040, 0.070),
    (0.012, 0.062),
    (-0.030, 0.048),
    (-0.050, 0.034),
    (-0.062, 0.016),
    (-0.070, 0.016),
    (-0.076, 0.036),
    (-0.094, 0.034),
    (-0.108, 0.010),
    (-0.112, -0.030),
    (-0.120, -0.062),
    (-0.160, -0.074),
    (-0.400, -0.074),
    (-0.400, 0.400),
    (0.040, 0.400),
)
# Hair thins out over this distance at its border.
SOFT_M = 0.010


def scalp_mask(model: BodyModel) -> Float32:
    """How much each vertex belongs to the scalp.

    Args:
        model: a body model with LeftEye and RightEye joints.

    Returns:
        (V,) float32, 1 well inside the hairline, .5 on it, 0 outside; body and face are 0.
    """
    vertices, joints = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    names = model.topology.joint_names
    eyes = 0.5 * (joints[names.index("LeftEye")] + joints[names.index("RightEye")])
    side = np.stack([vertices[:, 2] - eyes[2], vertices[:, 1] - eyes[1]], axis=1)
    distance = _signed_distance(side.astype(np.float64), np.array(HAIRLINE))
    return np.clip(0.5 + distance / SOFT_M, 0.0, 1.0).astype(np.float32)


def _signed_distance(
    points: NDArray[np.float64], polygon: NDArray[np.float64]
) -> NDArray[np.float64]:
    """(N, 2) points, (K, 2) closed polygon → (N,), positive inside."""
    start, end = polygon, np.roll(polygon, -1, axis=0)
    edge = end - start
    offset = points[:, None] - start
    along = np.clip((offset * edge).sum(-1) / (edge * edge).sum(-1), 0.0, 1.0)
    distance = np.linalg.norm(offset - along[..., None] * edge, axis=-1).min(axis=1)
    crosses = (start[:, 1] > points[:, 1:2]) != (end[:, 1] > points[:, 1:2])
    rise = np.where(edge[:, 1] == 0.0, np.inf, edge[:, 1])
    at = start[:, 0] + (points[:, 1:2] - start[:, 1]) * edge[:, 0] / rise
    inside = (crosses & (points[:, 0:1] < at)).sum(axis=1) % 2 == 1
    return np.where(inside, distance, -distance)
