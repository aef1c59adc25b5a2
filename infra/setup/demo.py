"""`make demo`: build the avatar of a portrait that everybody has, and say what came out.

python -m infra.setup.demo [OUT]
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import skimage.data
from PIL import Image

from infra.setup.console import say
from infra.setup.environment import VENV
from infra.setup.prepare import main as prepare
from infra.setup.summary import summary

PORTRAIT = "astronaut.png"


def write_portrait(folder: Path) -> Path:
    """scikit-image's portrait of Eileen Collins (NASA, public domain) as a PNG in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PORTRAIT
    Image.fromarray(skimage.data.astronaut()).save(path)
    return path


def main(out: Path) -> int:
    """Prepare, build, summarise. Returns the exit code of the build."""
    prepare()
    portrait = write_portrait(out)
    say(f"building the avatar of {portrait}")
    likeness = VENV / "bin" / "likeness"
    build = [likeness, "build", portrait, "--name", "Eileen Collins", "--out", out]
    code = subprocess.run([str(word) for word in build], check=False).returncode
    if code == 0:
        print(f"\n{summary(out)}\n")
        say(f"drag {out / 'avatar.glb'} into any glTF viewer")
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/demo")))
