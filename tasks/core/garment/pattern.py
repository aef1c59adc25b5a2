"""The outfit's pattern: which pieces of the model's suit, cut where, laid out how.

It depends on the model alone, so it is made once and every person wears the same mesh.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from tasks.core.body.model import BodyModel
from tasks.core.entities import Float32, Uint16
from tasks.core.garment.anatomy import SIDES, Anatomy, anatomy_of
from tasks.core.garment.charts import (
    COLLAR_RIB_M,
    CUFF_RIB_M,
    HEM_RIB_M,
    SOLE_M,
    leg_chart,
    shoe_chart,
    sleeve_chart,
    torso_chart,
)
from tasks.core.garment.cut import Cloth, border_loops, cut, keep, whole
from tasks.core.garment.rims import Made, Rim, make, rims_of
from tasks.core.skin.parts import top_influences, vertex_normals

SUIT = "helper-tights"
TOP, BOTTOM, FOOTWEAR = "outfit_top", "outfit_bottom", "outfit_footwear"

# Samples on each edge of a rim to which distances are measured.
_RING_SAMPLES = 8
# A vertex nearer to a line than this lies on it: cuts leave no other vertex so near.
_ON_LINE_M = 0.0012
# How deep a folded edge goes into the garment.
FOLD_M = 0.018
# A rim this near to the collar's or a cuff's line is that collar or cuff.
_RIM_M = 0.02


@dataclass(frozen=True)
class Fit:
    """How a piece sits, metres on the default person, a value per cloth vertex (N,).

    ease: from suit to cloth. gap: never nearer to the suit. slack: 0..1, how much the cloth
    spans hollows. spread: a shoe's sole stands out sideways. flat: bool, lies on the ground.
    """

    ease: NDArray[np.float64]
    gap: NDArray[np.float64]
    slack: NDArray[np.float64]
    spread: NDArray[np.float64]
    flat: NDArray[np.bool_]


@dataclass(frozen=True)
class Piece:
    """One piece of the outfit.

    cloth: its mesh, mixed from the model's vertices. neighbours: (N, N) sparse, rows summing to
    one; a rim's vertices know only each other. made: what does not depend on the person.
    """

    name: str
    cloth: Cloth
    neighbours: sp.csr_matrix
    fit: Fit
    rims: tuple[Rim, ...]
    made: Made


@dataclass(frozen=True)
class Pattern:
    """The outfit's pieces, the default person's height, by which eases scale, and which of the
    model's vertices the outfit hides well."""

    pieces: tuple[Piece, ...]
    height: float
    covered: NDArray[np.bool_]


class _ByDigest:
    """A model as a key: equal where the digests are."""

    def __init__(self, model: BodyModel) -> None:
        self.model = model

    def __hash__(self) -> int:
        return hash(self.model.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByDigest) and other.model.digest == self.model.digest


def pattern_of(model: BodyModel) -> Pattern:
    """The pattern for a model that has a suit; made at the first call for each model."""
    return _pattern(_ByDigest(model))


# Skin this far under a collar or cuff stays, so that no gap opens when the avatar moves.
_SKIN_KEPT_M = 0.036


@lru_cache(maxsize=4)
def _pattern(key: _ByDigest) -> Pattern:
    model = key.model
    body = anatomy_of(model)
    skin = np.unique(model.topology.faces_of("body")).astype(np.int64)
    suit = whole(model.topology.faces_of(SUIT), len(body.vertices))
    pieces = (
        _top(model, body, suit, skin),
        _bottom(model, body, suit, skin),
        _footwear(model, body, suit, skin),
    )
    inside = np.minimum.reduce([body.collar(), *(body.cuff(side) for side in SIDES)])
    covered = np.zeros(len(inside), bool)
    covered[skin] = inside[skin] > _SKIN_KEPT_M
    covered.setflags(write=False)
    return Pattern(pieces, float(np.ptp(body.vertices[:, 1])), covered)


