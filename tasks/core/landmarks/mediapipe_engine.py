"""MediaPipe 0.10 as the landmark engine: faces, face mesh, body pose, person mask.

The models are those inside the mediapipe wheel (Apache-2.0); later wheels carry none.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from tasks.core.digest import digest_of
from tasks.core.entities import Float32, Notice, Uint8
from tasks.core.errors import EngineMissing
from tasks.core.landmarks.crop import Crop
from tasks.core.landmarks.engine import BodyPose, FaceBox
from tasks.core.landmarks.head_angles import head_pose
from tasks.core.landmarks.mesh_graph import MeshGraph
from tasks.core.landmarks.quiet import quiet_start
from tasks.core.landmarks.topology import LEFT_EYE_OUTER, MIRROR, RIGHT_EYE_OUTER

_MODEL_FILES = (
    "modules/face_detection/face_detection_full_range_sparse.tflite",
    "modules/face_detection/face_detection_short_range.tflite",
    "modules/face_landmark/face_landmark_with_attention.tflite",
    "modules/pose_detection/pose_detection.tflite",
    "modules/pose_landmark/pose_landmark_full.tflite",
    "modules/selfie_segmentation/selfie_segmentation.tflite",
)
# Detections below are mostly not faces (MediaPipe's own default).
_MIN_SCORE = 0.5
# Two boxes that overlap by more are the same face (MediaPipe's own non-maximum threshold).
_SAME_FACE = 0.3
# Where the whole photo shows no face: windows of these shares of its longer side, half overlapping.
# The full-range detector sees faces down to about 1/20 of its input.
_WINDOW_SHARES = (0.5, 0.25)
# Where the largest face is below this share of the longer side, the detectors may have missed its
# like: not all faces of this size are seen at once.
_SMALL_FACE = 0.1
# The mesh network's input; cropping to it exactly keeps MediaPipe from resampling again.
_MESH_INPUT = 192
# MediaPipe's own window around detections and meshes: 1.5 times their longer side.
_WINDOW = 1.5
# Windows re-aimed by the mesh of the one before; a third changes nothing a person could see.
_REFINEMENTS = 2
# Mean distance between the mesh and the mirror image's, in eye distances: 0.01 to 0.03 on faces,
# 0.06 on blurred or strongly turned ones, 0.08 and more where there is no upright face.
_MAX_DISAGREEMENT = 0.07
# A window for a face that the first one missed.
_WIDER = 2.2


class MediaPipeEngine:
    """`LandmarkEngine` on the mediapipe wheel. Models load at first use of each.

    One instance may be shared by threads (calls are serialised). Not usable after `close`.

    Raises:
        EngineMissing: mediapipe, or the models that its 0.10.21 wheel carries, are not installed.
    """

    name = "mediapipe"

    def __init__(self, notices: tuple[Notice, ...] = ()) -> None:
        self._root = _installed_root()
        self.notices = notices
        self._lock = threading.RLock()
        self._graphs: dict[str, Any] = {}

    @property
    def version(self) -> str:
        """Version of the mediapipe distribution."""
        return importlib.metadata.version("mediapipe")

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 over the version and the bytes of every model file used."""
        files = [hashlib.sha256((self._root / f).read_bytes()).hexdigest() for f in _MODEL_FILES]
        return digest_of(self.name, self.version, files)

    def find_faces(self, pixels: Uint8) -> list[FaceBox]:
        """All faces, largest first; small ones are looked for only where no larger is seen."""
        faces = self._detect(pixels)
        if not faces:
            faces = self._detect_near_pose(pixels)
        for share in _WINDOW_SHARES:
            if faces:
                break
            faces = self._detect_in_windows(pixels, share, [])
        if faces and max(_side(face) for face in faces) < _SMALL_FACE * max(pixels.shape[:2]):
            faces = self._detect_in_windows(pixels, _WINDOW_SHARES[0], faces)
        return sorted(faces, key=lambda f: (-f.area, f.box[0], f.box[1]))

    def face(self, pixels: Uint8, box: FaceBox) -> Float32 | None:
        """(478, 3) float32: x, y photo pixels, z pixels about the head's centre, nearer is less.

        The mesh is refined on windows turned upright around it; the last is also meshed mirrored
        and averaged, so that left and right are treated alike.
        """
        mesh = self._mesh(pixels, _window_of_detection(box, _WINDOW))
        if mesh is None:
            mesh = self._mesh(pixels, _window_of_detection(box, _WIDER))
        for _ in range(_REFINEMENTS):
            if mesh is None:
                return None
            last = _window_of_mesh(mesh)
            mesh = self._mesh(pixels, last)
        if mesh is None:
            return None
        mirrored = self._mesh(pixels, last, mirrored=True)
        if mirrored is None or _disagreement(mesh, mirrored) > _MAX_DISAGREEMENT:
            return None
        return ((mesh + mirrored) / 2).astype(np.float32)

    def body(self, pixels: Uint8) -> BodyPose | None:
        """The most prominent body, or None."""
        height, width = pixels.shape[:2]
        found = self._run("pose", pixels)
        if found.pose_landmarks is None or found.pose_world_landmarks is None:
            return None
        marks = found.pose_landmarks.landmark
        points = np.array([(m.x * width, m.y * height) for m in marks], np.float32)
        visibility = np.array([m.visibility for m in marks], np.float32)
        # MediaPipe's world: y down, z away from the camera.
        world = [(m.x, -m.y, -m.z) for m in found.pose_world_landmarks.landmark]
        return BodyPose(points, visibility, np.array(world, np.float32))

    def person_mask(self, pixels: Uint8) -> Float32:
        """(H, W) float32 0..1 from the selfie model (256 x 256 inside)."""
        mask = self._run("person", pixels).segmentation_mask
        return np.array(mask, np.float32)

    def close(self) -> None:
        """Free all models."""
        with self._lock:
            for graph in self._graphs.values():
                graph.close()
            self._graphs.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self, graph: str, pixels: Uint8) -> Any:
        pixels = np.ascontiguousarray(pixels)
        with self._lock:
            if graph in self._graphs:
                return self._graphs[graph].process(pixels)
            # Graphs chatter when they are built and again at their first picture.
            with quiet_start():
                self._graphs[graph] = _BUILDERS[graph]()
                return self._graphs[graph].process(pixels)

    def _detect(self, pixels: Uint8) -> list[FaceBox]:
        faces: list[FaceBox] = []
        for graph in ("faces_full_range", "faces_short_range"):
            for found in self._run(graph, pixels).detections or ():
                face = _face_box(found, pixels.shape[1], pixels.shape[0])
                if all(_overlap(face.box, other.box) < _SAME_FACE for other in faces):
                    faces.append(face)
        return faces

    def _detect_near_pose(self, pixels: Uint8) -> list[FaceBox]:
        body = self.body(pixels)
        if body is None:
            return []
        head, shoulders = body.points[:11], body.points[11:13]
        reach = np.ptp(head, axis=0).max() + np.linalg.norm(shoulders[0] - shoulders[1])
        center = head.mean(axis=0)
        return self._detect_in(pixels, center[0], center[1], max(float(reach), 64.0))

    def _detect_in_windows(
        self, pixels: Uint8, share: float, known: list[FaceBox]
    ) -> list[FaceBox]:
        height, width = pixels.shape[:2]
        side = max(height, width) * share
        faces = list(known)
        for y in _stops(height, side):
            for x in _stops(width, side):
                for face in self._detect_in(pixels, x, y, side):
                    if all(_overlap(face.box, other.box) < _SAME_FACE for other in faces):
                        faces.append(face)
        return faces

    def _detect_in(self, pixels: Uint8, x: float, y: float, side: float) -> list[FaceBox]:
        half = side / 2
        height, width = pixels.shape[:2]
        x0, y0 = int(np.clip(x - half, 0, width - 2)), int(np.clip(y - half, 0, height - 2))
        x1, y1 = int(np.clip(x + half, x0 + 2, width)), int(np.clip(y + half, y0 + 2, height))
        shift = np.array([x0, y0], np.float32)
        return [
            FaceBox(f.box + np.tile(shift, 2), f.score, f.keypoints + shift)
            for f in self._detect(pixels[y0:y1, x0:x1])
        ]

    def _mesh(
        self, pixels: Uint8, window: Crop, *, mirrored: bool = False
    ) -> NDArray[np.float64] | None:
        cut = window.cut(pixels)
        if mirrored:
            cut = cut[:, ::-1]
        points: NDArray[np.float64] | None = self._run("mesh", cut)
        if points is None:
            return None
        points = points * window.size
        if mirrored:
            points = points[MIRROR]
            points[:, 0] = window.size - points[:, 0]
        return window.to_photo(points)


