"""Write `infra/constraints.txt`: one version of everything, resolved together.

python -m infra.setup.constraints
"""

from __future__ import annotations

import re

from infra.setup.console import fail, output, say
from infra.setup.environment import CONSTRAINTS, PYTHON, VENV
from infra.setup.index import pip_settings, uv_environment, uv_options

_HEADER = "# What was tested together, on Python 3.11 and Linux x86-64. Made by: make constraints\n"


def main() -> None:
    """Resolve all extras for Python 3.11."""
    settings = pip_settings(PYTHON)
    resolve = [str(VENV / "bin" / "uv"), "pip", "compile", "pyproject.toml", "--all-extras"]
    resolve += ["--python-version", "3.11", "--no-header", "--no-annotate"]
    resolve += ["--no-emit-index-url", "--no-emit-find-links", *uv_options(settings)]
    found = output(resolve, env=uv_environment(settings))
    if not found:
        fail("The requirements could not be resolved.", f"Run: {' '.join(map(str, resolve))}")
    # A local build of torch ("+cpu") is this machine's choice.
    CONSTRAINTS.write_text(_HEADER + re.sub(r"\+[\w.]+$", "", found, flags=re.MULTILINE))
    say(f"{len(found.splitlines())} versions written to {CONSTRAINTS}")


if __name__ == "__main__":
    main()
