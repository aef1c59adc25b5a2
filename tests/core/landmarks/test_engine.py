from __future__ import annotations

import numpy as np

from tasks.core.landmarks.engine import FaceBox


def test_area_is_that_of_the_box() -> None:
    box = FaceBox(np.float32([10, 20, 40, 60]), 0.9, np.zeros((6, 2), np.float32))
    assert box.area == 1200
