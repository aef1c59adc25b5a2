"""One Prefect server for the whole test run, in a home of its own."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from unittest import mock

import pytest

# The first start of a server on a machine migrates its database: 13 s on two busy cores.
STARTUP_TIMEOUT_S = 120
CLIENT_RETRY_S = 0.2


def isolate() -> None:
    """Keep the tests off the user's Prefect; called before anything imports prefect."""
    home = tempfile.mkdtemp(prefix="likeness-tests-prefect-")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    for name in [n for n in os.environ if n.startswith("PREFECT_")]:
        del os.environ[name]
    os.environ["PREFECT_HOME"] = home
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
    os.environ["PREFECT_LOGGING_LEVEL"] = "CRITICAL"


@pytest.fixture(scope="session")
def prefect_server() -> Iterator[str]:
    """The API address of a server that lives as long as the tests."""
    from prefect.settings import PREFECT_API_URL
    from prefect.testing.utilities import prefect_test_harness

    # One run after the other meets the server still writing the last one's events; its SQLite then
    # answers 503, and the client would wait 2 s each time.
    with (
        mock.patch("prefect.client.base.clamped_poisson_interval", return_value=CLIENT_RETRY_S),
        prefect_test_harness(server_startup_timeout=STARTUP_TIMEOUT_S),
    ):
        yield str(PREFECT_API_URL.value())
