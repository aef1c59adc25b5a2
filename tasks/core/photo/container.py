"""Whether an image file is all there, told by its container without decoding anything."""

from __future__ import annotations

_PNG_HEADER = 8
_PNG_CHUNK_FRAME = 12  # length, type and checksum around a chunk's data
_RIFF_HEADER = 8
_BOX_HEADER = 8  # size and type
_WEBP_SIDE = 0x3FFF  # the 14 bits of a side
_JPEG_END = b"\xff\xd9"


def is_cut_short(data: bytes, kind: str) -> bool:
    """True where the container says that bytes are missing at the end.

    Args:
        data: the file's bytes.
        kind: what `sniff` said. A JPEG states no length and may carry a trailer, so only its
            decoder can tell; False here.
    """
    if kind == "PNG":
        return _png_cut(data)
    if kind == "WebP":
        return len(data) < _RIFF_HEADER + _little(data[4:8])
    if kind == "HEIC":
        return _boxes_cut(data)
    return False


def webp_size(data: bytes) -> tuple[int, int] | None:
    """Width and height, in pixels, that a WebP's header claims (RFC 9649); None where unreadable.

    Asked before the file is handed to its decoder, which makes room for the canvas at once.
    """
    kind, header = data[12:16], data[20:30]
    if len(header) < 10:
        return None
    if kind == b"VP8X":
        return _little(header[4:7]) + 1, _little(header[7:10]) + 1
    if kind == b"VP8L":
        bits = _little(header[1:5])
        return (bits & _WEBP_SIDE) + 1, (bits >> 14 & _WEBP_SIDE) + 1
    if kind == b"VP8 ":
        return _little(header[6:8]) & _WEBP_SIDE, _little(header[8:10]) & _WEBP_SIDE
    return None


def has_jpeg_end(data: bytes) -> bool:
    """True where the end-of-image marker closes the file (padding with zeros aside)."""
    return data.rstrip(b"\0").endswith(_JPEG_END)


def _little(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _png_cut(data: bytes) -> bool:
    at = _PNG_HEADER
    while at + _PNG_CHUNK_FRAME <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + _PNG_CHUNK_FRAME + length
        if data[at + 4 : at + 8] == b"IEND":
            return end > len(data)
        at = end
    return True


def _boxes_cut(data: bytes) -> bool:
    # ISO/IEC 14496-12: size (0: to the end of the file, 1: 64 bits follow the type), type.
    # The item data lie in a box of their own, or in `idat` within `meta`.
    missing = {b"meta"} if b"idat" in data else {b"meta", b"mdat"}
    at = 0
    while at < len(data):
        if len(data) - at < _BOX_HEADER:
            return True
        size = int.from_bytes(data[at : at + 4], "big")
        missing.discard(data[at + 4 : at + 8])
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:
            break
        if size < _BOX_HEADER:
            return True
        at += size
    return at > len(data) or bool(missing)
