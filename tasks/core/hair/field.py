"""The hair's volume as a shell around the skull: a radius for each direction.

One photo shows the hair's outline, not its depth. The shell takes the outline's thickness over
the skull at the angle where it was seen, carries it around the head by a profile, and stays
near the skull where nothing is known.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.digest import Digested
from tasks.core.entities import Camera, Float32
from tasks.core.skin.segment import HeadSegments

# The grid of directions: columns are azimuth (0 in front, +90° the person's left, wrapping at the
# back), rows are elevation from the crown down.
COLUMNS, ROWS = 96, 56
# The shell's texture: azimuth across, elevation down, corner to corner with the grid.
WIDTH, HEIGHT = 1024, 512
LOWEST_ELEVATION = np.deg2rad(-72.0)
# The skull's middle, from the middle between the eyeballs: backwards and up, as shares of the
# distance between the eyeballs' centres (62 mm on the neutral adult); set by eye in side view.
CENTRE_BACK, CENTRE_UP = 1.25, 0.25
# How thick hair is at an azimuth against its thickness at the sides: less over the forehead,
# where it parts or is cut to a fringe, a little less at the back, where it lies flat.
PROFILE_AZIMUTH = np.deg2rad([0.0, 45.0, 75.0, 90.0, 135.0, 180.0])
PROFILE = np.array([0.30, 0.45, 0.85, 1.0, 1.0, 0.85])
# Even cropped hair stands this far off the skin, and no outline is believed beyond the second.
THINNEST_M, THICKEST_M = 0.004, 0.16
# The neck lies within this many skull radii of the skull's middle, the chin within the second;
# what is farther is shoulder.
NECK, CHIN = 1.08, 1.35
# Heads turned further than this show one side only: both take its outline.
TURNED = np.deg2rad(22.0)
# From this elevation down the skin's own shape is evened out under the hair.
EVEN_BELOW = np.deg2rad(-10.0)
# From this elevation up an outline is taken to have no gaps.
GAPLESS = np.deg2rad(25.0)
# Rows of the grid (3° each) over which the outline is evened out: locks stand out, a head does not.
OUTLINE_BLUR = 2.0
# Angular samples of the outline, and steps along each ray.
RAYS, STEPS = 180, 240


@dataclass(frozen=True)
class HairField(Digested):
    """The shell.

    centre: (3,) the skull's middle, head frame. directions: (ROWS, COLUMNS + 1, 3) unit vectors,
    the last column repeating the first. base: (ROWS, COLUMNS + 1) metres to the skin.
    thickness: the same shape, metres of hair over it. present: the same shape, 0..1, whether the
    outline shows hair at this elevation on this side.
    """

    centre: Float32
    directions: Float32
    base: Float32
    thickness: Float32
    present: Float32

    def points(self, share: float = 1.0) -> Float32:
        """(ROWS, COLUMNS + 1, 3): the surface at a share of the hair's thickness."""
        radius = self.base + share * self.thickness
        return np.asarray(self.centre + self.directions * radius[..., None], np.float32)


def hair_field(
    skin_points: NDArray[np.floating],
    eyes: NDArray[np.floating],
    camera: Camera,
    segments: HeadSegments,
) -> HairField:
    """Measure the hair's outline and wrap it around the head.

    Args:
        skin_points: (N, 3) points on head, neck and shoulders, dense. eyes: (2, 3) the eyeballs'
            centres, left first. camera: that took the photo. segments: its hair.

    Returns:
        The shell in the frame of `skin_points`.
    """
    across = eyes[0] - eyes[1]
    unit = float(np.linalg.norm(across))
    centre = eyes.mean(axis=0) + unit * np.array([0.0, CENTRE_UP, -CENTRE_BACK])
    azimuth, elevation, directions = _grid()
    base = _skin_radius(skin_points, centre)
    # Hair lies smoothly over the ears: the outline is measured from a skull without them.
    skull = _smooth(base)
    # Below the ears chin, neck and shoulders take turns; hair that ends there ends evenly.
    low = np.clip((EVEN_BELOW - elevation) / np.deg2rad(15.0), 0.0, 1.0)[:, None]
    base = base + low * (skull - base)
    sides, present = _outline(camera, segments, centre, skull)
    left = 0.5 * (1.0 + np.sin(azimuth))
    around = np.interp(np.abs(azimuth), PROFILE_AZIMUTH, PROFILE)
    # Over the crown all azimuths meet, and the profile with them.
    upright = np.clip(np.sin(elevation), 0.0, 1.0)[:, None] ** 2
    profile = upright + (1.0 - upright) * around[None]
    thickness = profile * (sides[0][:, None] * left + sides[1][:, None] * (1.0 - left))
    shown = present[0][:, None] * left + present[1][:, None] * (1.0 - left)
    shell = skull + _smooth(np.clip(thickness, THINNEST_M, THICKEST_M))
    thickness = np.maximum(shell - base, THINNEST_M)
    return HairField(
        centre=centre.astype(np.float32),
        directions=directions.astype(np.float32),
        base=base.astype(np.float32),
        thickness=thickness.astype(np.float32),
        present=shown.astype(np.float32),
    )


