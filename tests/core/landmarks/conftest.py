"""The photo that the tests here look at. The engine, `mediapipe_engine`, is the session's."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from tasks.core.entities import Uint8


@pytest.fixture(scope="session")
def portrait() -> Uint8:
    """(512, 512, 3): a frontal portrait, the head leaning a little to her left."""
    pixels = np.array(skimage.data.astronaut())
    pixels.flags.writeable = False
    return pixels
