"""Base64 text and data URLs (RFC 2397) to bytes and back."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote_to_bytes

from tasks.core.errors import Rejected

_URLSAFE_TO_STANDARD = str.maketrans("-_", "+/")


def is_data_url(text: str) -> bool:
    """True where `text` begins with the `data:` scheme, in any case."""
    return text[:5].lower() == "data:"


def decode_base64(text: str, *, max_bytes: int) -> bytes:
    """Base64 to bytes: standard or URL-safe alphabet, line breaks and missing padding allowed.

    Raises:
        Rejected: photo.bad_base64, photo.too_big_file (judged before anything is decoded).
    """
    packed = "".join(text.split()).translate(_URLSAFE_TO_STANDARD).rstrip("=")
    size = len(packed) * 3 // 4
    if size > max_bytes:
        raise too_big_file(size, max_bytes)
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Rejected(
            "photo.bad_base64",
            "The text is not valid base64: it was cut short or altered on its way. "
            "Encode the photo file again.",
        ) from error


def decode_data_url(url: str, *, max_bytes: int) -> tuple[bytes, str | None]:
    """`data:[type][;base64],payload` → its bytes and the media type it declares, if any.

    Raises:
        Rejected: photo.bad_data_url, photo.bad_base64, photo.too_big_file.
    """
    header, comma, payload = url[5:].partition(",")
    if not comma:
        raise Rejected(
            "photo.bad_data_url",
            "The data URL has no comma between its header and its data. "
            "Send data:image/jpeg;base64,… with the whole photo after the comma.",
        )
    kind, *parameters = (part.strip() for part in header.split(";"))
    media_type = kind.lower() or None
    if any(parameter.lower() == "base64" for parameter in parameters):
        # Some senders escape the payload's + / = as well.
        text = unquote_to_bytes(payload).decode("latin-1") if "%" in payload else payload
        return decode_base64(text, max_bytes=max_bytes), media_type
    if len(payload) > 3 * max_bytes:  # a byte takes at most three characters (%XX)
        raise too_big_file(len(payload) // 3, max_bytes)
    data = unquote_to_bytes(payload.encode("utf-8", "surrogatepass"))
    if len(data) > max_bytes:
        raise too_big_file(len(data), max_bytes)
    return data, media_type


def encode_data_url(data: bytes, media_type: str) -> str:
    """Bytes → `data:<media_type>;base64,…`."""
    return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"


def too_big_file(size: int, limit: int) -> Rejected:
    """The refusal of a file of `size` bytes over `limit` bytes."""
    return Rejected(
        "photo.too_big_file",
        f"The photo's file has {size / 1e6:.1f} MB; at most {limit / 1e6:.1f} MB are taken. "
        "Save it smaller or as JPEG.",
        measured=size,
        limit=limit,
    )
