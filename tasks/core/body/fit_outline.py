"""The outline of the person against the outline of the model."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Uint8

Array = NDArray[np.float64]

# The matte is looked at with the person this many pixels tall: half a centimetre a pixel.
_PERSON_PIXELS = 320
_OUTSIDE = 127
# Points on the model's skin, one in each cell of this edge (metres), show where it covers.
_CELL = 0.025
# A normal within this of being square to the view (cosine) is on the model's own rim.
_RIM_COSINE = 0.30
# How many cells out from a rim point must be free of the model, for it to be the outer outline.
_CLEAR_CELLS = 1.6
# Joints whose skin is not compared: hair, gloves and shoes are not the body.
_LEFT_OUT = ("Head", "Hand", "Foot", "Toe")
# A rim point this near the frame (pixels of the reduced matte) says nothing: the person goes on.
_FRAME_MARGIN = 3.0


@dataclass(frozen=True)
class Matte:
    """Signed distance to the person's outline, inside positive, in pixels of the photo.

    distance: (h, w) float32 at 1 / `step` of the photo's size.
    """

    distance: NDArray[np.float32]
    step: float

    def sample(self, pixels: Array) -> Array:
        """(..., 2) pixels of the photo → (...) signed distance, pixels of the photo."""
        at = pixels / self.step - 0.5
        height, width = self.distance.shape
        x = np.clip(at[..., 0], 0.0, width - 1.001)
        y = np.clip(at[..., 1], 0.0, height - 1.001)
        column, row = x.astype(np.int64), y.astype(np.int64)
        u, v = x - column, y - row
        flat = self.distance.ravel()
        first = row * width + column
        top = flat[first] * (1.0 - u) + flat[first + 1] * u
        below = flat[first + width] * (1.0 - u) + flat[first + width + 1] * u
        return (top * (1.0 - v) + below * v) * self.step

    def within(self, pixels: Array) -> NDArray[np.bool_]:
        """(...,) whether a pixel of the photo lies in the picture, clear of its frame."""
        at = pixels / self.step
        height, width = self.distance.shape
        limit = np.array([width, height]) - _FRAME_MARGIN
        return ((at > _FRAME_MARGIN) & (at < limit)).all(axis=-1)


def read_matte(matte: Uint8, person_height_px: float) -> Matte:
    """Distance field of a (H, W) matte, reduced so that the person is a set number of pixels."""
    step = max(1.0, person_height_px / _PERSON_PIXELS)
    height, width = matte.shape
    size = (max(2, round(width / step)), max(2, round(height / step)))
    small = cv2.resize(matte, size, interpolation=cv2.INTER_AREA)
    inside = (small > _OUTSIDE).astype(np.uint8)
    within = cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    without = cv2.distanceTransform(1 - inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Half a pixel, so that zero lies between the last pixel inside and the first outside.
    distance = np.where(inside > 0, within - 0.5, 0.5 - without)
    return Matte(distance.astype(np.float32), step)


@dataclass(frozen=True)
class Surface:
    """Points over the model's skin: vertices (n,), their outward normals at rest (n, 3), and
    whether each may be compared with the outline."""

    vertices: NDArray[np.int64]
    normals: Array
    comparable: NDArray[np.bool_]


def sample_surface(model: BodyModel, vertices: NDArray[np.floating]) -> Surface:
    """About one point in each cell of a grid through a person at rest, (V, 3) metres."""
    topology = model.topology
    skin = np.asarray(topology.vertex_groups["body"], np.int64)
    cells = np.floor(vertices[skin] / _CELL).astype(np.int64)
    _, first = np.unique(cells, axis=0, return_index=True)
    chosen = skin[np.sort(first)]
    faces = topology.faces_of("body")
    points = vertices.astype(np.float64)
    across = np.cross(
        points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]
    )
    normals = np.zeros_like(points)
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(
                faces[:, corner], across[:, axis], minlength=len(points)
            )
    normals = normals[chosen]
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.finfo(float).tiny)
    out = np.array([any(word in name for word in _LEFT_OUT) for name in topology.joint_names])
    held = topology.skin_indices[chosen, 0]
    return Surface(chosen, normals / length, ~out[held])


def rim_of(
    posed: Array, normals: Array, pixels: Array, metres_a_pixel: float, surface: Surface
) -> NDArray[np.int64]:
    """Which surface points make the model's outer outline now.

    Args:
        posed: (n, 3) in the camera's frame, metres; normals: (n, 3) turned alike.
        pixels: (n, 2) where they show in the photo.
        metres_a_pixel: at the person.

    Returns:
        (r,) indices into the surface.
    """
    sight = posed / np.linalg.norm(posed, axis=1, keepdims=True)
    edge_on = np.abs((sight * normals).sum(axis=1)) < _RIM_COSINE
    outward = normals[:, :2]
    outward = outward / np.maximum(np.linalg.norm(outward, axis=1, keepdims=True), 1e-9)
    cell = _CELL / metres_a_pixel
    # Covered cells: where points fall, holes between them closed.
    corner = pixels.min(axis=0) - 4.0 * cell
    at = np.floor((pixels - corner) / cell).astype(np.int64)
    width, height = (at.max(axis=0) + 5).tolist()
    covered = np.zeros((height, width), np.uint8)
    covered[at[:, 1], at[:, 0]] = 1
    covered = cv2.morphologyEx(covered, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    out = np.floor((pixels + _CLEAR_CELLS * cell * outward - corner) / cell).astype(np.int64)
    out = np.clip(out, 0, [width - 1, height - 1])
    clear = covered[out[:, 1], out[:, 0]] == 0
    return np.flatnonzero(edge_on & clear & surface.comparable)
