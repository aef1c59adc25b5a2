"""The contracted model, once for the tests of this folder."""

from __future__ import annotations

import pytest

from tasks.core.body.anny_body import AnnyBody
from tests.core.head.people import World


@pytest.fixture(scope="session")
def world(anny: AnnyBody) -> World:
    """The default body model and its landmarks."""
    return World.of(anny)
