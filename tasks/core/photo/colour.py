"""Any decoded image to opaque sRGB: colour profiles, CMYK, 16 bits, palettes, grey, alpha."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageChops, ImageCms

from tasks.core.entities import Notice

# Where a photo is transparent: a grey halfway between black and white, so that neither dark nor
# light hair drowns in it.
NEUTRAL_BACKGROUND = (128, 128, 128)
# Pillow's modes of 16-bit grey.
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I")
_DEEP_MAX = 65535
_PROFILE_MODES = {"RGB": "RGB", "CMYK": "CMYK", "GRAY": "L"}
# A profile that moves no colour of this lattice by more than a level is sRGB under another name.
_LATTICE_STEPS = 9
_UNNOTICED_LEVELS = 1


def to_srgb(image: Image.Image) -> tuple[Image.Image, tuple[Notice, ...]]:
    """Convert to mode RGB, sRGB (IEC 61966-2-1), opaque.

    An embedded ICC profile is honoured (relative colorimetric, black point compensated); without
    one RGB and grey are taken as sRGB, and CMYK as plain complements. 16-bit samples are scaled.
    Transparent pixels show NEUTRAL_BACKGROUND.

    Returns:
        The image and the notices photo.icc_ignored and photo.alpha_flattened, where they apply.
    """
    notices: list[Notice] = []
    profile = image.info.get("icc_profile")
    colour, alpha = _split(image)
    if profile:
        converted = _through_profile(colour, profile)
        if converted is None:
            notices.append(
                Notice(
                    "photo.icc_ignored",
                    "The photo's colour profile cannot be used; its colours were taken as sRGB "
                    "and may be slightly off.",
                )
            )
        else:
            colour = converted
    rgb = colour if colour.mode == "RGB" else colour.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        background = Image.new("RGB", rgb.size, NEUTRAL_BACKGROUND)
        background.paste(rgb, mask=alpha)
        rgb = background
        notices.append(
            Notice(
                "photo.alpha_flattened",
                "The photo is partly transparent; it was laid on a neutral grey.",
            )
        )
    return rgb, tuple(notices)


def _split(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    """Colour in mode L, RGB or CMYK, and alpha in mode L or None."""
    if image.mode in _DEEP_MODES:
        return _split_deep(image)
    if image.mode == "CMYK":
        # Pillow undoes Adobe's inversion always; a JPEG without Adobe's marker has none.
        plain = image.format == "JPEG" and "adobe" not in image.info
        return (ImageChops.invert(image) if plain else image), None
    if image.mode in ("LA", "La"):
        grey, alpha = image.convert("LA").split()
        return grey, alpha
    if image.mode in ("RGBA", "RGBa", "PA") or "transparency" in image.info:
        rgba = image.convert("RGBA")
        return rgba.convert("RGB"), rgba.getchannel("A")
    if image.mode in ("L", "RGB"):
        return image, None
    return image.convert("L" if image.mode == "1" else "RGB"), None


def _split_deep(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    deep = np.asarray(image).astype(np.uint32)
    # Pillow's own conversion to 8 bits clips in some releases.
    grey = Image.fromarray(((deep * 255 + _DEEP_MAX // 2) // _DEEP_MAX).astype(np.uint8))
    hidden = image.info.get("transparency")
    if not isinstance(hidden, int):
        return grey, None
    return grey, Image.fromarray(np.where(deep == hidden, 0, 255).astype(np.uint8))


def _through_profile(colour: Image.Image, profile: bytes) -> Image.Image | None:
    """The image in sRGB, or None where the profile is broken or of another kind of image."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        mode = _PROFILE_MODES.get(source.profile.xcolor_space.strip())
        matched = None if mode is None else _in_mode(colour, mode)
        if mode is None or matched is None:
            return None
        # The optimised path of the colour engine is off by up to ten levels in the darks of a
        # steep grey curve; 256 greys can be converted exactly instead.
        exact = ImageCms.Flags.NOOPTIMIZE if mode == "L" else ImageCms.Flags.NONE
        transform = ImageCms.buildTransform(
            source,
            ImageCms.createProfile("sRGB"),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION | exact,
        )
        if mode == "L":
            return _through_table(matched, transform)
        if mode == "RGB" and _changes_nothing(transform):
            return matched
        return ImageCms.applyTransform(matched, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError, AttributeError):
        return None


def _in_mode(colour: Image.Image, mode: str) -> Image.Image | None:
    if colour.mode == mode:
        return colour
    if colour.mode == "L" and mode == "RGB":
        return colour.convert("RGB")
    if colour.mode == "RGB" and mode == "L":
        # 16-bit grey with alpha is decoded to RGB; a coloured image with a grey profile is a lie.
        red, green, blue = colour.split()
        same = not (
            ImageChops.difference(red, green).getbbox()
            or ImageChops.difference(red, blue).getbbox()
        )
        return red if same else None
    return None


def _through_table(grey: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    ramp = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :])
    table = np.asarray(ImageCms.applyTransform(ramp, transform))[0]
    return Image.merge("RGB", [grey.point(table[:, channel].tolist()) for channel in range(3)])


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    levels = np.linspace(0, 255, _LATTICE_STEPS).round().astype(np.uint8)
    red, green, blue = np.meshgrid(levels, levels, levels, indexing="ij")
    lattice = np.stack([red, green, blue], axis=-1).reshape(_LATTICE_STEPS, -1, 3)
    moved = np.asarray(ImageCms.applyTransform(Image.fromarray(lattice), transform))
    return bool(np.abs(moved.astype(int) - lattice).max() <= _UNNOTICED_LEVELS)
