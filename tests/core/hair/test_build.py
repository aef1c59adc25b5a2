"""The hair as a part: on a real portrait, on a turned figure, and on a bald head."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Figure, Float32, MeshPart
from tasks.core.hair.build import build_hair
from tasks.core.hair.field import HEIGHT, WIDTH
from tasks.core.skin.atlas import SkinAtlas
from tasks.core.skin.parts import Layer
from tests.core.conftest import Portrait
from tests.core.skin.figures import assert_sound
from tests.core.skin.sitters import eyes_of, skull_centre


def figure_at(portrait: Portrait, matrix: np.ndarray) -> Figure:
    head = portrait.head
    linear, shift = matrix[:3, :3], matrix[:3, 3]
    return Figure(
        vertices=(head.vertices @ linear.T + shift).astype(np.float32),
        joints=(head.joints @ linear.T + shift).astype(np.float32),
        head_to_figure=matrix.astype(np.float32),
    )


def built(
    anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait, figure: Figure
) -> tuple[Layer, Float32 | None, float]:
    return build_hair(anny, atlas, figure, portrait.head, portrait.photo, portrait.segments, 0)


@pytest.fixture(scope="module")
def hair(
    anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait
) -> tuple[Layer, Float32 | None, float]:
    return built(anny, atlas, portrait, figure_at(portrait, np.eye(4)))


@pytest.fixture(scope="module")
def part(hair: tuple[Layer, Float32 | None, float]) -> MeshPart:
    return hair[0].parts[0]


def test_one_part_that_hangs_on_the_head(anny: AnnyBody, part: MeshPart) -> None:
    assert_sound(part, len(anny.topology.joint_names))
    head = anny.topology.joint_names.index("Head")
    assert (part.joints[:, 0] == head).all()
    assert (part.weights[:, 0] == 1.0).all()


def test_material_and_texture_fit_together(hair: tuple[Layer, Float32 | None, float]) -> None:
    layer, _, _ = hair
    material = layer.materials[0]
    assert layer.parts[0].material == material.name
    assert material.alpha_mode == "MASK"
    assert material.texture is not None
    assert layer.textures[material.texture].pixels.shape == (HEIGHT, WIDTH, 4)


def test_every_face_looks_outward(anny: AnnyBody, portrait: Portrait, part: MeshPart) -> None:
    centre = skull_centre(eyes_of(anny, portrait.head.joints))
    corner = part.positions[part.faces].astype(np.float64)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    outward = ((corner.mean(axis=1) - centre) * normal).sum(axis=1)
    assert (outward > 0).mean() > 0.995
    away = ((part.positions - centre) * part.normals).sum(axis=1)
    assert (away > 0).mean() > 0.98


def test_it_is_closed_but_for_its_hem(part: MeshPart) -> None:
    # The map's seam repeats vertices: weld by place, then all borders lie at the hem.
    _, weld = np.unique(np.round(part.positions, 6), axis=0, return_inverse=True)
    faces = weld.reshape(-1)[part.faces]
    faces = faces[(faces != np.roll(faces, 1, axis=1)).all(axis=1)]
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    assert count.max() <= 2
    border = np.unique(unique[count == 1])
    places = np.zeros((weld.max() + 1, 3))
    places[weld.reshape(-1)] = part.positions
    height = places[:, 1]
    assert height[border].max() < height.max() - 0.02


def test_it_encloses_the_skull(anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait,
                               part: MeshPart) -> None:  # fmt: skip
    centre = skull_centre(eyes_of(anny, portrait.head.joints))
    vertices = portrait.head.vertices[np.unique(anny.topology.faces_of("body"))]
    top = vertices[vertices[:, 1] > centre[1] + 0.05]

    def direction(points: np.ndarray) -> np.ndarray:
        offset = points - centre
        return offset / np.linalg.norm(offset, axis=1, keepdims=True)

    nearest = (direction(top) @ direction(part.positions).T).argmax(axis=1)
    skull = np.linalg.norm(top - centre, axis=1)
    shell = np.linalg.norm(part.positions[nearest] - centre, axis=1)
    assert (shell > skull - 0.003).mean() > 0.98


def test_hair_has_a_persons_volume_and_colour(
    hair: tuple[Layer, Float32 | None, float],
) -> None:
    _, color, thickest = hair
    assert color is not None
    # Brown curls, a hand's breadth at most.
    assert 0.02 < thickest < 0.12
    assert color.min() > 0.005
    assert color.max() < 0.3
    assert color[0] > color[2]


def test_nothing_is_drawn_over_the_face(
    anny: AnnyBody, portrait: Portrait, hair: tuple[Layer, Float32 | None, float]
) -> None:
    layer, _, _ = hair
    part, alpha = layer.parts[0], layer.textures["hair"].pixels[..., 3]
    place = np.minimum((part.uv * (WIDTH, HEIGHT)).astype(int), (WIDTH - 1, HEIGHT - 1))
    shown = alpha[place[:, 1], place[:, 0]] > 127
    seen = portrait.head.cameras[0].project(part.positions[shown])[:, :2]
    names = anny.topology.joint_names
    front = part.positions[shown, 2] > portrait.head.joints[names.index("LeftEye"), 2]
    eyes, mouth = portrait.landmarks.face[[33, 263], :2], portrait.landmarks.face[13, :2]
    inside = (
        (seen[:, 0] > eyes[0, 0])
        & (seen[:, 0] < eyes[1, 0])
        & (seen[:, 1] > eyes[:, 1].mean())
        & (seen[:, 1] < mouth[1])
    )
    assert not (inside & front).any()


def test_it_follows_the_figure(
    anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait, part: MeshPart
) -> None:
    matrix = np.eye(4)
    matrix[:3, :3] = 1.1 * np.array([[0, 0, 1], [0, 1, 0], [-1, 0, 0]])
    matrix[:3, 3] = (0.2, -0.3, 0.1)
    layer, _, _ = built(anny, atlas, portrait, figure_at(portrait, matrix))
    other = layer.parts[0]
    np.testing.assert_array_equal(other.faces, part.faces)
    np.testing.assert_allclose(
        other.positions, part.positions @ matrix[:3, :3].T + matrix[:3, 3], atol=1e-5
    )
    np.testing.assert_allclose(other.normals, part.normals @ matrix[:3, :3].T / 1.1, atol=1e-3)


def test_the_same_every_time(
    anny: AnnyBody,
    atlas: SkinAtlas,
    portrait: Portrait,
    hair: tuple[Layer, Float32 | None, float],
) -> None:
    again = built(anny, atlas, portrait, figure_at(portrait, np.eye(4)))
    assert again[0].digest == hair[0].digest


def test_a_bald_head_gets_none_and_says_so(
    anny: AnnyBody, atlas: SkinAtlas, portrait: Portrait
) -> None:
    bald = replace(portrait.segments, hair=np.zeros_like(portrait.segments.hair))
    layer, color, thickest = build_hair(
        anny,
        atlas,
        figure_at(portrait, np.eye(4)),
        portrait.head,
        portrait.photo,
        bald,
        0,
    )
    assert layer.parts == ()
    assert layer.materials == ()
    assert layer.textures == {}
    assert color is None
    assert thickest == 0.0
    assert [notice.code for notice in layer.notices] == ["hair.none"]
