"""An image as the bytes of a PNG, the same ones every time."""

from __future__ import annotations

import io

from PIL import Image

from tasks.core.entities import Asset, Uint8

# zlib's level: higher ones cost twice the time for a few percent.
_COMPRESSION = 4


def write_png(name: str, pixels: Uint8) -> Asset:
    """(H, W, 3 or 4) uint8 sRGB → a PNG without metadata."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=_COMPRESSION)
    height, width = pixels.shape[:2]
    return Asset(
        name=name,
        media_type="image/png",
        data=buffer.getvalue(),
        facts={"width": float(width), "height": float(height)},
    )
