"""Hang the pattern on a person: loose over hollows, clear of the body, with folded edges."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Figure, MeshPart
from tasks.core.garment.pattern import FOLD_M, Pattern, Piece
from tasks.core.garment.rims import Rim
from tasks.core.skin.parts import vertex_normals


@dataclass(frozen=True)
class DrapeOptions:
    """How cloth hangs.

    rounds, step: of Laplacian smoothing before the cloth is lifted off; more spans wider hollows.
    finish: rounds afterwards, which take the lifted cloth's creases away. hem_m: how thick a
    folded edge is. tuck_m: how far a fold's end sinks into what it closes against.
    """

    rounds: int = 26
    step: float = 0.6
    finish: int = 3
    hem_m: float = 0.003
    tuck_m: float = 0.003


def drape(
    pattern: Pattern, figure: Figure, options: DrapeOptions = DrapeOptions()
) -> tuple[MeshPart, ...]:
    """The outfit's parts on one person, materials named as the parts.

    Args:
        pattern: for the figure's model.
        figure: rest pose, metres.
    """
    scale = float(np.ptp(figure.vertices[:, 1])) / pattern.height
    return tuple(_worn(piece, figure, scale, options) for piece in pattern.pieces)


def _worn(piece: Piece, figure: Figure, scale: float, options: DrapeOptions) -> MeshPart:
    suit = piece.cloth.of(figure.vertices)
    cloth = _hung(piece, suit, scale, options)
    points = [cloth]
    for rim in piece.rims:
        points += _fold(rim, cloth, suit, figure, scale, options)
    whole = np.concatenate(points)
    made = piece.made
    return MeshPart(
        name=piece.name,
        material=piece.name,
        positions=whole[made.origin].astype(np.float32),
        normals=vertex_normals(whole, made.faces)[made.origin],
        uv=made.uv,
        faces=made.part_faces,
        joints=made.joints,
        weights=made.weights,
    )


def _hung(
    piece: Piece, suit: NDArray[np.float64], scale: float, options: DrapeOptions
) -> NDArray[np.float64]:
    fit, faces = piece.fit, piece.cloth.faces
    outward = vertex_normals(suit, faces).astype(np.float64)
    smooth = suit.copy()
    pull = (options.step * fit.slack)[:, None]
    for _ in range(options.rounds):
        smooth += pull * (piece.neighbours @ smooth - smooth)
    cloth = smooth + vertex_normals(smooth, faces) * (scale * fit.ease)[:, None]
    least = scale * fit.gap
    cloth = _clear(cloth, suit, outward, least)
    loose = options.step * (fit.slack > 0.0)[:, None]
    for _ in range(options.finish):
        cloth += loose * (piece.neighbours @ cloth - cloth)
        cloth = _clear(cloth, suit, outward, least)
    if fit.flat.any():
        cloth += outward * [1.0, 0.0, 1.0] * (scale * fit.spread)[:, None]
        # Shoes stand on the ground that the bare soles stand on.
        cloth[fit.flat, 1] = 0.0
        cloth[:, 1] = np.maximum(cloth[:, 1], 0.0)
    return cloth


def _clear(
    cloth: NDArray[np.float64],
    suit: NDArray[np.float64],
    outward: NDArray[np.float64],
    least: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Push the cloth out to where it is at least so far from the suit."""
    height = np.einsum("ij,ij->i", cloth - suit, outward)
    return cloth + outward * np.maximum(least - height, 0.0)[:, None]


def _fold(
    rim: Rim,
    cloth: NDArray[np.float64],
    suit: NDArray[np.float64],
    figure: Figure,
    scale: float,
    options: DrapeOptions,
) -> list[NDArray[np.float64]]:
    """The folded edge and, inside, where the fold meets the body: nobody can look in."""
    ring = cloth[rim.loop]
    area = np.cross(ring, np.roll(ring, -1, axis=0)).sum(axis=0)
    # The rim runs with its faces' edges, so its axis points into the garment.
    axis = area / np.linalg.norm(area)
    inward = ring.mean(axis=0) - ring
    inward -= np.outer(inward @ axis, axis)
    inward /= np.linalg.norm(inward, axis=1, keepdims=True)
    edge = ring + inward * (scale * options.hem_m)
    if rim.skin is None:
        inner = suit[rim.loop] + axis * (scale * FOLD_M)
    else:
        inner = figure.vertices[rim.skin].astype(np.float64)
    return [edge, inner + inward * (scale * options.tuck_m)]
