"""Lay the outfit's pieces flat in one texture: tubes cut open along a hidden seam.

Left and right share their place in the picture. Coordinates inside a chart run from 0 to 1; a
face across the seam reaches a little beyond, where the painted cloth simply goes on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.garment.anatomy import Anatomy


@dataclass(frozen=True)
class Chart:
    """A rectangle of the texture, shares of its side, v down; `margin` on every side of it."""

    left: float
    top: float
    width: float
    height: float
    margin: float = 0.035

    def place(self, across: NDArray[np.float64], up: NDArray[np.float64]) -> NDArray[np.float64]:
        """(..., 2) texture coordinates of chart coordinates: across 0..1, up 0..1."""
        inner_w, inner_h = self.width - 2.0 * self.margin, self.height - 2.0 * self.margin
        u = self.left + self.margin + inner_w * across
        v = self.top + self.height - self.margin - inner_h * up
        return np.stack([u, v], axis=-1)


TORSO = Chart(0.0, 0.0, 0.6, 0.5)
SLEEVE = Chart(0.6, 0.0, 0.4, 0.5)
LEG = Chart(0.0, 0.5, 0.6, 0.5)
SHOE_WALL = Chart(0.6, 0.5, 0.4, 0.2)
SHOE_UPPER = Chart(0.6, 0.7, 0.2, 0.3, 0.02)
SHOE_SOLE = Chart(0.8, 0.7, 0.2, 0.3, 0.02)

# Ribs and soles: their width on the default person, and their share of their chart's height.
HEM_RIB_M, HEM_RIB = 0.045, 0.075
COLLAR_RIB_M, COLLAR_RIB = 0.030, 0.055
CUFF_RIB_M, CUFF_RIB = 0.040, 0.085
SOLE_M, SOLE = 0.024, 0.165

# Faces of a shoe that look up, or down, by more than this cosine lie in the flat charts.
_UPPER_COSINE, _SOLE_COSINE = 0.45, -0.6
# The axis of the torso's tube stands this far before the hips' joint: midway between chest and
# back on the default person, in metres.
_TORSO_AXIS_Z = 0.03
# Half a shoe's breadth and length on the default person, with room for the widest spot.
_SHOE_HALF = (0.065, 0.155)
_SHOE_HEIGHT_M = 0.15


def torso_chart(
    at: NDArray[np.float64],
    faces: NDArray[np.int64],
    from_hem: NDArray[np.float64],
    from_collar: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(F, 3, 2): around the body from the middle of the back, from hem (0) to collar (1)."""
    turn = np.arctan2(at[:, 0], at[:, 2] - _TORSO_AXIS_Z) / (2.0 * np.pi) + 0.5
    low, high = from_hem - HEM_RIB_M, from_collar - COLLAR_RIB_M
    between = low / np.maximum(low + high, 1e-6)
    up = HEM_RIB + (1.0 - COLLAR_RIB - HEM_RIB) * between
    up = np.where(low <= 0.0, HEM_RIB * from_hem / HEM_RIB_M, up)
    up = np.where(high <= 0.0, 1.0 - COLLAR_RIB * from_collar / COLLAR_RIB_M, up)
    return TORSO.place(_unrolled(turn[faces]), np.clip(up, 0.0, 1.0)[faces])


