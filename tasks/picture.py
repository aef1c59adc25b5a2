"""The stage that takes the avatar's pictures."""

from __future__ import annotations

import asyncio

from tasks.core.entities import Asset, Photo
from tasks.policy import stage


@stage("take_pictures")
async def take_pictures(glb: Asset, photo: Photo) -> tuple[Asset, Asset]:
    """Draw the thumbnail, and the contact sheet beside the input photo."""
    from tasks.core.picture.contact import take_pictures as run

    return await asyncio.to_thread(run, glb, photo)
