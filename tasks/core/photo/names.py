"""File names from outside made safe for every file system."""

from __future__ import annotations

import re
import unicodedata

# 255 bytes is the limit of ext4, NTFS and APFS; room is left for a prefix of our own.
LONGEST_NAME_BYTES = 200
_LONGEST_SUFFIX_BYTES = 16
# Device names that Windows reserves, whatever the extension, and spaces before it.
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?", re.I)
_FORBIDDEN = re.compile(r'[<>:"|?*]')
_SEPARATORS = re.compile(r"[/\\]")
# Control, format (bidi overrides, zero width), surrogate, private and unassigned characters,
# line and paragraph separators: none belongs in a name that people read.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def safe_name(name: str | bytes, *, default: str = "photo") -> str:
    """The last component of a foreign file name, without anything that could do harm.

    Path parts, control, format and surrogate characters, characters that Windows forbids, leading
    dots and dashes and trailing dots and spaces are dropped; reserved device names get a leading
    underscore; the length is cut to LONGEST_NAME_BYTES of UTF-8, the extension kept. Applying it
    twice changes nothing more.

    Returns:
        A name that is never empty, `.` or `..`; `default` where nothing is left.
    """
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name
    text = unicodedata.normalize("NFC", _SEPARATORS.split(text)[-1])
    text = "".join(
        " " if c.isspace() else c
        for c in text
        if c.isspace() or unicodedata.category(c) not in _UNSEEN
    )
    text = _FORBIDDEN.sub("_", text.replace("\N{REPLACEMENT CHARACTER}", "_"))
    text = _trimmed(text)
    if _RESERVED.fullmatch(text):
        text = f"_{text}"
    return _trimmed(_cut(text)) or default


def _trimmed(text: str) -> str:
    # NFC once more, since dropping a character can bring two combining ones together.
    return unicodedata.normalize("NFC", text).strip().lstrip(".-~ ").rstrip(". ")


def _cut(text: str) -> str:
    if len(text.encode()) <= LONGEST_NAME_BYTES:
        return text
    stem, dot, suffix = text.rpartition(".")
    if not dot or len(suffix.encode()) > _LONGEST_SUFFIX_BYTES:
        stem, dot, suffix = text, "", ""
    room = LONGEST_NAME_BYTES - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + suffix
