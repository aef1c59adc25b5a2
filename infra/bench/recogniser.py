"""A face recogniser that takes no part in any fit: dlib's ResNet, 128 numbers a face.

D. E. King's `dlib_face_recognition_resnet_model_v1` (weights CC0), aligned by the 5-point
predictor (CC0). Its author's same-person threshold is a distance of 0.6, at which it is 99.38 %
right on Labeled Faces in the Wild.
"""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Float32, Uint8
from tasks.core.errors import EngineMissing

NAME = "dlib face_recognition_resnet_model_v1 (128-D)"
SAME_PERSON = 0.6
# The recogniser was trained on faces detected by dlib, whose square spans brows to chin:
# MediaPipe's mesh spans forehead to chin, so the square is its lower part.
_BOX_TOP = 0.18


def face_distance(first: Uint8, first_box: Float32, second: Uint8, second_box: Float32) -> float:
    """Distance of two faces; below `SAME_PERSON` means the same person.

    Args:
        first, second: (H, W, 3) uint8 sRGB.
        first_box, second_box: (4,) x0, y0, x1, y1 of the face's landmarks in pixels.

    Raises:
        EngineMissing: the `bench` extra is not installed.
    """
    a, b = _descriptor(first, first_box), _descriptor(second, second_box)
    return float(np.linalg.norm(a - b))


def _descriptor(pixels: Uint8, box: Float32) -> NDArray[np.float64]:
    dlib, predictor, network = _models()
    x0, y0, x1, y1 = (float(value) for value in box)
    y0 += _BOX_TOP * (y1 - y0)
    half = max(x1 - x0, y1 - y0) / 2.0
    cx, cy = (x0 + x1) / 2.0, (y0 + y1) / 2.0
    edges = [round(value) for value in (cx - half, cy - half, cx + half, cy + half)]
    image = np.ascontiguousarray(pixels)
    shape = predictor(image, dlib.rectangle(*edges))
    return np.asarray(network.compute_face_descriptor(image, shape))


@lru_cache(maxsize=1)
def _models() -> tuple[Any, Any, Any]:
    # Found, not imported: the package's own import needs a part of setuptools that is gone.
    package = importlib.util.find_spec("face_recognition_models")
    if package is None or not package.submodule_search_locations:
        raise EngineMissing(
            "engine.face_recogniser", "The face recogniser is missing; run `make bench`."
        )
    import dlib

    folder = Path(package.submodule_search_locations[0]) / "models"
    return (
        dlib,
        dlib.shape_predictor(str(folder / "shape_predictor_5_face_landmarks.dat")),
        dlib.face_recognition_model_v1(str(folder / "dlib_face_recognition_resnet_model_v1.dat")),
    )
