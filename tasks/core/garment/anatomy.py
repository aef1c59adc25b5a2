"""Where a garment begins and ends on the body: signed fields over the model's own vertices."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel, Topology

# The fields below are measured on the model's default person, 1.8 m tall, so that a garment's
# mesh is the same for everybody; the person's own shape then carries it along.

# The neck's cross-sections lean forward: a collar's plane sinks this much per metre to the front.
_COLLAR_SLOPE = 0.42
# Where on the line from the joint Neck to the joint Head the collar's plane crosses.
_COLLAR_SHARE = 0.18
# Cuffs end this far before the wrist's joint, trousers this far above the ankle's, shoes higher.
_CUFF_M = 0.022
_TROUSER_HEM_M = 0.002
_SHOE_TOP_M = 0.055
# The top ends this far below the hips' joint and the trousers this far above it.
_HEM_M = 0.075
_WAIST_M = 0.055
# A vertex belongs to a limb where the limb's joints hold more than half of it.
_HALF = 0.5
# Value of a field where a vertex is nowhere near its line.
_FAR_M = 1.0

SIDES = ("Left", "Right")


@dataclass(frozen=True)
class Anatomy:
    """The default person: what a pattern is drawn on.

    vertices: (V, 3) float64 metres, soles at Y = 0. joint: name → (3,) metres. arm, hand, leg,
    foot: side → (V,) share of skinning weight that the limb's joints hold.
    """

    vertices: NDArray[np.float64]
    joint: dict[str, NDArray[np.float64]]
    arm: dict[str, NDArray[np.float64]]
    leg: dict[str, NDArray[np.float64]]
    foot: dict[str, NDArray[np.float64]]

    def collar(self) -> NDArray[np.float64]:
        """(V,) metres below the collar's plane."""
        neck, head = self.joint["Neck"], self.joint["Head"]
        normal = np.array([0.0, 1.0, _COLLAR_SLOPE]) / np.hypot(1.0, _COLLAR_SLOPE)
        return (neck + _COLLAR_SHARE * (head - neck) - self.vertices) @ normal

    def cuff(self, side: str) -> NDArray[np.float64]:
        """(V,) metres from the cuff towards the elbow; far inside for what is no arm."""
        elbow, wrist = self.joint[f"{side}ForeArm"], self.joint[f"{side}Hand"]
        along = (wrist - elbow) / np.linalg.norm(wrist - elbow)
        distance = (wrist - _CUFF_M * along - self.vertices) @ along
        return np.where(self.arm[side] > _HALF, distance, _FAR_M)

    def armhole(self, side: str) -> NDArray[np.float64]:
        """(V,) positive on the sleeve: where the arm's joints begin to rule."""
        return self.arm[side] - _HALF

    def hem(self) -> NDArray[np.float64]:
        """(V,) metres above the top's hem; far above for arms."""
        height = self.vertices[:, 1] - (self.joint["Hips"][1] - _HEM_M)
        return np.where(self._armless(), height, _FAR_M)

    def waist(self) -> NDArray[np.float64]:
        """(V,) metres below the waistband; far above it for arms."""
        depth = self.joint["Hips"][1] + _WAIST_M - self.vertices[:, 1]
        return np.where(self._armless(), depth, -_FAR_M)

    def ankle(self) -> NDArray[np.float64]:
        """(V,) metres above the trousers' hem."""
        return self.vertices[:, 1] - (self._ankle_height() + _TROUSER_HEM_M)

    def shoe(self) -> NDArray[np.float64]:
        """(V,) metres below the shoes' rim; far above it for arms."""
        depth = self._ankle_height() + _SHOE_TOP_M - self.vertices[:, 1]
        return np.where(self._armless(), depth, -_FAR_M)

    def _ankle_height(self) -> float:
        return float(np.mean([self.joint[f"{side}Foot"][1] for side in SIDES]))

    def _armless(self) -> NDArray[np.bool_]:
        return (self.arm["Left"] < _HALF) & (self.arm["Right"] < _HALF)


def anatomy_of(model: BodyModel) -> Anatomy:
    """The default person of a model."""
    vertices, joints = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    topology = model.topology
    soles = vertices[np.unique(topology.faces_of("body")), 1].min()
    lift = np.array([0.0, -soles, 0.0])
    names = topology.joint_names
    return Anatomy(
        vertices=vertices + lift,
        joint={name: joints[k].astype(np.float64) + lift for k, name in enumerate(names)},
        arm={side: _held_by(topology, f"{side}Arm") for side in SIDES},
        leg={side: _held_by(topology, f"{side}UpLeg") for side in SIDES},
        foot={side: _held_by(topology, f"{side}Foot") for side in SIDES},
    )


def _held_by(topology: Topology, root: str) -> NDArray[np.float64]:
    """(V,) share of each vertex's skinning weight held by a joint and all below it."""
    below = np.zeros(len(topology.joint_names), bool)
    below[topology.joint_names.index(root)] = True
    for joint, parent in enumerate(topology.joint_parents):
        # Parents come before their children in every model's order.
        below[joint] |= parent >= 0 and below[parent]
    held = topology.skin_weights * below[topology.skin_indices]
    return held.sum(axis=1).astype(np.float64)
