"""Filling and composing: nothing lost where trusted, no holes, no seams."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.skin.blend import compose, fill

SHAPES = st.tuples(st.integers(3, 40), st.integers(3, 40))


def noise(seed: int, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """Random colours and a weight of 0, 1 and values between, at least one 1."""
    random = np.random.default_rng(seed)
    color = random.uniform(0.0, 1.0, (*shape, 3)).astype(np.float32)
    weight = np.clip(random.uniform(-1.0, 2.0, shape), 0.0, 1.0).astype(np.float32)
    weight[random.integers(shape[0]), random.integers(shape[1])] = 1.0
    return color, weight


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES)
def test_fill_keeps_what_is_trusted_and_stays_in_range(seed: int, shape: tuple[int, int]) -> None:
    color, weight = noise(seed, shape)
    filled = fill(color, weight)
    assert filled.dtype == np.float32
    assert filled.shape == color.shape
    np.testing.assert_array_equal(filled[weight == 1.0], color[weight == 1.0])
    assert np.isfinite(filled).all()
    assert filled.min() > -1e-5
    assert filled.max() < 1.0 + 1e-5


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    shape=SHAPES,
    color=st.tuples(*[st.floats(0.01, 1.0)] * 3),
)
def test_fill_preserves_a_constant(
    seed: int, shape: tuple[int, int], color: tuple[float, float, float]
) -> None:
    _, weight = noise(seed, shape)
    even = np.broadcast_to(np.float32(color), (*shape, 3)).copy()
    # What is not known at all may hold anything.
    even[weight == 0.0] = 7.0
    filled = fill(even, weight)
    np.testing.assert_allclose(filled, np.broadcast_to(color, filled.shape), rtol=0.01)


@pytest.mark.parametrize("corner", [(0, 0), (255, 255), (128, 31)])
def test_one_trusted_texel_fills_the_map(corner: tuple[int, int]) -> None:
    color = np.zeros((256, 256, 3), np.float32)
    weight = np.zeros((256, 256), np.float32)
    near = tuple(slice(max(0, k - 4), k + 4) for k in corner)
    color[near], weight[near] = (0.2, 0.4, 0.8), 1.0
    filled = fill(color, weight)
    assert np.isfinite(filled).all()
    np.testing.assert_allclose(filled, np.broadcast_to((0.2, 0.4, 0.8), filled.shape), rtol=0.05)


def test_fill_is_smooth_across_a_hole() -> None:
    x = np.linspace(0.0, 1.0, 128, dtype=np.float32)
    color = np.repeat(np.repeat(x[None, :, None], 128, axis=0), 3, axis=2)
    weight = np.ones((128, 128), np.float32)
    weight[40:90, 40:90] = 0.0
    spoiled = color.copy()
    spoiled[weight == 0.0] = -3.0
    filled = fill(spoiled, weight)
    assert np.abs(np.diff(filled[..., 0], axis=1)).max() < 0.15
    assert np.abs(filled - color).max() < 0.25


def test_no_knowledge_gives_no_nan() -> None:
    assert np.isfinite(
        fill(np.zeros((16, 16, 3), np.float32), np.zeros((16, 16), np.float32))
    ).all()


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), shape=SHAPES)
def test_full_cover_shows_the_layer_and_none_the_base(seed: int, shape: tuple[int, int]) -> None:
    base, _ = noise(seed, shape)
    color, _ = noise(seed + 1, shape)
    shown = compose(base, [(color, np.ones(shape, np.float32))])
    np.testing.assert_allclose(shown, color, atol=1e-5)
    hidden = compose(base, [(color, np.zeros(shape, np.float32))])
    np.testing.assert_array_equal(hidden, base)


def test_without_layers_the_base_is_left() -> None:
    base, _ = noise(1, (8, 8))
    np.testing.assert_array_equal(compose(base, []), base)


def test_later_layers_lie_over_earlier_ones() -> None:
    base = np.zeros((16, 16, 3), np.float32)
    full = np.ones((16, 16), np.float32)
    shown = compose(base, [(base + 0.2, full), (base + 0.7, full)])
    np.testing.assert_allclose(shown, 0.7, atol=1e-5)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_inputs_are_left_alone(seed: int) -> None:
    base, cover = noise(seed, (33, 20))
    color, _ = noise(seed + 1, (33, 20))
    kept = [array.copy() for array in (base, color, cover)]
    compose(base, [(color, cover)])
    fill(color, cover)
    for array, before in zip((base, color, cover), kept, strict=True):
        np.testing.assert_array_equal(array, before)


@pytest.mark.parametrize("width", [0, 30])
def test_no_step_at_a_border(width: int) -> None:
    # A different level on either side of a hard or soft border: low frequencies mix widely.
    x = np.arange(256)
    ramp = np.clip((x - 128) / width + 0.5, 0.0, 1.0) if width else (x >= 128).astype(float)
    cover = np.repeat(ramp[None].astype(np.float32), 256, axis=0)
    base = np.full((256, 256, 3), 0.2, np.float32)
    shown = compose(base, [(base + 0.5, cover)], 4)
    assert np.abs(np.diff(shown, axis=1)).max() < 0.03
    np.testing.assert_allclose(shown[:, 0], 0.2, atol=1e-3)
    np.testing.assert_allclose(shown[:, -1], 0.7, atol=1e-3)


def test_fewer_levels_mix_over_a_narrower_border() -> None:
    cover = np.zeros((256, 256), np.float32)
    cover[:, 128:] = 1.0
    base = np.zeros((256, 256, 3), np.float32)
    wide, narrow = (compose(base, [(base + 1.0, cover)], levels) for levels in (6, 2))

    def width(image: np.ndarray) -> int:
        return int(((image[100, :, 0] > 0.05) & (image[100, :, 0] < 0.95)).sum())

    assert 4 < width(narrow) < 0.25 * width(wide)


def test_detail_is_not_blurred_inside_a_layer() -> None:
    checks = (np.indices((128, 128)).sum(axis=0) % 2).astype(np.float32)
    color = np.repeat(checks[..., None], 3, axis=2)
    cover = np.zeros((128, 128), np.float32)
    cover[:, 32:] = 1.0
    shown = compose(np.full_like(color, 0.5), [(color, cover)])
    np.testing.assert_allclose(shown[:, 110:], color[:, 110:], atol=0.1)
