"""What needs processes of its own: memory, repeatability, and the flow on a server."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.setup.console import REPOSITORY

# A first start of Prefect's server creates its database.
_SERVER_START_S = 120.0


@dataclass(frozen=True)
class Once:
    """One build in a fresh process; see `infra.bench.once`."""

    seconds: float
    sha256: str
    peak_bytes: int


def run_once(photo: Path) -> Once:
    """Build a photo in a fresh process."""
    return Once(**_answer("infra.bench.once", [str(photo.resolve())], os.environ))


def unchanged_rebuild(photo: Path, rounds: int) -> float:
    """Median seconds of a build whose every stage is cached, by the flow, on a running server.

    The cache is filled by another process than the one that is timed.
    """
    with tempfile.TemporaryDirectory(prefix="likeness-bench-") as folder, server(folder) as env:
        arguments = [str(photo.resolve()), folder]
        _answer("infra.bench.rebuild", [*arguments, "1"], env)
        answer = _answer("infra.bench.rebuild", [*arguments, str(rounds + 1)], env)
    # The first of a process imports what the stages need.
    return statistics.median(answer["seconds"][1:])


@contextlib.contextmanager
def server(folder: str) -> Iterator[dict[str, str]]:
    """A Prefect server with its data in a folder; gives the environment that uses it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PREFECT_HOME": str(Path(folder) / "prefect"),
        "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
    }
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1"]
    process = subprocess.Popen(
        [*command, "--port", str(port)],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_healthy(f"{environment['PREFECT_API_URL']}/health", process)
        yield environment
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _SERVER_START_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, ConnectionError):
            urllib.request.urlopen(url, timeout=5).close()
            return
        time.sleep(0.2)
    raise RuntimeError("Prefect's server did not start")


def _answer(module: str, arguments: list[str], environment: Mapping[str, str]) -> dict[str, Any]:
    """Run a module of ours and read the JSON of its last line."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=REPOSITORY,
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{module} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
