"""The bounds that a photo is held against before any face is looked for."""

from __future__ import annotations

from dataclasses import dataclass

MEGABYTE = 1_000_000


@dataclass(frozen=True)
class PhotoLimits:
    """Bounds of the intake; every one can be set by the caller.

    file_bytes: largest file, in bytes. decoded_pixels: most pixels that are ever decoded; more is
    taken for a decompression bomb (100 megapixels cover today's cameras and stay under 0.5 GB).
    min_side, max_side: pixels; a longer side is reduced to max_side, a shorter one is refused.
    dark_share, blown_share: largest share of the frame that may be black or burnt out; near one,
    since a person before a black or white backdrop can fill little of the frame.
    min_luminance: least mean relative luminance (linear light, 0..1).
    dim_luminance: below it the photo is admitted with a notice: one stop under 18 % grey, the
    mean of a well exposed scene.
    min_contrast: least range between the 1st and the 99th percentile of luma, in 8-bit levels.
    """

    file_bytes: int = 10 * MEGABYTE
    decoded_pixels: int = 100_000_000
    min_side: int = 512
    max_side: int = 4096
    dark_share: float = 0.97
    blown_share: float = 0.97
    min_luminance: float = 0.003
    dim_luminance: float = 0.09
    min_contrast: float = 16.0


DEFAULT_LIMITS = PhotoLimits()
