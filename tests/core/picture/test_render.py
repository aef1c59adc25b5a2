"""Pictures against analytic truth: where a pinhole puts a ball, and which colour it has."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.core.entities import Camera, Material, MeshPart, Morph, Texture
from tasks.core.picture.render import (
    Scene,
    morphed_positions,
    orbit_camera,
    over_background,
    render_parts,
    render_rgba,
)
from tests.sample_glb import HEAD, RADIUS, ball

RED = (0.5, 0.0, 0.0, 1.0)
RED_SRGB = 188  # 0.5 in linear light
BLUE = (0.0, 0.0, 255)


def part(material: str = "red", **changes: object) -> MeshPart:
    positions, normals, uv, faces = ball()
    count = len(positions)
    fields = {
        "name": "ball",
        "material": material,
        "positions": positions,
        "normals": normals,
        "uv": uv,
        "faces": faces.astype(np.int32),
        "joints": np.zeros((count, 4), np.uint16),
        "weights": np.tile(np.array([1, 0, 0, 0], np.float32), (count, 1)),
        **changes,
    }
    return MeshPart(**fields)  # type: ignore[arg-type]


def plate(z: float, material: str) -> MeshPart:
    """A square of 20 cm about the head's middle, facing +Z."""
    x, y = np.array([-0.1, 0.1, 0.1, -0.1]), np.array([-0.1, -0.1, 0.1, 0.1])
    corners = np.stack([x, y + HEAD[1], np.full(4, z)], axis=1).astype(np.float32)
    return part(
        material,
        positions=corners,
        normals=np.tile(np.array([0, 0, 1], np.float32), (4, 1)),
        uv=np.array([[0, 1], [1, 1], [1, 0], [0, 0]], np.float32),
        faces=np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )


@settings(max_examples=12, deadline=None)
@given(
    yaw=st.floats(-3.0, 3.0),
    pitch=st.floats(-0.8, 0.8),
    shift_x=st.floats(-40.0, 40.0),
    shift_y=st.floats(-40.0, 40.0),
)
def test_silhouette_lies_where_the_camera_projects_it(
    yaw: float, pitch: float, shift_x: float, shift_y: float
) -> None:
    aimed = orbit_camera(HEAD, 1.0, yaw, pitch, (300, 240), 0.4)
    # The principal point may lie anywhere: photos are cropped.
    principal = aimed.principal + np.array([shift_x, shift_y], np.float32)
    camera = Camera(aimed.focal_px, principal, aimed.rotation, aimed.translation, 300, 240)
    seen = render_rgba([part()], [Material("red", color=RED)], {}, camera)[..., 3]
    y, x = np.nonzero(seen > 127)
    expected = camera.project(part().positions)
    assert x.min() == pytest.approx(expected[:, 0].min(), abs=1.0)
    assert x.max() + 1 == pytest.approx(expected[:, 0].max(), abs=1.0)
    assert y.min() == pytest.approx(expected[:, 1].min(), abs=1.0)
    assert y.max() + 1 == pytest.approx(expected[:, 1].max(), abs=1.0)


def test_orbit_camera_looks_at_the_target_from_the_named_side() -> None:
    camera = orbit_camera(HEAD, 2.0, np.pi / 2, 0.0, (320, 200), 0.5)
    middle = camera.project(np.asarray(HEAD))
    assert middle == pytest.approx([160.0, 100.0, 2.0], abs=1e-4)
    # From the avatar's left, what lies in front of it (+Z) is seen on the left.
    ahead = camera.project(np.asarray(HEAD) + [0.0, 0.0, 0.1])
    above = camera.project(np.asarray(HEAD) + [0.0, 0.1, 0.0])
    assert ahead[0] < 160.0 - 1.0
    assert above[1] < 100.0 - 1.0
    assert np.linalg.det(camera.rotation) == pytest.approx(1.0, abs=1e-6)


def test_unlit_shows_the_base_colour_exactly() -> None:
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 64, 0.1)
    picture = render_parts([part()], [Material("red", color=RED)], {}, camera, unlit=True)
    assert (picture == (RED_SRGB, 0, 0)).all()


def test_shading_keeps_colours_near_and_in_proportion() -> None:
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 128, 0.25)
    material = Material("red", color=(0.5, 0.25, 0.25, 1.0))
    shaded = render_rgba([part("red")], [material], {}, camera)
    inside = shaded[shaded[..., 3] == 255].astype(float)
    assert inside[:, 0].max() == pytest.approx(RED_SRGB, abs=3)
    # Light of one colour scales linear light, so half as bright stays half as bright.
    linear = np.where(
        inside[:, :2] > 10.3, ((inside[:, :2] / 255 + 0.055) / 1.055) ** 2.4, inside[:, :2] / 3294.6
    )
    assert linear[:, 1] / linear[:, 0] == pytest.approx(0.5, abs=0.03)
    assert inside[:, 0].min() < inside[:, 0].max() - 20


