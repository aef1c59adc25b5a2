"""The plain person of the rig's tests, as a file."""

from __future__ import annotations

import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Asset, RiggedAvatar
from tasks.core.gltf.write import write_glb
from tasks.core.rig.rig import rig_avatar
from tests.core.rig.standin import plain_figure, plain_skin


@pytest.fixture(scope="session")
def avatar(anny: AnnyBody) -> RiggedAvatar:
    """Rigged, A-pose."""
    figure = plain_figure(anny)
    return rig_avatar(anny, figure, plain_skin(anny, figure))


@pytest.fixture(scope="session")
def glb(avatar: RiggedAvatar) -> Asset:
    """Its GLB."""
    return write_glb(avatar)
