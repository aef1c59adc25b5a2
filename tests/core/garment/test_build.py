"""The whole outfit as a layer."""

from __future__ import annotations

import numpy as np

from tasks.core.body.anny_body import AnnyBody
from tasks.core.garment.build import build_garment
from tests.core.garment.people import drawn_person
from tests.core.skin.figures import figure_of


def test_layer_is_complete_and_its_colours_come_from_the_photo(anny: AnnyBody) -> None:
    photo, subject, landmarks = drawn_person(top=(220, 190, 50))
    layer = build_garment(anny, figure_of(anny), [photo], [subject], [landmarks])
    assert [part.name for part in layer.parts] == [m.name for m in layer.materials]
    assert {material.texture for material in layer.materials} == set(layer.textures)
    assert layer.notices == ()
    torso = layer.textures["outfit"].pixels[100:400, 100:500].reshape(-1, 3)
    assert np.abs(np.median(torso, axis=0) - (220, 190, 50)).max() < 30


def test_what_is_not_seen_is_said(anny: AnnyBody) -> None:
    photo, subject, landmarks = drawn_person(whole=False)
    layer = build_garment(anny, figure_of(anny), [photo], [subject], [landmarks])
    (notice,) = layer.notices
    assert notice.code == "garment.colour_default"
    assert "trousers and shoes" in notice.sentence


def test_without_photos_the_outfit_is_neutral(anny: AnnyBody) -> None:
    layer = build_garment(anny, figure_of(anny), [], [], [])
    assert "top, trousers and shoes" in layer.notices[0].sentence
    assert layer.digest == build_garment(anny, figure_of(anny), [], [], []).digest
