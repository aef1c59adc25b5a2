"""One build in a process of its own: `python -m infra.bench.once PHOTO` prints JSON.

seconds: stages alone. sha256: of the GLB. peak_bytes: the process's largest resident memory.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

from blocks.settings import Settings
from infra.bench.pipeline import build
from tasks.core.body.anny_body import load_anny_body
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine

_BYTES_PER_KILOBYTE = 1024
_PEAK_LINE = "VmHWM:"


def main(photo: Path) -> None:
    """Build, then say what it took."""
    with MediaPipeEngine() as engine:
        built = build(load_anny_body(Settings().body_models_folder), engine, photo)
    answer = {
        "seconds": built.total,
        "sha256": hashlib.sha256(built.glb.data).hexdigest(),
        "peak_bytes": peak_bytes(),
    }
    print(json.dumps(answer))


def peak_bytes() -> int:
    """The largest resident memory since this program started.

    Not `getrusage`: its maximum begins with that of the process that started this one.
    """
    lines = Path("/proc/self/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(_PEAK_LINE))
    return int(line.split()[1]) * _BYTES_PER_KILOBYTE


if __name__ == "__main__":
    main(Path(sys.argv[1]))
