"""The one-time preparation of the body model's data on this machine.

python -m infra.setup.prepare
"""

from __future__ import annotations

from blocks.settings import Settings
from infra.setup.console import fail, say
from tasks.core.body.anny_body import load_anny_body
from tasks.core.errors import EngineMissing


def main() -> None:
    """Prepare the data where it is not there; says so, since it takes half a minute."""
    try:
        load_anny_body(Settings().body_models_folder, progress=say)
    except EngineMissing as missing:
        fail(str(missing), "`likeness models check` says what else is missing.")


if __name__ == "__main__":
    main()
