"""Eyeballs that sit in the model's sockets, turn about the eye joints and have the iris' colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import (
    Figure,
    Float32,
    Int32,
    Landmarks,
    Material,
    MeshPart,
    Morph,
    Notice,
    Photo,
    Texture,
)
from tasks.core.skin.cage import cage_offsets, ride, rigid_weights, still_morph
from tasks.core.skin.eye_texture import EyeLook, paint_eye
from tasks.core.skin.iris_colour import iris_colour
from tasks.core.skin.parts import Layer, vertex_normals

_SIDES = (
    ("eye_left", "helper-l-eye", "LeftEye"),
    ("eye_right", "helper-r-eye", "RightEye"),
)
MATERIAL = "eyes"
TEXTURE = "eyes"

# The ring of cage vertices around the pupil lies this far forward at least, as a share of the
# foremost: 11.25 degrees off the axis on the base mesh, the next ring at 22.5.
_POLE_SHARE = 0.95


@dataclass(frozen=True)
class EyeOptions:
    """Shape of the eyeball.

    segments: around the axis. iris_rings, white_rings: rings from the pole to the limbus and from
    there to the back. iris_radius_m: the visible iris is 11.7 mm across in adults, and 11 mm from
    the first years on (Hashemi et al., "White-to-white corneal diameter", 2015); so it is a
    length, not a share of a head's size. iris_angle: bounds, radians, of the angle it may take
    on the model's eyeball. cornea: how far the cornea stands out, as a share of the eyeball's
    radius. default_colour: sRGB where no photo shows the iris, the commonest of eye colours.
    """

    segments: int = 24
    iris_rings: int = 6
    white_rings: int = 9
    iris_radius_m: float = 0.00585
    iris_angle: tuple[float, float] = (0.33, 0.50)
    cornea: float = 0.055
    default_colour: tuple[int, int, int] = (92, 62, 42)
    roughness: float = 0.12


def build_eyes(
    model: BodyModel,
    figure: Figure,
    photos: Sequence[Photo],
    landmarks: Sequence[Landmarks],
    options: EyeOptions = EyeOptions(),
) -> Layer:
    """Both eyeballs, looking straight ahead, with one texture between them.

    The eyes follow the joints LeftEye and RightEye rigidly. The expressions that turn them
    (eyeLook…) turn them about the same centres, for clients that know morphs only.

    Args:
        model: its vertex groups helper-l-eye and helper-r-eye say where the eyes are.
        figure: the person, rest pose.
        photos, landmarks: where the iris' colour comes from.

    Returns:
        Parts `eye_left` and `eye_right`; empty, with a notice, where the model marks no eyes.
    """
    if any(group not in model.topology.vertex_groups for _, group, _ in _SIDES):
        missing = Notice("eyes.no_geometry", "This body model marks no eyeballs; none were built.")
        return Layer(parts=(), materials=(), textures={}, notices=(missing,))
    notices: tuple[Notice, ...] = ()
    colour = iris_colour(photos, landmarks)
    if colour is None:
        colour = np.array(options.default_colour, np.uint8)
        notices = (
            Notice(
                "eyes.colour_default",
                "The irises are too small, covered or shaded in the photos; brown was taken.",
            ),
        )
    reference, _ = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    look = EyeLook()
    parts = tuple(
        _eyeball(model, figure, reference, side, options, look.iris_edge) for side in _SIDES
    )
    material = Material(name=MATERIAL, texture=TEXTURE, roughness=options.roughness)
    textures = {TEXTURE: Texture(paint_eye(colour, look))}
    return Layer(parts=parts, materials=(material,), textures=textures, notices=notices)


def _eyeball(
    model: BodyModel,
    figure: Figure,
    reference: Float32,
    side: tuple[str, str, str],
    options: EyeOptions,
    iris_edge: float,
) -> MeshPart:
    name, group, joint = side
    cage_ids = model.topology.vertex_groups[group]
    cage = reference[cage_ids].astype(np.float64)
    centre, axes = _ellipsoid(cage)
    scaled = figure.vertices[cage_ids].astype(np.float64)
    growth = _spread(scaled) / _spread(cage)
    angle = float(np.arcsin(np.clip(options.iris_radius_m / (axes[0] * growth), 0.0, 1.0)))
    angle = float(np.clip(angle, *options.iris_angle))
    directions, polar, uv, faces = _ball(options, angle, iris_edge)
    bulge = options.cornea * np.clip(1.0 - (polar / (1.15 * angle)) ** 2, 0.0, None) ** 2
    built = centre + directions * axes * (1.0 + bulge)[:, None]
    pivot, stretch = _placed(figure, cage, centre, scaled)
    positions = pivot + (built - centre) @ stretch.T
    joints, weights = rigid_weights(model.topology.joint_names.index(joint), len(positions))
    return MeshPart(
        name=name,
        material=MATERIAL,
        positions=positions.astype(np.float32),
        normals=vertex_normals(positions, faces),
        uv=uv,
        faces=faces,
        joints=joints,
        weights=weights,
        morphs=_turns(model, figure, cage_ids, cage, positions, pivot),
    )


def _placed(
    figure: Figure,
    cage: NDArray[np.float64],
    centre: NDArray[np.float64],
    scaled: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The eye's centre in the figure (3,) and what takes the reference's eyeball there (3, 3).

    Shape changes shear the cage by a few degrees, which would let the person squint: only its
    growth along the head's own axes is kept.
    """
    corners = np.vstack([centre, centre + np.eye(3)])
    carried = ride(cage, corners) @ scaled
    head = figure.head_to_figure[:3, :3].astype(np.float64)
    upright = head / np.cbrt(np.linalg.det(head))
    linear = (carried[1:] - carried[0]).T
    return carried[0], upright @ np.diag(np.diag(upright.T @ linear))


