"""Sharpen a coarse person mask to the photo's own edges and hair by the colours on both sides."""

from __future__ import annotations

import cv2
import numpy as np

from tasks.core.entities import Float32, Uint8
from tasks.core.photo.guided import guided_filter

# Mattes are made at most this fine; beyond, hair is thinner than any texture shows.
_FINE_SIDE = 1024
# The coarse mask is believed outside of these.
_SURE_OUT, _SURE_IN = 0.08, 0.92
# It is made steeper between these: the network's borders are wider than the person's.
_STEEP_LOW, _STEEP_HIGH = 0.15, 0.85
_PERSON = 0.5
# A hole in the person that the network thinks this much a person is clothing, not a gap.
_CLOTHING = 0.2
# Colours decide only this near to the border, and are averaged over as much: the width over which
# the network is unsure; a share of the longer side.
_REACH = 0.03
# Averages are looked up at this size, since they are smooth.
_COLOUR_SIDE = 256
# What the mean over the whole window weighs beside the near one.
_FAR_WEIGHT = 1e-3
# Colours apart by this (0..255, Euclidean) are half believed.
_TELLING = 60.0
# How much a colour's squared distance from the line speaks against it.
_STRANGENESS = 4.0
# Guided filter (He, Sun, Tang 2013) over single pixels' noise: reach as a share of the longer side,
# colour variance (of 1) that counts as an edge.
_GUIDE_REACH, _GUIDE_EDGE = 0.006, 1e-3


def colour_matte(pixels: Uint8, mask: Float32) -> Uint8:
    """Each unsure pixel's place on the line from the background's to the person's colour near it.

    Args:
        pixels: (H, W, 3) uint8 sRGB.
        mask: (H, W) float32 0..1, coarse.

    Returns:
        (H, W) uint8 matte, 255 on the person.
    """
    height, width = mask.shape
    scale = min(1.0, _FINE_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    fine = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    coarse = np.asarray(cv2.resize(mask, size, interpolation=cv2.INTER_AREA), np.float32)
    alpha = _by_colour(fine, coarse)
    radius = max(2, round(_GUIDE_REACH * max(size)))
    filtered = guided_filter(fine, alpha, radius, _GUIDE_EDGE * 255**2)
    alpha = np.clip(np.where((alpha > 0) & (alpha < 1), filtered, alpha), 0, 1)
    if scale < 1.0:
        alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.round(alpha * 255).astype(np.uint8)


def _by_colour(pixels: Uint8, coarse: Float32) -> Float32:
    """(H, W) float32: the steepened mask, moved towards what the colours say, near the border."""
    person = _without_holes(coarse)
    reach = _REACH * max(coarse.shape)
    inside = cv2.distanceTransform(person, cv2.DIST_L2, 3)
    outside = cv2.distanceTransform(1 - person, cv2.DIST_L2, 3)
    # 1 at the border, 0 from `reach` away: how far mask and colours may contradict `person`.
    open_ = 2 - 2 * np.minimum(np.maximum(inside, outside) / reach, 1)
    alpha = person.astype(np.float32)
    at = np.nonzero((open_ > 0) & (coarse >= _SURE_OUT) & (coarse <= _SURE_IN))
    shade = coarse[at]
    steep = np.clip((shade - _STEEP_LOW) / (_STEEP_HIGH - _STEEP_LOW), 0, 1)
    prior = steep * steep * (3 - 2 * steep)
    front = _mean_colour(pixels, (coarse > _SURE_IN).astype(np.float32))[at]
    behind = _mean_colour(pixels, (coarse < _SURE_OUT).astype(np.float32))[at]
    apart = front - behind
    distance = (apart**2).sum(axis=-1)
    from_behind = pixels[at] - behind
    place = np.clip((from_behind * apart).sum(axis=-1) / np.maximum(distance, 1.0), 0, 1)
    # A colour that is no mixture of the two is a third thing, of which nothing is known.
    strange = ((from_behind - place[:, None] * apart) ** 2).sum(axis=-1)
    trust = distance / (distance + _TELLING**2 + _STRANGENESS * strange)
    mixed = prior + trust * (place - prior)
    alpha[at] += np.minimum(open_[at], 1) * (mixed - alpha[at])
    return alpha


def _without_holes(coarse: Float32) -> Uint8:
    """(H, W) uint8, 1 on the person, those holes filled that the network half sees as person."""
    person = (coarse >= _PERSON).astype(np.uint8)
    count, labels, _, _ = cv2.connectedComponentsWithStats(1 - person, connectivity=4)
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    pixels = np.bincount(labels.ravel(), minlength=count)
    shade = np.bincount(labels.ravel(), weights=coarse.ravel(), minlength=count)
    fill = shade / np.maximum(pixels, 1) >= _CLOTHING
    fill[0] = False
    fill[border] = False
    person[fill[labels]] = 1
    return person


def _mean_colour(pixels: Uint8, weight: Float32) -> Float32:
    """(H, W, 3) float32: the weighted mean colour around each pixel."""
    height, width = weight.shape
    scale = min(1.0, _COLOUR_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    weighted = np.dstack([small * share[..., None], share])
    near = cv2.GaussianBlur(weighted, (0, 0), _REACH * max(size))
    # Where no sure pixel is near, the mean over all of them answers.
    everywhere = weighted.reshape(-1, 4).mean(axis=0)
    mixed = near + _FAR_WEIGHT * everywhere
    mean = mixed[..., :3] / np.maximum(mixed[..., 3:], 1e-9)
    return np.asarray(cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)
