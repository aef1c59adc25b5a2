"""Reduction keeps light, ratio and detail where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.photo.reduce import reduce_photo, reduced_size


@given(st.integers(1, 100_000), st.integers(1, 100_000), st.integers(1, 8192))
def test_the_longer_side_is_bounded_and_the_ratio_kept(width: int, height: int, most: int) -> None:
    new_width, new_height = reduced_size(width, height, most)
    if max(width, height) <= most:
        assert (new_width, new_height) == (width, height)
        return
    assert max(new_width, new_height) == most
    scale = most / max(width, height)
    assert abs(new_width - width * scale) <= 1
    assert abs(new_height - height * scale) <= 1
    assert min(new_width, new_height) >= 1


def test_a_chequerboard_becomes_the_grey_of_half_the_light() -> None:
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    pixels = np.repeat(board[..., None], 3, axis=2).astype(np.uint8)
    # Half the light is level 188; half the code values would be 128.
    assert np.unique(reduce_photo(pixels, (32, 32))).tolist() == [188]


@pytest.mark.parametrize("size", [(64, 64), (61, 61), (33, 20), (1, 1)])
def test_every_level_stays_itself_where_the_photo_is_flat(size: tuple[int, int]) -> None:
    for level in range(256):
        flat = np.full((64, 64, 3), level, np.uint8)
        assert set(np.unique(reduce_photo(flat, size))) == {level}


def test_the_mean_light_is_kept_at_any_ratio() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (90, 130, 3), dtype=np.uint8)

    def light(values: np.ndarray) -> np.ndarray:
        s = values / 255.0
        linear = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4)
        return linear.mean(axis=(0, 1))

    small = reduce_photo(pixels, (47, 31))
    assert small.shape == (31, 47, 3)
    np.testing.assert_allclose(light(small), light(pixels), rtol=0.005)


def test_nothing_moves() -> None:
    # A ramp's value at a place stays at that place: no shift by half a pixel.
    ramp = np.repeat(np.linspace(40, 200, 400)[None, :, None], 8, axis=0).repeat(3, axis=2)
    small = reduce_photo(np.round(ramp).astype(np.uint8), (100, 2))[0, :, 0].astype(float)
    truth = ramp[0, :, 0].reshape(100, 4).mean(axis=1)
    assert np.abs(small - truth).max() <= 1.0
