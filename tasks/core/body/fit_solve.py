"""The nonlinear least squares of a body fit: pose first, then shape and pose together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.fit_landmarks import HIPS, anchors_of
from tasks.core.body.fit_outline import Matte, Surface, read_matte, rim_of
from tasks.core.body.fit_rig import build_rig, pose_points
from tasks.core.body.fit_space import ShapeParameters, shape_space
from tasks.core.body.fit_view import TO_CAMERA, View, first_pose, first_shift, metric_scale
from tasks.core.body.levenberg import solve_bounded
from tasks.core.body.model import BodyModel

Array = NDArray[np.float64]

# Standard deviations, metres: of MediaPipe's metric landmarks; of the outline where the model
# stands out of the matte; and where it stays inside, which clothes explain.
_WORLD_SIGMA = 0.08
_OUTSIDE_SIGMA = 0.012
_INSIDE_SIGMA = 0.030
# An outline this many of its standard deviations outside of the model is clothing.
_CLOTHED = 1.5
# How far the trunk leans from upright, sine: people stand and sit upright, cameras are held level.
_LEAN_SIGMA = 0.15
# Neighbouring rim points are not independent: together they weigh as this many.
_RIM_WEIGHT = 60.0
# The stated stature, metres.
_STATURE_SIGMA = 0.003
# Residuals beyond this many standard deviations grow only as their square root (pseudo-Huber).
_SOFT = 2.0
# Steps: placing the pose, rounds of the joint fit with a fresh rim each, settling at the end.
_PLACE_STEPS = 14
_ROUNDS = 4
_ROUND_STEPS = 4
_SETTLE_STEPS = 3
# Forward difference over metres and radians.
_STEP = 1e-5


@dataclass(frozen=True)
class _Layout:
    """Which rows of a table of rest points are what. weights: (m, A); joints: (A,) rows of the
    active joints; anchors: (M, 2); top, sole: one row each; rows: from the full table's rows."""

    weights: Array
    joints: NDArray[np.int64]
    anchors: NDArray[np.int64]
    top: int
    sole: int
    rows: NDArray[np.int64]

    def only(self, chosen: NDArray[np.int64]) -> _Layout:
        """The layout of the table cut down to some of its rows."""
        rows = np.full(len(self.weights), -1, np.int64)
        rows[chosen] = np.arange(len(chosen))
        return _Layout(
            weights=self.weights[chosen],
            joints=rows[self.joints],
            anchors=rows[self.anchors],
            top=int(rows[self.top]),
            sole=int(rows[self.sole]),
            rows=rows,
        )


@dataclass
class _Seen:
    """A view with what stays fixed in it during one solve."""

    view: View
    matte: Matte
    scale: float
    metres_a_pixel: float
    rim: NDArray[np.int64]
    moves: Array
    shift: Array