def sleeve_chart(
    body: Anatomy,
    side: str,
    at: NDArray[np.float64],
    faces: NDArray[np.int64],
    from_cuff: NDArray[np.float64],
) -> NDArray[np.float64]:
    """(F, 3, 2): around the arm from its under side, from the wrist (0) to the shoulder (1)."""
    shoulder, elbow, wrist = (body.joint[f"{side}{n}"] for n in ("Arm", "ForeArm", "Hand"))
    upper, lower = elbow - shoulder, wrist - elbow
    total = np.linalg.norm(upper) + np.linalg.norm(lower)
    along_upper = (at - shoulder) @ upper / (upper @ upper)
    along_lower = (at - elbow) @ lower / (lower @ lower)
    # Past the elbow's bisector a vertex is measured along the forearm.
    bend = upper / np.linalg.norm(upper) + lower / np.linalg.norm(lower)
    past = (at - elbow) @ bend > 0.0
    foot = np.where(
        past[:, None], elbow + along_lower[:, None] * lower, shoulder + along_upper[:, None] * upper
    )
    metres = np.where(
        past,
        np.linalg.norm(upper) + along_lower * np.linalg.norm(lower),
        along_upper * np.linalg.norm(upper),
    )
    axis = (wrist - shoulder) / np.linalg.norm(wrist - shoulder)
    upward = np.array([0.0, 1.0, 0.0]) - axis[1] * axis
    upward /= np.linalg.norm(upward)
    forward = np.array([0.0, 0.0, 1.0])
    forward = forward - (forward @ axis) * axis - (forward @ upward) * upward
    forward /= np.linalg.norm(forward)
    out = at - foot
    turn = np.arctan2(out @ forward, out @ upward) / (2.0 * np.pi) + 0.5
    # The armhole's top lies a little before the shoulder's joint.
    up = CUFF_RIB + (1.0 - CUFF_RIB) * (total - metres) / (1.12 * total)
    up = np.where(from_cuff <= CUFF_RIB_M, CUFF_RIB * from_cuff / CUFF_RIB_M, up)
    return SLEEVE.place(_unrolled(turn[faces]), np.clip(up, 0.0, 1.0)[faces])


def leg_chart(
    body: Anatomy, side: str, at: NDArray[np.float64], faces: NDArray[np.int64]
) -> NDArray[np.float64]:
    """(F, 3, 2): around the leg from its inner side over the front, from ankle to waist."""
    heights = [body.joint[f"{side}{n}"] for n in ("Foot", "Leg", "UpLeg")]
    levels = [point[1] for point in heights]
    axis_x = np.interp(at[:, 1], levels, [abs(point[0]) for point in heights])
    axis_z = np.interp(at[:, 1], levels, [point[2] for point in heights])
    inward = axis_x - (at[:, 0] if side == "Left" else -at[:, 0])
    turn = np.arctan2(at[:, 2] - axis_z, inward) / (2.0 * np.pi) % 1.0
    low, high = at[:, 1].min(), at[:, 1].max()
    up = (at[:, 1] - low) / (high - low)
    return LEG.place(_unrolled(turn[faces]), up[faces])


def shoe_chart(at: NDArray[np.float64], faces: NDArray[np.int64]) -> NDArray[np.float64]:
    """(F, 3, 2) for one shoe: its wall unrolled, what looks up and what looks down laid flat."""
    used = at[np.unique(faces)]
    sole = used[used[:, 1] < 0.05]
    middle = (sole.min(axis=0) + sole.max(axis=0)) / 2.0
    side = 1.0 if middle[0] > 0.0 else -1.0
    x, z = (at[:, 0] - middle[0]) * side, at[:, 2] - middle[2]
    turn = np.arctan2(x, -z) / (2.0 * np.pi) % 1.0
    height = SOLE + (1.0 - SOLE) * (at[:, 1] - SOLE_M) / (_SHOE_HEIGHT_M - SOLE_M)
    height = np.where(at[:, 1] <= SOLE_M, SOLE * at[:, 1] / SOLE_M, height)
    wall = SHOE_WALL.place(_unrolled(turn[faces]), np.clip(height, 0.0, 1.0)[faces])
    across = np.clip(0.5 + 0.5 * x / _SHOE_HALF[0], 0.0, 1.0)[faces]
    along = np.clip(0.5 + 0.5 * z / _SHOE_HALF[1], 0.0, 1.0)[faces]
    corner = at[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    up = normal[:, 1] / np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    above = corner[:, :, 1].mean(axis=1) > SOLE_M
    upper, under = above & (up > _UPPER_COSINE), ~above & (up < _SOLE_COSINE)
    wall[upper] = SHOE_UPPER.place(across[upper], along[upper])
    wall[under] = SHOE_SOLE.place(across[under], along[under])
    return wall


def _unrolled(turn: NDArray[np.float64]) -> NDArray[np.float64]:
    """(F, 3) turns 0..1 made continuous inside every face across the seam."""
    across = np.ptp(turn, axis=1) > 0.5
    low = turn < 0.5
    # Go on beyond the side on which most of the face lies.
    to_left = low.sum(axis=1) >= 2
    shift = np.where(to_left[:, None], np.where(low, 0.0, -1.0), np.where(low, 1.0, 0.0))
    return turn + np.where(across[:, None], shift, 0.0)
