"""The run's page: words from outside stay words."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tasks.artifacts import _as_jpeg, _page
from tasks.core.entities import Asset, Check, Notice
from tasks.store.avatars import StoredAsset


def page(name: str = "Ada", location: str = "/data/my_store/ab`c|d") -> str:
    return _page(
        name,
        b"jpeg",
        [StoredAsset("avatar.glb", "model/gltf-binary", "ab" * 32, 7, location)],
        [Check("eye_distance", 59.68, 32.0, "px", True, "photo.face_too_small")],
        [Notice("a.b", "One."), Notice("a.b", "One.")],
    )


def test_the_page_has_picture_files_quality_and_notes() -> None:
    text = page()
    assert "](data:image/jpeg;base64,anBlZw==)" in text
    assert "| avatar.glb | 7 | `abababababab…` | `/data/my_store/ab'c\\|d` |" in text
    assert "| eye\\_distance | 59.68 px | 32 | passed |" in text
    assert text.count("One.") == 1


@pytest.mark.parametrize("name", ["<img src=x onerror=y>", "[x](javascript:y)", "a\n# b", "`c`"])
def test_a_name_has_no_meaning(name: str) -> None:
    first = page(name).splitlines()[0]
    for forbidden in ("<", "[x](", "\n#"):
        assert forbidden not in first.replace("\\[x\\](", "")
    assert page(name).splitlines()[1] == ""


def test_the_picture_is_shrunk() -> None:
    sheet = cv2.imencode(".png", np.zeros((600, 1800, 3), np.uint8))[1].tobytes()
    image = cv2.imdecode(
        np.frombuffer(_as_jpeg(Asset("s.png", "image/png", sheet)), np.uint8), cv2.IMREAD_COLOR
    )
    assert image is not None
    assert image.shape == (300, 900, 3)
    with pytest.raises(ValueError, match="no image"):
        _as_jpeg(Asset("s.png", "image/png", b"x"))
