"""The skin's own UV atlas: MakeHuman's islands, repacked so that the face gets the texels.

The base mesh's UVs give the head a quarter of the square and the trousers' legs the rest. Here the
head's island fills most of the square, stretched further around the face; hands, neck base and the
mouth's interior share a column at the right; the rest of the body is covered by the garment.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from tasks.core.body.model import BodyModel
from tasks.core.digest import Digested
from tasks.core.entities import Float32, Int32

# Where each island goes: x0, y0, x1, y1 of the unit square, v down. Islands are told apart by a
# vertex that lies in them alone and never moves between them: the model's joint or group nearby.
HEAD = (0.004, 0.004, 0.716, 0.996)
LEFT_HAND = (0.724, 0.004, 0.996, 0.250)
RIGHT_HAND = (0.724, 0.258, 0.996, 0.504)
TORSO = (0.724, 0.512, 0.996, 0.812)
MOUTH = (0.724, 0.820, 0.880, 0.938)
LEFT_SOCKET = (0.890, 0.820, 0.940, 0.900)
RIGHT_SOCKET = (0.946, 0.820, 0.996, 0.900)

# How much denser texels are at the face's middle than at the back of the head, and over which
# share of the island: measured on the base mesh, where the eyes and mouth span .3 of it.
FACE_DENSITY = 1.6
FACE_SPREAD = 0.20


@dataclass(frozen=True)
class SkinLayout(Digested):
    """Faces and UVs of the skin part.

    faces: (F, 3) int32 model vertices; uv: (T, 2) float32, v down; uv_faces: (F, 3) int32.
    island: (F,) int32 index into `islands`. mirror: (V,) int32, the model vertex on the other
    side. The head's island is symmetric: its mirror image is y → 1 - y.
    """

    faces: Int32
    uv: Float32
    uv_faces: Int32
    island: Int32
    islands: tuple[str, ...]
    mirror: Int32


def skin_layout(model: BodyModel) -> SkinLayout:
    """The atlas of the skin part: head, neck, hands, torso (mostly covered), mouth and sockets.

    Args:
        model: a body model on the MakeHuman base mesh.

    Returns:
        The layout; it depends on the model alone.
    """
    topology = model.topology
    body = topology.face_groups == topology.group_names.index("body")
    faces, uv_faces = topology.faces[body], topology.uv_faces[body]
    template, _ = model.shape(model.phenotype_defaults, np.zeros(len(model.local_change_names)))
    names = _name_islands(model, template, faces, uv_faces)
    targets = {
        "head": HEAD,
        "left_hand": LEFT_HAND,
        "right_hand": RIGHT_HAND,
        "torso": TORSO,
        "mouth": MOUTH,
        "left_socket": LEFT_SOCKET,
        "right_socket": RIGHT_SOCKET,
    }
    islands = tuple(targets)
    uv = topology.uv.astype(np.float64).copy()
    uv[:, 1] = 1.0 - uv[:, 1]
    mirror = _mirror(model)
    placed = np.zeros_like(uv)
    kept = np.zeros(len(faces), bool)
    island = np.full(len(faces), -1, np.int32)
    for index, (name, box) in enumerate(targets.items()):
        mine = names == name
        used = np.unique(uv_faces[mine])
        points = uv[used]
        low, high = points.min(axis=0), points.max(axis=0)
        unit = (points - low) / (high - low)
        if name == "head":
            unit = _magnify_face(unit)
        placed[used] = np.array(box[:2]) + unit * (np.array(box[2:]) - np.array(box[:2]))
        kept |= mine
        island[mine] = index
    head_faces = island == islands.index("head")
    _symmetrise(placed, faces[head_faces], uv_faces[head_faces], mirror)
    return SkinLayout(
        faces=faces[kept],
        uv=placed.astype(np.float32),
        uv_faces=uv_faces[kept],
        island=island[kept],
        islands=islands,
        mirror=mirror,
    )


def _name_islands(
    model: BodyModel, template: Float32, faces: Int32, uv_faces: Int32
) -> NDArray[np.str_]:
    """The name of each face's island, '' for the feet."""
    count = len(model.topology.uv)
    ends = np.concatenate([uv_faces[:, [0, 1]], uv_faces[:, [1, 2]]])
    graph = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    face_label = label[uv_faces[:, 0]]
    middle = {lab: template[faces[face_label == lab]].reshape(-1, 3) for lab in set(face_label)}
    height = template[:, 1].max() - template[:, 1].min()
    names = {}
    for lab, points in middle.items():
        centre, size = points.mean(axis=0), np.ptp(points, axis=0)
        if size[1] > 0.5 * height:
            names[lab] = "torso"
        elif centre[1] < template[:, 1].min() + 0.1 * height:
            names[lab] = ""
        elif abs(centre[0]) > 0.2 * height:
            names[lab] = "left_hand" if centre[0] > 0 else "right_hand"
        elif size[1] > 0.1 * height:
            names[lab] = "head"
        elif abs(centre[0]) > 0.005 * height:
            names[lab] = "left_socket" if centre[0] > 0 else "right_socket"
        else:
            names[lab] = "mouth"
    return np.array([names[lab] for lab in face_label])


def _magnify_face(unit: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stretch the middle of the head's island: in x the face lies towards 1, in y in the middle."""
    return np.stack(
        [_denser(unit[:, 0], 0.8, FACE_SPREAD * 1.2), _denser(unit[:, 1], 0.5, FACE_SPREAD)], axis=1
    )


def _denser(values: NDArray[np.float64], middle: float, spread: float) -> NDArray[np.float64]:
    """A monotone map of [0, 1] onto itself, steeper around `middle`."""
    grid = np.linspace(0.0, 1.0, 1025)
    slope = 1.0 + FACE_DENSITY * np.exp(-0.5 * ((grid - middle) / spread) ** 2)
    steps = 0.5 * (slope[1:] + slope[:-1])
    curve = np.concatenate([[0.0], np.cumsum(steps)])
    return np.interp(values, grid, curve / curve[-1])


def _mirror(model: BodyModel) -> Int32:
    """(V,) the vertex across the sagittal plane; the base mesh is symmetric to the bit."""
    from scipy.spatial import cKDTree

    template = np.asarray(model.template, np.float64)
    return np.asarray(cKDTree(template).query(template * (-1.0, 1.0, 1.0))[1], np.int32)


def _symmetrise(uv: NDArray[np.float64], faces: Int32, uv_faces: Int32, mirror: Int32) -> None:
    """Average the head's UVs with their mirror image, so that one flip mirrors the texture."""
    # A vertex on the seam has two UVs; its mirror image has two as well, on the other side.
    first: dict[tuple[int, bool], list[int]] = {}
    centre = 0.5
    for vertex, corner in zip(faces.reshape(-1), uv_faces.reshape(-1), strict=True):
        first.setdefault((int(vertex), bool(uv[corner, 1] < centre)), []).append(int(corner))
    source = uv.copy()
    for (vertex, upper), corners in first.items():
        twins = first.get((int(mirror[vertex]), not upper))
        if int(mirror[vertex]) == vertex and twins is None:
            twins = corners
        if twins is None:
            continue
        flipped = source[twins].mean(axis=0) * (1.0, -1.0) + (0.0, 1.0)
        for corner in set(corners):
            uv[corner] = 0.5 * (source[corner] + flipped)
