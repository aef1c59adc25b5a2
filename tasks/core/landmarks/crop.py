"""A square, turned window onto a photo: cut it out, and take points from it back to the photo."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Uint8


@dataclass(frozen=True)
class Crop:
    """A square of the photo, resampled to `size` x `size`.

    center: its middle, photo pixels (x right, y down, pixel centres at .5). side: edge length,
    photo pixels. angle: radians; the crop's x axis points along (cos, sin) in the photo.
    size: edge length of the cut-out, pixels.
    """

    center: tuple[float, float]
    side: float
    angle: float
    size: int

    @property
    def scale(self) -> float:
        """Photo pixels per crop pixel."""
        return self.side / self.size

    def _turn(self) -> NDArray[np.float64]:
        c, s = np.cos(self.angle), np.sin(self.angle)
        return np.array([[c, -s], [s, c]])

    def to_photo(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) crop pixels → (N, 2) photo pixels; (N, 3) keeps z, scaled alike."""
        given = np.asarray(points, np.float64)
        out = given * self.scale
        out[..., :2] = (given[..., :2] - self.size / 2) @ self._turn().T * self.scale
        out[..., :2] += self.center
        return out

    def to_crop(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(N, 2) photo pixels → (N, 2) crop pixels."""
        given = np.asarray(points, np.float64)
        return (given - self.center) @ self._turn() / self.scale + self.size / 2

    def cut(self, pixels: Uint8) -> Uint8:
        """Resample the window: (size, size, C) uint8. Area-averaged where the photo is finer.

        What lies outside of the photo repeats its border.
        """
        source, origin, step = _reduced(pixels, self)
        # cv2 counts pixel centres as integers, this module as .5: hence the halves.
        linear = self._turn() * self.scale / step[:, None]
        middle = (np.asarray(self.center) - origin) / step
        offset = linear @ np.full(2, 0.5 - self.size / 2) + middle - 0.5
        matrix = np.concatenate([linear, offset[:, None]], axis=1)
        cut = cv2.warpAffine(
            source,
            matrix,
            (self.size, self.size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(cut, np.uint8)


def _reduced(pixels: Uint8, crop: Crop) -> tuple[Uint8, NDArray[np.float64], NDArray[np.float64]]:
    """The part of the photo under the crop, area-averaged to about the crop's resolution.

    Returns the image, the photo position of its corner, and photo pixels per pixel in x and y.
    """
    height, width = pixels.shape[:2]
    reach = crop.side * (abs(np.cos(crop.angle)) + abs(np.sin(crop.angle))) / 2 + 2 * crop.scale + 1
    x0 = int(np.clip(np.floor(crop.center[0] - reach), 0, width - 1))
    y0 = int(np.clip(np.floor(crop.center[1] - reach), 0, height - 1))
    x1 = int(np.clip(np.ceil(crop.center[0] + reach), x0 + 1, width))
    y1 = int(np.clip(np.ceil(crop.center[1] + reach), y0 + 1, height))
    part = pixels[y0:y1, x0:x1]
    origin = np.array([x0, y0], np.float64)
    if crop.scale <= 1.0:
        return part, origin, np.ones(2)
    out = (max(1, round((x1 - x0) / crop.scale)), max(1, round((y1 - y0) / crop.scale)))
    small = cv2.resize(part, out, interpolation=cv2.INTER_AREA)
    step = np.array([(x1 - x0) / out[0], (y1 - y0) / out[1]])
    return np.asarray(small, np.uint8), origin, step
