"""Whether an image file is all there, told by its container without decoding anything."""

from __future__ import annotations

_PNG_HEADER = 8
_PNG_CHUNK_FRAME = 12  # length, type and checksum around a chunk's data
_RIFF_HEADER = 8
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
        return len(data) < _RIFF_HEADER + int.from_bytes(data[4:8], "little")
    if kind == "HEIC":
        return _boxes_cut(data)
    return False


def has_jpeg_end(data: bytes) -> bool:
    """True where the end-of-image marker closes the file (padding with zeros aside)."""
    return data.rstrip(b"\0").endswith(_JPEG_END)


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
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        if size == 0:
            return False
        if size < 8:
            return True
        at += size
    return at > len(data)
