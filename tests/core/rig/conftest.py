"""One plain person, rigged in both stances."""

from __future__ import annotations

import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Figure, RiggedAvatar, Skin
from tasks.core.rig.rig import rig_avatar
from tests.core.rig.standin import plain_figure, plain_skin


@pytest.fixture(scope="session")
def figure(anny: AnnyBody) -> Figure:
    """The default adult, 1.75 m."""
    return plain_figure(anny)


@pytest.fixture(scope="session")
def skin(anny: AnnyBody, figure: Figure) -> Skin:
    """Its plain parts."""
    return plain_skin(anny, figure)


@pytest.fixture(scope="session")
def in_a(anny: AnnyBody, figure: Figure, skin: Skin) -> RiggedAvatar:
    """Rigged, A-pose."""
    return rig_avatar(anny, figure, skin)


@pytest.fixture(scope="session")
def in_t(anny: AnnyBody, figure: Figure, skin: Skin) -> RiggedAvatar:
    """Rigged, T-pose."""
    return rig_avatar(anny, figure, skin, pose="T")
