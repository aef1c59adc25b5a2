"""Which Prefect server a command uses, and how its own one comes and goes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra.cli_server import OwnServer, ServerError, answers, configured_api

PROFILES = """
active = "team"
[profiles.ephemeral]
PREFECT_SERVER_ALLOW_EPHEMERAL_MODE = "true"
[profiles.team]
PREFECT_API_URL = "http://prefect.example/api"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PREFECT_API_URL", "PREFECT_PROFILE", "PREFECT_PROFILES_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path))
    return tmp_path


def test_none_is_configured_on_a_fresh_machine() -> None:
    assert configured_api() is None


def test_the_environment_comes_first(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "profiles.toml").write_text(PROFILES)
    monkeypatch.setenv("PREFECT_API_URL", "http://here/api")
    assert configured_api() == "http://here/api"


def test_then_the_active_profile(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "profiles.toml").write_text(PROFILES)
    assert configured_api() == "http://prefect.example/api"
    monkeypatch.setenv("PREFECT_PROFILE", "ephemeral")
    assert configured_api() is None


@pytest.mark.parametrize("text", ["", "active = 3", "[profiles", 'active = "x"\nprofiles = 3'])
def test_an_odd_profile_file_is_none(home: Path, text: str) -> None:
    (home / "profiles.toml").write_text(text)
    assert configured_api() is None


def test_nobody_answers_on_a_closed_port() -> None:
    assert not answers("http://127.0.0.1:9/api")
    assert not answers("no address")


def test_a_server_that_fails_to_start_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.cli_server.sys.executable", "/bin/false")
    with OwnServer() as server, pytest.raises(ServerError, match="did not start"):
        server.wait()


def test_it_ends_with_the_command_however_that_ends(tmp_path: Path) -> None:
    # A stand-in for the server that only waits; the command is killed without a word.
    waiting = tmp_path / "waiting"
    waiting.write_text("#!/bin/sh\necho $$ > pid\nexec sleep 60\n")
    waiting.chmod(0o755)
    script = (
        "import os, signal, time\n"
        "from infra import cli_server\n"
        f"cli_server.sys.executable = {str(waiting)!r}\n"
        "cli_server.OwnServer().__enter__()\n"
        "while not os.path.exists('pid') or not open('pid').read(): time.sleep(0.01)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=environment, check=False)
    server = int((tmp_path / "pid").read_text())
    for _ in range(100):
        status = Path(f"/proc/{server}/status")
        if not status.exists() or "State:\tZ" in status.read_text():
            return
        os.sched_yield()
        subprocess.run(["sleep", "0.02"], check=True)
    raise AssertionError("the server outlived its command")