def _installed_root() -> Path:
    how = "Install it with: pip install 'mediapipe==0.10.21'"
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        raise EngineMissing("engine.mediapipe", f"MediaPipe is not installed. {how}")
    root = Path(spec.origin).parent
    missing = [name for name in _MODEL_FILES if not (root / name).is_file()]
    if missing:
        raise EngineMissing(
            "engine.mediapipe",
            f"The installed mediapipe wheel carries no {Path(missing[0]).name}. {how}",
        )
    return root


def _solution(module: str, kind: str, **options: Any) -> Any:
    return getattr(importlib.import_module(f"mediapipe.python.solutions.{module}"), kind)(**options)


# Model selection 1 is the full-range face detector (within 5 m), 0 the short-range (selfies).
_BUILDERS: dict[str, Callable[[], Any]] = {
    "faces_full_range": lambda: _solution(
        "face_detection", "FaceDetection", model_selection=1, min_detection_confidence=_MIN_SCORE
    ),
    "faces_short_range": lambda: _solution(
        "face_detection", "FaceDetection", model_selection=0, min_detection_confidence=_MIN_SCORE
    ),
    "mesh": MeshGraph,
    # Complexity 1 is the model that the wheel carries.
    "pose": lambda: _solution("pose", "Pose", static_image_mode=True, model_complexity=1),
    "person": lambda: _solution("selfie_segmentation", "SelfieSegmentation", model_selection=0),
}


