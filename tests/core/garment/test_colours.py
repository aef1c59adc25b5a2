"""Clothing colours, recovered from drawn people whose colours are known."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.garment.colours import SeenColours, clothing_colours
from tests.core.garment.people import SKIN, Colour, drawn_person


def _seen(**kwargs: object) -> SeenColours:
    photo, subject, landmarks = drawn_person(**kwargs)  # type: ignore[arg-type]
    return clothing_colours([photo], [subject], [landmarks])


def _near(found: Colour | None, wanted: Colour, tolerance: int = 22) -> bool:
    return found is not None and max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < (
        tolerance
    )


@pytest.mark.parametrize(
    "top", [(40, 90, 170), (220, 190, 50), (28, 26, 27), (235, 235, 232), (120, 30, 45)], ids=str
)
def test_whole_person_gives_every_colour(top: Colour) -> None:
    seen = _seen(top=top)
    assert _near(seen.top, top, 26)
    assert _near(seen.bottom, (60, 62, 70))
    assert _near(seen.shoe, (120, 40, 30))


def test_bare_neck_is_no_collar_and_a_covered_one_is() -> None:
    assert _seen().collar is None
    assert _seen(neck=tuple(int(0.8 * c) for c in SKIN)).collar is None
    assert _near(_seen(neck=(25, 25, 28)).collar, (25, 25, 28))


def test_portrait_gives_the_top_alone() -> None:
    seen = _seen(whole=False, top=(40, 130, 90))
    assert _near(seen.top, (40, 130, 90), 26)
    assert seen.bottom is None
    assert seen.shoe is None


def test_dots_do_not_change_the_cloth() -> None:
    assert _near(_seen(top=(30, 30, 34), pattern=(230, 230, 225)).top, (30, 30, 34))


def test_background_does_not_count() -> None:
    photo, subject, landmarks = drawn_person()
    empty = type(subject)(matte=np.zeros_like(subject.matte), engine="drawn")
    assert clothing_colours([photo], [empty], [landmarks]) == SeenColours(None, None, None, None)


def test_photo_that_shows_more_wins() -> None:
    portrait, whole = drawn_person(whole=False, top=(40, 130, 90)), drawn_person(top=(160, 40, 40))
    photos, subjects, landmarks = zip(portrait, whole, strict=True)
    assert _near(clothing_colours(photos, subjects, landmarks).bottom, (60, 62, 70))
