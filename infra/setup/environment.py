"""Create `.venv` and install into it: once, and again only when what is to be installed changed.

    python3 -m infra.setup.environment [EXTRA ...]

Runs on any Python 3.9 or later; the environment itself is made with Python 3.11.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import time
from pathlib import Path

from infra.setup.console import REPOSITORY, fail, output, run, say
from infra.setup.index import pip_settings, uv_environment, uv_options
from infra.setup.system import install_packages, require_libraries

VENV = REPOSITORY / ".venv"
PYTHON = VENV / "bin" / "python"
CONSTRAINTS = REPOSITORY / "infra" / "constraints.txt"
_STAMP = VENV / ".likeness-installed.json"
_INPUTS = (REPOSITORY / "pyproject.toml", CONSTRAINTS, Path(__file__))
_PYTHON_WANTED = (3, 11)
_UV = "uv==0.13.8"


def main(extras: list[str]) -> None:
    """Bring `.venv` up to date with these extras and any that it has already."""
    started = time.monotonic()
    wanted = sorted({*extras, *_installed_extras()})
    digest = _digest()
    if _stamp() == {"digest": digest, "extras": wanted}:
        return
    require_libraries()
    _create()
    settings = pip_settings(PYTHON)
    environment = uv_environment(settings)
    sources = uv_options(settings)
    uv = _bootstrap_uv()
    say("installing torch")
    _install_torch(uv, sources, environment, settings.get("find-links", "").split())
    what = f".[{','.join(wanted)}]" if wanted else "."
    say(f"installing likeness{what[1:]} and what it stands on")
    install = [*uv, "install", "--editable", what, "--constraint", str(CONSTRAINTS), *sources]
    if not run(install, env=environment):
        fail(
            "The packages could not be installed; the lines above say which and why.",
            "Check the network or pip's configuration (`pip config list`), then run this again.",
        )
    _STAMP.write_text(json.dumps({"digest": digest, "extras": wanted}))
    say(f"installed in {time.monotonic() - started:.0f} s into {VENV}")


def _create() -> None:
    if PYTHON.exists() and _version_of(PYTHON) == _PYTHON_WANTED:
        return
    python = _find_python()
    say(f"creating {VENV} with {python}")
    create: list[str | Path] = [python, "-m", "venv", "--clear", str(VENV)]
    if run(create, quiet=True):
        return
    # Debian and Ubuntu ship Python without what makes environments.
    package = f"python{_PYTHON_WANTED[0]}.{_PYTHON_WANTED[1]}-venv"
    if not (install_packages([package]) and run(create)):
        fail(
            f"{python} cannot create a virtual environment.",
            f"Install what it lacks and run this again: sudo apt-get install -y {package}",
        )


def _find_python() -> str:
    if sys.version_info[:2] == _PYTHON_WANTED:
        # Not the environment's own interpreter, which is about to be replaced.
        return str(getattr(sys, "_base_executable", sys.executable))
    wanted = "python{}.{}".format(*_PYTHON_WANTED)
    found = shutil.which(wanted)
    if found is None:
        fail(
            f"{wanted} was not found; MediaPipe's models come for this version.",
            f"Install it and run this again: sudo apt-get install -y {wanted} {wanted}-venv "
            f"(or `uv python install 3.11` and put it on PATH)",
        )
    return found


def _version_of(python: Path) -> tuple[int, ...]:
    text = output([python, "-c", "import sys; print(*sys.version_info[:2])"])
    return tuple(int(word) for word in text.split())


def _bootstrap_uv() -> list[str]:
    pip: list[str | Path] = [
        PYTHON,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "--quiet",
        _UV,
    ]
    if not run(pip):
        fail(
            f"pip could not install {_UV}.",
            "Check the network or pip's configuration (`pip config list`), then run this again.",
        )
    return [str(VENV / "bin" / "uv"), "pip"]


def _install_torch(
    uv: list[str], sources: list[str], environment: dict[str, str], links: list[str]
) -> None:
    """The smallest torch that fits the machine: one lying at hand, CPU only, or with CUDA."""
    lines = CONSTRAINTS.read_text().splitlines()
    install = [*uv, "install", next(line for line in lines if line.startswith("torch=="))]
    at_hand = [option for link in links for option in ("--find-links", link)]
    alone = [*install, "--no-index", "--no-deps", *at_hand]
    if links and run(alone, env=environment, quiet=True):
        say("torch: taken from pip's find-links")
        return
    if _has_nvidia_gpu():
        say("torch: an NVIDIA GPU is here, so the build with CUDA (some gigabytes)")
    elif run([*install, "--torch-backend", "cpu", *sources], env=environment):
        say("torch: the CPU build, since no NVIDIA GPU is here")
        return
    else:
        say("torch: the CPU index cannot be reached; the plain index brings CUDA (gigabytes)")
    if not run([*install, *sources], env=environment):
        fail(
            "torch could not be installed.",
            "Check the network and the free disk space, then run this again.",
        )


def _has_nvidia_gpu() -> bool:
    return Path("/proc/driver/nvidia/version").exists() or "GPU" in output(["nvidia-smi", "-L"])


def _digest() -> str:
    sha = hashlib.sha256()
    for path in _INPUTS:
        sha.update(path.read_bytes())
    return sha.hexdigest()


def _stamp() -> dict[str, object]:
    try:
        found = json.loads(_STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _installed_extras() -> list[str]:
    extras = _stamp().get("extras", [])
    return [str(extra) for extra in extras] if isinstance(extras, list) else []


if __name__ == "__main__":
    os.chdir(REPOSITORY)
    main(sys.argv[1:])
