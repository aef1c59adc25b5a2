"""Skinning weights in the form that glTF asks for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Uint16

# glTF's JOINTS_0 / WEIGHTS_0 carry four influences (glTF 2.0, 3.7.3.3).
INFLUENCES = 4
# Weights are stored as normalised uint16: 65535 stands for 1 (glTF 2.0, 3.11).
WEIGHT_STEPS = 65535


def quantised_influences(
    joints: NDArray[np.integer], weights: NDArray[np.floating], bone_of: NDArray[np.integer]
) -> tuple[Uint16, Float32]:
    """Influences on the skeleton's bones: no bone twice, no weight without a bone, sum one.

    Args:
        joints: (N, K) joints of the body model; weights: (N, K), not negative.
        bone_of: (J,) the skeleton's bone behind each joint of the body model.

    Returns:
        (N, 4) uint16 bones by falling weight, 0 where the weight is 0; (N, 4) float32 weights,
        whole multiples of 1/65535 whose multiples sum to 65535: what a file stores exactly.

    Raises:
        ValueError: a vertex has no weight at all.
    """
    bones = np.asarray(bone_of, np.int64)[np.asarray(joints, np.int64)]
    share = np.asarray(weights, np.float64).copy()
    # Two joints of the model may hang on one bone: the first slot takes the later ones' weight.
    for later in range(1, bones.shape[1]):
        for earlier in range(later):
            same = bones[:, later] == bones[:, earlier]
            share[same, earlier] += share[same, later]
            share[same, later] = 0.0
    order = np.argsort(-share, axis=1, kind="stable")[:, :INFLUENCES]
    bones = np.take_along_axis(bones, order, axis=1)
    share = np.take_along_axis(share, order, axis=1)
    total = share.sum(axis=1, keepdims=True)
    if np.any(total <= 0.0):
        raise ValueError("a vertex hangs on no bone")
    steps = np.rint(share / total * WEIGHT_STEPS).astype(np.int64)
    # Rounding leaves at most two steps over or missing; the largest weight feels it least.
    steps[:, 0] += WEIGHT_STEPS - steps.sum(axis=1)
    bones[steps == 0] = 0
    padding = ((0, 0), (0, INFLUENCES - steps.shape[1]))
    return (
        np.pad(bones, padding).astype(np.uint16),
        (np.pad(steps, padding) / WEIGHT_STEPS).astype(np.float32),
    )


def weight_steps(weights: NDArray[np.floating]) -> Uint16:
    """(N, 4) weights summing to 1 → (N, 4) uint16 summing to 65535 exactly."""
    steps = np.rint(np.asarray(weights, np.float64) * WEIGHT_STEPS).astype(np.int64)
    rows = np.arange(len(steps))
    steps[rows, steps.argmax(axis=1)] += WEIGHT_STEPS - steps.sum(axis=1)
    return steps.astype(np.uint16)
