"""What the body model's shapes could not say: a smooth displacement that closes the landmarks' gap.

Each landmark's remaining error is taken into the head's frame, in the plane of the picture where
a photo tells it, and a field is fitted to it by kernel ridge regression (a Gaussian process mean
with a sum of two squared-exponential kernels). Where nothing was seen the field fades to zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import Topology

Floats = NDArray[np.float64]

# Standard deviation (m) of the wider kernel, of a face's regions. The narrower one, of their
# parts, is a square root of 8 narrower (14 mm) and has this share of the variance. Nothing finer:
# a landmark's error is not skin's relief.
_WIDE_M = 0.040
_NARROW_SHARE = 0.6
# The field's expected size and the error of one landmark's remainder (m).
_EXPECTED_M = 0.0015
_NOISE_M = 0.0015
# A mirrored landmark's remainder counts this much for its twin: faces are near symmetric, and the
# hidden side of a turned head follows the seen one.
_TWIN_SHARE = 0.3
# What lies along a photo's view is taken for 0 with this share of a landmark's weight: another
# photo, from the side, may know better.
_DEPTH_DAMPING = 0.1
# Where an expression moves the skin by so much, half of the remainder is put down to it.
_EXPRESSION_M = 0.006
# No detail is larger than this (m); what would be is a misread landmark.
_LARGEST_M = 0.004
# Beyond so many of the widest standard deviations the field counts for nothing.
_REACH = 3.0

_RIGID_GROUPS = (
    "helper-l-eye",
    "helper-r-eye",
    "helper-upper-teeth",
    "helper-lower-teeth",
    "helper-tongue",
)
# Eye joints turn with their eyeballs.
_JOINT_GROUPS = {"LeftEye": "helper-l-eye", "RightEye": "helper-r-eye"}


@dataclass(frozen=True)
class Remainder:
    """What one photo left over. offsets: (M, 3) metres in the head's frame, in the picture's
    plane; across: (3, 3) projector onto that plane; trust: (M,); expressed: (M,) metres by which
    the photo's expression moves each landmark."""

    offsets: Floats
    across: Floats
    trust: Floats
    expressed: Floats


@dataclass(frozen=True)
class Detail:
    """A displacement field. centres: (M, 3) metres; strengths: (M, 3)."""

    centres: Floats
    strengths: Floats

    def at(self, points: NDArray[np.floating]) -> Floats:
        """(N, 3) rest positions → (N, 3) displacement in metres, none larger than a few mm."""
        reach = _REACH * _WIDE_M
        low, high = self.centres.min(axis=0) - reach, self.centres.max(axis=0) + reach
        near = np.flatnonzero(((points > low) & (points < high)).all(axis=1))
        field = np.zeros((len(points), 3))
        raw = _kernel(points[near].astype(np.float64), self.centres) @ self.strengths
        size = np.linalg.norm(raw, axis=1, keepdims=True)
        field[near] = raw / np.maximum(size, 1e-12) * _LARGEST_M * np.tanh(size / _LARGEST_M)
        return field


def fit_detail(
    centres: Floats, remainders: tuple[Remainder, ...], twin: NDArray[np.int64]
) -> Detail:
    """The smoothest field that explains what all photos of one person left over alike.

    Args:
        centres: (M, 3) neutral landmarks, metres.
        remainders: one per photo.
        twin: (M,) row of each landmark's mirror image.
    """
    count = len(centres)
    normal = np.tile(np.eye(3) * 1e-6, (count, 1, 1))
    right = np.zeros((count, 3))
    weight = np.zeros(count)
    for remainder in remainders:
        neutral = 1.0 / (1.0 + (remainder.expressed / _EXPRESSION_M) ** 2)
        trust = remainder.trust * neutral
        unseen = np.eye(3) - remainder.across
        normal += trust[:, None, None] * (remainder.across + _DEPTH_DAMPING * unseen)
        right += trust[:, None] * remainder.offsets
        weight += trust
    mirror = np.array([-1.0, 1.0, 1.0])
    normal += _TWIN_SHARE * normal[twin] * np.outer(mirror, mirror)
    right += _TWIN_SHARE * right[twin] * mirror
    weight += _TWIN_SHARE * weight[twin]
    target = np.linalg.solve(normal, right[..., None])[..., 0]
    noise = (_NOISE_M / _EXPECTED_M) ** 2 / np.maximum(weight, 1e-6)
    gram = _kernel(centres, centres)
    gram[np.diag_indices(count)] += noise
    return Detail(centres, np.linalg.solve(gram, target))


def apply_detail(
    detail: Detail,
    topology: Topology,
    vertices: NDArray[np.floating],
    joints: NDArray[np.floating],
) -> tuple[Floats, Floats]:
    """Displace (V, 3) vertices and the eyes' joints (J, 3); eyeballs, teeth, tongue as wholes."""
    field = detail.at(vertices)
    moved_joints = joints.astype(np.float64)
    whole: dict[str, Floats] = {}
    for group in _RIGID_GROUPS:
        ids = topology.vertex_groups.get(group)
        if ids is not None:
            whole[group] = field[ids].mean(axis=0)
            field[ids] = whole[group]
    for joint, group in _JOINT_GROUPS.items():
        if joint in topology.joint_names and group in whole:
            moved_joints[topology.joint_names.index(joint)] += whole[group]
    return vertices + field, moved_joints


def _kernel(points: Floats, centres: Floats) -> Floats:
    square = (points**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2.0 * points @ centres.T
    wide = np.exp(np.maximum(square, 0.0) * (-0.5 / _WIDE_M**2))
    # A square root of 8 narrower is the 8th power: three products instead of another exponential.
    narrow = wide * wide
    narrow *= narrow
    narrow *= narrow
    return (1.0 - _NARROW_SHARE) * wide + _NARROW_SHARE * narrow
