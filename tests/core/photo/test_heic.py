"""HEIC is decoded where its decoder is installed, and asked for plainly where it is not."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from tasks.core.errors import EngineMissing
from tasks.core.photo.decode import decode_photo
from tasks.core.photo.heic import open_heic
from tasks.core.photo.limits import PhotoLimits
from tests.core.photo.files import HEIC


def test_a_heic_photo_is_decoded() -> None:
    decoded = decode_photo(HEIC, limits=PhotoLimits(min_side=64))
    assert decoded.media_type == "image/heic"
    assert decoded.pixels.shape == (64, 96, 3)
    for place, colour in {
        (32, 24): (200, 40, 40),
        (16, 72): (40, 160, 60),
        (48, 72): (30, 60, 200),
    }.items():
        assert np.abs(decoded.pixels[place].astype(int) - colour).max() <= 6


def test_the_size_is_known_before_decoding() -> None:
    assert open_heic(HEIC).size == (96, 64)


def test_a_missing_decoder_is_said_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)  # what an import of it then meets
    with pytest.raises(EngineMissing) as caught:
        open_heic(HEIC)
    assert caught.value.code == "engine.heif"
    assert "likeness[heic]" in caught.value.sentence
