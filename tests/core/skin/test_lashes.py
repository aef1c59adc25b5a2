"""Lashes: rooted at the lids, moving with them, hairs cut out by alpha."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.skin.lashes import build_lashes
from tasks.core.skin.parts import Layer
from tests.core.skin.figures import assert_sound, figure_of, moved


@pytest.fixture(scope="module")
def layer(anny: AnnyBody) -> Layer:
    return build_lashes(anny, figure_of(anny))


def test_part_is_sound_and_carries_every_expression(anny: AnnyBody, layer: Layer) -> None:
    (part,) = layer.parts
    assert_sound(part, len(anny.topology.joint_names))
    assert [morph.name for morph in part.morphs] == list(anny.expression_names)
    (material,) = layer.materials
    assert material.alpha_mode == "BLEND"
    assert material.double_sided


def test_uv_keeps_lids_apart_and_roots_at_the_lid(anny: AnnyBody, layer: Layer) -> None:
    (part,) = layer.parts
    corner = part.uv[part.faces].astype(np.float64)
    one, two = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    assert (np.abs(one[:, 0] * two[:, 1] - one[:, 1] * two[:, 0]) > 0.0).all()
    in_lower = part.uv[:, 1] > 0.5
    assert not (in_lower[part.faces].any(axis=1) & ~in_lower[part.faces].all(axis=1)).any()
    figure = figure_of(anny)
    left = part.positions[:, 0] > 0.0
    eye = figure.joints[anny.topology.joint_names.index("LeftEye")]
    distance = np.linalg.norm(part.positions - eye, axis=1)
    along = part.uv[:, 1] * 2.0 % 1.0
    assert distance[left & (along < 0.1)].mean() < distance[left & (along > 0.9)].mean() - 0.003
    assert part.positions[left & ~in_lower, 1].mean() > part.positions[left & in_lower, 1].mean()


def test_blinking_brings_the_upper_lashes_down_on_its_own_side(layer: Layer) -> None:
    (part,) = layer.parts
    offsets = moved(part, "eyeBlinkLeft")
    left_upper = (part.positions[:, 0] > 0.0) & (part.uv[:, 1] < 0.5)
    assert offsets[left_upper, 1].min() < -0.006
    assert not offsets[part.positions[:, 0] < 0.0].any()


def test_texture_has_hairs_and_gaps_in_one_colour(layer: Layer) -> None:
    pixels = layer.textures["lashes"].pixels
    assert pixels.shape == (128, 512, 4)
    alpha = pixels[..., 3]
    assert alpha.max() > 240
    assert 0.05 < (alpha > 128).mean() < 0.5
    assert len(np.unique(pixels[..., :3].reshape(-1, 3), axis=0)) == 1
    # Longer above than below.
    assert alpha[32:64].mean() > 2.0 * alpha[96:].mean()


def test_colour_follows_the_hair_and_is_darker(anny: AnnyBody) -> None:
    blond = np.array((190, 150, 100), np.uint8)
    pixels = build_lashes(anny, figure_of(anny), blond).textures["lashes"].pixels
    assert (pixels[0, 0, :3] < blond).all()
    assert pixels[0, 0, 0] > pixels[0, 0, 2]


def test_same_input_same_digest(anny: AnnyBody, layer: Layer) -> None:
    assert build_lashes(anny, figure_of(anny)).digest == layer.digest