def _turns(
    model: BodyModel,
    figure: Figure,
    cage_ids: Int32,
    cage: NDArray[np.float64],
    positions: NDArray[np.float64],
    pivot: NDArray[np.float64],
) -> tuple[Morph, ...]:
    """The model's eye expressions as rotations about the pivot, one morph per expression."""
    linear = figure.head_to_figure[:3, :3].astype(np.float64)
    tilt = linear / np.cbrt(np.linalg.det(linear))
    everything = np.arange(len(positions), dtype=np.int32)
    morphs = []
    for name, sparse in zip(model.expression_names, model.expressions, strict=True):
        offsets = cage_offsets(sparse, cage_ids)
        if not offsets.any():
            morphs.append(still_morph(name))
            continue
        turn = tilt @ _rotation(cage, offsets) @ tilt.T
        moved = (positions - pivot) @ (turn - np.eye(3)).T
        morphs.append(Morph(name=name, indices=everything, offsets=moved.astype(np.float32)))
    return tuple(morphs)


def _rotation(cage: NDArray[np.float64], offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3): the turn about the eye's centre that takes the pupil where the expression takes it.

    The expression itself turns the eye about a point behind its centre, which presses it against
    the lids; only where it makes the eye look is kept.
    """
    local = cage - cage.mean(axis=0)
    front = np.flatnonzero(local[:, 2] > _POLE_SHARE * local[:, 2].max())
    before = local[front].mean(axis=0)
    after = before + offsets[front].mean(axis=0)
    before, after = before / np.linalg.norm(before), after / np.linalg.norm(after)
    x, y, z = np.cross(before, after)
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + cross + cross @ cross / (1.0 + before @ after)


def _ellipsoid(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Centre (3,) and half axes (3,) of the axis-aligned ellipsoid through the points."""
    middle = points.mean(axis=0)
    local = points - middle
    solution = np.linalg.lstsq(np.hstack([local**2, local]), np.ones(len(points)), rcond=None)[0]
    squares, linear = solution[:3], solution[3:]
    offset = -linear / (2.0 * squares)
    return middle + offset, np.sqrt((1.0 + (squares * offset**2).sum()) / squares)


def _spread(points: NDArray[np.float64]) -> float:
    """Root mean square distance to the middle."""
    return float(np.sqrt(((points - points.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _ball(
    options: EyeOptions, iris_angle: float, iris_edge: float
) -> tuple[NDArray[np.float64], NDArray[np.float64], Float32, Int32]:
    """Unit directions (N, 3), their angle to +Z (N,), UVs (N, 2) and outward faces (F, 3).

    A pole faces +Z; the texture is polar about it: half the texture is spent on the iris.
    """
    iris = np.linspace(0.0, iris_angle, options.iris_rings + 1)[1:]
    white = np.linspace(iris_angle, np.pi, options.white_rings + 1)[1:-1]
    # The back of the eye is never seen: the visible white takes most of what the iris leaves.
    rest = (1.0 - iris_edge) * np.sqrt((white - iris_angle) / (np.pi - iris_angle))
    polar = np.concatenate([iris, white])
    reach = np.concatenate([iris / iris_angle * iris_edge, iris_edge + rest])
    n, rings = options.segments, len(polar)
    around = np.arange(n) * (2.0 * np.pi / n)
    # Seen from the front, +X is at the viewer's right and the texture's v runs down.
    x, y = np.cos(around), np.sin(around)
    sine = np.sin(polar)[:, None]
    depth = np.repeat(np.cos(polar)[:, None], n, axis=1)
    sides = np.stack([sine * x, sine * y, depth], axis=-1).reshape(-1, 3)
    side_uv = np.stack([reach[:, None] * x, -reach[:, None] * y], axis=-1).reshape(-1, 2)
    step = np.arange(n)
    following = (step + 1) % n
    back = 1 + rings * n
    faces = [np.column_stack([np.zeros(n, np.int64), 1 + step, 1 + following])]
    for ring in range(rings - 1):
        near, far = 1 + ring * n, 1 + (ring + 1) * n
        faces.append(np.column_stack([near + step, far + step, far + following]))
        faces.append(np.column_stack([near + step, far + following, near + following]))
    last = back - n
    faces.append(np.column_stack([last + step, np.full(n, back), last + following]))
    return (
        np.concatenate([[[0.0, 0.0, 1.0]], sides, [[0.0, 0.0, -1.0]]]),
        np.concatenate([[0.0], np.repeat(polar, n), [np.pi]]),
        (0.5 + 0.5 * np.concatenate([[[0.0, 0.0]], side_uv, [[1.0, 0.0]]])).astype(np.float32),
        np.concatenate(faces).astype(np.int32),
    )
