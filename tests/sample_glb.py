"""A small GLB made by hand, independent of the product's writer: a ball with eyes and morphs."""

from __future__ import annotations

import io
import json
import struct
from typing import Any

import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

HEAD = (0.0, 1.5, 0.0)
RADIUS = 0.1
LEFT_EYE = (0.03, 1.53, 0.09)
RIGHT_EYE = (-0.03, 1.53, 0.09)
MOUTH = (0.0, 1.455, 0.09)
# Upper half of the texture, lower half.
UPPER, LOWER = (200, 120, 60), (40, 90, 210)

Bump = tuple[tuple[float, float, float], float]
# Which region each morph lifts, and how wide it is.
MORPHS: dict[str, Bump] = {
    "jawOpen": (MOUTH, 0.03),
    "eyeBlinkLeft": (LEFT_EYE, 0.02),
    "viseme_PP": (MOUTH, 0.02),
}


def ball() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], Any]:
    """Positions, normals, uv (v down) and faces of a ball about `HEAD`."""
    mesh = trimesh.creation.icosphere(4, RADIUS)
    normals = (mesh.vertices / RADIUS).astype(np.float32)
    uv = np.stack([0.5 + normals[:, 0] / 2, 0.5 - normals[:, 1] / 2], axis=1)
    positions = (mesh.vertices + np.asarray(HEAD)).astype(np.float32)
    return positions, normals, uv.astype(np.float32), mesh.faces.astype(np.uint16)


def bump(positions: NDArray[np.float32], where: Bump) -> tuple[Any, NDArray[np.float32]]:
    """Sparse offsets that push a region 1 cm down and 1 cm forward, fading to its rim."""
    centre, radius = where
    far = np.linalg.norm(positions - np.asarray(centre, np.float32), axis=1)
    at = np.flatnonzero(far < radius)
    fade = (1.0 - (far[at] / radius) ** 2)[:, None]
    return at.astype(np.uint16), (fade * np.array([0.0, -0.01, 0.01])).astype(np.float32)


def sample_glb(morphs: dict[str, Bump] | None = None) -> bytes:
    """The ball as a skinned GLB with sparse morphs and an embedded texture."""
    positions, normals, uv, faces = ball()
    file = _File()
    joints = np.zeros((len(positions), 4), np.uint8)
    joints[:, 0] = 1
    weights = np.zeros((len(positions), 4), np.float32)
    weights[:, 0] = 1.0
    attributes = {
        "POSITION": file.accessor(positions, "VEC3", target=34962, bounds=True),
        "NORMAL": file.accessor(normals, "VEC3", target=34962),
        "TEXCOORD_0": file.accessor(uv, "VEC2", target=34962),
        "JOINTS_0": file.accessor(joints, "VEC4", target=34962),
        "WEIGHTS_0": file.accessor(weights, "VEC4", target=34962),
    }
    chosen = MORPHS if morphs is None else morphs
    targets = [
        {"POSITION": file.sparse(len(positions), *bump(positions, where))}
        for where in chosen.values()
    ]
    indices = file.accessor(faces.reshape(-1), "SCALAR", target=34963)
    bones = [(0.0, 0.0, 0.0), HEAD, LEFT_EYE, RIGHT_EYE]
    inverse = np.tile(np.eye(4, dtype=np.float32), (len(bones), 1, 1))
    inverse[:, :3, 3] = -np.asarray(bones, np.float32)
    binds = file.accessor(inverse.transpose(0, 2, 1).reshape(-1, 16).copy(), "MAT4")
    pixels = np.empty((64, 64, 3), np.uint8)
    pixels[:32], pixels[32:] = UPPER, LOWER
    # Stripes, so that moving a region shows in a picture.
    pixels[::4] //= 2
    image = io.BytesIO()
    Image.fromarray(pixels).save(image, "PNG")
    eyes = [tuple(np.subtract(eye, HEAD).tolist()) for eye in (LEFT_EYE, RIGHT_EYE)]
    return file.finish(
        scene=0,
        scenes=[{"nodes": [0]}],
        nodes=[
            {"name": "Armature", "mesh": 0, "skin": 0, "children": [1]},
            {"name": "Hips", "children": [2]},
            {"name": "Head", "translation": list(HEAD), "children": [3, 4]},
            {"name": "LeftEye", "translation": list(eyes[0])},
            {"name": "RightEye", "translation": list(eyes[1])},
        ],
        skins=[{"joints": [1, 2, 3, 4], "inverseBindMatrices": binds}],
        meshes=[
            {
                "name": "Ball",
                "primitives": [
                    {
                        "attributes": attributes,
                        "indices": indices,
                        "material": 0,
                        "targets": targets,
                    }
                ],
                "weights": [0.0] * len(targets),
                "extras": {"targetNames": list(chosen)},
            }
        ],
        materials=[
            {
                "name": "Ball",
                "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0},
            }
        ],
        textures=[{"source": 0, "sampler": 0}],
        samplers=[{"magFilter": 9729, "minFilter": 9987}],
        images=[
            {"name": "ball", "bufferView": file.view(image.getvalue()), "mimeType": "image/png"}
        ],
    )


class _File:
    """Collects buffer views and accessors of one GLB."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._views: list[dict[str, int]] = []
        self._accessors: list[dict[str, Any]] = []

    def view(self, data: bytes, target: int | None = None) -> int:
        self._data += b"\0" * (-len(self._data) % 4)
        view = {"buffer": 0, "byteOffset": len(self._data), "byteLength": len(data)}
        self._views.append(view if target is None else {**view, "target": target})
        self._data += data
        return len(self._views) - 1

    def accessor(
        self, values: NDArray[Any], kind: str, *, target: int | None = None, bounds: bool = False
    ) -> int:
        tree: dict[str, Any] = {
            "bufferView": self.view(values.tobytes(), target),
            "componentType": {"f4": 5126, "u1": 5121, "u2": 5123}[values.dtype.str[1:]],
            "count": len(values),
            "type": kind,
        }
        if bounds:
            tree |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        self._accessors.append(tree)
        return len(self._accessors) - 1

    def sparse(self, count: int, at: NDArray[Any], offsets: NDArray[np.float32]) -> int:
        dense = np.zeros((count, 3), np.float32)
        dense[at] = offsets
        self._accessors.append(
            {
                "componentType": 5126,
                "count": count,
                "type": "VEC3",
                "min": dense.min(axis=0).tolist(),
                "max": dense.max(axis=0).tolist(),
                "sparse": {
                    "count": len(at),
                    "indices": {"bufferView": self.view(at.tobytes()), "componentType": 5123},
                    "values": {"bufferView": self.view(offsets.tobytes())},
                },
            }
        )
        return len(self._accessors) - 1

    def finish(self, **tree: Any) -> bytes:
        self._data += b"\0" * (-len(self._data) % 4)
        whole = {
            "asset": {"version": "2.0"},
            "buffers": [{"byteLength": len(self._data)}],
            "bufferViews": self._views,
            "accessors": self._accessors,
            **tree,
        }
        text = json.dumps(whole, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self._data)
        return b"".join(
            [
                struct.pack("<III", 0x46546C67, 2, total),
                struct.pack("<II", len(text), 0x4E4F534A),
                text,
                struct.pack("<II", len(self._data), 0x004E4942),
                bytes(self._data),
            ]
        )
