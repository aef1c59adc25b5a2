from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.landmarks.crop import Crop

_crops = st.builds(
    Crop,
    center=st.tuples(st.floats(-50, 800), st.floats(-50, 800)),
    side=st.floats(5, 2000),
    angle=st.floats(-3.1, 3.1),
    size=st.integers(16, 512),
)


@given(_crops, st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_points_go_there_and_back(crop: Crop, seed: int) -> None:
    points = np.random.default_rng(seed).uniform(-100, 900, (20, 2))
    assert np.allclose(crop.to_photo(crop.to_crop(points)), points, atol=1e-6)


def test_z_is_scaled_as_x_and_y_are() -> None:
    crop = Crop((100.0, 100.0), 384.0, 0.4, 192)
    assert crop.to_photo(np.array([[96.0, 96.0, 10.0]]))[0].tolist() == pytest.approx(
        [100, 100, 20]
    )


def test_whole_window_is_the_photo_itself() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    assert np.array_equal(Crop((32.0, 32.0), 64.0, 0.0, 64).cut(pixels), pixels)


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.7, 6.0])
@pytest.mark.parametrize("angle", [0.0, 0.35, -2.0])
def test_what_is_cut_lies_where_the_points_say(scale: float, angle: float) -> None:
    """The centroid of a soft blob in the cut-out is where `to_crop` puts the blob's centre."""
    y, x = np.mgrid[:600, :600] + 0.5
    blob = np.array([[310.0, 280.0]])
    spread = 5 * scale + 1
    light = np.exp(-((x - blob[0, 0]) ** 2 + (y - blob[0, 1]) ** 2) / (2 * spread**2))
    pixels = np.repeat(np.round(light * 255).astype(np.uint8)[..., None], 3, axis=2)
    crop = Crop((300.0, 290.0), 100 * scale, angle, 100)
    moments = cv2.moments(crop.cut(pixels)[..., 0].astype(np.float32))
    found = np.array([moments["m10"], moments["m01"]]) / moments["m00"] + 0.5
    assert np.abs(found - crop.to_crop(blob)[0]).max() < 0.05


def test_fine_pattern_is_averaged_not_aliased() -> None:
    stripes = np.zeros((512, 512, 3), np.uint8)
    stripes[:, ::2] = 255
    cut = Crop((256.0, 256.0), 400.0, 0.3, 50).cut(stripes)
    assert np.abs(cut.astype(int) - 127).max() <= 12


def test_outside_repeats_the_border() -> None:
    pixels = np.full((40, 40, 3), (10, 200, 90), np.uint8)
    assert (Crop((-30.0, 20.0), 60.0, 0.2, 32).cut(pixels) == (10, 200, 90)).all()
