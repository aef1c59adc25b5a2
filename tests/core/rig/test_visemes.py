"""Visemes measured on the mesh: lips that must touch touch, mouths that must open open."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.entities import Figure, RiggedAvatar
from tasks.core.rig.names import ARKIT, VISEMES
from tasks.core.rig.visemes import RECIPES, Recipe, viseme_morphs
from tests.core.rig.mouth import Mouth, MouthMeter
from tests.core.rig.standin import plain_figure

MM = 1000.0


@pytest.fixture(scope="module")
def meter(anny: AnnyBody, figure: Figure) -> MouthMeter:
    return MouthMeter(anny, figure)


@pytest.fixture(scope="module")
def mouths(meter: MouthMeter) -> dict[str, Mouth]:
    return {
        recipe.viseme.removeprefix("viseme_"): meter.measure(recipe.arkit) for recipe in RECIPES
    }


def test_one_recipe_a_viseme_of_arkit_weights_in_range() -> None:
    assert tuple(recipe.viseme for recipe in RECIPES) == VISEMES
    for recipe in RECIPES:
        assert set(recipe.arkit) <= set(ARKIT)
        assert all(0.0 < weight <= 1.0 for weight in recipe.arkit.values())


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.viseme)
def test_the_stated_effect_is_the_measured_one(meter: MouthMeter, recipe: Recipe) -> None:
    mouth = meter.measure(recipe.arkit)
    assert mouth.gap * MM == pytest.approx(recipe.gap_mm, abs=0.2)
    assert mouth.width * MM == pytest.approx(recipe.width_mm, abs=0.3)


@pytest.mark.parametrize("weight", [0.0, 0.5, 1.0])
def test_bilabials_close_on_lean_and_heavy_faces(anny: AnnyBody, weight: float) -> None:
    meter = MouthMeter(anny, plain_figure(anny, weight=weight))
    closed = next(recipe for recipe in RECIPES if recipe.viseme == "viseme_PP")
    assert meter.measure(closed.arkit).gap * MM <= 1.0


def test_labiodentals_bring_the_lower_lip_to_the_incisors(mouths: dict[str, Mouth]) -> None:
    mouth = mouths["FF"]
    assert abs(mouth.lower_top[1] - mouth.incisors[1]) * MM <= 1.5, "edge to edge"
    rest = mouths["sil"]
    assert mouth.lower_top[2] - mouth.incisors[2] < 0.6 * (rest.lower_top[2] - rest.incisors[2])


def test_dentals_bring_the_tongue_between_the_teeth(mouths: dict[str, Mouth]) -> None:
    assert mouths["TH"].tongue[2] > mouths["TH"].incisors[2]
    assert mouths["aa"].tongue[2] < mouths["aa"].incisors[2]


def test_openings_and_widths_keep_their_order(mouths: dict[str, Mouth]) -> None:
    gap = {name: mouth.gap * MM for name, mouth in mouths.items()}
    width = {name: mouth.width * MM for name, mouth in mouths.items()}
    assert gap["aa"] >= 8.0
    assert gap["aa"] > gap["E"] > gap["I"]
    assert gap["aa"] > gap["O"] > gap["U"] > gap["PP"]
    assert gap["SS"] < gap["E"]
    assert min(width["E"], width["I"]) > width["sil"] + 3.0
    assert max(width["O"], width["U"]) < width["sil"] - 5.0


def test_silence_is_no_movement(in_a: RiggedAvatar) -> None:
    for part in in_a.parts:
        silence = next(morph for morph in part.morphs if morph.name == "viseme_sil")
        assert len(silence.indices) == 0


def test_a_viseme_on_a_part_is_its_recipe(in_a: RiggedAvatar) -> None:
    part = in_a.parts[0]
    morphs = {morph.name: morph for morph in part.morphs}
    recipe = next(recipe for recipe in RECIPES if recipe.viseme == "viseme_aa")
    expected = np.zeros((len(part.positions), 3))
    for name, weight in recipe.arkit.items():
        expected[morphs[name].indices] += weight * morphs[name].offsets.astype(np.float64)
    got = np.zeros_like(expected)
    got[morphs["viseme_aa"].indices] = morphs["viseme_aa"].offsets
    # Both were pruned on their own.
    np.testing.assert_allclose(got, expected, atol=1.1e-4)


def test_missing_expressions_give_empty_visemes() -> None:
    assert all(len(morph.indices) == 0 for morph in viseme_morphs(()))
