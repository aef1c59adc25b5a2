"""Build a row of teeth with its gum along a dental arch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Int32

# Mesiodistal crown widths in millimetres, from the middle back to the third molar (M. Ash and
# S. Nelson, "Wheeler's Dental Anatomy", 2003). Only their proportions are used.
UPPER_WIDTHS = (8.5, 6.6, 7.6, 7.0, 6.8, 10.4, 9.8, 9.2)
LOWER_WIDTHS = (5.4, 5.9, 6.9, 7.0, 7.1, 11.2, 10.6, 10.2)

# Cross-section of a tooth and its gum, from the gum in front over the biting edge to the gum
# behind: (millimetres outward of the arch, millimetres from the biting edge towards the root,
# share of the texture's height). Molars are thicker: what lies inward is stretched by `_DEPTH`.
_PROFILE = np.array(
    [
        [-1.5, 17.0, 0.00],
        [0.9, 11.6, 0.20],
        [0.25, 9.6, 0.29],
        [0.9, 5.5, 0.45],
        [0.35, 0.5, 0.62],
        [-1.5, 0.4, 0.68],
        [-3.2, 5.0, 0.82],
        [-5.0, 14.0, 1.00],
    ]
)
_EDGE_ROWS = [4, 5]
_CROWN_ROWS = [2, 3, 4, 5, 6]
_FRONT_ROWS = [2, 3, 4]
# Share of the texture's height at which the gum ends and the crown begins, in front and behind.
GUM_FRONT, GUM_BACK = 0.27, 0.86
# Where a tooth meets its neighbour: its face falls back and its edge rounds off.
_RECESS_MM = 0.75
_ROUNDING_MM = 0.8
# Inward thickness against the incisors', tooth by tooth from the middle.
_DEPTH = (1.0, 1.0, 1.3, 1.9, 2.1, 2.6, 2.6, 2.4)
# The posterior teeth are shorter: their crowns' height against the incisors'.
_HEIGHT = (1.0, 0.92, 1.0, 0.82, 0.78, 0.72, 0.68, 0.62)
_COLUMNS_PER_TOOTH = 3
_ARC_SAMPLES = 400


@dataclass(frozen=True)
class Arch:
    """A half ellipse in the horizontal plane, open to the back.

    half_width, depth: semi-axes in metres. front: (3,) metres, its foremost point, at the height
    of the biting edge. rise: how much the biting edge climbs per metre towards the back. upwards:
    +1 where the roots point up (upper jaw), -1 where they point down.
    """

    half_width: float
    depth: float
    front: NDArray[np.float64]
    rise: float
    upwards: int


def build_arch(arch: Arch, widths: tuple[float, ...]) -> tuple[NDArray[np.float64], Float32, Int32]:
    """Teeth from the right third molar over the middle to the left one, one sheet, no seam.

    Args:
        arch: where they stand. widths: proportions of one half's teeth from the middle.

    Returns:
        (N, 3) positions in metres; (N, 2) UVs, u from the right (0) to the left (1), v from the
        gum in front (0) to the gum behind (1); (F, 3) faces, counter-clockwise from outside.
    """
    share, tooth, between = _columns(widths)
    points, outward = _along(arch, share)
    depth = np.interp(np.abs(tooth), np.arange(len(_DEPTH)), _DEPTH)
    height = np.interp(np.abs(tooth), np.arange(len(_HEIGHT)), _HEIGHT)
    out = np.repeat(_PROFILE[None, :, 0], len(share), axis=0)
    up = np.repeat(_PROFILE[None, :, 1], len(share), axis=0)
    out = np.where(out < 0.0, out * depth[:, None], out)
    up = np.where(np.isin(np.arange(len(_PROFILE)), _CROWN_ROWS), up * height[:, None], up)
    out[:, _FRONT_ROWS] -= _RECESS_MM * between[:, None]
    up[:, _EDGE_ROWS] += _ROUNDING_MM * between[:, None]
    positions = np.repeat(points[:, None], len(_PROFILE), axis=1)
    positions += outward[:, None] * (out * 1e-3)[..., None]
    positions[..., 1] += arch.upwards * up * 1e-3
    uv = np.stack(np.broadcast_arrays(share[:, None], _PROFILE[None, :, 2]), axis=-1)
    faces = _sheet(len(share), len(_PROFILE), flip=arch.upwards < 0)
    return positions.reshape(-1, 3), uv.reshape(-1, 2).astype(np.float32), faces


def tooth_borders(widths: tuple[float, ...]) -> NDArray[np.float64]:
    """(2 n + 1,) where one tooth ends and the next begins, 0..1 along the arch."""
    half = np.concatenate([[0.0], np.cumsum(widths)]) / (2.0 * np.sum(widths))
    return np.concatenate([0.5 - half[:0:-1], 0.5 + half])


def _columns(
    widths: tuple[float, ...],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Place along the arch (C,) 0..1, the (signed, fractional) tooth there, and whether the
    column lies between two teeth."""
    borders = tooth_borders(widths)
    steps = np.arange(len(borders) * _COLUMNS_PER_TOOTH - _COLUMNS_PER_TOOTH + 1)
    at = steps / _COLUMNS_PER_TOOTH
    share = np.interp(at, np.arange(len(borders)), borders)
    tooth = np.clip(np.abs(at - len(widths)) - 0.5, 0.0, None)
    return share, tooth, steps % _COLUMNS_PER_TOOTH == 0


def _along(
    arch: Arch, share: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points (C, 3) on the arch by share of its length, and outward unit normals (C, 3)."""
    angle = np.linspace(-np.pi / 2.0, np.pi / 2.0, _ARC_SAMPLES)
    x, z = arch.half_width * np.sin(angle), arch.depth * (np.cos(angle) - 1.0)
    length = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(z)))])
    at = np.interp(share, length / length[-1], angle)
    drop = arch.depth * (np.cos(at) - 1.0)
    points = arch.front + np.column_stack([arch.half_width * np.sin(at), -arch.rise * drop, drop])
    normal = np.column_stack(
        [np.sin(at) * arch.depth, np.zeros(len(at)), np.cos(at) * arch.half_width]
    )
    return points, normal / np.linalg.norm(normal, axis=1, keepdims=True)


def _sheet(columns: int, rows: int, *, flip: bool) -> Int32:
    """Triangles of a grid whose vertex (column, row) has index column * rows + row."""
    column, row = np.meshgrid(np.arange(columns - 1), np.arange(rows - 1), indexing="ij")
    a = (column * rows + row).reshape(-1)
    b, c, d = a + rows, a + 1, a + rows + 1
    faces = np.concatenate([np.column_stack([a, c, d]), np.column_stack([a, d, b])])
    return (faces[:, ::-1] if flip else faces).astype(np.int32)
