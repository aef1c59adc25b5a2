"""Eyelashes: the model's four strips along the lids, with painted hairs cut out by alpha."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Figure, Float32, Int32, Material, MeshPart, Notice, Texture, Uint8
from tasks.core.skin.cage import rigid_weights
from tasks.core.skin.parts import Layer, expression_morphs, vertex_normals

# Strip on the model, whether it is the upper lid's.
_STRIPS = (
    ("helper-l-eyelashes-1", "helper-l-eye", False),
    ("helper-l-eyelashes-2", "helper-l-eye", True),
    ("helper-r-eyelashes-1", "helper-r-eye", False),
    ("helper-r-eyelashes-2", "helper-r-eye", True),
)
MATERIAL = "lashes"
TEXTURE = "lashes"

# Vertices across a strip, root to tip, on the base mesh.
_STRIP_ROWS = 5
# Hairs are painted this many times larger and averaged down.
_PAINT_ZOOM = 3
_HAIR_STEPS = 7
# Half of a hair's width at its root, as a share of the lid's length (30 mm): 0.1 mm.
_HAIR_WIDTH = 0.0034
# The dark line of the roots, as a share of the strip's width.
_LINE_SHARE = 0.14


@dataclass(frozen=True)
class LashOptions:
    """How lashes are painted.

    width, height: pixels of the texture; the upper half holds the upper lashes. upper, lower:
    hairs a lid (people have 90 to 150 above and half as many below; fewer, thicker ones read the
    same from a metre away). upper_length, lower_length: shares of the strip's width. colour: sRGB
    of lashes where the hair's colour is not given; darkening: lashes are darker than the hair.
    """

    width: int = 512
    height: int = 128
    upper: int = 84
    lower: int = 52
    upper_length: tuple[float, float] = (0.62, 0.98)
    lower_length: tuple[float, float] = (0.30, 0.62)
    colour: tuple[int, int, int] = (38, 28, 24)
    darkening: float = 0.5
    darkest: int = 18
    roughness: float = 0.8
    seed: int = 3


def build_lashes(
    model: BodyModel,
    figure: Figure,
    hair_colour: Uint8 | None = None,
    options: LashOptions = LashOptions(),
) -> Layer:
    """Both eyes' lashes as one part with alpha blending, moving with the lids.

    Args:
        model: its groups helper-{l,r}-eyelashes-{1,2} are the strips.
        figure: the person, rest pose.
        hair_colour: (3,) uint8 sRGB of brows or hair; lashes are its darker relatives.

    Returns:
        One part, `lashes`; empty, with a notice, where the model marks no lashes.
    """
    groups = model.topology.vertex_groups
    if any(strip not in groups or eye not in groups for strip, eye, _ in _STRIPS):
        missing = Notice("lashes.no_geometry", "This body model marks no lashes; none were built.")
        return Layer(parts=(), materials=(), textures={}, notices=(missing,))
    reference, _ = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    origin: list[NDArray[np.int64]] = []
    uv: list[NDArray[np.float64]] = []
    faces: list[NDArray[np.int64]] = []
    for strip, eye, upper in _STRIPS:
        ids, corners = np.unique(model.topology.faces_of(strip), return_inverse=True)
        local = corners.reshape(-1, 3).astype(np.int64)
        uv.append(_strip_uv(reference, ids.astype(np.int64), local, groups[eye], upper=upper))
        faces.append(local + sum(map(len, origin)))
        origin.append(ids.astype(np.int64))
    part = _part(model, figure, np.concatenate(origin), np.concatenate(uv), np.concatenate(faces))
    material = Material(
        name=MATERIAL,
        texture=TEXTURE,
        roughness=options.roughness,
        alpha_mode="BLEND",
        double_sided=True,
    )
    return Layer(
        parts=(part,),
        materials=(material,),
        textures={TEXTURE: Texture(_paint(_colour(hair_colour, options), options))},
    )


def _part(
    model: BodyModel,
    figure: Figure,
    origin: NDArray[np.int64],
    uv: NDArray[np.float64],
    faces: NDArray[np.int64],
) -> MeshPart:
    positions = figure.vertices[origin]
    joints, weights = rigid_weights(model.topology.joint_names.index("Head"), len(origin))
    return MeshPart(
        name="lashes",
        material=MATERIAL,
        positions=np.ascontiguousarray(positions, np.float32),
        normals=vertex_normals(positions, faces),
        uv=uv.astype(np.float32),
        faces=faces.astype(np.int32),
        joints=joints,
        weights=weights,
        morphs=expression_morphs(model, figure, origin),
    )


def _strip_uv(
    reference: Float32,
    ids: NDArray[np.int64],
    faces: NDArray[np.int64],
    eye_ids: Int32,
    *,
    upper: bool,
) -> NDArray[np.float64]:
    """(n, 2): u along the lid, v from the root (at the lid) to the tip, in the lid's half.

    A strip is a grid of `_STRIP_ROWS` vertices across and some along. Its rim is laid on a
    rectangle, root on v = 0, and what is inside goes to the mean of its neighbours (W. Tutte,
    "How to draw a graph", 1963), which cannot fold.
    """
    eye = reference[eye_ids].astype(np.float64)
    distance = np.linalg.norm(reference[ids] - (eye.min(axis=0) + eye.max(axis=0)) / 2.0, axis=1)
    loop = _border_loop(faces)
    along = len(loop) // 2 - _STRIP_ROWS + 2
    loop = np.roll(loop, -_root_start(faces, loop, along, distance))
    if reference[ids[loop[0]], 0] > reference[ids[loop[along - 1]], 0]:
        loop = np.roll(loop[::-1], along)
    u_run, v_run = np.linspace(0.0, 1.0, along), np.linspace(0.0, 1.0, _STRIP_ROWS)
    rim = np.concatenate(
        [
            np.column_stack([u_run, np.zeros(along)])[:-1],
            np.column_stack([np.ones(_STRIP_ROWS), v_run])[:-1],
            np.column_stack([u_run[::-1], np.ones(along)])[:-1],
            np.column_stack([np.zeros(_STRIP_ROWS), v_run[::-1]])[:-1],
        ]
    )
    system = np.zeros((len(ids), len(ids)))
    for first, second in ((0, 1), (1, 2), (2, 0)):
        system[faces[:, first], faces[:, second]] = -1.0
        system[faces[:, second], faces[:, first]] = -1.0
    np.fill_diagonal(system, -system.sum(axis=1))
    system[loop] = np.eye(len(ids))[loop]
    target = np.zeros((len(ids), 2))
    target[loop] = rim
    uv = np.linalg.solve(system, target)
    half = 0.01 + 0.48 * uv[:, 1]
    return np.column_stack([0.01 + 0.98 * uv[:, 0], half if upper else 0.5 + half])


def _root_start(
    faces: NDArray[np.int64],
    loop: NDArray[np.int64],
    along: int,
    distance: NDArray[np.float64],
) -> int:
    """Where on the rim the root begins: its long side nearest to the eyeball.

    A vertex of one triangle only can be nothing but a corner of the grid.
    """
    ears = np.flatnonzero(np.bincount(faces.reshape(-1))[loop] == 1)
    best = (len(loop) + 1, 0.0)
    found = 0
    for start in range(len(loop)):
        corners = np.cumsum([start, along - 1, _STRIP_ROWS - 1, along - 1]) % len(loop)
        root = float(np.roll(distance[loop], -start)[:along].sum())
        rank = (int((~np.isin(ears, corners)).sum()), root)
        if rank < best:
            best, found = rank, start
    return found


def _border_loop(faces: NDArray[np.int64]) -> NDArray[np.int64]:
    """The vertices of the rim of a disc-like mesh, in order."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    directed = {(int(a), int(b)) for a, b in edges}
    onward = {a: b for a, b in directed if (b, a) not in directed}
    loop = [min(onward)]
    while (following := onward[loop[-1]]) != loop[0]:
        loop.append(following)
    return np.array(loop)


