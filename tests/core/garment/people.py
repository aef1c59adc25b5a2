"""Drawn people in clothes of known colours, with the landmarks that go with them."""

from __future__ import annotations

import cv2
import numpy as np

from tasks.core.entities import Landmarks, Photo, Subject

SKIN = (205, 150, 120)
Colour = tuple[int, int, int]


def drawn_person(
    *,
    top: Colour = (40, 90, 170),
    bottom: Colour = (60, 62, 70),
    shoe: Colour = (120, 40, 30),
    neck: Colour = SKIN,
    whole: bool = True,
    pattern: Colour | None = None,
) -> tuple[Photo, Subject, Landmarks]:
    """A stick of blocks, 400 × 900: head, neck, torso with straps and folds, legs, feet.

    `whole` false cuts the picture below the chest, and no body is found.
    """
    height = 900 if whole else 330
    pixels = np.full((900, 400, 3), (150, 170, 150), np.uint8)
    matte = np.zeros((900, 400), np.uint8)

    def block(x0: int, y0: int, x1: int, y1: int, colour: Colour) -> None:
        pixels[y0:y1, x0:x1] = colour
        matte[y0:y1, x0:x1] = 255

    block(160, 40, 240, 160, SKIN)
    block(170, 160, 230, 210, neck)
    block(110, 205, 290, 470, top)
    if pattern is not None:
        for y in range(215, 470, 16):
            pixels[y : y + 3, 110:290:14] = pattern
    block(125, 470, 195, 800, bottom)
    block(205, 470, 275, 800, bottom)
    block(115, 800, 195, 840, shoe)
    block(205, 800, 285, 840, shoe)
    block(90, 215, 110, 430, SKIN)
    # Folds and shadows.
    shade = 1.0 + 0.15 * np.sin(np.arange(900) / 9.0)[:, None, None]
    pixels = np.clip(pixels * shade, 0, 255).astype(np.uint8)
    pixels = cv2.GaussianBlur(pixels, (0, 0), 0.8)

    face = np.zeros((478, 3), np.float32)
    face[:, :2] = (200, 100)
    face[10, :2], face[152, :2] = (200, 45), (200, 158)
    for index, at in {50: (180, 110), 280: (220, 110), 101: (185, 105), 330: (215, 105)}.items():
        face[index, :2] = at
    body = np.zeros((33, 2), np.float32)
    places = {11: (270, 215), 12: (130, 215), 23: (235, 465), 24: (165, 465), 25: (240, 630),
              26: (160, 630), 27: (240, 790), 28: (160, 790), 29: (220, 820), 30: (180, 820),
              31: (270, 830), 32: (130, 830)}  # fmt: skip
    for index, at in places.items():
        body[index] = at
    landmarks = Landmarks(
        face=face,
        face_box=np.array([160, 40, 240, 160], np.float32),
        face_confidence=1.0,
        head_angles=np.zeros(3, np.float32),
        body=body if whole else None,
        visibility=np.ones(33, np.float32) if whole else None,
        body_world=None,
        engine="drawn",
    )
    photo = Photo(
        pixels=np.ascontiguousarray(pixels[:height]),
        focal_px=None,
        sha256="0" * 64,
        media_type="image/png",
    )
    return photo, Subject(matte=np.ascontiguousarray(matte[:height]), engine="drawn"), landmarks