def turned_aside(camera: Camera) -> float:
    """Azimuth of the camera in the head's frame, radians: > 0 where it sees the person's left."""
    return float(np.arctan2(-camera.rotation[2, 0], -camera.rotation[2, 2]))


def angles(
    points: NDArray[np.floating], centre: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """(..., 3) points → azimuth, elevation (radians) and distance (metres) about the centre."""
    offset = np.asarray(points, np.float64) - centre
    radius = np.linalg.norm(offset, axis=-1)
    azimuth = np.arctan2(offset[..., 0], offset[..., 2])
    elevation = np.arcsin(np.clip(offset[..., 1] / np.maximum(radius, 1e-9), -1.0, 1.0))
    return azimuth, elevation, radius


def grid_position(
    azimuth: NDArray[np.float64], elevation: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fractional column and row of a direction; the row may lie beyond the last."""
    column = (azimuth + np.pi) / (2 * np.pi) * COLUMNS
    row = (np.pi / 2 - elevation) / (np.pi / 2 - LOWEST_ELEVATION) * (ROWS - 1)
    return column, row


def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    azimuth = -np.pi + 2 * np.pi * np.arange(COLUMNS + 1) / COLUMNS
    elevation = np.linspace(np.pi / 2, LOWEST_ELEVATION, ROWS)
    flat = np.cos(elevation)[:, None]
    directions = np.stack(
        [
            flat * np.sin(azimuth),
            np.repeat(np.sin(elevation)[:, None], COLUMNS + 1, axis=1),
            flat * np.cos(azimuth),
        ],
        axis=-1,
    )
    return azimuth, elevation, directions


def _skin_radius(points: NDArray[np.floating], centre: NDArray[np.floating]) -> NDArray[np.float64]:
    """(ROWS, COLUMNS + 1) the farthest skin in each direction: ears and chin count."""
    azimuth, elevation, radius = angles(points, centre)
    column, row = grid_position(azimuth, elevation)
    cell = np.round(row).astype(np.int64) * COLUMNS + np.round(column).astype(np.int64) % COLUMNS
    inside = (row >= 0) & (row < ROWS - 0.5)
    flat = np.zeros(ROWS * COLUMNS)
    np.maximum.at(flat, cell[inside], radius[inside])
    grid = flat.reshape(ROWS, COLUMNS)
    # Shoulders are not under the hair: below the ears only the neck counts.
    skull = float(np.median(grid[: ROWS // 2][grid[: ROWS // 2] > 0]))
    front = np.cos(-np.pi + 2 * np.pi * np.arange(COLUMNS) / COLUMNS)
    grid = np.minimum(grid, skull * np.interp(front, (0.0, 0.5), (NECK, CHIN)))
    for row_index in range(ROWS):
        known = np.flatnonzero(grid[row_index] > 0)
        if len(known) == 0:
            grid[row_index] = grid[row_index - 1] if row_index else 0.0
        elif len(known) < COLUMNS:
            grid[row_index] = np.interp(
                np.arange(COLUMNS), known, grid[row_index, known], period=COLUMNS
            )
    grid[0] = grid[1].mean()
    return np.concatenate([grid, grid[:, :1]], axis=1)


def _outline(
    camera: Camera,
    segments: HeadSegments,
    centre: NDArray[np.floating],
    base: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Hair thickness at the sides, (2, ROWS) for left and right, and whether there is any."""
    origin = camera.project(centre)
    metres_per_pixel = origin[2] / camera.focal_px
    turn = np.linspace(0.0, 2 * np.pi, RAYS, endpoint=False)
    step = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    reach = 2.2 * segments.face_height / segments.scale
    length = np.linspace(0.0, reach, STEPS)
    pixels = segments.to_crop(origin[:2] + step[:, None] * length[None, :, None]) - 0.5
    hair = cv2.remap(
        segments.hair,
        pixels[..., 0].astype(np.float32),
        pixels[..., 1].astype(np.float32),
        cv2.INTER_LINEAR,
        borderValue=0.0,
    )
    seen = hair > 0.5
    last = STEPS - 1 - np.argmax(seen[:, ::-1], axis=1)
    radius = np.where(seen.any(axis=1), length[last], 0.0) * metres_per_pixel

    # The rays lie in the plane across the view: as directions of the head.
    flat = np.concatenate([step, np.zeros((RAYS, 1))], axis=1) @ camera.rotation
    azimuth, elevation, _ = angles(flat, np.zeros(3))
    column, row = grid_position(azimuth, elevation)
    skin = cv2.remap(
        base.astype(np.float32),
        column[None].astype(np.float32),
        np.clip(row, 0, ROWS - 1)[None].astype(np.float32),
        cv2.INTER_LINEAR,
    )[0]
    around = np.interp(np.abs(azimuth), PROFILE_AZIMUTH, PROFILE)
    upright = np.clip(np.sin(elevation), 0.0, 1.0) ** 2
    thickness = (radius - skin) / (upright + (1.0 - upright) * around)
    there = (radius > 0) & (thickness > -0.01)
    rows = np.linspace(np.pi / 2, LOWEST_ELEVATION, ROWS)
    sides, present = [], []
    for sign in (1.0, -1.0):
        mine = np.flatnonzero(sign * azimuth > 0)
        mine = mine[np.argsort(elevation[mine])]
        # Above the ears a gap in the outline is a fault of the matte, not a bald spot.
        known = mine[there[mine] | (elevation[mine] < GAPLESS)] if there[mine].any() else mine
        sides.append(np.interp(rows, elevation[known], np.where(there, thickness, 0.0)[known]))
        present.append(np.interp(rows, elevation[known], there[known].astype(np.float64)))
    aside = turned_aside(camera)
    if abs(aside) > TURNED:
        near = 0 if aside > 0 else 1
        sides, present = [sides[near]] * 2, [present[near]] * 2
    even = _along(np.array(sides))
    # The tips turn in: an outline that ends at its full width would end in a spike.
    ends = np.clip(2.0 * _along(np.array(present)) - 1.0, 0.0, 1.0)
    return even * np.sqrt(ends), np.array(present)


def _along(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(2, ROWS) blurred along the rows."""
    blurred = cv2.GaussianBlur(
        values.astype(np.float32), (0, 0), sigmaX=OUTLINE_BLUR, sigmaY=0.1,
        borderType=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    return np.asarray(blurred, np.float64)


def _smooth(grid: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blur over about ten degrees, around the seam and level at the crown."""
    pad = 12
    core = grid[:, :-1]
    wide = np.concatenate([core[:, -pad:], core, core[:, :pad]], axis=1)
    wide = cv2.GaussianBlur(wide, (0, 0), sigmaX=2.5, sigmaY=1.8, borderType=cv2.BORDER_REPLICATE)
    smooth = wide[:, pad:-pad].copy()
    crown = np.linspace(1.0, 0.0, 5)[:, None]
    smooth[:5] = crown * smooth[:5].mean(axis=1, keepdims=True) + (1.0 - crown) * smooth[:5]
    return np.concatenate([smooth, smooth[:, :1]], axis=1)
