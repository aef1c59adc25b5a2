"""A photo's bytes → upright opaque sRGB pixels, nothing else kept but the focal length."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from tasks.core.entities import Notice, Uint8
from tasks.core.errors import EngineMissing, Rejected
from tasks.core.photo.colour import to_srgb
from tasks.core.photo.container import has_jpeg_end, is_cut_short, webp_size
from tasks.core.photo.exif import focal_in_pixels, upright
from tasks.core.photo.heic import open_heic
from tasks.core.photo.limits import DEFAULT_LIMITS, PhotoLimits
from tasks.core.photo.reduce import reduce_photo, reduced_size
from tasks.core.photo.sniff import MEDIA_TYPES, sniff, truncated

# The readers are called directly: Image.open would offer the file to each of Pillow's decoders.
_READERS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "JPEG": JpegImageFile,
    "PNG": PngImageFile,
    "WebP": WebPImageFile,
}


@dataclass(frozen=True)
class DecodedPhoto:
    """pixels: (H, W, 3) uint8 sRGB, upright, read-only. focal_px: in these pixels, or None.
    media_type: told by the content."""

    pixels: Uint8
    focal_px: float | None
    media_type: str
    notices: tuple[Notice, ...] = ()


def decode_photo(data: bytes, *, limits: PhotoLimits = DEFAULT_LIMITS) -> DecodedPhoto:
    """Decode a photo, convert it to sRGB, reduce it to `limits.max_side` and turn it upright.

    Raises:
        Rejected: photo.not_an_image, photo.unsupported_format, photo.truncated, photo.damaged,
            photo.bomb, photo.too_small.
        EngineMissing: engine.heif.
    """
    kind = sniff(data)
    if is_cut_short(data, kind):
        raise truncated()
    try:
        stored, notices = _decode(data, kind, limits)
        image, more = to_srgb(stored)
    except (Rejected, EngineMissing, MemoryError):
        raise
    except Exception as error:  # decoders of foreign bytes raise whatever they stumble over
        raise _undecodable(data, kind, error) from error
    notices += more
    focal = focal_in_pixels(stored, *stored.size)
    size = reduced_size(*image.size, limits.max_side)
    if size != image.size:
        notices += (_reduced(image.size, size, limits),)
        focal = None if focal is None else focal * max(size) / max(image.size)
        image = Image.fromarray(reduce_photo(np.asarray(image), size))
    # The converted image has lost its metadata; the stored one still says which way is up.
    pixels = np.ascontiguousarray(upright(image, stored))
    pixels.setflags(write=False)
    return DecodedPhoto(pixels, focal, MEDIA_TYPES[kind], notices)


def _decode(data: bytes, kind: str, limits: PhotoLimits) -> tuple[Image.Image, tuple[Notice, ...]]:
    if kind == "HEIC":
        heic = open_heic(data)
        _check_size(*heic.size, limits)
        return heic.to_pillow(), ()
    claimed = webp_size(data) if kind == "WebP" else None
    if claimed is not None:
        _check_size(*claimed, limits)
    image = _READERS[kind](io.BytesIO(data))
    _check_size(*image.size, limits)
    frames = getattr(image, "n_frames", 1)
    image.load()
    if frames == 1:
        return image, ()
    return image, (
        Notice(
            "photo.animated",
            f"The photo is an animation of {frames} frames; the first one was taken.",
        ),
    )


def _check_size(width: int, height: int, limits: PhotoLimits) -> None:
    """Judge the size that the header claims, before a pixel is decoded."""
    if width * height > limits.decoded_pixels:
        raise Rejected(
            "photo.bomb",
            f"The photo claims {width} x {height} pixels; at most "
            f"{limits.decoded_pixels / 1e6:.0f} megapixels are decoded. Save it smaller.",
            measured=width * height,
            limit=limits.decoded_pixels,
        )
    short = min(reduced_size(width, height, limits.max_side))
    if short < limits.min_side:
        after = (
            f" once its longer side is reduced to {limits.max_side}"
            if max(width, height) > limits.max_side
            else ""
        )
        raise Rejected(
            "photo.too_small",
            f"The photo is {width} x {height} pixels; its shorter side is {short}{after}, and "
            f"at least {limits.min_side} are needed. Give a larger photo or crop it less narrow.",
            measured=short,
            limit=limits.min_side,
        )


def _reduced(before: tuple[int, int], after: tuple[int, int], limits: PhotoLimits) -> Notice:
    return Notice(
        "photo.reduced",
        f"The photo was reduced from {before[0]} x {before[1]} to {after[0]} x {after[1]} pixels; "
        f"sides over {limits.max_side} are not used.",
    )


def _undecodable(data: bytes, kind: str, error: Exception) -> Rejected:
    if "truncated" in str(error).lower() or (kind == "JPEG" and not has_jpeg_end(data)):
        return truncated()
    return Rejected(
        "photo.damaged",
        f"The {kind} file is damaged or of a rare kind and cannot be decoded. "
        "Open it in a photo program and save it again.",
    )
