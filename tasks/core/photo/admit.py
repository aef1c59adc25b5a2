"""The first stage of a build: a photo from outside → a `Photo` the other stages can trust."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from tasks.core.entities import Check, Notice, Photo
from tasks.core.errors import Rejected
from tasks.core.photo.checks import PhotoValidator, photo_validators
from tasks.core.photo.decode import decode_photo
from tasks.core.photo.limits import DEFAULT_LIMITS, PhotoLimits
from tasks.core.photo.source import PhotoInput, read_source

_ADVICE = {
    "photo.too_small": "The photo's shorter side has too few pixels. Give a larger photo.",
    "photo.too_dark": "The photo is too dark to see a person in. Take it again with more light.",
    "photo.too_bright": "The photo is blown out to white. Take it again with less exposure.",
    "photo.no_contrast": "The photo is one flat tone and shows nothing. Give another photo.",
}


def admit_photo(
    source: PhotoInput,
    *,
    limits: PhotoLimits = DEFAULT_LIMITS,
    validators: Sequence[PhotoValidator] | None = None,
) -> Photo:
    """Read, decode and check one photo.

    The result depends on the photo's bytes, `limits` and `validators` alone, not on how or under
    which name it was given.

    Args:
        source: bytes, a path, base64 text or a data URL.
        limits: bounds of size and exposure.
        validators: checks of the pixels, run in order; None for `photo_validators(limits)`.
            Extend with `(*photo_validators(limits), mine)`.

    Returns:
        Upright opaque sRGB pixels (H, W, 3) uint8 without metadata; the rows of the quality
        report in `checks`; what was changed or is doubtful in `notices`.

    Raises:
        Rejected: the codes of `read_source` and `decode_photo`, and the code of the first failed
            check (photo.too_dark, photo.too_bright, photo.no_contrast).
        EngineMissing: engine.heif where a HEIC photo is given and its decoder is not installed.
    """
    data = read_source(source, limits=limits).data
    decoded = decode_photo(data, limits=limits)
    run = photo_validators(limits) if validators is None else validators
    checks = tuple(_passed(validator(decoded.pixels)) for validator in run)
    return Photo(
        pixels=decoded.pixels,
        focal_px=decoded.focal_px,
        sha256=hashlib.sha256(data).hexdigest(),
        media_type=decoded.media_type,
        checks=checks,
        notices=(*decoded.notices, *_dim(checks, limits)),
    )


def _passed(check: Check) -> Check:
    if check.passed:
        return check
    sentence = _ADVICE.get(check.code) or (
        f"The photo does not pass the check '{check.name}' "
        f"({check.value:g} {check.unit}, limit {check.limit:g}). Give another photo."
    )
    raise Rejected(check.code, sentence, measured=check.value, limit=check.limit)


def _dim(checks: Sequence[Check], limits: PhotoLimits) -> tuple[Notice, ...]:
    for check in checks:
        if check.name == "mean_luminance" and check.value < limits.dim_luminance:
            return (
                Notice(
                    "photo.low_light",
                    "The photo is dark; the avatar's colours may be less true than in good light.",
                ),
            )
    return ()
