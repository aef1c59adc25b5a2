"""What a file is, told by its first bytes; its name and declared type are never trusted."""

from __future__ import annotations

from tasks.core.errors import Rejected

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WebP": "image/webp",
    "HEIC": "image/heic",
}
_JPEG = b"\xff\xd8\xff"
_PNG = b"\x89PNG\r\n\x1a\n"
# Formats that are known and not taken, so that the refusal can name them.
_UNSUPPORTED = (
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\0", "TIFF or a camera's raw"),
    (b"MM\0*", "TIFF or a camera's raw"),
    (b"II+\0", "BigTIFF"),
    (b"MM\0+", "BigTIFF"),
    (b"%PDF", "PDF"),
    (b"%!PS", "PostScript"),
    (b"8BPS", "Photoshop (PSD)"),
    (b"gimp xcf", "GIMP (XCF)"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"\0\0\1\0", "ICO"),
    (b"FUJIFILMCCD-RAW", "a camera's raw (RAF)"),
    (b"v/1\1", "OpenEXR"),
    (b"#?RADIANCE", "Radiance HDR"),
    (b"DDS ", "DDS"),
    (b"qoif", "QOI"),
)
_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis"})
_HEIF_BRANDS = frozenset({b"mif1", b"mif2", b"miaf"})
_FTYP_NAMES = {b"avif": "AVIF", b"avis": "AVIF", b"crx ": "a camera's raw (CR3)"}
_SEQUENCE_BRANDS = frozenset({b"hevc", b"hevx", b"msf1"})
_TEXT_WINDOW = 1024  # a markup file names itself within this many bytes


def sniff(data: bytes) -> str:
    """The photo's format, a key of MEDIA_TYPES.

    Raises:
        Rejected: photo.truncated (only the beginning of a signature), photo.unsupported_format
            (naming the format), photo.not_an_image.
    """
    if data.startswith(_JPEG):
        return "JPEG"
    if data.startswith(_PNG):
        return "PNG"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WebP"
    if _begins_a_signature(data):
        raise truncated()
    if data[4:8] == b"ftyp":
        return _sniff_boxes(data)
    for signature, name in _UNSUPPORTED:
        if data.startswith(signature):
            raise _unsupported(name)
    if data[:2] == b"BM" and data[6:10] == bytes(4):  # two letters alone would hit plain text
        raise _unsupported("BMP")
    head = data[:_TEXT_WINDOW].lower()
    if b"<svg" in head:
        raise _unsupported("SVG")
    if b"<html" in head or b"<!doctype html" in head:
        raise _not_an_image("it is a web page, perhaps saved in the photo's place")
    raise _not_an_image("it does not begin as any image file does")


def truncated() -> Rejected:
    """The refusal of a file that ends too early."""
    return Rejected(
        "photo.truncated",
        "The photo's file ends too early: part of it is missing. Copy or upload it again.",
    )


def _begins_a_signature(data: bytes) -> bool:
    whole = (_JPEG, _PNG, b"RIFF")
    if any(signature.startswith(data) for signature in whole):
        return True
    return data[:4] == b"RIFF" and b"WEBP".startswith(data[8:12]) and len(data) < 12


def _sniff_boxes(data: bytes) -> str:
    # ISO base media (ISO/IEC 14496-12): major brand, minor version, compatible brands.
    size = int.from_bytes(data[:4], "big")
    brands = [data[8:12], *(data[i : i + 4] for i in range(16, min(size, len(data), 256), 4))]
    if brands[0] in _FTYP_NAMES:
        raise _unsupported(_FTYP_NAMES[brands[0]])
    if brands[0] in _SEQUENCE_BRANDS:
        raise _unsupported("an image sequence (HEIF)")
    if brands[0] in _HEIC_BRANDS:
        return "HEIC"
    if brands[0] in _HEIF_BRANDS:
        if _HEIC_BRANDS.intersection(brands):
            return "HEIC"
        raise _unsupported("AVIF" if b"avif" in brands else "HEIF without HEVC")
    if len(data) < 12:
        raise truncated()
    raise _unsupported("a video (MP4 or QuickTime)")


def _unsupported(name: str) -> Rejected:
    return Rejected(
        "photo.unsupported_format",
        f"The file is {name}, which is not taken. Save the photo as JPEG, PNG, WebP or HEIC.",
        measured=name,
        limit="JPEG, PNG, WebP, HEIC",
    )


def _not_an_image(why: str) -> Rejected:
    return Rejected(
        "photo.not_an_image",
        f"The file is not an image: {why}. Give a photo as JPEG, PNG, WebP or HEIC.",
    )