def _top(model: BodyModel, body: Anatomy, suit: Cloth, skin: NDArray[np.int64]) -> Piece:
    cloth = suit
    for field in (body.collar(), body.hem(), *(body.cuff(side) for side in SIDES)):
        cloth = keep(*cut(cloth, cloth.of(field)))
    collar = _ring(cloth, body, cloth.of(body.collar()))
    for side in SIDES:
        cloth, _ = cut(cloth, cloth.of(body.armhole(side)))
        cloth, _ = cut(cloth, cloth.of(body.cuff(side)) - CUFF_RIB_M)
    cloth, _ = cut(cloth, cloth.of(body.hem()) - HEM_RIB_M)
    cloth, _ = cut(cloth, _distance(cloth.of(body.vertices), collar) - COLLAR_RIB_M)

    at = cloth.of(body.vertices)
    from_collar, from_hem = _distance(at, collar), cloth.of(body.hem())
    from_cuff = np.minimum(*(cloth.of(body.cuff(side)) for side in SIDES))
    arm = np.maximum(*(cloth.of(body.arm[side]) for side in SIDES))
    corner_uv = torso_chart(at, cloth.faces, from_hem, from_collar)
    for side in SIDES:
        # Later cuts keep earlier ones' lines: sides are read off when all are done.
        sleeve = cloth.of(body.armhole(side))[cloth.faces].sum(axis=1) > 0.0
        from_wrist = cloth.of(body.cuff(side))
        corner_uv[sleeve] = sleeve_chart(body, side, at, cloth.faces[sleeve], from_wrist)
    ease = 0.009 + 0.010 * _bump(from_hem, 0.05, 0.26) * (1.0 - arm)
    ease += 0.005 * _bump(from_cuff, 0.05, 0.16) * arm
    ease -= 0.005 * _near(from_collar, 0.02, 0.08) + 0.006 * _near(from_cuff, 0.03, 0.06)
    gap = 0.005 + 0.009 * _near(from_hem, 0.10, 0.20) * (1.0 - arm)
    gap -= 0.003 * _near(from_cuff, 0.03, 0.06)
    slack = (1.0 - 0.45 * arm) * (1.0 - 0.7 * _near(from_collar, 0.02, 0.10))
    at_neck = np.minimum(cloth.of(body.collar()), from_cuff)
    rims = rims_of(cloth, body.vertices, skin, (at_neck, _RIM_M), FOLD_M)
    lines = (from_hem - HEM_RIB_M, from_collar - COLLAR_RIB_M, from_cuff - CUFF_RIB_M)
    return _piece(model, TOP, cloth, corner_uv, rims, _fit(ease, gap, slack), lines)


def _ring(cloth: Cloth, body: Anatomy, field: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) points, close together, along the rim on which the field is zero."""
    at = cloth.of(body.vertices)
    loop = min(border_loops(cloth.faces), key=lambda rim: float(np.abs(field[rim]).max()))
    share = np.linspace(0.0, 1.0, _RING_SAMPLES, endpoint=False)[None, :, None]
    start, end = at[loop][:, None], np.roll(at[loop], -1, axis=0)[:, None]
    return np.asarray((start + share * (end - start)).reshape(-1, 3))


def _distance(at: NDArray[np.float64], ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) metres from each point to the nearest of a ring's."""
    return np.asarray(cKDTree(ring).query(at)[0])


def _bottom(model: BodyModel, body: Anatomy, suit: Cloth, skin: NDArray[np.int64]) -> Piece:
    cloth = suit
    for field in (body.waist(), body.ankle()):
        cloth = keep(*cut(cloth, cloth.of(field)))
    cloth, left = cut(cloth, cloth.of(body.vertices)[:, 0])
    at = cloth.of(body.vertices)
    corner_uv = np.zeros((len(cloth.faces), 3, 2))
    for side, chosen in zip(SIDES, (left, ~left), strict=True):
        corner_uv[chosen] = leg_chart(body, side, at, cloth.faces[chosen])
    from_ankle = cloth.of(body.ankle())
    # Under the top trousers must not bulge; from a hand's breadth below its hem on they may.
    free = 1.0 - _near(-cloth.of(body.hem()), 0.012, 0.06)
    inner_thigh = np.exp(-(((at[:, 1] - body.joint["LeftUpLeg"][1] + 0.14) / 0.10) ** 2))
    inner_thigh *= np.exp(-((at[:, 0] / 0.06) ** 2))
    ease = 0.004 + 0.012 * _near(from_ankle, 0.03, 0.45) + 0.005 * free
    ease -= 0.005 * inner_thigh
    gap = 0.0025 + 0.0125 * _near(from_ankle, 0.07, 0.16)
    rims = rims_of(cloth, body.vertices, skin, None, FOLD_M)
    # The waistband is out of sight.
    rims = tuple(rim for rim in rims if from_ankle[rim.loop].max() < _RIM_M)
    return _piece(model, BOTTOM, cloth, corner_uv, rims, _fit(ease, gap, 0.95 * free))