class Solver:
    """State of one fit: each view's pose, and `shape`, the (S,) shape parameters.

    Args:
        parameters: what of the shape varies, around a plausible body.
        surface: points over that body's skin.
        stature_m: its standing stature, which is kept.
    """

    def __init__(
        self,
        model: BodyModel,
        parameters: ShapeParameters,
        surface: Surface,
        stature_m: float,
    ) -> None:
        self._model, self._parameters, self._surface = model, parameters, surface
        self.shape = parameters.start.copy()
        self._bones = model.joint_subset(parameters.fixed)
        self._anchors = anchors_of(model)
        vertices, joints = model.shape(*parameters.of_model(self.shape))
        self.rig = rig = build_rig(model, joints)
        skin = np.asarray(model.topology.vertex_groups["body"], np.int64)
        height = vertices[skin, 1]
        ends = skin[[int(height.argmax()), int(height.argmin())]]
        by_vertex = self._anchors.vertices >= 0
        own = self._anchors.vertices[by_vertex]
        self._ids = np.concatenate([surface.vertices, own, ends])
        count = len(self._ids)
        of_joints = np.zeros((len(joints), len(rig.joints)))
        of_joints[np.arange(len(joints)), rig.owner] = 1.0
        at = count + self._anchors.joints
        at[by_vertex] = len(surface.vertices) + np.arange(by_vertex.sum())
        self._layout = _Layout(
            weights=np.concatenate([rig.weights(model, self._ids), of_joints]),
            joints=count + rig.joints,
            anchors=at,
            top=count - 2,
            sole=count - 1,
            rows=np.arange(count + len(joints)),
        )
        self._stature = stature_m
        rest = self._table(vertices, joints)
        # At rest the body is a little less tall than standing; the ratio hardly changes.
        self._standing = self._stature / float(rest[count - 2, 1] - rest[count - 1, 1])
        known = self._anchors.mixed(rest[at[:, 0]], rest[at[:, 1]])
        self._known = dict(zip(self._anchors.landmarks.tolist(), known, strict=True))
        self._hips = [int(np.flatnonzero(self._anchors.landmarks == k)[0]) for k in HIPS]
        self._held = np.isfinite(rig.spread)
        self._spread = np.where(self._held, rig.spread, 1.0)
        self._seen: list[_Seen] = []

    def _table(self, vertices: NDArray[np.floating], joints: NDArray[np.floating]) -> Array:
        return np.concatenate([vertices[self._ids], joints]).astype(np.float64)

    def _rest(self) -> Array:
        return self._table(*self._model.shape(*self._parameters.of_model(self.shape)))

    @property
    def poses(self) -> list[tuple[Array, Array]]:
        """(D,) movements and (3,) camera translation of each view."""
        return [(seen.moves, seen.shift) for seen in self._seen]

    def fit(self, views: Sequence[View]) -> None:
        """Pose of every view, then shape and poses together."""
        rest = self._rest()
        self._seen = [self._place(view, rest) for view in views]
        for _ in range(_ROUNDS):
            self._look(self._rest())
            self._solve_all()

    def settle(self, vertices: NDArray[np.floating], joints: NDArray[np.floating]) -> None:
        """The poses once more, on the final body (V, 3), (J, 3)."""
        rest = self._table(vertices, joints)
        # The final body stands on its soles; the model's own origin lies at the hips.
        root = self._layout.joints[0]
        lift = rest[root] - self._rest()[root]
        for seen in self._seen:
            seen.shift = seen.shift - lift @ TO_CAMERA
        self._look(rest)
        for seen in self._seen:
            self._solve_pose(seen, rest, _SETTLE_STEPS)

    def _place(self, view: View, rest: Array) -> _Seen:
        moves = first_pose(view, self.rig, self._known)
        maps = self.rig.maps(moves[None], rest[None, self._layout.joints])
        at = self._layout.anchors.T.ravel()
        ends = pose_points(maps, self._layout.weights[at], rest[None, at])[0].reshape(2, -1, 3)
        posed = self._anchors.mixed(ends[0], ends[1]) @ TO_CAMERA
        shift = first_shift(view, self._anchors.landmarks, posed)
        depth = float(np.median(posed[:, 2] + shift[2]))
        seen = _Seen(
            view=view,
            matte=read_matte(view.matte, view.focal_px * self._stature / depth),
            scale=metric_scale(view, self._known),
            metres_a_pixel=depth / view.focal_px,
            rim=np.zeros(0, np.int64),
            moves=moves,
            shift=shift,
        )
        self._solve_pose(seen, rest, _PLACE_STEPS)
        return seen

    def _look(self, rest: Array) -> None:
        """Find each view's rim anew, and its scale."""
        count = len(self._surface.vertices)
        weights = self._layout.weights[:count]
        for seen in self._seen:
            maps = self.rig.maps(seen.moves[None], rest[None, self._layout.joints])
            posed = pose_points(maps, weights, rest[None, :count])[0] @ TO_CAMERA + seen.shift
            turned = (weights @ maps[0])[:, :9].reshape(-1, 3, 3)
            normals = np.einsum("nab,nb->na", turned, self._surface.normals) @ TO_CAMERA
            pixels = seen.view.project(posed)
            seen.metres_a_pixel = float(np.median(posed[:, 2])) / seen.view.focal_px
            rim = rim_of(posed, normals, pixels, seen.metres_a_pixel, self._surface)
            seen.rim = rim[seen.matte.within(pixels[rim])]

    def _evidence(
        self, layout: _Layout, seen: _Seen, rest: Array, moves: Array, shift: Array
    ) -> Array:
        """(B or 1, m, 3), (B, D), (B, 3) → (B, R) residuals of one photo."""
        view, landmarks = seen.view, self._anchors.landmarks
        which = np.concatenate([layout.anchors.T.ravel(), layout.rows[seen.rim]])
        maps = self.rig.maps(moves, rest[:, layout.joints])
        posed = pose_points(maps, layout.weights[which], rest[:, which])
        count = len(landmarks)
        ends = self._anchors.mixed(posed[:, :count], posed[:, count : 2 * count])
        posed = np.concatenate([ends, posed[:, 2 * count :]], axis=1)
        pixels = view.project(posed @ TO_CAMERA + shift[:, None])
        weight = np.sqrt(view.weights[landmarks])[:, None]
        off = (pixels[:, :count] - view.pixels[landmarks]) * seen.metres_a_pixel
        flat = _soft(off / self._anchors.sigma[:, None]) * weight
        about = posed[:, :count] - posed[:, self._hips].mean(axis=1, keepdims=True)
        deep = _soft((about - seen.scale * view.world[landmarks]) / _WORLD_SIGMA) * weight
        # The trunk's own up axis: the second column of the root's rotation.
        lean = _soft(maps[:, 0, [1, 7]] / _LEAN_SIGMA)
        rows = [flat.reshape(len(flat), -1), deep.reshape(len(deep), -1), lean]
        if len(seen.rim):
            distance = seen.matte.sample(pixels[:, count:]) * seen.metres_a_pixel
            share = np.sqrt(min(1.0, _RIM_WEIGHT / len(seen.rim)))
            rows.append(share * _outline(distance))
        return np.concatenate(rows, axis=1)

    def _by_pose(
        self, layout: _Layout, seen: _Seen, rest: Array, moves: Array, shift: Array
    ) -> Array:
        """(R, 3 + D) derivatives of the evidence by the shift, then by the movements."""
        count = 3 + len(moves)
        steps = np.concatenate([np.zeros((1, count)), _STEP * np.eye(count)])
        found = self._evidence(layout, seen, rest[None], moves + steps[:, 3:], shift + steps[:, :3])
        return (found[1:] - found[0]).T / _STEP

    def _by_shape(
        self, layout: _Layout, seen: _Seen, bodies: Array, moves: Array, shift: Array
    ) -> Array:
        """(R, S); bodies: (1 + S, m, 3), the present one and each stepped one."""
        still = np.zeros((len(bodies), 1))
        found = self._evidence(layout, seen, bodies, moves + still, shift + still)
        return (found[1:] - found[0]).T / _STEP

    def _solve_pose(self, seen: _Seen, rest: Array, steps: int) -> None:
        rig, held, layout = self.rig, self._held, self._layout
        prior = np.zeros((int(held.sum()), 3 + len(self._spread)))
        prior[:, 3:] = np.diag(1.0 / self._spread)[held]

        def residuals(x: Array) -> Array:
            evidence = self._evidence(layout, seen, rest[None], x[None, 3:], x[None, :3])[0]
            return np.concatenate([evidence, prior @ x])

        def jacobian(x: Array) -> Array:
            return np.concatenate([self._by_pose(layout, seen, rest, x[3:], x[:3]), prior])

        free = np.full(3, np.inf)
        found = solve_bounded(
            residuals,
            jacobian,
            start=np.concatenate([seen.shift, seen.moves]),
            low=np.concatenate([-free, rig.low]),
            high=np.concatenate([free, rig.high]),
            scale=np.concatenate([np.ones(3), self._spread]),
            steps=steps,
        )
        seen.shift, seen.moves = found[:3], found[3:]

    def _solve_all(self) -> None:
        rig, held = self.rig, self._held
        own_prior, full = self._parameters, self._layout
        size, block = len(own_prior.start), 3 + len(self._spread)
        count = len(self._ids)
        ends = np.array([full.top, full.sole])
        rims = [seen.rim for seen in self._seen]
        needed = np.unique(np.concatenate([full.anchors[full.anchors < count], ends, *rims]))
        layout = full.only(np.concatenate([needed, np.arange(count, len(full.rows))]))
        space = shape_space(self._model, own_prior, self._ids[needed], self._bones)
        prior = np.zeros((int(held.sum()), block))
        prior[:, 3:] = np.diag(1.0 / self._spread)[held]

        def views(x: Array) -> Iterator[tuple[_Seen, slice, Array]]:
            for place, seen in enumerate(self._seen):
                own = slice(size + place * block, size + (place + 1) * block)
                yield seen, own, x[own]

        def residuals(x: Array) -> Array:
            rest = space.points(x[:size])
            tall = self._standing * (rest[layout.top, 1] - rest[layout.sole, 1])
            rows = [
                (x[:size] - own_prior.start) / own_prior.spread,
                np.array([(tall - self._stature) / _STATURE_SIGMA]),
            ]
            for seen, _, own in views(x):
                evidence = self._evidence(layout, seen, rest[None], own[None, 3:], own[None, :3])
                rows += [evidence[0], prior @ own]
            return np.concatenate(rows)

        def jacobian(x: Array) -> Array:
            rest, slopes = space.points(x[:size]), space.jacobian(x[:size])
            bodies = np.concatenate([rest[None], rest + _STEP * slopes])
            rise = slopes[:, layout.top, 1] - slopes[:, layout.sole, 1]
            top = np.zeros((size + 1, len(x)))
            top[:size, :size] = np.diag(1.0 / own_prior.spread)
            top[size, :size] = self._standing * rise / _STATURE_SIGMA
            rows = [top]
            for seen, where, own in views(x):
                by_shape = self._by_shape(layout, seen, bodies, own[3:], own[:3])
                here = np.zeros((len(by_shape) + len(prior), len(x)))
                here[: len(by_shape), :size] = by_shape
                here[: len(by_shape), where] = self._by_pose(layout, seen, rest, own[3:], own[:3])
                here[len(by_shape) :, where] = prior
                rows.append(here)
            return np.concatenate(rows)

        free, views_count = np.full(3, np.inf), len(self._seen)
        poses = [part for seen in self._seen for part in (seen.shift, seen.moves)]
        found = solve_bounded(
            residuals,
            jacobian,
            start=np.concatenate([self.shape, *poses]),
            low=np.concatenate([own_prior.low, *[-free, rig.low] * views_count]),
            high=np.concatenate([own_prior.high, *[free, rig.high] * views_count]),
            scale=np.concatenate([own_prior.spread, *[np.ones(3), self._spread] * views_count]),
            steps=_ROUND_STEPS,
        )
        self.shape = found[:size]
        for seen, _, own in views(found):
            seen.shift, seen.moves = own[:3], own[3:]


def _outline(distance: Array) -> Array:
    """Signed distance of rim points, metres, inside positive → residuals.

    Outside of the matte there is no body. Inside there may be a coat: what lies deep says less
    and less.
    """
    outside = _soft(np.minimum(distance, 0.0) / _OUTSIDE_SIGMA)
    deep = np.maximum(distance, 0.0) / _INSIDE_SIGMA
    return outside + deep / np.sqrt(1.0 + (deep / _CLOTHED) ** 2)


def _soft(residual: Array) -> Array:
    """A residual whose square is the pseudo-Huber loss of the given one: even slope at zero, and
    outliers count little."""
    return np.sign(residual) * _SOFT * np.sqrt(2.0 * (np.sqrt(1.0 + (residual / _SOFT) ** 2) - 1.0))