def _face_box(found: Any, width: int, height: int) -> FaceBox:
    place = found.location_data
    box = place.relative_bounding_box
    corners = (box.xmin, box.ymin, box.xmin + box.width, box.ymin + box.height)
    scale = np.array([width, height], np.float32)
    return FaceBox(
        np.array(corners, np.float32) * np.tile(scale, 2),
        float(found.score[0]),
        np.array([(k.x, k.y) for k in place.relative_keypoints], np.float32) * scale,
    )


def _side(face: FaceBox) -> float:
    return float((face.box[2:] - face.box[:2]).max())


def _overlap(a: Float32, b: Float32) -> float:
    """Intersection over the smaller box: detectors disagree on how much of a head is face."""
    wide = min(a[2], b[2]) - max(a[0], b[0])
    high = min(a[3], b[3]) - max(a[1], b[1])
    if wide <= 0 or high <= 0:
        return 0.0
    smaller = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return float(wide * high / smaller)


def _stops(length: int, side: float) -> list[float]:
    """Middles of half-overlapping windows that cover a length."""
    if side >= length:
        return [length / 2]
    count = int(np.ceil((length - side) / (side / 2))) + 1
    return [float(v) for v in np.linspace(side / 2, length - side / 2, count)]


def _window_of_detection(face: FaceBox, enlarge: float) -> Crop:
    right, left = face.keypoints[0], face.keypoints[1]
    x0, y0, x1, y1 = (float(v) for v in face.box)
    angle = float(np.arctan2(left[1] - right[1], left[0] - right[0]))
    side = enlarge * max(x1 - x0, y1 - y0)
    return Crop(((x0 + x1) / 2, (y0 + y1) / 2), side, angle, _MESH_INPUT)


def _disagreement(mesh: NDArray[np.float64], mirrored: NDArray[np.float64]) -> float:
    away = np.linalg.norm((mesh - mirrored)[:, :2], axis=1).mean()
    return float(away / head_pose(mesh).eye_distance)


def _window_of_mesh(mesh: NDArray[np.float64]) -> Crop:
    """Upright by the eyes, around the mesh, as MediaPipe aims its next window."""
    across = mesh[LEFT_EYE_OUTER, :2] - mesh[RIGHT_EYE_OUTER, :2]
    angle = float(np.arctan2(across[1], across[0]))
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    upright = mesh[:, :2] @ turn
    low, high = upright.min(axis=0), upright.max(axis=0)
    center = turn @ ((low + high) / 2)
    side = _WINDOW * float((high - low).max())
    return Crop((float(center[0]), float(center[1])), side, angle, _MESH_INPUT)