def test_texture_is_the_right_way_up() -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:32, :, 0] = 250  # v < 0.5: above
    pixels[:, 32:, 1] = 250  # u > 0.5: towards +X
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 200, 0.2)
    picture = render_parts(
        [plate(0.0, "t")], [Material("t", "image")], {"image": Texture(pixels)}, camera, unlit=True
    )
    for x, y, colour in [
        (70, 70, (250, 0, 0)),
        (130, 70, (250, 250, 0)),
        (70, 130, (0, 0, 0)),
        (130, 130, (0, 250, 0)),
    ]:
        assert tuple(picture[y, x]) == colour


def test_nearer_hides_farther_whatever_the_order() -> None:
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 32, 0.1)
    materials = [Material("near", color=RED), Material("far", color=(0, 0, 1, 1))]
    parts = [plate(0.05, "near"), plate(0.0, "far")]
    for order in (parts, parts[::-1]):
        picture = render_parts(order, materials, {}, camera, unlit=True)
        assert (picture == (RED_SRGB, 0, 0)).all()


def test_mask_cuts_and_blend_mixes() -> None:
    pixels = np.full((64, 64, 4), 255, np.uint8)
    pixels[:32, :, 3] = 100
    textures = {"image": Texture(pixels)}
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 200, 0.2)
    masked = Material("t", "image", alpha_mode="MASK", alpha_cutoff=0.5)
    cut = render_parts([plate(0.0, "t")], [masked], textures, camera, background=BLUE, unlit=True)
    assert tuple(cut[60, 100]) == BLUE
    assert tuple(cut[140, 100]) == (255, 255, 255)
    blended = Material("t", "image", alpha_mode="BLEND")
    mix = render_parts(
        [plate(0.0, "t"), plate(-0.05, "red")],
        [blended, Material("red", color=RED)],
        textures,
        camera,
        unlit=True,
    )
    share = 100 / 255
    expected = [255 * share + RED_SRGB * (1 - share), 255 * share, 255 * share]
    assert mix[60, 100] == pytest.approx(expected, abs=3)


def test_single_sided_is_not_seen_from_behind() -> None:
    behind = orbit_camera(HEAD, 1.0, np.pi, 0.0, 32, 0.1)
    one = render_rgba([plate(0.0, "m")], [Material("m", color=RED)], {}, behind)
    two = render_rgba([plate(0.0, "m")], [Material("m", color=RED, double_sided=True)], {}, behind)
    assert one[..., 3].max() == 0
    assert two[..., 3].min() == 255


def test_morphs_move_what_is_drawn() -> None:
    positions = ball()[0]
    everything = np.arange(len(positions), dtype=np.int32)
    up = Morph("up", everything, np.tile(np.array([0, RADIUS, 0], np.float32), (len(positions), 1)))
    moving = part(morphs=(up,))
    assert morphed_positions(moving, {"up": 0.5, "absent": 1.0}) == pytest.approx(
        positions + np.array([0, RADIUS / 2, 0]), abs=1e-6
    )
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 200, 0.5)
    materials = [Material("red", color=RED)]
    rest = render_rgba([moving], materials, {}, camera)[..., 3]
    moved = render_rgba([moving], materials, {}, camera, morphs={"up": 1.0})[..., 3]
    rise = np.nonzero(rest.any(axis=1))[0].min() - np.nonzero(moved.any(axis=1))[0].min()
    assert rise == pytest.approx(camera.focal_px * RADIUS, abs=2)


def test_same_picture_twice_and_from_a_kept_scene() -> None:
    camera = orbit_camera(HEAD, 1.0, 0.4, 0.2, 96, 0.25)
    materials = [Material("red", color=RED)]
    once = render_rgba([part()], materials, {}, camera)
    with Scene([part()], materials, {}) as scene:
        scene.picture(orbit_camera(HEAD, 0.5, -1.0, 0.0, (40, 80), 0.6))
        again = scene.picture(camera)
    assert np.array_equal(once, again)


def test_coverage_is_straight_alpha() -> None:
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 128, 0.25)
    picture = render_rgba([part()], [Material("red", color=RED)], {}, camera, unlit=True)
    alpha = picture[..., 3]
    rim = (alpha > 0) & (alpha < 255)
    assert rim.any()
    assert picture[rim][:, 0] == pytest.approx(RED_SRGB, abs=4)
    laid = over_background(picture, (0, 0, 0))[rim]
    assert laid[:, 0] == pytest.approx(picture[rim][:, 0] * (alpha[rim] / 255.0), abs=1)


def test_an_unknown_material_is_an_error() -> None:
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 16, 0.25)
    with pytest.raises(KeyError, match="red"):
        render_rgba([part()], [], {}, camera)


def test_mipmaps_average_what_is_far_away() -> None:
    checks = (np.indices((512, 512)).sum(axis=0) % 2 * 255).astype(np.uint8)
    textures = {"image": Texture(np.repeat(checks[..., None], 3, axis=2))}
    camera = orbit_camera(HEAD, 1.0, 0.0, 0.0, 24, 0.19)
    spread = {}
    for mipmaps in (True, False):
        with Scene(
            [plate(0.0, "t")], [Material("t", "image")], textures, unlit=True, mipmaps=mipmaps
        ) as scene:
            spread[mipmaps] = scene.picture(camera)[..., 0].astype(float).std()
    assert spread[True] < 2.0
    assert spread[False] > 10 * spread[True]
