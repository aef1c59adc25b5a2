from __future__ import annotations

import cv2
import numpy as np
import pytest
import skimage.data

from tasks.core.entities import Photo, Subject, Uint8
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.photo.isolate import isolate_subject


@pytest.fixture(scope="module")
def portrait() -> Uint8:
    return np.array(skimage.data.astronaut())


def _isolate(pixels: Uint8, engine: MediaPipeEngine) -> Subject:
    pixels = np.ascontiguousarray(pixels)
    return isolate_subject(Photo(pixels, None, "0" * 64, "image/png"), engine=engine)


def test_a_portrait_is_cut_out(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    found = _isolate(portrait, mediapipe_engine)
    matte = found.matte
    assert matte.shape == (512, 512)
    assert matte.dtype == np.uint8
    assert found.notices == ()
    assert found.engine == "mediapipe 0.10.21"
    # Face, hair and both shoulders; the wall on each side of the head, and the flag's stars.
    assert matte[80:150, 200:250].min() == 255
    assert matte[40:60, 210:260].min() > 250
    assert matte[300:400, 80:300].mean() > 250
    assert matte[20:150, 380:500].max() == 0
    assert matte[20:150, 5:100].max() == 0
    assert 0.4 < (matte > 127).mean() < 0.65
    # Soft at the border, but only there.
    assert 0.005 < ((matte > 20) & (matte < 235)).mean() < 0.08


def test_same_photo_same_bytes(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    with MediaPipeEngine() as other:
        assert _isolate(portrait, other).digest == _isolate(portrait, mediapipe_engine).digest


def test_the_mirror_image_gives_the_mirrored_matte(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    matte = _isolate(portrait, mediapipe_engine).matte.astype(int)
    other = _isolate(portrait[:, ::-1], mediapipe_engine).matte[:, ::-1].astype(int)
    assert np.abs(matte - other).mean() < 2.5


def test_another_person_is_removed(mediapipe_engine: MediaPipeEngine, portrait: Uint8) -> None:
    wall = np.full((700, 1300, 3), (170, 165, 160), np.uint8)
    wall[188:, 20:532] = portrait
    wall[444:, 1000:1256] = cv2.resize(portrait, (256, 256), interpolation=cv2.INTER_AREA)
    matte = _isolate(wall, mediapipe_engine).matte
    assert matte[188 + 80 : 188 + 150, 20 + 200 : 20 + 250].min() == 255
    assert matte[:, 950:].max() == 0


def test_a_small_person_in_a_large_photo_is_cut_out_as_well(
    mediapipe_engine: MediaPipeEngine, portrait: Uint8
) -> None:
    """The network would see 65 of its pixels; looked at closer, it sees all."""
    wall = np.full((2000, 2000, 3), (170, 165, 160), np.uint8)
    wall[1488:, 700:1212] = portrait
    matte = _isolate(wall, mediapipe_engine).matte
    near = matte[1488:, 700:1212].astype(int)
    alone = _isolate(portrait, mediapipe_engine).matte.astype(int)
    assert matte.sum() == pytest.approx(near.sum(), rel=0.01)
    head = (slice(0, 230), slice(100, 400))
    assert np.abs(near - alone)[head].mean() < 8


def test_no_person_keeps_the_photo_and_says_so(mediapipe_engine: MediaPipeEngine) -> None:
    grey = np.full((600, 700, 3), 128, np.uint8)
    found = _isolate(grey, mediapipe_engine)
    assert found.matte.shape == (600, 700)
    assert found.matte.min() == 255
    assert [notice.code for notice in found.notices] == ["photo.no_matte"]
