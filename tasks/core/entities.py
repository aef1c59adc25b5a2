"""What passes between stages: frozen dataclasses of arrays, each with a digest.

Conventions, stated once: metres, radians, seconds, float32; right-handed, Y up, the avatar
facing +Z, its left hand towards +X, soles at Y = 0. Image pixels: x right, y down, pixel
centres at .5. Colours are sRGB uint8 unless a name ends in `_linear`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tasks.core.digest import Digested

Float32 = NDArray[np.float32]
Int32 = NDArray[np.int32]
Uint8 = NDArray[np.uint8]
Uint16 = NDArray[np.uint16]


@dataclass(frozen=True)
class Check:
    """One row of the quality report: a measure held against its limit.

    `name` is stable and snake_case (`face_sharpness`); `unit` is for people (`px`, `deg`, `ratio`);
    `passed` says on which side of `limit` the value lies; `code` is what a refusal would carry.
    """

    name: str
    value: float
    limit: float
    unit: str
    passed: bool
    code: str


@dataclass(frozen=True)
class Notice:
    """Something the caller should know though the build went on: a warning, a fallback."""

    code: str
    sentence: str


@dataclass(frozen=True)
class Photo(Digested):
    """An admitted photo: upright, sRGB, no metadata.

    pixels: (H, W, 3) uint8. focal_px: focal length in pixels of these pixels, from EXIF; None
    where unknown. sha256: of the bytes as given. media_type: of the bytes as given.
    """

    pixels: Uint8
    focal_px: float | None
    sha256: str
    media_type: str
    checks: tuple[Check, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Subject(Digested):
    """The person cut out of the photo.

    matte: (H, W) uint8, 255 where the person is, soft at the border.
    """

    matte: Uint8
    engine: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Landmarks(Digested):
    """Face and body landmarks of the main person of one photo.

    face: (478, 3) float32, x and y in pixels of the photo, z in pixels relative to the head's
    centre, smaller is nearer (MediaPipe's topology; last the irises: 468..472 the person's right,
    473..477 the left).
    face_box: (4,) float32 x0, y0, x1, y1 in pixels. face_confidence: 0..1.
    head_angles: (3,) float32 yaw, pitch, roll in radians; 0 looks into the camera; yaw > 0 turns
    to the person's left, pitch > 0 looks up, roll > 0 leans to the person's right shoulder.
    body: (33, 2) float32 pixels, or None where no body was found. visibility: (33,) 0..1.
    body_world: (33, 3) float32 metres about the hips' middle: x to the image's right, y up,
    z towards the camera.
    """

    face: Float32
    face_box: Float32
    face_confidence: float
    head_angles: Float32
    body: Float32 | None
    visibility: Float32 | None
    body_world: Float32 | None
    engine: str
    checks: tuple[Check, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Camera(Digested):
    """A pinhole camera without distortion.

    rotation (3, 3) and translation (3,) take world metres to the camera's frame: x right, y down,
    z forward. pixel = focal_px * (x, y) / z + principal.
    """

    focal_px: float
    principal: Float32
    rotation: Float32
    translation: Float32
    width: int
    height: int

    def project(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3) world metres → (..., 3): pixel x, pixel y, depth in metres."""
        local = np.asarray(points, np.float64) @ self.rotation.T.astype(np.float64)
        local = local + self.translation.astype(np.float64)
        depth = local[..., 2:3]
        pixels = self.focal_px * local[..., :2] / depth + self.principal.astype(np.float64)
        return np.concatenate([pixels, depth], axis=-1)


@dataclass(frozen=True)
class HeadFit(Digested):
    """The head of the person, neutral, and how each photo saw it.

    phenotypes: (P,) and local_changes: (L,) float32, in the body model's order.
    expressions: (N, 52) float32 ARKit weights, a row per photo; cameras: one per photo, in the
    frame of `vertices`. vertices: (V, 3) float32, the whole model in its rest pose with neutral
    face (only the head is meant). joints: (J, 3). residuals: (N,) float32, mean landmark distance
    as a share of the eye distance.
    """

    phenotypes: Float32
    local_changes: Float32
    expressions: Float32
    cameras: tuple[Camera, ...]
    vertices: Float32
    joints: Float32
    residuals: Float32
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class BodyFit(Digested):
    """The body of the person in the model's rest pose (an A-pose), at the true height.

    vertices: (V, 3) float32 and joints: (J, 3): rest pose, head of the body model itself.
    pose: (N, J, 3) axis-angle of each joint against rest, a row per photo; all zero where the
    photo shows no body. cameras: one per photo, None where no body was seen.
    height_m: stature. height_given: the caller stated it.
    """

    phenotypes: Float32
    local_changes: Float32
    vertices: Float32
    joints: Float32
    pose: Float32
    cameras: tuple[Camera | None, ...]
    height_m: float
    height_given: bool
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Figure(Digested):
    """Head and body joined: the person in the rest pose, soles at Y = 0, at the true height.

    vertices: (V, 3) float32. joints: (J, 3). head_to_figure: (4, 4) float32, the similarity that
    took HeadFit.vertices to here (scale included).
    """

    vertices: Float32
    joints: Float32
    head_to_figure: Float32


@dataclass(frozen=True)
class Measurement:
    """One body measurement: metres (or kg, m³, as `unit` says), with its standard uncertainty."""

    name: str
    value: float
    uncertainty: float
    unit: str
    definition: str


@dataclass(frozen=True)
class Measurements(Digested):
    """All measurements of one figure, in a fixed order."""

    values: tuple[Measurement, ...]
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Texture(Digested):
    """An image for the GPU. pixels: (H, W, 3 or 4) uint8; base colours are sRGB."""

    pixels: Uint8


@dataclass(frozen=True)
class Material(Digested):
    """A glTF metallic-roughness material. `texture` names an entry of the avatar's textures."""

    name: str
    texture: str | None = None
    color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    roughness: float = 0.6
    metallic: float = 0.0
    alpha_mode: str = "OPAQUE"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    roughness_texture: str | None = None
    normal_texture: str | None = None


@dataclass(frozen=True)
class Morph(Digested):
    """A blendshape, sparse. indices: (K,) int32 ascending; offsets: (K, 3) float32 metres."""

    name: str
    indices: Int32
    offsets: Float32


@dataclass(frozen=True)
class MeshPart(Digested):
    """One drawable piece of the avatar, in the figure's rest pose.

    positions, normals: (N, 3) float32; uv: (N, 2) float32, v down (glTF); faces: (F, 3) int32,
    counter-clockwise; joints: (N, 4) uint16 and weights: (N, 4) float32 rows summing to 1, into
    the avatar's skeleton (or, before rigging, into the body model's joints).
    """

    name: str
    material: str
    positions: Float32
    normals: Float32
    uv: Float32
    faces: Int32
    joints: Uint16
    weights: Float32
    morphs: tuple[Morph, ...] = ()


@dataclass(frozen=True)
class Skin(Digested):
    """Everything the photos gave to look at.

    parts: the drawable pieces in the rest pose, joints indexing the body model's joints, with the
    52 ARKit morphs already on those that move. materials and textures by name. tone: (3,) uint8,
    the skin's mean sRGB colour. hair_volume_m: largest thickness of the hair; 0 where bald.
    """

    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    textures: dict[str, Texture]
    tone: Uint8
    hair_volume_m: float
    checks: tuple[Check, ...] = ()
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Skeleton(Digested):
    """names: bone names; parents: (J,) int32, -1 for the root; positions: (J, 3) rest positions
    in metres, world frame; rotations: (J, 4) unit quaternions x, y, z, w, each bone's own axes at
    rest in the world frame."""

    names: tuple[str, ...]
    parents: Int32
    positions: Float32
    rotations: Float32


@dataclass(frozen=True)
class RiggedAvatar(Digested):
    """The avatar as it will be written: parts whose joints index `skeleton`, 52 + 15 morphs."""

    skeleton: Skeleton
    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    textures: dict[str, Texture]
    pose: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True)
class Asset(Digested):
    """One file of the result. name: file name; media_type: MIME type; data: its bytes."""

    name: str
    media_type: str
    data: bytes
    facts: dict[str, float] = field(default_factory=dict)
