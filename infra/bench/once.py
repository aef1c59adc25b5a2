"""One build in a process of its own: `python -m infra.bench.once PHOTO` prints JSON.

seconds: stages alone. sha256: of the GLB. peak_bytes: the process's largest resident memory.
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
from pathlib import Path

from blocks.settings import Settings
from infra.bench.pipeline import build
from tasks.core.body.anny_body import load_anny_body
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine

_BYTES_PER_KILOBYTE = 1024


def main(photo: Path) -> None:
    """Build, then say what it took."""
    with MediaPipeEngine() as engine:
        built = build(load_anny_body(Settings().body_models_folder), engine, photo)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _BYTES_PER_KILOBYTE
    answer = {
        "seconds": built.total,
        "sha256": hashlib.sha256(built.glb.data).hexdigest(),
        "peak_bytes": peak,
    }
    print(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
