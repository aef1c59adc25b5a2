"""The two facts kept from a photo's EXIF: which way is up, and the focal length."""

from __future__ import annotations

import math
from typing import Any

from PIL import Image
from PIL.ExifTags import IFD, Base

# EXIF 2.32, tag 0x0112: what to do with the stored pixels to see them upright.
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_FULL_FRAME_DIAGONAL_MM = math.hypot(36.0, 24.0)
# EXIF 2.32, tag 0xA210: millimetres in a unit of the focal plane's resolution.
_PLANE_UNIT_MM = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
# From a fisheye to a long telescope lens; anything outside is a camera's mistake.
_PLAUSIBLE_FOCAL_SHARE = (0.2, 40.0)
# Rounding to JPEG blocks moves the ratio by less; a crop to another format by more.
_SAME_RATIO = 0.02


def upright(image: Image.Image, stored: Image.Image) -> Image.Image:
    """`image` turned as the EXIF (or XMP) of the opened file `stored` says.

    Unknown or unreadable orientations leave it as it is.
    """
    try:
        orientation = stored.getexif().get(Base.Orientation, 1)
        transpose = _UPRIGHT.get(orientation)
    except Exception:
        return image  # metadata beyond reading says nothing about which way is up
    return image if transpose is None else image.transpose(transpose)


def focal_in_pixels(image: Image.Image, width: int, height: int) -> float | None:
    """Focal length in pixels of the whole image, from EXIF.

    From FocalLengthIn35mmFilm, which relates the focal length to the diagonal of a 36 x 24 mm
    frame (CIPA DCG-001); else from FocalLength and FocalPlaneXResolution.

    Args:
        image: the opened file, for its EXIF.
        width, height: pixels as stored in the file, before it is turned.

    Returns:
        None where EXIF is absent, unreadable or implausible, or where the image has another
        aspect ratio than the camera recorded, since then it was cropped and the field of view
        is unknown.
    """
    try:
        tags = dict(image.getexif().get_ifd(IFD.Exif))
    except Exception:
        return None  # broken metadata is no reason to refuse the pixels
    recorded = (_number(tags, Base.ExifImageWidth), _number(tags, Base.ExifImageHeight))
    if _cropped(recorded, width, height):
        return None
    focal = _from_full_frame(tags, width, height)
    if focal is None:
        focal = _from_focal_plane(tags, recorded, width, height)
    if focal is None:
        return None
    least, most = (share * max(width, height) for share in _PLAUSIBLE_FOCAL_SHARE)
    return focal if least <= focal <= most else None


def _from_full_frame(tags: dict[int, Any], width: int, height: int) -> float | None:
    equivalent = _number(tags, Base.FocalLengthIn35mmFilm)
    if equivalent is None:
        return None
    return equivalent / _FULL_FRAME_DIAGONAL_MM * math.hypot(width, height)


def _from_focal_plane(
    tags: dict[int, Any], recorded: tuple[float | None, float | None], width: int, height: int
) -> float | None:
    focal_mm = _number(tags, Base.FocalLength)
    resolution = _number(tags, Base.FocalPlaneXResolution)
    unit_mm = _PLANE_UNIT_MM.get(tags.get(Base.FocalPlaneResolutionUnit, 2))
    if focal_mm is None or resolution is None or unit_mm is None:
        return None
    # The resolution counts the camera's pixels; the file may have been made smaller since.
    known = [side for side in recorded if side is not None]
    shrunk = max(width, height) / max(known) if len(known) == 2 else 1.0
    return focal_mm / unit_mm * resolution * shrunk


def _cropped(recorded: tuple[float | None, float | None], width: int, height: int) -> bool:
    if recorded[0] is None or recorded[1] is None:
        return False
    # Some cameras record the sides as seen upright, others as stored.
    then = max(recorded[0], recorded[1]) / min(recorded[0], recorded[1])
    now = max(width, height) / min(width, height)
    return abs(then / now - 1.0) > _SAME_RATIO


def _number(tags: dict[int, Any], tag: int) -> float | None:
    """A tag's value where it is a positive finite number; 0 stands for unknown in EXIF."""
    try:
        value = float(tags[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError, OverflowError):
        return None
    return value if math.isfinite(value) and value > 0 else None
