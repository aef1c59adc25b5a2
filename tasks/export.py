"""The stage that writes the avatar's file."""

from __future__ import annotations

import asyncio

from tasks.core.entities import Asset, RiggedAvatar
from tasks.policy import stage


@stage("export_avatar")
async def export_avatar(avatar: RiggedAvatar) -> Asset:
    """Write the avatar as binary glTF."""
    from tasks.core.gltf.write import write_glb as run

    return await asyncio.to_thread(run, avatar)
