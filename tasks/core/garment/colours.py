"""The colours of the clothes in the photos: top, collar, trousers, shoes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tasks.core.entities import Landmarks, Photo, Subject, Uint8

Colour = tuple[int, int, int]

# MediaPipe's pose: shoulders, hips, knees, ankles, heels, tips of the feet; left and right.
_SHOULDERS, _HIPS, _KNEES = (11, 12), (23, 24), (25, 26)
_FEET = ((27, 29, 31), (28, 30, 32))
# MediaPipe's face mesh: middle of the hairline, chin, and bare skin on cheeks and nose.
_FOREHEAD, _CHIN = 10, 152
_BARE_SKIN = (50, 280, 101, 330, 5)


@dataclass(frozen=True)
class ColourOptions:
    """How clothes are found and their colour told.

    visible: a body landmark's least visibility. side: photos are looked at with their longest
    side reduced to this. solid: the matte's least value. least_pixels: a measurement needs so
    many. skin_radius: distance in Lab's a-b plane, and skin_lightness: in L, within which cloth
    counts as skin. At the neck, what lies within skin_hue radians of the face's hue or has one
    of the skin_hues (radians in the a-b plane), and is lighter than skin_shade of the face's L,
    is skin in another light. spread: radius in Lab of one colour. vivid: chroma that doubles a
    colour's vote, since shadows and straps are grey. collar_share: how much of the neck's strip
    must be covered by a colour for a collar to have it. samples: pixels looked at, at most.
    """

    visible: float = 0.5
    side: int = 400
    solid: int = 200
    least_pixels: int = 60
    skin_radius: float = 9.0
    skin_lightness: float = 26.0
    skin_hue: float = 0.40
    skin_hues: tuple[float, float] = (0.5, 1.5)
    skin_shade: float = 0.35
    spread: float = 13.0
    vivid: float = 45.0
    collar_share: float = 0.45
    samples: int = 4000


@dataclass(frozen=True)
class SeenColours:
    """sRGB of what was seen of the clothes; None where nothing was."""

    top: Colour | None
    collar: Colour | None
    bottom: Colour | None
    shoe: Colour | None


def clothing_colours(
    photos: Sequence[Photo],
    subjects: Sequence[Subject],
    landmarks: Sequence[Landmarks],
    options: ColourOptions = ColourOptions(),
) -> SeenColours:
    """Each piece's main colour, from the photo that shows most of it.

    Args:
        photos, subjects, landmarks: of one person, in one order.
    """
    best: dict[str, tuple[int, Colour]] = {}
    for photo, subject, found in zip(photos, subjects, landmarks, strict=True):
        view = _View.of(photo, subject, found, options)
        for name, zone in (
            ("top", view.torso()),
            ("collar", view.neck()),
            ("bottom", view.legs()),
            ("shoe", view.feet()),
        ):
            seen = view.colour(zone, options, bound=name == "collar")
            if seen is not None and seen[0] > best.get(name, (0, None))[0]:
                best[name] = seen
    return SeenColours(
        **{
            name: best[name][1] if name in best else None
            for name in ("top", "collar", "bottom", "shoe")
        }
    )


@dataclass(frozen=True)
class _View:
    """A reduced photo: lab (h, w, 3) float32, rgb, solid (h, w) bool, landmarks scaled to it."""

    rgb: Uint8
    lab: NDArray[np.float32]
    solid: NDArray[np.bool_]
    face: NDArray[np.float64]
    body: NDArray[np.float64] | None
    seen: NDArray[np.bool_]

    @staticmethod
    def of(photo: Photo, subject: Subject, found: Landmarks, options: ColourOptions) -> _View:
        height, width = photo.pixels.shape[:2]
        zoom = min(1.0, options.side / max(height, width))
        size = (max(1, round(width * zoom)), max(1, round(height * zoom)))
        # Pixels that averaging would hardly miss are left out first.
        skip = max(1, int(0.5 / zoom))
        rgb = cv2.resize(photo.pixels[::skip, ::skip], size, interpolation=cv2.INTER_AREA)
        matte = cv2.resize(subject.matte[::skip, ::skip], size, interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(rgb.astype(np.float32) / np.float32(255.0), cv2.COLOR_RGB2Lab)
        body, seen = None, np.zeros(33, bool)
        if found.body is not None and found.visibility is not None:
            body = found.body.astype(np.float64) * zoom
            inside = np.all((body >= 0.0) & (body < size), axis=1)
            seen = (found.visibility > options.visible) & inside
        return _View(
            rgb=rgb,
            lab=lab,
            solid=matte >= options.solid,
            face=found.face[:, :2].astype(np.float64) * zoom,
            body=body,
            seen=seen,
        )

    def torso(self) -> NDArray[np.bool_]:
        """Shoulders to hips, or to the picture's edge; a strip under the chin where no
        shoulders were found."""
        down, across, chin, length = self._head()
        if self.body is None or not self.seen[list(_SHOULDERS)].all():
            return self._strip(chin, down, across, 0.45 * length, 1.6 * length, 0.95 * length)
        left, right = self.body[list(_SHOULDERS)]
        breadth = left - right
        if self.seen[list(_HIPS)].all():
            ends = self.body[list(_HIPS)]
        else:
            fall = np.array([-breadth[1], breadth[0]]) * 1.2
            ends = np.stack([left, right]) + (fall if fall[1] > 0.0 else -fall)
        # A little wider than the joints, and neither neck nor belt.
        wide = 0.12 * breadth
        top = np.stack([left + wide, right - wide])
        low = top + 0.90 * (ends - np.stack([left, right]))
        top = top + 0.12 * (ends - np.stack([left, right]))
        return self._polygon(np.stack([top[0], top[1], low[1], low[0]]))

    def neck(self) -> NDArray[np.bool_]:
        """A strip just below the chin."""
        down, across, chin, length = self._head()
        return self._strip(chin, down, across, 0.12 * length, 0.38 * length, 0.26 * length)

    def legs(self) -> NDArray[np.bool_]:
        """From below the hips to the knees, or as far as the picture goes."""
        zone = np.zeros(self.solid.shape, bool)
        if self.body is None or not self.seen[list(_HIPS)].all():
            return zone
        breadth = float(np.linalg.norm(self.body[_HIPS[0]] - self.body[_HIPS[1]]))
        for hip, knee in zip(_HIPS, _KNEES, strict=True):
            start = self.body[hip] + 0.35 * (self.body[knee] - self.body[hip])
            zone |= self._stroke(start, self.body[knee], 0.5 * breadth)
        return zone

    def feet(self) -> NDArray[np.bool_]:
        """Ankle, heel and tip of each foot that is seen."""
        zone = np.zeros(self.solid.shape, bool)
        if self.body is None:
            return zone
        for ankle, heel, tip in _FEET:
            if self.seen[[ankle, heel, tip]].all():
                length = float(np.linalg.norm(self.body[heel] - self.body[tip]))
                start = 0.3 * self.body[ankle] + 0.7 * self.body[heel]
                zone |= self._stroke(start, self.body[tip], 0.22 * length)
        return zone

    def colour(
        self, zone: NDArray[np.bool_], options: ColourOptions, *, bound: bool
    ) -> tuple[int, Colour] | None:
        """How many pixels speak for the zone's main colour, and the colour.

        bound: only where that colour covers a fair share of all there is in the zone.
        """
        rows, columns = np.nonzero(zone & self.solid)
        total = len(rows)
        if total < options.least_pixels:
            return None
        lab = self.lab[rows, columns]
        skin = self._skin()
        near = np.hypot(lab[:, 1] - skin[1], lab[:, 2] - skin[2]) < options.skin_radius
        cloth = ~(near & (np.abs(lab[:, 0] - skin[0]) < options.skin_lightness))
        if cloth.sum() < max(options.least_pixels, 0.15 * total):
            return None
        lab, picked = lab[cloth], self.rgb[rows, columns][cloth]
        middle = _densest(lab, options)
        member = np.linalg.norm((lab - middle) * _LAB_WEIGHTS, axis=1) < options.spread
        if bound and (member.sum() < options.collar_share * total or _tan(middle, skin, options)):
            return None
        mean = np.median(picked[member], axis=0)
        return int(member.sum()), (round(mean[0]), round(mean[1]), round(mean[2]))

    def _head(
        self,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64], float]:
        """Unit vectors down and across the face, the chin, and the face's length in pixels."""
        chin, top = self.face[_CHIN], self.face[_FOREHEAD]
        length = max(float(np.linalg.norm(chin - top)), 1.0)
        down = (chin - top) / length
        return down, np.array([down[1], -down[0]]), chin, length

    def _skin(self) -> NDArray[np.float64]:
        """(3,) Lab of the face's bare skin."""
        at = np.floor(self.face[list(_BARE_SKIN)]).astype(int)
        height, width = self.solid.shape
        columns, rows = np.clip(at[:, 0], 0, width - 1), np.clip(at[:, 1], 0, height - 1)
        return np.median(self.lab[rows, columns], axis=0).astype(np.float64)

    def _strip(
        self,
        origin: NDArray[np.float64],
        down: NDArray[np.float64],
        across: NDArray[np.float64],
        start: float,
        end: float,
        half: float,
    ) -> NDArray[np.bool_]:
        corners = [
            origin + start * down - half * across,
            origin + start * down + half * across,
            origin + end * down + half * across,
            origin + end * down - half * across,
        ]
        return self._polygon(np.stack(corners))

    def _polygon(self, corners: NDArray[np.float64]) -> NDArray[np.bool_]:
        mask = np.zeros(self.solid.shape, np.uint8)
        cv2.fillPoly(mask, [np.rint(corners - 0.5).astype(np.int32)], 1)
        return mask > 0

    def _stroke(
        self, start: NDArray[np.float64], end: NDArray[np.float64], width: float
    ) -> NDArray[np.bool_]:
        mask = np.zeros(self.solid.shape, np.uint8)
        a, b = (tuple(int(v) for v in np.rint(point - 0.5)) for point in (start, end))
        cv2.line(mask, a, b, 1, max(1, round(width)))
        return mask > 0


