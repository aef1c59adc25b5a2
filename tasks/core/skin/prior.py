"""The skin where no photo shows it: one tone, varied as skin is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.digest import Digested
from tasks.core.entities import Float32
from tasks.core.skin.atlas import MASK_SIZE, SkinAtlas

# Factors on linear red, green, blue of the tone. Blood shows more in lips, ears and nail beds;
# the ratios were chosen by eye on light and dark skin, and matter only where no photo shows them.
LIPS = (0.88, 0.58, 0.60)
EARS = (1.02, 0.88, 0.86)
EYELIDS = (0.93, 0.86, 0.86)
NAILS = (1.08, 0.98, 1.00)
# Linear colours of what is inside: the mouth's lining, and the sockets around the eyeballs.
MOUTH_INSIDE = (0.105, 0.018, 0.016)
SOCKET = (0.75, 0.50, 0.47)
# Skin is never one flat colour: relative brightness deviation of pores and of blotches.
PORES, BLOTCHES = 0.02, 0.012
SEED = 20260101


@dataclass(frozen=True)
class Tones(Digested):
    """Mean linear colours of the person: skin, lips and hair, (3,) float32 each."""

    skin: Float32
    lips: Float32
    hair: Float32


def prior_texture(
    atlas: SkinAtlas, scalp: NDArray[np.floating], tones: Tones, size: int
) -> Float32:
    """A whole skin in the person's tone.

    Args:
        atlas: masks and islands. scalp: (V,) 0..1, where hair grows.
        tones: the person's colours. size: side of the texture.

    Returns:
        (size, size, 3) float32, linear.
    """
    mask = {
        name: cv2.cvtColor(image.astype(np.float32) / 255.0, cv2.COLOR_GRAY2RGB)
        for name, image in atlas.masks.items()
    }
    color = np.tile(tones.skin.astype(np.float32), (MASK_SIZE, MASK_SIZE, 1))
    for name, factors in (("ears", EARS), ("eyelids", EYELIDS), ("nails", NAILS)):
        color *= 1.0 + mask[name] * (np.array(factors, np.float32) - 1.0)
    color += mask["lips"] * (tones.lips - color)
    grown = cv2.cvtColor(scalp_map(atlas, scalp), cv2.COLOR_GRAY2RGB)
    color += grown * (tones.hair - color)
    layout, surface = atlas.layout, atlas.coarse
    island = layout.island[surface.triangles][surface.nearest]
    color[island == layout.islands.index("mouth")] = MOUTH_INSIDE
    for name in ("left_socket", "right_socket"):
        color[island == layout.islands.index(name)] = tones.skin * np.array(SOCKET, np.float32)
    color = cv2.resize(color, (size, size), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.multiply(color, cv2.cvtColor(_grain(size), cv2.COLOR_GRAY2RGB)))


def scalp_map(atlas: SkinAtlas, scalp: NDArray[np.floating]) -> Float32:
    """(V,) 0..1 per vertex → (MASK_SIZE, MASK_SIZE) float32, the ears left out."""
    surface = atlas.coarse
    grown = surface.interpolate(scalp[:, None], atlas.layout.faces)[:, 0][surface.nearest]
    return np.asarray(grown * (1.0 - atlas.masks["ears"] / np.float32(255.0)), np.float32)


def _grain(size: int) -> Float32:
    """(size, size) multiplicative noise about 1: blotches and pores, the same every time."""
    random = np.random.default_rng(SEED)
    blotches = random.standard_normal((64, 64)).astype(np.float32)
    pores = cv2.GaussianBlur(random.standard_normal((size, size), np.float32), (0, 0), 0.7)
    grain = BLOTCHES * cv2.resize(blotches, (size, size), interpolation=cv2.INTER_CUBIC)
    # The blur leaves .4 of the noise's deviation.
    grain += PORES / 0.4 * pores
    return np.asarray(1.0 + grain, np.float32)
