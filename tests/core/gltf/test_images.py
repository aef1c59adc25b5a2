"""Textures as files: kind, size, light."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.entities import Texture
from tasks.core.gltf.images import JPEG, PNG, decode_image, encode_texture


def smooth(size: int, channels: int = 3) -> np.ndarray:
    ramp = np.linspace(40, 210, size)
    planes = [np.broadcast_to(ramp[:, None], (size, size)), np.broadcast_to(ramp, (size, size))]
    planes += [np.full((size, size), 130.0), np.full((size, size), 255.0)]
    return np.ascontiguousarray(np.stack(planes[:channels], axis=-1).astype(np.uint8))


def test_a_colour_texture_becomes_a_close_jpeg() -> None:
    pixels = smooth(128)
    image = encode_texture(Texture(pixels), size_limit=128, jpeg_quality=90)
    assert image.media_type == JPEG
    assert image.data[:3] == b"\xff\xd8\xff"
    error = np.abs(decode_image(image.data).astype(int) - pixels)
    assert error.mean() < 1.0
    assert error.max() <= 8


def test_alpha_is_kept_to_the_bit_in_a_png() -> None:
    pixels = smooth(32, 4)
    pixels[:16, :, 3] = 77
    image = encode_texture(Texture(pixels), size_limit=64, jpeg_quality=90)
    assert image.media_type == PNG
    np.testing.assert_array_equal(decode_image(image.data), pixels)


def test_opaque_alpha_is_dropped() -> None:
    image = encode_texture(Texture(smooth(32, 4)), size_limit=64, jpeg_quality=90)
    assert image.media_type == JPEG
    assert decode_image(image.data).shape == (32, 32, 3)


def test_colours_are_averaged_in_linear_light_and_data_as_it_is() -> None:
    board = np.indices((64, 64)).sum(axis=0) % 2 * 255
    texture = Texture(np.repeat(board[..., None], 3, axis=2).astype(np.uint8))
    colour = encode_texture(texture, size_limit=32, jpeg_quality=95)
    data = encode_texture(texture, size_limit=32, jpeg_quality=95, colour=False)
    assert decode_image(colour.data).shape == (32, 32, 3)
    # Half the light is sRGB 188 (IEC 61966-2-1), not 128.
    np.testing.assert_allclose(decode_image(colour.data), 188, atol=2)
    np.testing.assert_allclose(decode_image(data.data), 128, atol=2)


def test_a_transparent_border_does_not_bleed_its_colour() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, ::2] = (200, 40, 40, 255)
    image = encode_texture(Texture(pixels), size_limit=32, jpeg_quality=90)
    small = decode_image(image.data)
    np.testing.assert_allclose(small[..., 3], 128, atol=1)
    np.testing.assert_allclose(small[..., :3], np.broadcast_to((200, 40, 40), (32, 32, 3)), atol=1)


def test_the_same_pixels_give_the_same_file() -> None:
    first = encode_texture(Texture(smooth(64)), size_limit=64, jpeg_quality=85)
    assert first == encode_texture(Texture(smooth(64)), size_limit=64, jpeg_quality=85)


def test_what_is_no_image_is_an_error() -> None:
    with pytest.raises(ValueError, match="not an image"):
        decode_image(b"nothing")
