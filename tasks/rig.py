"""The stage that rigs the avatar."""

from __future__ import annotations

import asyncio

from tasks.core.entities import Figure, RiggedAvatar, Skin
from tasks.models import ModelRef
from tasks.policy import stage


@stage("rig_avatar")
async def rig_avatar(model: ModelRef, figure: Figure, skin: Skin, pose: str) -> RiggedAvatar:
    """Give the parts a skeleton, skin weights and blendshapes, in the rest pose asked for."""
    from tasks.core.rig.rig import rig_avatar as run
    from tasks.models import body_model

    return await asyncio.to_thread(run, body_model(model), figure, skin, pose=pose)
