"""The checks of the whole frame: right at their limits, wrong beyond."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.photo.checks import (
    PHOTO_VALIDATORS,
    check_blown_share,
    check_contrast,
    check_dark_share,
    check_mean_luminance,
    check_resolution,
    photo_validators,
)
from tasks.core.photo.limits import PhotoLimits
from tests.core.photo.files import scene


def _flat(level: int, side: int = 512) -> np.ndarray:
    return np.full((side, side, 3), level, np.uint8)


def _part(level: int, rest: int, share: float) -> np.ndarray:
    pixels = _flat(rest)
    pixels[: round(512 * share)] = level
    return pixels


def test_an_ordinary_photo_passes_all() -> None:
    checks = [validator(scene()) for validator in PHOTO_VALIDATORS]
    assert all(check.passed for check in checks)
    assert len({check.name for check in checks}) == len(checks)


@pytest.mark.parametrize(("side", "passed"), [(511, False), (512, True)])
def test_resolution_is_the_shorter_side(side: int, passed: bool) -> None:
    check = check_resolution(scene(900, side))
    assert (check.value, check.limit, check.passed) == (side, 512, passed)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9375])
def test_the_share_of_black(share: float) -> None:
    check = check_dark_share(_part(0, 120, share))
    assert check.value == pytest.approx(share, abs=0.004)
    assert check.passed


@pytest.mark.parametrize("share", [0.25, 0.5, 0.9375])
def test_the_share_of_burnt_out(share: float) -> None:
    check = check_blown_share(_part(255, 120, share))
    assert check.value == pytest.approx(share, abs=0.004)
    assert check.passed


def test_a_saturated_colour_is_not_burnt_out() -> None:
    assert check_blown_share(np.tile(np.uint8([255, 255, 0]), (512, 512, 1))).value == 0


def test_the_mean_is_one_of_light() -> None:
    # Half white: half the light, though in code values grey 188 would be called bright.
    assert check_mean_luminance(_part(255, 0, 0.5)).value == pytest.approx(0.5, abs=1e-6)
    assert check_mean_luminance(_flat(188)).value == pytest.approx(0.5, abs=0.003)
    green = np.tile(np.uint8([0, 255, 0]), (512, 512, 1))
    assert check_mean_luminance(green).value == pytest.approx(0.7152, abs=1e-5)


def test_contrast_is_the_range_of_luma() -> None:
    ramp = np.repeat(np.linspace(50, 150, 512)[None, :, None], 512, axis=0).repeat(3, axis=2)
    assert check_contrast(ramp.astype(np.uint8)).value == pytest.approx(98, abs=1.5)
    assert not check_contrast(_flat(120)).passed


def test_one_stray_pixel_is_no_contrast() -> None:
    pixels = _flat(120)
    pixels[0, 0] = 255
    assert not check_contrast(pixels).passed


@pytest.mark.parametrize(
    ("pixels", "code"),
    [
        (_flat(0), "photo.too_dark"),
        (_flat(10), "photo.too_dark"),
        (_flat(255), "photo.too_bright"),
        (_flat(252), "photo.too_bright"),
        (_flat(128), "photo.no_contrast"),
    ],
    ids=["black", "nearly black", "white", "nearly white", "grey"],
)
def test_a_frame_without_a_picture_fails_first_by_its_reason(pixels: np.ndarray, code: str) -> None:
    failed = [check for check in (v(pixels) for v in photo_validators()) if not check.passed]
    assert failed[0].code == code


def test_sensor_noise_in_the_dark_is_too_dark() -> None:
    noise = np.random.default_rng(0).integers(0, 14, (600, 600, 3), dtype=np.uint8)
    failed = [check.code for check in (v(noise) for v in photo_validators()) if not check.passed]
    assert failed[0] == "photo.too_dark"


def test_limits_can_be_set() -> None:
    strict = PhotoLimits(min_side=1024, dark_share=0.0, blown_share=-1.0, min_luminance=0.9)
    rows = [validator(scene()) for validator in photo_validators(strict)]
    assert [row.passed for row in rows] == [False, True, False, False, True]
    assert [row.limit for row in rows] == [1024, 0.0, 0.9, -1.0, 16.0]


def test_a_large_photo_measures_as_a_small_one() -> None:
    small, large = scene(512, 512), scene(4000, 3000)
    for validator in PHOTO_VALIDATORS[1:]:
        assert validator(large).value == pytest.approx(validator(small).value, rel=0.02, abs=0.002)