def _colour(hair_colour: Uint8 | None, options: LashOptions) -> Uint8:
    if hair_colour is None:
        return np.array(options.colour, np.uint8)
    darker = np.asarray(hair_colour, np.float64) * options.darkening
    return np.rint(np.maximum(darker, options.darkest)).astype(np.uint8)


def _paint(colour: Uint8, options: LashOptions) -> Uint8:
    picture = np.empty((options.height, options.width, 4), np.uint8)
    # The colour also fills what is transparent, so that no pale fringe shows at small sizes.
    picture[..., :3] = colour
    picture[..., 3] = _hairs(options)
    return picture


@cache
def _hairs(options: LashOptions) -> Uint8:
    """(height, width) alpha: the upper lid's hairs in the upper half, the lower lid's below."""
    random = np.random.default_rng(options.seed)
    half = options.height // 2
    upper = _fringe(random, options, options.upper, options.upper_length, half)
    lower = _fringe(random, options, options.lower, options.lower_length, half)
    return np.concatenate([upper, lower])


def _fringe(
    random: np.random.Generator,
    options: LashOptions,
    count: int,
    length: tuple[float, float],
    height: int,
) -> Uint8:
    """Tapering, curved hairs that fan out from the middle of the lid; root in the first row."""
    zoom = _PAINT_ZOOM
    canvas = np.zeros((height * zoom, options.width * zoom), np.uint8)
    along = np.linspace(0.0, 1.0, _HAIR_STEPS)
    for index in range(count):
        root = (index + random.uniform(0.2, 0.8)) / count
        # Short in the corners, longest two thirds out.
        fade = np.sin(np.pi * np.clip(0.06 + 0.9 * root, 0.0, 1.0)) ** 0.45
        reach = random.uniform(*length) * fade
        lean = 0.055 * (root - 0.5) + random.normal(0.0, 0.006)
        x = root + lean * along**1.6
        y = reach * along
        width = _HAIR_WIDTH * random.uniform(0.8, 1.2) * (1.0 - along) ** 0.7
        outline = np.concatenate(
            [np.column_stack([x - width, y]), np.column_stack([x + width, y])[::-1]]
        )
        pixels = outline * (canvas.shape[1], canvas.shape[0])
        cv2.fillPoly(canvas, [np.rint(pixels * 16.0).astype(np.int32)], 255, cv2.LINE_AA, 4)
    # The lid's rim: roots stand so close that they read as a line.
    line = np.clip(1.0 - np.arange(canvas.shape[0]) / (_LINE_SHARE * canvas.shape[0]), 0.0, 1.0)
    taper = np.sin(np.pi * (np.arange(canvas.shape[1]) + 0.5) / canvas.shape[1]) ** 0.5
    canvas = np.maximum(canvas, np.rint(190.0 * line[:, None] * taper[None, :]).astype(np.uint8))
    return cv2.resize(canvas, (options.width, height), interpolation=cv2.INTER_AREA)
