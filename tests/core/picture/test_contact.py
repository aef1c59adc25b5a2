"""The contact sheet and the thumbnail of a ball: what is where, and the same bytes twice."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tasks.core.entities import Asset, Photo
from tasks.core.picture.contact import take_contact_sheet, take_pictures
from tasks.core.picture.thumbnail import BACKGROUND, take_thumbnail
from tests import sample_glb as sample

GLB = Asset("avatar.glb", "model/gltf-binary", sample.sample_glb())
GREEN = (10, 200, 30)
PHOTO = Photo(np.full((300, 150, 3), GREEN, np.uint8), None, "0" * 64, "image/png")


def pixels(asset: Asset) -> NDArray[np.uint8]:
    return np.asarray(Image.open(io.BytesIO(asset.data)))


def test_sheet_shows_the_photo_whole_and_the_avatar_in_every_cell() -> None:
    asset = take_contact_sheet(GLB, PHOTO)
    sheet = pixels(asset)
    assert (asset.name, asset.media_type) == ("contact-sheet.png", "image/png")
    assert sheet.shape == (1064, 1600, 3)
    # The photo is twice as tall as wide: it fills the first cell's height and half its width.
    green = (sheet[:528, :528] == GREEN).all(axis=2)
    y, x = np.nonzero(green)
    assert (y.min(), y.max()) == (0, 527)
    assert (x.min(), x.max()) == (132, 395)
    for row, column in [(0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]:
        cell = sheet[row * 536 : row * 536 + 528, column * 536 : column * 536 + 528]
        drawn = (cell != BACKGROUND).any(axis=2)
        assert 0.2 < drawn.mean() < 1.0


def test_without_a_photo_its_cell_is_empty() -> None:
    sheet = pixels(take_contact_sheet(GLB, None))
    assert (sheet[:528, :528] == BACKGROUND).all()


def test_thumbnail_has_the_size_asked_for() -> None:
    asset = take_thumbnail(GLB, 128)
    assert (asset.name, asset.facts) == ("thumbnail.png", {"width": 128.0, "height": 128.0})
    assert pixels(asset).shape == (128, 128, 3)


def test_together_they_are_what_they_are_alone() -> None:
    thumbnail, sheet = take_pictures(GLB, PHOTO)
    assert thumbnail.data == take_thumbnail(GLB).data
    assert sheet.data == take_contact_sheet(GLB, PHOTO).data


def test_threads_draw_the_same() -> None:
    with ThreadPoolExecutor(4) as pool:
        drawn = list(pool.map(lambda _: take_thumbnail(GLB, 96).data, range(12)))
    assert set(drawn) == {take_thumbnail(GLB, 96).data}
