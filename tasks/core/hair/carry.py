"""Carry the hair that the photo shows on to where it shows none, by mirroring."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32
from tasks.core.hair.field import HEIGHT, WIDTH

# What the photo shows of a side is carried on, mirrored to and fro between the azimuths where it
# is seen well, if it is seen over at least this many texels.
SEEN_WELL, NARROWEST = 0.5, 12
# A side seen less than this share of the other is taken from the other's mirror image.
TURNED_SHARE = 0.45
# The map's uppermost share, around the crown's pole, is painted plain.
CROWN_FADE = 0.08
# What is carried fades to plain hair over this share of what was seen: repeated for longer, its
# mirror images would meet the eye as a pattern.
FADING = 1.2


def both_sides(root: Float32, weight: Float32) -> tuple[Float32, Float32]:
    """Replace a side that the photo hardly shows by the other's mirror image."""
    half = WIDTH // 2
    shown = np.array([float(weight[:, :half].sum()), float(weight[:, half:].sum())])
    if shown.min() >= TURNED_SHARE * shown.max():
        return root, weight
    keep = np.zeros((HEIGHT, WIDTH), np.float32)
    keep[:, :half] = float(shown[0] > shown[1])
    keep[:, half:] = float(shown[1] >= shown[0])
    keep = cv2.GaussianBlur(keep, (0, 0), 8.0)
    mixed = keep[..., None] * root + (1.0 - keep[..., None]) * root[:, ::-1]
    return mixed, np.asarray(keep * weight + (1.0 - keep) * weight[:, ::-1], np.float32)


def carry_on(root: Float32, weight: Float32) -> tuple[Float32, Float32]:
    """Carry the seen hair on: around the back, over the crown and down the nape.

    Args:
        root: (HEIGHT, WIDTH, 3) float32, square root of linear light. weight: (HEIGHT, WIDTH)
            0..1, where the photo shows it.

    Returns:
        The map carried on, and how far to trust it: less, the farther it was carried.
    """
    return _up_and_down(*_around(root, weight))


def _around(root: Float32, weight: Float32) -> tuple[Float32, Float32]:
    """Continue the sides' strands around the back, mirrored to and fro."""
    half = WIDTH // 2
    out, trust = root.copy(), weight.copy()
    for mirrored in (False, True):
        # Seen from the middle of the face outwards to the back.
        color = root[:, half:] if not mirrored else root[:, half - 1 :: -1]
        sure = weight[:, half:] if not mirrored else weight[:, half - 1 :: -1]
        well = sure > SEEN_WELL
        last = half - 1 - np.argmax(well[:, ::-1], axis=1).astype(np.float64)
        count = well.sum(axis=1).astype(np.float64)
        known = np.flatnonzero(count >= NARROWEST)
        if len(known) == 0:
            continue
        rows = np.arange(HEIGHT)
        last = _level(np.interp(rows, known, last[known]))
        span = _level(np.interp(rows, known, count[known]))
        column = np.arange(half)[None]
        phase = (column - last[:, None]) % (2 * span[:, None])
        back = np.where(phase < span[:, None], phase, 2 * span[:, None] - phase)
        source = np.clip(last[:, None] - back, 0, half - 1).astype(np.int64)
        beyond = column > last[:, None]
        taken = np.take_along_axis(sure, source, axis=1)
        near = np.exp(-(np.abs(rows[:, None] - known).min(axis=1)) / 30.0)[:, None]
        new_color = np.where(
            beyond[..., None], np.take_along_axis(color, source[..., None], axis=1), color
        )
        faded = np.exp(-np.maximum(column - last[:, None], 0.0) / (FADING * span[:, None]))
        new_trust = np.where(beyond, taken * near * faded, sure)
        side = slice(half, None) if not mirrored else slice(half - 1, None, -1)
        out[:, side], trust[:, side] = new_color, new_trust
    # At the very back both sides meet: there each is half the other's mirror image.
    azimuth = np.abs(np.linspace(-np.pi, np.pi, WIDTH))
    share = 0.5 * np.clip((azimuth - np.deg2rad(120.0)) / np.deg2rad(60.0), 0.0, 1.0) ** 2
    mine, theirs = trust * (1.0 - share), trust[:, ::-1] * share
    total = np.maximum(mine + theirs, 1e-6)
    out = (out * mine[..., None] + out[:, ::-1] * theirs[..., None]) / total[..., None]
    return np.asarray(out, np.float32), np.asarray(mine + theirs, np.float32)


def _up_and_down(root: Float32, trust: Float32) -> tuple[Float32, Float32]:
    """Continue the strands over the crown and down the nape, mirrored where they end."""
    well = trust > SEEN_WELL
    known = np.flatnonzero(well.sum(axis=0) >= NARROWEST)
    if len(known) == 0:
        return root, trust
    first = _level_around(known, np.argmax(well, axis=0)[known])
    last = _level_around(known, HEIGHT - 1 - np.argmax(well[::-1], axis=0)[known])
    row = np.arange(HEIGHT)[:, None]
    span = np.maximum(last - first, 1.0)
    phase = np.mod(row - first, 2 * span)
    source = first + np.where(phase <= span, phase, 2 * span - phase)
    source = np.clip(np.round(source), 0, HEIGHT - 1).astype(np.int64)
    beyond = (row < first) | (row > last)
    # Towards the crown all columns meet in a point, where mirrored strands would make a star.
    fade = np.clip(np.arange(HEIGHT) / (CROWN_FADE * HEIGHT), 0.0, 1.0)[:, None]
    distance = np.maximum(np.maximum(first - row, row - last), 0.0)
    taken = np.take_along_axis(trust, source, axis=0) * fade * np.exp(-distance / (FADING * span))
    color = np.where(beyond[..., None], np.take_along_axis(root, source[..., None], axis=0), root)
    return np.asarray(color, np.float32), np.where(beyond, taken, trust).astype(np.float32)


def _level_around(known: NDArray[np.int64], values: NDArray[np.integer]) -> NDArray[np.float64]:
    """(WIDTH,) values known in some columns, evened out around the head, across the seam."""
    around = np.interp(np.arange(-WIDTH, 2 * WIDTH), known, values, period=WIDTH)
    return _level(around)[WIDTH : 2 * WIDTH]


def _level(values: NDArray[np.float64]) -> NDArray[np.float64]:
    column = values.astype(np.float32)[:, None]
    smooth = cv2.GaussianBlur(column, (1, 0), sigmaX=0.1, sigmaY=10.0)
    return np.asarray(smooth[:, 0], np.float64)
