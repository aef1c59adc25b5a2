"""Where to stand to see the head, the bust or the whole avatar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.digest import Digested
from tasks.core.entities import Camera, Skeleton
from tasks.core.picture.render import orbit_camera

# A portrait lens: about 85 mm on full frame. Wider ones enlarge the nose.
PORTRAIT_FOV = np.radians(16.0)
# Free space around the subject, as a share of its extent.
_MARGIN = 0.06
# Head and shoulders: from the crown to this many head heights below the head's joint.
_BUST_BELOW = 0.55
_HEAD_BELOW = 0.30
# The head's joint lies at the skull's base, about this share of the stature below the crown;
# where a file names no such bone.
_HEAD_SHARE = 0.13
_HEAD = "Head"


@dataclass(frozen=True)
class Extent(Digested):
    """Measures of an avatar, metres: lowest and highest corner (3,), the head's joint (3,), the
    middle of what lies above that joint (3,)."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]
    head: NDArray[np.float64]
    skull: NDArray[np.float64]


def extent_of(points: NDArray[np.floating], skeleton: Skeleton) -> Extent:
    """The extent of an avatar.

    Args:
        points: (N, 3) all its vertices.
        skeleton: where `Head` is; without that bone its usual height is taken.
    """
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    middle = (low + high) / 2.0
    assumed = np.array([middle[0], high[1] - _HEAD_SHARE * (high[1] - low[1]), middle[2]])
    head = assumed
    if _HEAD in skeleton.names:
        head = skeleton.positions[skeleton.names.index(_HEAD)].astype(np.float64)
    above = points[points[:, 1] >= min(head[1], high[1])].astype(np.float64)
    skull = (above.min(axis=0) + above.max(axis=0)) / 2.0
    return Extent(low=low, high=high, head=head, skull=skull)


def head_camera(extent: Extent, yaw: float, size: int) -> Camera:
    """The head alone from crown to neck; yaw in radians, 0 from the front, to the avatar's left."""
    return _upright(extent, _HEAD_BELOW, yaw, size)


def bust_camera(extent: Extent, yaw: float, size: int) -> Camera:
    """Head and shoulders."""
    return _upright(extent, _BUST_BELOW, yaw, size)


def body_camera(extent: Extent, yaw: float, size: int | tuple[int, int]) -> Camera:
    """Everything, soles to crown and hand to hand."""
    width, height = (size, size) if isinstance(size, int) else size
    spans = extent.high - extent.low
    tall = max(spans[1], max(spans[0], spans[2]) * height / width) * (1.0 + 2.0 * _MARGIN)
    target = (extent.low + extent.high) / 2.0
    return orbit_camera(target, _distance(tall), yaw, 0.0, (width, height), PORTRAIT_FOV)


def _upright(extent: Extent, below: float, yaw: float, size: int) -> Camera:
    head_height = extent.high[1] - extent.head[1]
    bottom = extent.head[1] - below * head_height
    tall = (extent.high[1] - bottom) * (1.0 + 2.0 * _MARGIN)
    target = np.array([extent.skull[0], (extent.high[1] + bottom) / 2.0, extent.skull[2]])
    return orbit_camera(target, _distance(tall), yaw, 0.0, size, PORTRAIT_FOV)


def _distance(tall: float) -> float:
    return float(tall / 2.0 / np.tan(PORTRAIT_FOV / 2.0))