def _footwear(model: BodyModel, body: Anatomy, suit: Cloth, skin: NDArray[np.int64]) -> Piece:
    cloth = keep(*cut(suit, suit.of(body.shoe())))
    cloth, _ = cut(cloth, cloth.of(body.vertices)[:, 1] - SOLE_M)
    at = cloth.of(body.vertices)
    normals = vertex_normals(at, cloth.faces)
    corner_uv = np.zeros((len(cloth.faces), 3, 2))
    left = at[cloth.faces].mean(axis=1)[:, 0] > 0.0
    for chosen in (left, ~left):
        corner_uv[chosen] = shoe_chart(at, cloth.faces[chosen])
    low = _near(at[:, 1], 0.07, 0.10)
    fit = Fit(
        ease=0.003 + 0.004 * low,
        gap=np.full(len(at), 0.002),
        slack=0.85 * low * (at[:, 1] > SOLE_M + _ON_LINE_M),
        spread=0.005 * _near(at[:, 1], SOLE_M + 0.001, SOLE_M + 0.006),
        flat=(normals[:, 1] < -0.6) & (at[:, 1] < 0.03),
    )
    rims = rims_of(cloth, body.vertices, skin, None, FOLD_M)
    return _piece(model, FOOTWEAR, cloth, corner_uv, rims, fit, (at[:, 1] - SOLE_M,))


def _fit(ease: NDArray[np.float64], gap: NDArray[np.float64], slack: NDArray[np.float64]) -> Fit:
    return Fit(ease, gap, slack, np.zeros(len(ease)), np.zeros(len(ease), bool))


def _piece(
    model: BodyModel,
    name: str,
    cloth: Cloth,
    corner_uv: NDArray[np.float64],
    rims: tuple[Rim, ...],
    fit: Fit,
    lines: tuple[NDArray[np.float64], ...] = (),
) -> Piece:
    joints, weights = _skinning(model, cloth)
    return Piece(
        name=name,
        cloth=cloth,
        neighbours=_neighbours(cloth.faces, len(fit.ease), lines),
        fit=fit,
        rims=rims,
        made=make(cloth, corner_uv, rims, joints, weights),
    )


def _skinning(model: BodyModel, cloth: Cloth) -> tuple[Uint16, Float32]:
    topology = model.topology
    rows = np.repeat(np.arange(len(topology.skin_indices)), topology.skin_indices.shape[1])
    held = topology.skin_weights.reshape(-1).astype(np.float64)
    per_joint = sp.csr_matrix(
        (held, (rows, topology.skin_indices.reshape(-1))),
        shape=(len(topology.skin_indices), len(topology.joint_names)),
    )
    dense = np.asarray((cloth.mix @ per_joint).todense())
    order = np.argsort(-dense, axis=1, kind="stable")
    return top_influences(order, np.take_along_axis(dense, order, axis=1))


def _neighbours(
    faces: NDArray[np.int64], count: int, lines: tuple[NDArray[np.float64], ...]
) -> sp.csr_matrix:
    """Who is averaged with whom: on rims and on the given lines only along them."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    unique, uses = np.unique(np.sort(edges, axis=1), axis=0, return_counts=True)
    chosen = [unique[uses == 1]]
    for line in lines:
        on = np.abs(line) < _ON_LINE_M
        chosen.append(unique[on[unique].all(axis=1) & (uses > 1)])
    along = np.concatenate(chosen)
    held = np.zeros(count, bool)
    held[along] = True
    both = np.concatenate([unique, unique[:, ::-1]])
    own = np.concatenate([along, along[:, ::-1]])
    pairs = np.unique(np.concatenate([both[~held[both[:, 0]]], own]), axis=0)
    share = 1.0 / np.bincount(pairs[:, 0], minlength=count)[pairs[:, 0]]
    return sp.csr_matrix((share, (pairs[:, 0], pairs[:, 1])), shape=(count, count))


def _near(distance: NDArray[np.float64], full: float, none: float) -> NDArray[np.float64]:
    """1 up to `full` metres from a line, 0 from `none` metres on, smooth between."""
    t = np.clip((none - distance) / (none - full), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def _bump(distance: NDArray[np.float64], start: float, end: float) -> NDArray[np.float64]:
    """0 at a line and from `end` on, 1 in between."""
    return (1.0 - _near(distance, 0.0, start)) * _near(distance, start, end)
