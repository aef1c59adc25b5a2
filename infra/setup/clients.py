"""The real clients that the tests open an avatar in: Khronos' validator, three.js, Chromium.

python3 -m infra.setup.clients
"""

from __future__ import annotations

import hashlib

from infra.setup.console import REPOSITORY, fail, run, say
from infra.setup.system import require_program

CLIENTS = REPOSITORY / "tests" / "clients"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Install the npm tools when their lock file changed, and find a browser."""
    require_program(("node", "nodejs"), ["nodejs", "npm"], "the tests of real clients")
    npm = require_program(("npm",), ["npm"], "the tests of real clients")
    require_program(CHROMIUM_NAMES, ["chromium"], "the test in three.js")
    digest = hashlib.sha256((CLIENTS / "package-lock.json").read_bytes()).hexdigest()
    stamp = CLIENTS / "node_modules" / ".likeness-installed"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say("installing the clients of the tests (npm)")
    if not run([npm, "ci", "--no-audit", "--no-fund"], cwd=CLIENTS):
        fail("npm could not install the clients.", "Check the network, then run this again.")
    stamp.write_text(digest)


if __name__ == "__main__":
    main()
