"""Planar sections of the skin, and the tape laid around them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, QhullError

Array = NDArray[np.float64]


def section_points(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    origin: NDArray[np.floating],
    normal: NDArray[np.floating],
) -> Array:
    """Where the edges of triangles cross a plane.

    Args:
        vertices: (V, 3) metres; faces: (F, 3) of one body part.
        origin, normal: (3,) the plane.

    Returns:
        (n, 3) points on the plane, in no order; empty where it misses.
    """
    height = (np.asarray(vertices, np.float64) - origin) @ np.asarray(normal, np.float64)
    corners = height[faces]
    crossing = faces[(corners.min(axis=1) < 0.0) & (corners.max(axis=1) >= 0.0)]
    edges = np.concatenate([crossing[:, [0, 1]], crossing[:, [1, 2]], crossing[:, [2, 0]]])
    first, second = height[edges[:, 0]], height[edges[:, 1]]
    cut = (first < 0.0) != (second < 0.0)
    edges, first, second = edges[cut], first[cut], second[cut]
    share = (first / (first - second))[:, None]
    start, end = vertices[edges[:, 0]], vertices[edges[:, 1]]
    return np.asarray(start + share * (end - start), np.float64)


def tape_girth(
    vertices: NDArray[np.floating],
    faces: NDArray[np.integer],
    origin: NDArray[np.floating],
    normal: NDArray[np.floating],
) -> float:
    """Length in metres of a tape around a section: the perimeter of its convex hull, since a tape
    bridges hollows. 0 where the plane misses the part.
    """
    points = section_points(vertices, faces, origin, normal)
    if len(points) < 3:
        return 0.0
    across = np.asarray(normal, np.float64) / np.linalg.norm(normal)
    first = np.cross(across, np.eye(3)[np.abs(across).argmin()])
    first /= np.linalg.norm(first)
    flat = (points - points.mean(axis=0)) @ np.stack([first, np.cross(across, first)], axis=1)
    try:
        # In two dimensions qhull calls the hull's perimeter its area.
        return float(ConvexHull(flat).area)
    except QhullError:
        return 0.0
