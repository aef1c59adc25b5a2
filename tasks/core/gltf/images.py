"""Textures as image files inside a GLB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Texture, Uint8

JPEG = "image/jpeg"
PNG = "image/png"
# zlib's fastest level: a tenth of the time of the best one for a few per cent more bytes.
_PNG_COMPRESSION = 1


@dataclass(frozen=True)
class EncodedImage:
    """An image file. data: its bytes; media_type: image/jpeg, or image/png where alpha counts."""

    data: bytes
    media_type: str


def encode_texture(
    texture: Texture, *, size_limit: int, jpeg_quality: int, colour: bool = True
) -> EncodedImage:
    """A texture as JPEG, or as PNG where any of it is translucent.

    Args:
        texture: (H, W, 3 or 4) uint8; sRGB where `colour`, else linear data (normals, roughness).
        size_limit: longest side in pixels; larger textures are averaged down, colours in linear
            light and weighted by their alpha.
        jpeg_quality: 1..100.
        colour: chroma is halved in each direction (4:2:0) for colours, where the eye does not
            miss it, and kept whole for data.
    """
    pixels = _reduced(texture.pixels, size_limit, colour)
    if pixels.shape[2] == 4 and pixels[..., 3].min() < 255:
        bgra = cv2.cvtColor(pixels, cv2.COLOR_RGBA2BGRA)
        return EncodedImage(
            _file(".png", bgra, [cv2.IMWRITE_PNG_COMPRESSION, _PNG_COMPRESSION]), PNG
        )
    bgr = cv2.cvtColor(np.ascontiguousarray(pixels[..., :3]), cv2.COLOR_RGB2BGR)
    sampling = (
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420 if colour else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    )
    options = [
        cv2.IMWRITE_JPEG_QUALITY, jpeg_quality,
        cv2.IMWRITE_JPEG_OPTIMIZE, 1,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling,
    ]  # fmt: skip
    return EncodedImage(_file(".jpg", bgr, options), JPEG)


def decode_image(data: bytes) -> Uint8:
    """A JPEG or PNG file → (H, W, 3 or 4) uint8, channels red first."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise ValueError("not an image")
    code = cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)


def _file(suffix: str, pixels: NDArray[np.uint8], options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, pixels, options)
    if not done:
        raise RuntimeError(f"OpenCV could not encode a {suffix} image")
    return bytes(data)


def _reduced(pixels: Uint8, size_limit: int, colour: bool) -> Uint8:
    height, width = pixels.shape[:2]
    longest = max(height, width)
    if longest <= size_limit:
        return pixels
    size = (
        max(1, round(width * size_limit / longest)),
        max(1, round(height * size_limit / longest)),
    )
    rgb = _DECODED[pixels[..., :3]] if colour else pixels[..., :3].astype(np.float32) / 255.0
    if pixels.shape[2] == 3:
        return _stored(_area(rgb, size), colour)
    alpha = pixels[..., 3:].astype(np.float32) / 255.0
    small_alpha = _area(alpha, size)[..., None]
    small = _area(rgb * alpha, size) / np.maximum(small_alpha, np.float32(1e-6))
    shown = np.rint(small_alpha * 255.0).astype(np.uint8)
    return np.concatenate([_stored(small, colour), shown], axis=2)


def _area(image: NDArray[np.float32], size: tuple[int, int]) -> NDArray[Any]:
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)


def _stored(values: NDArray[np.float32], colour: bool) -> Uint8:
    v = np.clip(values, 0.0, 1.0)
    if colour:
        v = np.where(v <= 0.0031308, v * 12.92, 1.055 * np.power(v, 1.0 / 2.4) - 0.055)
    return np.rint(v * 255.0).astype(np.uint8)


def _decoded() -> NDArray[np.float32]:
    """Linear light of each sRGB byte (IEC 61966-2-1)."""
    v = np.arange(256) / 255.0
    linear = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return linear.astype(np.float32)


_DECODED = _decoded()
