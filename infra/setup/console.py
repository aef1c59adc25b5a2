"""Plain lines for a person who watches an installation, and a plain end when something lacks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

REPOSITORY = Path(__file__).resolve().parents[2]
# The command line's exit code for something missing on this machine.
EXIT_MISSING = 4


def say(line: str) -> None:
    """One line of progress."""
    print(f"likeness: {line}", flush=True)


def fail(sentence: str, fix: str) -> NoReturn:
    """End with what is missing and what to do about it."""
    print(f"\nlikeness: {sentence}\n          {fix}", file=sys.stderr, flush=True)
    raise SystemExit(EXIT_MISSING)


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path = REPOSITORY,
    quiet: bool = False,
) -> bool:
    """Run a command; True where it succeeded. `quiet` keeps what it prints to itself."""
    sink = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    return subprocess.run(words, cwd=cwd, env=env, stdout=sink, stderr=sink).returncode == 0


def output(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> str:
    """What a command prints; empty where it fails or is not there."""
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, env=env, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout
