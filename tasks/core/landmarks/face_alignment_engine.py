"""face-alignment (Bulat & Tzimiropoulos 2017) as the landmark engine, where its weights are here.

It gives 68 points. Everything downstream wants MediaPipe's 478, so the mesh stays MediaPipe's and
is bent, smoothly, until its points lie where the 68 say; boxes, bodies and masks are MediaPipe's.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import importlib.metadata
import importlib.util
import os
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator

from tasks.core.digest import digest_of
from tasks.core.entities import Float32, Notice, Uint8
from tasks.core.errors import EngineMissing
from tasks.core.landmarks.engine import BodyPose, FaceBox
from tasks.core.landmarks.head_angles import head_pose
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine
from tasks.core.landmarks.topology import IBUG_68

WEIGHTS = "2DFAN4-11f355bf06.pth.tar"
"""File name of the network's weights, as face-alignment publishes them."""

# The jaw line (0..16) follows the visible outline, not fixed points of the skin; only its middle,
# the chin, is one. All of brows, nose, eyes and lips are.
_BINDING = (8, *range(17, 68))
# The annotation puts points of closed lips on one place: a spline through them all would tear.
# In squared eye distances; points are met to about a pixel in a hundred of eye distance.
_SMOOTHING = 1e-3


class FaceAligner(Protocol):
    """The part of `face_alignment.FaceAlignment` that is used."""

    def get_landmarks_from_image(
        self, image_or_path: Uint8, detected_faces: list[list[float]]
    ) -> list[NDArray[np.floating]] | None:
        """(68, 2) pixels a box."""
        ...


class FaceAlignmentEngine:
    """`LandmarkEngine` on face-alignment's 68 points and MediaPipe's mesh.

    Never downloads. Weights load at the first face.

    Raises:
        EngineMissing: face-alignment, its weights, or MediaPipe are not here.
    """

    name = "face_alignment"

    def __init__(
        self, models_dir: Path, *, load: Callable[[Path], FaceAligner] | None = None
    ) -> None:
        self._weights = find_weights(models_dir)
        self._load = load or load_aligner
        self._mediapipe = MediaPipeEngine()
        self._aligner: FaceAligner | None = None
        self._lock = threading.RLock()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """None: this is what was asked for."""
        return ()

    @property
    def version(self) -> str:
        """Versions of both distributions."""
        own = importlib.metadata.version("face-alignment")
        return f"{own} with mediapipe {self._mediapipe.version}"

    @functools.cached_property
    def digest(self) -> str:
        """SHA-256 over the versions and all model files."""
        weights = hashlib.sha256(self._weights.read_bytes()).hexdigest()
        return digest_of(self.name, self.version, weights, self._mediapipe.digest)

    def find_faces(self, pixels: Uint8) -> list[FaceBox]:
        """MediaPipe's."""
        return self._mediapipe.find_faces(pixels)

    def face(self, pixels: Uint8, box: FaceBox) -> Float32 | None:
        """MediaPipe's mesh, bent onto the 68 points; as it is where those are not found."""
        mesh = self._mediapipe.face(pixels, box)
        if mesh is None:
            return None
        low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
        with self._lock:
            if self._aligner is None:
                self._aligner = self._load(self._weights)
            found = self._aligner.get_landmarks_from_image(
                pixels, [[float(v) for v in (*low, *high)]]
            )
        return bend_mesh(mesh, np.asarray(found[0])[:, :2]) if found else mesh

    def body(self, pixels: Uint8) -> BodyPose | None:
        """MediaPipe's."""
        return self._mediapipe.body(pixels)

    def person_mask(self, pixels: Uint8) -> Float32:
        """MediaPipe's."""
        return self._mediapipe.person_mask(pixels)

    def close(self) -> None:
        """Free all models."""
        self._mediapipe.close()
        self._aligner = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def bend_mesh(mesh: Float32, points: NDArray[np.floating]) -> Float32:
    """Move a mesh by the thin-plate spline that takes its own 68 points to those given.

    Args:
        mesh: (478, 3) photo pixels.
        points: (68, 2) photo pixels, in the iBUG order.

    Returns:
        (478, 3) float32; z as it was.
    """
    unit = head_pose(mesh).eye_distance
    binding = list(_BINDING)
    own = mesh[np.array(IBUG_68)[binding], :2].astype(np.float64)
    middle = own.mean(axis=0)
    moved = (np.asarray(points, np.float64)[binding] - own) / unit
    spline = RBFInterpolator((own - middle) / unit, moved, smoothing=_SMOOTHING)
    bent = mesh.astype(np.float64)
    bent[:, :2] += spline((bent[:, :2] - middle) / unit) * unit
    return bent.astype(np.float32)


def find_weights(models_dir: Path) -> Path:
    """The weights in the models folder, or where face-alignment itself keeps them.

    Raises:
        EngineMissing: engine.face_alignment, engine.face_alignment_weights.
    """
    if importlib.util.find_spec("face_alignment") is None:
        raise EngineMissing(
            "engine.face_alignment",
            "face-alignment is not installed. Install it with: pip install face-alignment",
        )
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    torch_home = Path(os.environ.get("TORCH_HOME", cache / "torch"))
    for folder in (models_dir, models_dir / "face-alignment", torch_home / "hub" / "checkpoints"):
        if (folder / WEIGHTS).is_file():
            return folder / WEIGHTS
    raise EngineMissing(
        "engine.face_alignment_weights",
        f"The weights of face-alignment are not here: put {WEIGHTS} from "
        f"https://www.adrianbulat.com/downloads/python-fan/{WEIGHTS} into {models_dir}.",
    )


def load_aligner(weights: Path) -> FaceAligner:
    """face-alignment with these weights, and neither its download nor its own face detector."""
    torch = importlib.import_module("torch")
    package = importlib.import_module("face_alignment")
    networks = importlib.import_module("face_alignment.models")

    class OnFile(package.FaceAlignment):  # type: ignore[name-defined]
        def _load_native(self, name: str, size: int, device: str, dtype: Any) -> Any:
            network = networks.FAN(size)
            state = torch.load(weights, map_location=device, weights_only=True)
            network.load_state_dict(state)
            return network.to(device, dtype=dtype).eval()

    # The folder detector has no weights; it is never asked, since boxes are given.
    aligner: FaceAligner = OnFile(
        package.LandmarksType.TWO_D, device="cpu", face_detector="folder", compile=False
    )
    return aligner
