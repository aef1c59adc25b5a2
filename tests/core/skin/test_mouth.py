"""Teeth and tongue: inside the closed mouth, moving with the jaw."""

from __future__ import annotations

import numpy as np
import pytest
import trimesh

from tasks.core.body.anny_body import AnnyBody
from tasks.core.skin.layout import skin_layout
from tasks.core.skin.mouth import build_mouth
from tasks.core.skin.mouth_texture import paint_mouth
from tasks.core.skin.parts import Layer
from tests.core.skin.figures import assert_sound, border_edges, figure_of, moved, signed_volume


@pytest.fixture(scope="module")
def layer(anny: AnnyBody) -> Layer:
    return build_mouth(anny, figure_of(anny))


def test_parts_are_sound(anny: AnnyBody, layer: Layer) -> None:
    assert [part.name for part in layer.parts] == ["teeth_upper", "teeth_lower", "tongue"]
    head = anny.topology.joint_names.index("Head")
    for part in layer.parts:
        assert_sound(part, len(anny.topology.joint_names))
        assert [morph.name for morph in part.morphs] == list(anny.expression_names)
        assert part.joints[:, 0].tolist() == [head] * len(part.positions)
    assert border_edges(layer.parts[2]) == 0
    assert signed_volume(layer.parts[2]) > 0.0


def test_front_teeth_face_forward(layer: Layer) -> None:
    for part in layer.parts[:2]:
        front = part.positions[:, 2] > part.positions[:, 2].max() - 0.001
        assert part.normals[front, 2].mean() > 0.5


@pytest.mark.parametrize("person", [{}, {"age": 0.3}, {"african": 1.0, "caucasian": 0.0}], ids=str)
def test_nothing_stands_out_of_the_head(anny: AnnyBody, person: dict[str, float]) -> None:
    figure = figure_of(anny, **person)
    layout = skin_layout(anny)
    outside = layout.island != layout.islands.index("mouth")
    shell = trimesh.Trimesh(figure.vertices, layout.faces[outside], process=False)
    tree = trimesh.proximity.ProximityQuery(shell).vertex
    for part in build_mouth(anny, figure).parts:
        # Behind the nearest point of the face: nothing in front of lips, cheeks or chin.
        _, nearest = tree(part.positions)
        normals = shell.vertex_normals[nearest]
        height = np.einsum("ij,ij->i", part.positions - figure.vertices[nearest], normals)
        assert height.max() < 0.001, part.name


def test_jaw_takes_the_lower_teeth_and_the_tongue_along(layer: Layer) -> None:
    upper, lower, tongue = (moved(part, "jawOpen") for part in layer.parts)
    assert not upper.any()
    assert lower[:, 1].min() < -0.015
    assert tongue[:, 1].min() < -0.010
    assert moved(layer.parts[2], "tongueOut")[:, 2].max() > 0.01


def test_upper_and_lower_teeth_do_not_cross_at_rest(layer: Layer) -> None:
    upper, lower = (part.positions for part in layer.parts[:2])
    for x in (-0.012, 0.0, 0.012):
        biting_up = upper[np.abs(upper[:, 0] - x) < 0.004]
        biting_down = lower[np.abs(lower[:, 0] - x) < 0.004]
        edge_up = biting_up[biting_up[:, 2] > biting_up[:, 2].max() - 0.004]
        edge_down = biting_down[biting_down[:, 2] > biting_down[:, 2].max() - 0.004]
        assert edge_up[:, 1].min() > edge_down[:, 1].max() - 0.001


def test_cavity_is_the_lining_of_the_mouth(anny: AnnyBody) -> None:
    layout = skin_layout(anny)
    inside = layout.faces[layout.island == layout.islands.index("mouth")]
    figure = figure_of(anny)
    corners = figure.vertices[inside].reshape(-1, 3)
    tongue = figure.vertices[anny.topology.vertex_groups["helper-tongue"]]
    assert 500 < len(inside) < 1200
    assert (corners.min(axis=0) < tongue.min(axis=0) + 0.002).all()
    assert (corners.max(axis=0) > tongue.max(axis=0) - 0.002).all()
    assert np.ptp(corners[:, 0]) < 0.11


def test_teeth_are_pale_and_gums_are_red() -> None:
    pixels = paint_mouth().astype(int)
    crown, gum = pixels[int(0.45 * 128), 256 - 12], pixels[int(0.1 * 128), 256 - 12]
    assert crown.min() > 150
    assert gum[0] > gum[1] + 40


def test_same_input_same_digest(anny: AnnyBody, layer: Layer) -> None:
    assert build_mouth(anny, figure_of(anny)).digest == layer.digest
