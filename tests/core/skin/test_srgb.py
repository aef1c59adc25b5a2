"""sRGB against the standard's own anchor points."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.skin.srgb import to_linear, to_srgb


def test_every_byte_survives_the_round_trip() -> None:
    everything = np.arange(256, dtype=np.uint8)
    np.testing.assert_array_equal(to_srgb(to_linear(everything)), everything)


@pytest.mark.parametrize(("byte", "linear"), [(0, 0.0), (255, 1.0), (188, 0.5029), (55, 0.0382)])
def test_known_values(byte: int, linear: float) -> None:
    assert to_linear(np.array(byte)) == pytest.approx(linear, abs=1e-4)


def test_values_beyond_the_range_are_clipped() -> None:
    np.testing.assert_array_equal(to_srgb(np.array([-1.0, 2.0])), [0, 255])
