"""What only the operating system can give: shared libraries, and programs for the tests."""

from __future__ import annotations

import ctypes
import os
import shutil

from infra.setup.console import fail, run, say

# Shared object → the Debian and Ubuntu package that brings it. OpenCV (through MediaPipe) links
# the first two, drawing pictures without a display needs the last two.
LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libEGL_mesa.so.0": "libegl-mesa0",
}


def require_libraries() -> None:
    """Make sure that the shared libraries load; install them where that is allowed."""
    packages = sorted({LIBRARIES[name] for name in LIBRARIES if not _loads(name)})
    if packages and not (install_packages(packages) and all(map(_loads, LIBRARIES))):
        fail(
            f"Shared libraries are missing: {' '.join(packages)}.",
            f"Install them and run this again: sudo apt-get install -y {' '.join(packages)}",
        )


def require_program(names: tuple[str, ...], packages: list[str], purpose: str) -> str:
    """Path of the first program found under one of the names; installed where that is allowed."""
    found = find_program(names)
    if found is None and install_packages(packages):
        found = find_program(names)
    if found is None:
        fail(
            f"{names[0]} was not found; {purpose} needs it.",
            f"Install it and run this again: sudo apt-get install -y {' '.join(packages)}",
        )
    return found


def find_program(names: tuple[str, ...]) -> str | None:
    """Path of the first of the programs that is on PATH."""
    return next((path for path in map(shutil.which, names) if path), None)


def install_packages(packages: list[str]) -> bool:
    """Install Debian packages when this is root with apt-get; otherwise touch nothing."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"installing system packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", *packages]
    if run(install, env=environment, quiet=True):
        return True
    # The package lists of a fresh machine are empty or old.
    run(["apt-get", "update", "-q"], env=environment, quiet=True)
    return run(install, env=environment)


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True
