"""One portrait carried as far as the fitted head, once for all tests of skin and hair."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import HeadFit, Landmarks, Photo, Subject
from tasks.core.head.fit import fit_head
from tasks.core.landmarks.find import find_landmarks
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.person import Person
from tasks.core.photo.admit import admit_photo
from tasks.core.photo.isolate import isolate_subject
from tasks.core.skin.atlas import SkinAtlas, load_atlas
from tasks.core.skin.segment import HeadSegments, segment_head


@dataclass(frozen=True)
class Portrait:
    """A real photo and what the stages before the skin make of it."""

    photo: Photo
    subject: Subject
    landmarks: Landmarks
    segments: HeadSegments
    head: HeadFit


@pytest.fixture(scope="session")
def atlas(anny: AnnyBody) -> SkinAtlas:
    """The skin's atlas as it is stored."""
    return load_atlas(anny)


@pytest.fixture(scope="session")
def portrait(anny: AnnyBody, mediapipe_engine: MediaPipeEngine, astronaut: bytes) -> Portrait:
    """The astronaut's portrait."""
    photo = admit_photo(astronaut)
    subject = isolate_subject(photo, engine=mediapipe_engine)
    landmarks = find_landmarks(photo, subject, engine=mediapipe_engine)
    segments = segment_head(photo, subject, landmarks)
    head = fit_head(anny, [photo], [landmarks], Person())
    return Portrait(photo, subject, landmarks, segments, head)
