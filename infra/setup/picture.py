"""The README's picture, from the demo's contact sheet.

python -m infra.setup.picture CONTACT_SHEET
"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

from infra.setup.console import REPOSITORY, say

PICTURE = REPOSITORY / "infra" / "images" / "demo.jpg"
_WIDTH = 1200
_QUALITY = 85


def main(sheet: Path) -> None:
    """Shrink the sheet to a JPEG that a repository can carry."""
    with Image.open(sheet) as image:
        height = round(image.height * _WIDTH / image.width)
        small = image.convert("RGB").resize((_WIDTH, height), Image.Resampling.LANCZOS)
    PICTURE.parent.mkdir(exist_ok=True)
    small.save(PICTURE, "JPEG", quality=_QUALITY, optimize=True)
    say(f"{PICTURE.relative_to(REPOSITORY)}: {PICTURE.stat().st_size // 1000} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
