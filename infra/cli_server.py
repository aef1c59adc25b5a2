"""The Prefect server a command works with: the configured one, or one of its own.

Prefect can start a server by itself, but imports all of it into the calling process first; ours is
a child from the start, and comes up while the command imports what it needs: 4 s less.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import IO, Self

# The first start creates the database: 14 s on two idle cores.
START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 10.0
_POLL_S = 0.1
_LAST_WORDS = 2000
# Linux: the child is told when its parent ends, however that happens.
_PR_SET_PDEATHSIG = 1


class ServerError(RuntimeError):
    """The Prefect server did not start, or cannot be reached."""


def configured_api() -> str | None:
    """The API address that the environment or the user's Prefect profile names, without importing
    Prefect; None where none is named."""
    if url := os.environ.get("PREFECT_API_URL"):
        return url
    home = Path(os.environ.get("PREFECT_HOME", "~/.prefect")).expanduser()
    profiles = Path(os.environ.get("PREFECT_PROFILES_PATH", home / "profiles.toml")).expanduser()
    try:
        found = tomllib.loads(profiles.read_text())
        name = os.environ.get("PREFECT_PROFILE", found.get("active"))
        url = found["profiles"][name]["PREFECT_API_URL"]
    except (OSError, KeyError, TypeError, ValueError):
        return None
    return url if isinstance(url, str) else None


class OwnServer:
    """A server on a free local port, on the user's own Prefect database, for one command."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]

    @property
    def api_url(self) -> str:
        """Known before the server is up."""
        return f"http://127.0.0.1:{self._port}/api"

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "uvicorn", "--factory"]
        command += ["prefect.server.api.server:create_app", "--host", "127.0.0.1"]
        command += ["--port", str(self._port), "--log-level", "error", "--lifespan", "on"]
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command,
            env={
                **os.environ,
                "PREFECT_UI_ENABLED": "0",
                "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
                "PREFECT_LOGGING_LEVEL": "ERROR",
                # What Prefect sets for its own temporary servers: no scheduler, smaller app.
                "PREFECT__SERVER_EPHEMERAL": "1",
                "PREFECT__SERVER_FINAL": "1",
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            # Ctrl-C is for the command, which then records how the run ended.
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )
        return self

    def wait(self) -> None:
        """Until it answers.

        Raises:
            ServerError: it ended, or did not come up in time.
        """
        assert self._process is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if answers(self.api_url):
                return
            if self._process.poll() is not None:
                raise ServerError(f"Prefect's server did not start. {self._last_words()}")
            time.sleep(_POLL_S)
        raise ServerError(f"Prefect's server did not start in {START_TIMEOUT_S:.0f} s.")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._process is not None
        assert self._log is not None
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def _last_words(self) -> str:
        assert self._log is not None
        self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, self._log.tell() - _LAST_WORDS))
        lines = self._log.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1].strip() if lines else ""


def answers(api_url: str) -> bool:
    """Whether a server says it is healthy."""
    try:
        with urllib.request.urlopen(f"{api_url.rstrip('/')}/health", timeout=5) as reply:
            return bool(reply.status == 200)
    except (urllib.error.URLError, OSError, ValueError):
        return False


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
