"""The guided filter against its definition, window by window."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.photo.guided import guided_filter


def by_definition(guide: np.ndarray, mask: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """He, Sun and Tang 2013, equations 19 and 20: in each window the linear model of the guide's
    colours that explains the mask best, at each pixel the mean of all windows' models. Beyond the
    border everything is mirrored, the border pixel included."""
    image = guide.astype(np.float64) / 255.0
    height, width = mask.shape

    def windows(values: np.ndarray, row: int, column: int) -> np.ndarray:
        rows, columns = (
            np.arange(row - radius, row + radius + 1),
            np.arange(column - radius, column + radius + 1),
        )

        def inside(index: np.ndarray, length: int) -> np.ndarray:
            index = np.where(index < 0, -1 - index, index)
            return np.where(index >= length, 2 * length - 1 - index, index)

        part = values[np.ix_(inside(rows, height), inside(columns, width))]
        return part.reshape(-1, *values.shape[2:])

    slope = np.zeros((height, width, 3))
    offset = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            colors, targets = windows(image, row, column), windows(mask, row, column)
            spread = np.cov(colors.T, bias=True) + epsilon / 255.0**2 * np.eye(3)
            along = (colors * targets[:, None]).mean(0) - colors.mean(0) * targets.mean()
            slope[row, column] = np.linalg.solve(spread, along)
            offset[row, column] = targets.mean() - slope[row, column] @ colors.mean(0)
    result = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            model = windows(slope, row, column).mean(0)
            result[row, column] = model @ image[row, column] + windows(offset, row, column).mean()
    return result


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    radius=st.integers(1, 3),
    epsilon=st.sampled_from([16.0, 64.0, 1000.0]),
)
def test_it_is_the_published_filter(seed: int, radius: int, epsilon: float) -> None:
    random = np.random.default_rng(seed)
    guide = random.integers(0, 256, (9, 12, 3)).astype(np.uint8)
    mask = random.uniform(0.0, 1.0, (9, 12))
    result = guided_filter(guide, mask, radius, epsilon)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result, by_definition(guide, mask, radius, epsilon), atol=2e-3)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), level=st.floats(0.0, 1.0), radius=st.integers(1, 6))
def test_a_constant_mask_stays(seed: int, level: float, radius: int) -> None:
    guide = np.random.default_rng(seed).integers(0, 256, (20, 17, 3)).astype(np.uint8)
    result = guided_filter(guide, np.full((20, 17), level), radius, 64.0)
    np.testing.assert_allclose(result, level, atol=1e-3)


def test_a_flat_guide_makes_it_a_box_filter_applied_twice() -> None:
    mask = np.zeros((21, 21))
    mask[10, 10] = 1.0
    result = guided_filter(np.full((21, 21, 3), 90, np.uint8), mask, 2, 64.0)
    kernel = np.convolve(np.ones(5), np.ones(5)) / 25.0
    np.testing.assert_allclose(result[6:15, 6:15], np.outer(kernel, kernel), atol=1e-5)


def two_sides() -> tuple[np.ndarray, np.ndarray]:
    """A guide of two colours, and a mask that is right but for a border 3 pixels off."""
    guide = np.zeros((40, 60, 3), np.uint8)
    guide[:, :30], guide[:, 30:] = (200, 150, 120), (60, 50, 45)
    mask = np.zeros((40, 60))
    mask[:, :33] = 1.0
    return guide, mask


def test_the_masks_border_moves_to_the_guides() -> None:
    guide, mask = two_sides()
    result = guided_filter(guide, mask, 8, 64.0)
    step = result[20, 29] - result[20, 30]
    assert step > 0.4
    assert np.abs(np.diff(result[20])).argmax() == 29


def test_a_guide_without_that_edge_only_blurs() -> None:
    _, mask = two_sides()
    result = guided_filter(np.full((40, 60, 3), 120, np.uint8), mask, 8, 64.0)
    assert np.abs(np.diff(result[20])).max() < 0.1


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_an_edge_in_any_one_colour_counts(channel: int) -> None:
    guide = np.full((30, 40, 3), 100, np.uint8)
    guide[:, 20:, channel] = 180
    mask = np.zeros((30, 40))
    mask[:, :20] = 1.0
    result = guided_filter(guide, mask, 5, 64.0)
    np.testing.assert_allclose(result, mask, atol=0.05)


def test_faint_edges_are_smoothed_over() -> None:
    guide = np.full((30, 40, 3), 100, np.uint8)
    guide[:, 20:] += 2
    mask = np.zeros((30, 40))
    mask[:, :20] = 1.0
    assert np.abs(np.diff(guided_filter(guide, mask, 5, 64.0)[15])).max() < 0.4
