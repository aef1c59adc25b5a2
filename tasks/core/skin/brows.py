"""Eyebrows for skins whose photos hide them: under dark glasses, a fringe or a hat."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.entities import Float32
from tasks.core.skin.layout import SkinLayout

# MediaPipe's landmarks along the upper and the lower edge of each brow, from the nose outwards.
EDGES = (
    ((336, 296, 334, 293, 300), (285, 295, 282, 283, 276)),
    ((107, 66, 105, 63, 70), (55, 65, 52, 53, 46)),
)
# Hairs: how much skin shows between them, their width and length as shares of the texture's side.
BETWEEN, WIDTH, LENGTH = 0.55, 0.0008, 0.006
# The border fades over this share of the texture's side.
SOFT = 0.004
SEED = 20260103


def brow_mask(model: BodyModel, layout: SkinLayout, size: int) -> Float32:
    """Where the brows lie and how dense their hairs are.

    Args:
        model: with landmarks. layout: the skin's UVs. size: side of the map.

    Returns:
        (size, size) float32 in 0..1; all 0 where the model has no landmarks.
    """
    mask = np.zeros((size, size), np.float32)
    if model.landmarks is None:
        return mask
    at = _landmark_uv(model, layout) * size
    row = {int(landmark): k for k, landmark in enumerate(model.landmarks.landmarks)}
    for upper, lower in EDGES:
        outline = at[[row[k] for k in (*upper, *reversed(lower))]]
        # Sixteenths of a texel: the outline is a few texels wide on a small map.
        cv2.fillPoly(mask, [np.round((outline - 0.5) * 16).astype(np.int32)], 1.0, shift=4)
    soft = cv2.GaussianBlur(mask, (0, 0), SOFT * size)
    return np.asarray(soft * _hairs(size), np.float32)


def _landmark_uv(model: BodyModel, layout: SkinLayout) -> NDArray[np.float64]:
    """(M, 2) UVs of the landmarks; the brows lie far from any seam."""
    assert model.landmarks is not None
    head = layout.island == layout.islands.index("head")
    uv_of = np.zeros((int(layout.faces.max()) + 1, 2))
    uv_of[layout.faces[head]] = layout.uv[layout.uv_faces[head]]
    corners = np.minimum(model.landmarks.corners, len(uv_of) - 1)
    return np.einsum("mcd,mc->md", uv_of[corners], model.landmarks.barycentric)


def _hairs(size: int) -> Float32:
    """(size, size) BETWEEN..1, streaks across the brows' own direction (v on the atlas)."""
    random = np.random.default_rng(SEED)
    noise = random.standard_normal((size, size)).astype(np.float32)
    streaks = cv2.GaussianBlur(noise, (0, 0), sigmaX=LENGTH * size, sigmaY=max(0.5, WIDTH * size))
    streaks /= max(float(streaks.std()), 1e-9)
    return np.asarray(np.clip(BETWEEN + 0.5 * (1 - BETWEEN) * (1 + streaks), BETWEEN, 1.0))
