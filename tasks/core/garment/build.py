"""Dress the avatar: sweater, trousers and shoes in the colours of the photos' clothes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tasks.core.body.model import BodyModel
from tasks.core.entities import (
    BodyFit,
    Figure,
    Landmarks,
    Material,
    Notice,
    Photo,
    Subject,
    Texture,
)
from tasks.core.garment.colours import Colour, clothing_colours
from tasks.core.garment.drape import drape
from tasks.core.garment.fabric import OutfitColours, paint_outfit
from tasks.core.garment.pattern import BOTTOM, FOOTWEAR, SUIT, TOP, pattern_of
from tasks.core.skin.parts import Layer

TEXTURE = "outfit"


@dataclass(frozen=True)
class GarmentOptions:
    """Colours for what no photo shows (sRGB), and how the cloth reflects.

    shade: a collar of the top's own colour is this much darker. blackest: even black cloth
    reflects 3 to 4 % of the light, however dark a photo's shadows are.
    """

    top: Colour = (112, 122, 134)
    bottom: Colour = (52, 60, 76)
    shoe: Colour = (58, 56, 56)
    shade: float = 0.93
    blackest: int = 22
    cloth_roughness: float = 0.92
    shoe_roughness: float = 0.7


def build_garment(
    model: BodyModel,
    figure: Figure,
    photos: Sequence[Photo],
    subjects: Sequence[Subject],
    landmarks: Sequence[Landmarks],
    body: BodyFit | None = None,
    options: GarmentOptions = GarmentOptions(),
) -> Layer:
    """The outfit on the figure: three parts, a material each, one texture.

    Args:
        model: its group helper-tights is the suit that the pieces are cut from.
        figure: the person, rest pose.
        photos, subjects, landmarks: where the colours come from, in one order.
        body: not needed for this outfit, whose shape is the figure's.

    Returns:
        Parts `outfit_top`, `outfit_bottom`, `outfit_footwear`, weighted to the model's joints,
        without morphs; empty, with a notice, where the model has no suit.
    """
    if SUIT not in model.topology.group_names:
        missing = Notice("garment.no_geometry", "This body model has no suit to cut clothes from.")
        return Layer(parts=(), materials=(), textures={}, notices=(missing,))
    seen = clothing_colours(photos, subjects, landmarks)
    unseen = [
        word
        for word, colour in (("top", seen.top), ("trousers", seen.bottom), ("shoes", seen.shoe))
        if colour is None
    ]
    top = _cloth(seen.top or options.top, options)
    colours = OutfitColours(
        top=top,
        collar=_cloth(seen.collar or _darker(top, options.shade), options),
        bottom=_cloth(seen.bottom or options.bottom, options),
        shoe=_cloth(seen.shoe or options.shoe, options),
    )
    return Layer(
        parts=drape(pattern_of(model), figure),
        materials=tuple(
            Material(name=name, texture=TEXTURE, roughness=roughness)
            for name, roughness in (
                (TOP, options.cloth_roughness),
                (BOTTOM, options.cloth_roughness),
                (FOOTWEAR, options.shoe_roughness),
            )
        ),
        textures={TEXTURE: Texture(paint_outfit(colours))},
        notices=_notices(unseen),
    )


def _notices(unseen: list[str]) -> tuple[Notice, ...]:
    if not unseen:
        return ()
    listed = " and ".join([", ".join(unseen[:-1]), unseen[-1]] if len(unseen) > 1 else unseen)
    sentence = f"The photos do not show the {listed}; a neutral colour was taken."
    return (Notice("garment.colour_default", sentence),)


def _cloth(colour: Colour, options: GarmentOptions) -> Colour:
    """A colour that cloth can have: its hue kept, raised where it is too dark."""
    lift = max(options.blackest - max(colour), 0)
    red, green, blue = (channel + lift for channel in colour)
    return red, green, blue


def _darker(colour: Colour, share: float) -> Colour:
    red, green, blue = (round(channel * share) for channel in colour)
    return red, green, blue