def _tan(colour: NDArray[np.float64], skin: NDArray[np.float64], options: ColourOptions) -> bool:
    """Whether a colour may be skin in another light: a hue that skin has, and not nearly black."""
    hue = np.arctan2(colour[2], colour[1])
    to_face = abs(float(np.angle(np.exp(1j * (hue - np.arctan2(skin[2], skin[1]))))))
    like = to_face < options.skin_hue or options.skin_hues[0] < hue < options.skin_hues[1]
    return bool(like and colour[0] > options.skin_shade * skin[0])


# Folds and shadows change lightness more than hue: it counts for less.
_LAB_WEIGHTS = np.array([0.55, 1.0, 1.0], np.float32)
# Cells of the histogram in weighted Lab.
_CELL = 8.0


def _densest(lab: NDArray[np.float32], options: ColourOptions) -> NDArray[np.float64]:
    """(3,) Lab where most colours lie, vivid ones counting for more."""
    weighted = lab[:: 1 + len(lab) // options.samples] * _LAB_WEIGHTS
    cells, index, count = np.unique(
        np.floor(weighted / _CELL).astype(np.int64), axis=0, return_inverse=True, return_counts=True
    )
    centre = (cells + 0.5) * _CELL
    apart = np.linalg.norm(centre[:, None] - centre[None], axis=2)
    votes = (apart < options.spread) @ count
    votes = votes * (1.0 + np.hypot(centre[:, 1], centre[:, 2]) / options.vivid)
    best = int(np.argmax(votes))
    near = (apart[best] < options.spread)[index.reshape(-1)]
    return np.asarray((weighted[near] / _LAB_WEIGHTS).mean(axis=0), np.float64)
