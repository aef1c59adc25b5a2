"""The neutral template: the untouched body model in a skin of nobody, for comparison."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Figure, Material, MeshPart, Texture
from tasks.core.skin.atlas import load_atlas
from tasks.core.skin.eyes import build_eyes
from tasks.core.skin.parts import cut_part
from tasks.core.skin.prior import Tones, prior_texture
from tasks.core.skin.srgb import to_srgb

# Linear light: a medium skin tone, lips a little redder, no hair.
_SKIN = (0.42, 0.26, 0.19)
_LIPS = (0.36, 0.15, 0.13)
_SIZE = 1024


@dataclass(frozen=True)
class Template(Digested):
    """What can be drawn of it, in the frame of the figure it was laid over."""

    parts: tuple[MeshPart, ...]
    materials: tuple[Material, ...]
    textures: dict[str, Texture]


def template(model: BodyModel, landmarks: NDArray[np.floating]) -> Template:
    """The model with default parameters at the place and in the size of a head.

    Args:
        model: with a landmark embedding.
        landmarks: (M, 3) metres, where the head has the embedding's landmarks.
    """
    assert model.landmarks is not None
    vertices, joints = model.shape(
        model.phenotype_defaults, np.zeros(len(model.local_change_names), np.float32)
    )
    matrix = similarity_between(model.landmarks.points(vertices), landmarks)
    figure = Figure(
        vertices=moved(vertices, matrix).astype(np.float32),
        joints=moved(joints, matrix).astype(np.float32),
        head_to_figure=matrix.astype(np.float32),
    )
    atlas = load_atlas(model)
    skin = np.array(_SKIN, np.float32)
    tones = Tones(skin=skin, lips=np.array(_LIPS, np.float32), hair=skin)
    bald = np.zeros(len(vertices), np.float32)
    part = cut_part(
        model,
        figure,
        name="skin",
        material="skin",
        faces=atlas.layout.faces,
        uv=atlas.layout.uv,
        uv_faces=atlas.layout.uv_faces,
    )
    eyes = build_eyes(model, figure, [], [])
    return Template(
        parts=(part, *eyes.parts),
        materials=(Material("skin", "skin"), *eyes.materials),
        textures={
            "skin": Texture(to_srgb(prior_texture(atlas, bald, tones, _SIZE))),
            **eyes.textures,
        },
    )


def moved(points: NDArray[np.floating], matrix: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) points under a (4, 4) affine map."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3], np.float64)


def similarity_between(
    source: NDArray[np.floating], target: NDArray[np.floating]
) -> NDArray[np.float64]:
    """(4, 4): the least-squares similarity that takes source to target (S. Umeyama, 1991)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(b.T @ a)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    matrix = np.eye(4)
    matrix[:3, :3] = (s * sign).sum() / (a**2).sum() * ((u * sign) @ vt)
    matrix[:3, 3] = target.mean(axis=0) - matrix[:3, :3] @ source.mean(axis=0)
    return matrix
