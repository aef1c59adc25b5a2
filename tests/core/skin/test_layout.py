"""The atlas: islands apart, the head's symmetric, the face dense."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.skin.layout import SkinLayout, skin_layout
from tasks.core.skin.raster import rasterize
from tests.core.skin.sitters import eyes_of, rest


@pytest.fixture(scope="module")
def layout(anny: AnnyBody) -> SkinLayout:
    return skin_layout(anny)


def island_uv(layout: SkinLayout, name: str) -> np.ndarray:
    return layout.uv[layout.uv_faces[layout.island == layout.islands.index(name)]]


def test_every_uv_lies_in_the_unit_square(layout: SkinLayout) -> None:
    used = layout.uv[layout.uv_faces]
    assert used.min() >= 0.0
    assert used.max() <= 1.0


def test_islands_do_not_overlap(layout: SkinLayout) -> None:
    total = np.zeros(512 * 512, int)
    for index in range(len(layout.islands)):
        mine = layout.uv_faces[layout.island == index]
        assert len(mine) > 0
        total[rasterize(layout.uv, mine, 512).texels] += 1
    assert total.max() == 1


def test_no_island_comes_within_a_texel_of_another(layout: SkinLayout) -> None:
    # Filtering reads neighbours: at 1024 texels two must lie between.
    boxes = [island_uv(layout, name).reshape(-1, 2) for name in layout.islands]
    for index, first in enumerate(boxes):
        for second in boxes[index + 1 :]:
            gap = np.maximum(
                first.min(axis=0) - second.max(axis=0), second.min(axis=0) - first.max(axis=0)
            ).max()
            assert gap > 2.0 / 1024


def test_no_triangle_is_turned_over(layout: SkinLayout) -> None:
    for name in layout.islands:
        a, b, c = np.moveaxis(island_uv(layout, name).astype(np.float64), 1, 0)
        area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        share = max((area > 0).mean(), (area < 0).mean())
        assert share > 0.99, name


def test_flipping_the_head_mirrors_it(layout: SkinLayout) -> None:
    head = layout.island == layout.islands.index("head")
    faces, uv_faces = layout.faces[head], layout.uv_faces[head]
    pairs = {}
    for vertex, corner in zip(faces.reshape(-1), uv_faces.reshape(-1), strict=True):
        pairs.setdefault(int(vertex), set()).add(tuple(layout.uv[corner]))
    missing = 0
    for vertex, places in pairs.items():
        twins = pairs[int(layout.mirror[vertex])]
        for u, v in places:
            nearest = min(np.hypot(u - tu, 1.0 - v - tv) for tu, tv in twins)
            missing += nearest > 1e-6
    assert missing == 0


def test_mirror_is_an_involution_across_the_sagittal_plane(
    anny: AnnyBody, layout: SkinLayout
) -> None:
    np.testing.assert_array_equal(layout.mirror[layout.mirror], np.arange(len(layout.mirror)))
    template = anny.template
    np.testing.assert_allclose(template[layout.mirror] * (-1.0, 1.0, 1.0), template, atol=1e-5)


def test_the_face_is_denser_than_the_back_of_the_head(anny: AnnyBody, layout: SkinLayout) -> None:
    vertices, joints = rest(anny)
    head = layout.island == layout.islands.index("head")
    corner = vertices[layout.faces[head]].astype(np.float64)
    surface = np.linalg.norm(
        np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
    )
    a, b, c = np.moveaxis(layout.uv[layout.uv_faces[head]].astype(np.float64), 1, 0)
    texture = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
    middle = corner.mean(axis=1) - eyes_of(anny, joints).mean(axis=0)
    face = (middle[:, 2] > -0.01) & (np.abs(middle[:, 1]) < 0.08)
    back = (middle[:, 2] < -0.13) & (middle[:, 1] > -0.03)
    density = [texture[part].sum() / surface[part].sum() for part in (face, back)]
    assert density[0] > 1.2 * density[1]


def test_it_depends_on_the_model_alone(anny: AnnyBody, layout: SkinLayout) -> None:
    assert skin_layout(anny).digest == layout.digest
