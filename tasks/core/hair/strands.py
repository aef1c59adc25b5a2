"""Plain hair: strands in the tones and of the grain that the photo shows."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32
from tasks.core.hair.field import HEIGHT, WIDTH

# Tones are evened out over this many rows of the map: hair is lighter where light falls on it.
TONE_ROWS = 24.0
# Detail finer than this many texels is the grain of strands.
GRAIN = 5.0
# The grain's brightness relative to the hair's, held within what looks like hair.
STRENGTH = (0.04, 0.16)
# Strands that lie alike over this many texels make straight hair. Their coherence (of the structure
# tensor: 1 where all run one way, 0 where they run any way) is .34 on cropped, .50 on curly and .73
# to .80 on straight hair.
ALIKE = 8.0
COHERENCE = (0.45, 0.75)
# Width and length of strands in texels.
WIDTH_TEXELS = 0.8
LENGTH_STRAIGHT, LENGTH_CURLY = 26.0, 2.0
# Columns taken over from the other end of the map before blurring.
SEAM = 8
SEED = 20260102


def plain_hair(root: Float32, sure: Float32, mean: Float32) -> Float32:
    """Hair for all directions, without any one strand of the photo.

    Args:
        root: (HEIGHT, WIDTH, 3) float32, square root of linear light. sure: (HEIGHT, WIDTH) 0..1,
            where the photo shows hair. mean: (3,) its mean linear colour.

    Returns:
        (HEIGHT, WIDTH, 3) float32 like `root`.
    """
    strength, straight = _grain(root, sure)
    length = LENGTH_CURLY + straight * (LENGTH_STRAIGHT - LENGTH_CURLY)
    strands = _strands(length)
    tone = _tones(root, sure, np.sqrt(mean))
    plain = tone[:, None] * (1.0 + strength * strands[..., None])
    return np.asarray(np.maximum(plain, 0.0), np.float32)


def _grain(root: Float32, sure: Float32) -> tuple[float, float]:
    """How strong the photo's grain is, and how straight its hair: 0 curly to 1."""
    light = root.mean(axis=2)
    fine = (light - cv2.GaussianBlur(light, (0, 0), GRAIN)) * sure
    total = max(float(sure.sum()), 1.0)
    level = max(float((light * sure).sum()) / total, 1e-3)
    strength = float(np.sqrt((fine**2).sum() / total)) / level
    low, high = COHERENCE
    straight = (_coherence(light, sure) - low) / (high - low)
    return float(np.clip(strength, *STRENGTH)), float(np.clip(straight, 0.0, 1.0))


def _coherence(light: Float32, sure: Float32) -> float:
    """How alike neighbouring strands lie, 0 to 1 (Bigun and Granlund, ICCV 1987)."""
    across, along = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    xx, yy, xy = (
        cv2.GaussianBlur(product, (0, 0), ALIKE)
        for product in (across * across, along * along, across * along)
    )
    weight = sure * (xx + yy)
    alike = np.sqrt((xx - yy) ** 2 + 4.0 * xy**2) / np.maximum(xx + yy, 1e-9)
    return float((alike * weight).sum() / max(float(weight.sum()), 1e-9))


def _tones(root: Float32, sure: Float32, mean: NDArray[np.floating]) -> Float32:
    """(HEIGHT, 3) the hair's tone at each elevation, the mean where none was seen."""
    weight = sure.sum(axis=1)[:, None].astype(np.float32)
    color = (root * sure[..., None]).sum(axis=1).astype(np.float32)
    # A share of the mean everywhere keeps rows without any hair defined.
    some = np.float32(0.02 * WIDTH)
    total = cv2.GaussianBlur(weight, (1, 0), sigmaX=0.1, sigmaY=TONE_ROWS).reshape(HEIGHT, 1)
    color = cv2.GaussianBlur(color, (1, 0), sigmaX=0.1, sigmaY=TONE_ROWS)
    return np.asarray((color + some * mean) / (total + some), np.float32)


def _strands(length: float) -> Float32:
    """(HEIGHT, WIDTH) streaks that run down from the crown: mean 0, deviation 1."""
    random = np.random.default_rng(SEED)
    noise = random.standard_normal((HEIGHT, WIDTH), np.float32)
    # The map closes at the back: what is blurred there meets its other end.
    wide = np.concatenate([noise[:, -SEAM:], noise, noise[:, :SEAM]], axis=1)
    streaks = cv2.GaussianBlur(
        wide, (0, 0), sigmaX=WIDTH_TEXELS, sigmaY=length, borderType=cv2.BORDER_REFLECT
    )[:, SEAM:-SEAM]
    return np.asarray(streaks / max(float(streaks.std()), 1e-6), np.float32)
