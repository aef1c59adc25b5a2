"""Close the lips at rest: the base mesh leaves them a fraction of a millimetre apart."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import Embedding

Floats = NDArray[np.float64]

# MediaPipe's inner lip contour from the person's right corner to the left: upper, lower.
INNER_LIPS: tuple[tuple[int, int], ...] = (
    (191, 95), (80, 88), (81, 178), (82, 87), (13, 14), (312, 317), (311, 402), (310, 318),
    (415, 324),
)  # fmt: skip
CORNERS = (78, 308)
# Lips meet pressed by this much (m): between the landmarks and towards the corners the mesh gapes
# by as much again, and a line of teeth would show.
_OVERLAP_M = 0.0008
# How far into the lips the closing reaches (standard deviation, m): less than a lip's height.
_REACH_M = 0.005
# A gap beyond this (m) is no rounding of the mesh: such a mouth is open, and is left open.
_LARGEST_M = 0.003


def close_lips(embedding: Embedding, vertices: NDArray[np.floating]) -> Floats:
    """(V, 3) rest positions → the same with the inner lips meeting halfway; fades into the lips.

    A model whose embedding lacks the inner lips is returned as it is.
    """
    row = {int(landmark): index for index, landmark in enumerate(embedding.landmarks)}
    pairs = [(row[u], row[v]) for u, v in INNER_LIPS if u in row and v in row]
    closed = vertices.astype(np.float64)
    corners = [row[corner] for corner in CORNERS if corner in row]
    if len(pairs) < len(INNER_LIPS) or len(corners) < len(CORNERS):
        return closed
    points = embedding.points(closed)
    upper, lower = (points[list(side)] for side in zip(*pairs, strict=True))
    gap = upper[:, 1] - lower[:, 1] + _OVERLAP_M
    gap[(gap < 0.0) | (gap > _LARGEST_M)] = 0.0
    seam = np.concatenate([0.5 * (upper + lower), points[corners]])
    gap = np.concatenate([gap, np.full(len(corners), _OVERLAP_M)])
    order = np.argsort(seam[:, 0])
    along, height = seam[order, 0], seam[order, 1]
    reach = 4.0 * _REACH_M
    near = np.flatnonzero(
        ((closed > seam.min(axis=0) - reach) & (closed < seam.max(axis=0) + reach)).all(axis=1)
    )
    place = closed[near]
    opening = np.interp(place[:, 0], along, gap[order], left=0.0, right=0.0)
    middle = np.interp(place[:, 0], along, height)
    depth = np.interp(place[:, 0], along, seam[order, 2])
    square = (place[:, 1] - middle) ** 2 + (place[:, 2] - depth) ** 2
    share = np.exp(square / (-2.0 * _REACH_M**2))
    closed[near, 1] -= 0.5 * np.sign(place[:, 1] - middle) * opening * share
    return closed
