"""Image files made for the tests: whole, odd, broken and malicious ones."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ExifTags import IFD, Base

SIDE = 512
# 96 x 64 pixels: left half (200, 40, 40), upper right (40, 160, 60), lower right (30, 60, 200).
# Text, since no encoder for it can be installed next to the decoder.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAA"
    "AAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAAHkAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABo"
    "dmMxAAAAAA5waXRtAAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEA"
    "GEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoDCBBZbqSSmubgIaDAgAAAMAyAAA"
    "AwAIQGIAAQAHRAHBcrAiQAAAABNjb2xybmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABgAAAAQAAAABBwaXhpAAAAAAMI"
    "CAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAAIFtZGF0AAAAdSgBrwng4wucuq///jSf//39B5D9gmOkglJ55jhH0c//"
    "4TerqQu9Tb4RejAbfkoRLtAbfyrHPhZmaqJWXHxddQbj70onBGAwhjcZ61cPkqiVv/+Tx/H3qri3VxXT/1DV/X3x7t6q"
    "f6rxkacReZcBzJ6SaUDKOw=="
)


def scene(width: int = SIDE, height: int = SIDE) -> NDArray[np.uint8]:
    """(height, width, 3) uint8: smooth, colourful, no symmetry, well exposed."""
    x = np.linspace(0, 1, width)[None, :]
    y = np.linspace(0, 1, height)[:, None]
    red = 60 + 150 * x + 0 * y
    green = 60 + 120 * y + 0 * x
    blue = 90 + 70 * np.sin(5 * x + 3 * y)
    return np.round(np.stack([red, green, blue], axis=-1)).astype(np.uint8)


def encode(image: Image.Image | NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    """The bytes of a file that Pillow writes."""
    stream = io.BytesIO()
    made = image if isinstance(image, Image.Image) else Image.fromarray(image)
    made.save(stream, kind, **options)
    return stream.getvalue()


def exif(tags: dict[int, Any] | None = None, inner: dict[int, Any] | None = None) -> Image.Exif:
    """EXIF with `tags` in its first directory and `inner` in the Exif one."""
    made = Image.Exif()
    for tag, value in (tags or {}).items():
        made[tag] = value
    for tag, value in (inner or {}).items():
        made.get_ifd(IFD.Exif)[tag] = value
    return made


def with_gps() -> Image.Exif:
    """EXIF with a place, a time and a camera's owner."""
    made = exif({Base.Make: "Camera", Base.DateTime: "2024:05:01 10:00:00", Base.Artist: "Someone"})
    made.get_ifd(IFD.GPSInfo).update({1: "N", 2: (48.0, 51.0, 29.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    return made


def turned(upright: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """What a camera stores for `upright` with this EXIF orientation.

    Straight from the standard's definition: which visual side the 0th row and the 0th column are.
    """
    row, column = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    pixels = upright
    if "bottom" in (row, column):
        pixels = pixels[::-1]
    if "right" in (row, column):
        pixels = pixels[:, ::-1]
    if row in ("left", "right"):
        pixels = pixels.swapaxes(0, 1)
    return np.ascontiguousarray(pixels)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """One chunk with its checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples: NDArray[Any], *chunks: bytes) -> bytes:
    """A PNG of (H, W, channels) uint8 or uint16 samples; `chunks` go before the image data."""
    height, width, channels = samples.shape
    depth = samples.dtype.itemsize * 8
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = samples.astype(samples.dtype.newbyteorder(">")).reshape(height, -1)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 1)
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            png_chunk(b"IHDR", header),
            *chunks,
            png_chunk(b"IDAT", packed),
            png_chunk(b"IEND", b""),
        ]
    )


def png_claiming(width: int, height: int) -> bytes:
    """A whole little PNG whose header claims another size."""
    small = png(np.zeros((1, 1, 3), np.uint8))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return small.replace(small[8:33], png_chunk(b"IHDR", header))


def jpeg_claiming(width: int, height: int) -> bytes:
    """A JPEG whose frame header claims another size."""
    data = bytearray(encode(scene(16, 16), "JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def webp_claiming(width: int, height: int) -> bytes:
    """An extended WebP whose canvas claims another size."""
    data = bytearray(encode(Image.new("RGBA", (16, 16), (1, 2, 3, 4)), "WEBP", lossless=True))
    body = bytes(data[12:])
    canvas = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    extended = b"VP8X" + struct.pack("<I", 10) + b"\x10\0\0\0" + canvas
    return b"RIFF" + struct.pack("<I", 4 + len(extended) + len(body)) + b"WEBP" + extended + body


def heic_claiming(width: int, height: int) -> bytes:
    """A HEIC whose image spatial extents claim another size."""
    at = HEIC.index(b"ispe") + 8
    return HEIC[:at] + struct.pack(">II", width, height) + HEIC[at + 8 :]


def animation(kind: str, frames: int = 3) -> bytes:
    """Frames of `scene`, each darker than the one before."""
    first = scene()
    others = [Image.fromarray(first // (i + 2)) for i in range(frames - 1)]
    return encode(first, kind, save_all=True, append_images=others, duration=100)


def without_adobe_marker(jpeg: bytes) -> bytes:
    """The JPEG less its APP14 segment."""
    at = jpeg.index(b"\xff\xee")
    return jpeg[:at] + jpeg[at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big") :]


def _tag(kind: bytes, body: bytes) -> bytes:
    data = kind + bytes(4) + body
    return data + bytes(-len(data) % 4)


def _fixed(*numbers: float) -> bytes:
    return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)


def icc(space: bytes, tags: dict[bytes, bytes]) -> bytes:
    """A version 4 display profile of these tags (ICC.1:2010, 7.2)."""
    text = b"test"
    multi = struct.pack(">II2s2sII", 1, 12, b"en", b"US", 2 * len(text), 28)
    named = _tag(b"mluc", multi + text.decode().encode("utf-16-be"))
    white = _tag(b"XYZ ", _fixed(0.9642, 1.0, 0.8249))
    everything = {b"desc": named, b"cprt": named, b"wtpt": white, **tags}
    offset = 128 + 4 + 12 * len(everything)
    table, body = struct.pack(">I", len(everything)), b""
    for name, data in everything.items():
        table += name + struct.pack(">II", offset + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sI4s4sQI",
        128 + len(table) + len(body),
        bytes(4),
        0x04300000,
        b"mntr",
        space,
        b"XYZ ",
        struct.pack(">6H", 2024, 1, 1, 0, 0, 0),
        b"acsp",
        bytes(4),
        0,
        bytes(4),
        bytes(4),
        0,
        0,
    )
    header += _fixed(0.9642, 1.0, 0.8249)
    return header.ljust(128, b"\0") + table + body


# Display P3's primaries under D50 (SMPTE EG 432-1 primaries, Bradford-adapted), columns R, G, B.
P3_TO_XYZ = np.array(
    [[0.51512, 0.29198, 0.15710], [0.24120, 0.69225, 0.06657], [-0.00105, 0.04189, 0.78407]]
)


def display_p3() -> bytes:
    """Display P3 as phones embed it: P3 primaries under the sRGB curve."""
    curve = _tag(
        b"para",
        struct.pack(">HH", 3, 0) + _fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045),
    )
    tags = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
    for column, name in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
        tags[name] = _tag(b"XYZ ", _fixed(*P3_TO_XYZ[:, column]))
    return icc(b"RGB ", tags)


def linear_grey() -> bytes:
    """A grey profile with gamma 1."""
    return icc(b"GRAY", {b"kTRC": _tag(b"para", struct.pack(">HH", 0, 0) + _fixed(1.0))})


def cmyk_profile() -> bytes:
    """A profile that says it is for CMYK and holds no table."""
    return icc(b"CMYK", {})
