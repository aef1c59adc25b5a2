"""The focal length and the orientation, from EXIF that may be anything."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PIL.ExifTags import Base
from PIL.TiffImagePlugin import IFDRational

from tasks.core.photo.exif import focal_in_pixels, upright
from tests.core.photo.files import encode, exif, scene, turned


def _opened(tags: dict[int, Any], inner: dict[int, Any]) -> Image.Image:
    data = encode(scene(64, 48), "JPEG", exif=exif(tags, inner))
    return Image.open(io.BytesIO(data))


def _focal(inner: dict[int, Any], width: int = 4000, height: int = 3000) -> float | None:
    return focal_in_pixels(_opened({}, inner), width, height)


def test_the_35_mm_equivalent_relates_to_the_diagonal() -> None:
    # A full frame of 36 x 24 mm scanned at 100 pixels a millimetre: 50 mm are 5000 pixels.
    assert _focal({Base.FocalLengthIn35mmFilm: 50}, 3600, 2400) == pytest.approx(5000.0)
    # Another format, the same diagonal: the rule holds for the angle across it.
    focal = _focal({Base.FocalLengthIn35mmFilm: 26})
    assert focal is not None
    across = 2 * math.atan(2500.0 / focal)
    assert across == pytest.approx(2 * math.atan(math.hypot(36, 24) / 2 / 26))


@pytest.mark.parametrize(
    ("unit", "per_unit"),
    [(2, 25.4), (3, 10.0), (4, 1.0), (5, 0.001)],
    ids=["inch", "cm", "mm", "um"],
)
def test_the_focal_planes_resolution_serves_where_the_equivalent_is_absent(
    unit: int, per_unit: float
) -> None:
    # 4000 pixels over a sensor 8 mm wide: 500 pixels a millimetre, 6 mm of focal length.
    inner = {
        Base.FocalLength: 6.0,
        Base.FocalPlaneXResolution: IFDRational(round(500 * per_unit * 1000), 1000),
        Base.FocalPlaneResolutionUnit: unit,
    }
    assert _focal(inner) == pytest.approx(3000.0, rel=1e-3)


def test_the_focal_planes_resolution_follows_a_photo_that_was_made_smaller() -> None:
    inner = {
        Base.FocalLength: 6.0,
        Base.FocalPlaneXResolution: 500.0,
        Base.FocalPlaneResolutionUnit: 4,
        Base.ExifImageWidth: 8000,
        Base.ExifImageHeight: 6000,
    }
    assert _focal(inner) == pytest.approx(1500.0)


def test_the_equivalent_wins_over_the_focal_plane() -> None:
    inner = {
        Base.FocalLengthIn35mmFilm: 50,
        Base.FocalLength: 6.0,
        Base.FocalPlaneXResolution: 500.0,
        Base.FocalPlaneResolutionUnit: 4,
    }
    assert _focal(inner, 3600, 2400) == pytest.approx(5000.0)


@pytest.mark.parametrize("recorded", [(4000, 3000), (3000, 4000), (8000, 6000), (4000, 3008)])
def test_a_resized_or_turned_photo_keeps_its_field_of_view(recorded: tuple[int, int]) -> None:
    inner = {Base.ExifImageWidth: recorded[0], Base.ExifImageHeight: recorded[1]}
    inner[Base.FocalLengthIn35mmFilm] = 26
    assert _focal(inner) == pytest.approx(26 / math.hypot(36, 24) * 5000)


def test_the_focal_length_of_a_cropped_photo_is_unknown() -> None:
    inner = {Base.ExifImageWidth: 4000, Base.ExifImageHeight: 2250, Base.FocalLengthIn35mmFilm: 26}
    assert _focal(inner) is None


@pytest.mark.parametrize(
    "inner",
    [
        {},
        {Base.FocalLengthIn35mmFilm: 0},
        {Base.FocalLengthIn35mmFilm: 1},
        {Base.FocalLengthIn35mmFilm: 65535},
        {Base.FocalLength: 6.0},
        {Base.FocalLength: IFDRational(6, 0), Base.FocalPlaneXResolution: 500.0},
        {Base.FocalLength: 6.0, Base.FocalPlaneXResolution: IFDRational(0, 0)},
        {Base.FocalLength: 6.0, Base.FocalPlaneXResolution: 500.0, 0xA210: 9},
        {Base.FocalLengthIn35mmFilm: "long"},
    ],
    ids=["none", "zero", "tiny", "huge", "alone", "inf", "nan", "unit", "text"],
)
def test_absent_or_absurd_focal_lengths_are_unknown(inner: dict[int, Any]) -> None:
    assert _focal(inner) is None


def test_unreadable_exif_is_no_exif() -> None:
    image = Image.fromarray(scene(64, 48))
    image.info["exif"] = b"Exif\0\0II*\0\xff\xff\xff\xff garbage"
    assert focal_in_pixels(image, 64, 48) is None
    assert upright(image, image).size == (64, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_follows_its_definition(orientation: int) -> None:
    truth = scene(40, 24)
    stored = Image.fromarray(turned(truth, orientation))
    stored.info["exif"] = exif({Base.Orientation: orientation}).tobytes()
    np.testing.assert_array_equal(np.asarray(upright(stored, stored)), truth)


@pytest.mark.parametrize("orientation", [0, 9, 255, "top", (6, 6)])
def test_an_unknown_orientation_leaves_the_photo_alone(orientation: Any) -> None:
    stored = Image.fromarray(scene(40, 24))
    stored.getexif()[Base.Orientation] = orientation
    np.testing.assert_array_equal(np.asarray(upright(stored, stored)), scene(40, 24))
