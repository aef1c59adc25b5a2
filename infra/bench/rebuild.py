"""Builds by the flow, one after another: `python -m infra.bench.rebuild PHOTO DATA_DIR TIMES`.

Prints JSON, `seconds`: wall clock of each, the flow's start and end included.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from pathlib import Path

from blocks.settings import Settings
from infra.database import ensure_schema
from tasks.store.database import connect


async def rebuild(photo: Path, times: int) -> list[float]:
    """Seconds of each build of the same photo."""
    from flows.avatar import build_avatar
    from flows.requests import BuildAvatarRequest, PhotoSource

    request = BuildAvatarRequest(photos=[PhotoSource(path=str(photo))])
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        await build_avatar(request)
        seconds.append(time.perf_counter() - started)
    return seconds


def main(photo: Path, data_dir: Path, times: int) -> None:
    """Build into a database and a store of its own; the cache is this machine's."""
    os.environ["LIKENESS_DATA_DIR"] = str(data_dir)
    engine = connect(Settings().database_address)
    ensure_schema(engine)
    engine.dispose()
    print(json.dumps({"seconds": asyncio.run(rebuild(photo, times))}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
