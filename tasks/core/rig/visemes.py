"""The 15 Oculus visemes as combinations of ARKit blendshapes.

Started from a published recipe table and corrected on this mesh: lips that must seal do
(bilabials), the lower lip reaches the upper incisors' edge (labiodentals), sibilants keep the
teeth together, and openings and widths keep the order that phonetics gives them (jaw: aa > O, E >
I; width: I, E > rest > O > U). All weights are positive, so a recipe also drives a client that
has the ARKit shapes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tasks.core.entities import Morph
from tasks.core.rig.morphs import combined
from tasks.core.rig.names import ARKIT, VISEMES

# Names in a recipe that stand for their Left and Right together.
_PAIRED = (
    frozenset(name.removesuffix("Left") for name in ARKIT if name.endswith("Left"))
    - set(ARKIT)
    - {"jaw", "mouth"}
)


@dataclass(frozen=True)
class Recipe:
    """A viseme and what it does to the mouth of the default adult at 1.75 m.

    weights: (ARKit name, weight 0..1); a name without Left or Right stands for both. gap_mm: the
    lips' vertical distance at the midline seen from the front, negative where they overlap.
    width_mm: between the corners of the mouth.
    """

    viseme: str
    weights: tuple[tuple[str, float], ...]
    gap_mm: float
    width_mm: float

    @property
    def arkit(self) -> dict[str, float]:
        """Weight by ARKit name, both sides spelled out."""
        weights: dict[str, float] = {}
        for name, weight in self.weights:
            sides = (f"{name}Left", f"{name}Right") if name in _PAIRED else (name,)
            weights.update(dict.fromkeys(sides, weight))
        return weights


def _recipe(viseme: str, gap_mm: float, width_mm: float, **weights: float) -> Recipe:
    return Recipe(f"viseme_{viseme}", tuple(weights.items()), gap_mm, width_mm)


RECIPES: tuple[Recipe, ...] = (
    _recipe("sil", 0.1, 45.2),
    _recipe(
        "PP", -2.9, 44.5,
        mouthRollLower=0.4, mouthRollUpper=0.3, mouthShrugLower=0.25, mouthPucker=0.1,
    ),
    _recipe(
        "FF", 0.5, 52.4,
        jawOpen=0.1, mouthRollLower=1.0, mouthPress=0.45, mouthSmile=0.2, mouthUpperUp=0.38,
    ),
    _recipe("TH", 6.2, 44.5, jawOpen=0.16, tongueOut=0.55, mouthUpperUp=0.15),
    _recipe(
        "DD", 5.0, 46.2,
        jawOpen=0.08, mouthLowerDown=0.2, mouthUpperUp=0.3, mouthStretch=0.15, tongueOut=0.15,
    ),
    _recipe("kk", 5.8, 45.6, jawOpen=0.14, mouthLowerDown=0.15, mouthUpperUp=0.1, mouthStretch=0.1),
    _recipe("CH", 4.8, 40.5, jawOpen=0.04, mouthFunnel=0.38, mouthPucker=0.35),
    _recipe("SS", 4.0, 48.2, jawOpen=0.02, mouthStretch=0.35, mouthLowerDown=0.3, mouthUpperUp=0.4),
    _recipe("nn", 5.1, 44.7, jawOpen=0.1, mouthLowerDown=0.2, mouthUpperUp=0.2, tongueOut=0.25),
    _recipe("RR", 5.0, 39.9, jawOpen=0.12, mouthFunnel=0.2, mouthPucker=0.5),
    _recipe("aa", 16.4, 43.3, jawOpen=0.5),
    _recipe("E", 8.0, 50.0, jawOpen=0.2, mouthStretch=0.4, mouthSmile=0.15, mouthUpperUp=0.3),
    _recipe("I", 4.3, 53.3, jawOpen=0.09, mouthStretch=0.5, mouthSmile=0.3, mouthUpperUp=0.35),
    _recipe("O", 8.3, 38.2, jawOpen=0.18, mouthFunnel=0.35, mouthPucker=0.6),
    _recipe("U", 2.5, 37.1, jawOpen=0.06, mouthFunnel=0.25, mouthPucker=0.85),
)  # fmt: skip


def viseme_morphs(morphs: Sequence[Morph]) -> tuple[Morph, ...]:
    """The 15 visemes of one part.

    Args:
        morphs: the part's ARKit morphs; absent names move nothing.

    Returns:
        One morph per viseme, in the order of `VISEMES`; empty where nothing moves
        (`viseme_sil` always is).
    """
    by_name: Mapping[str, Morph] = {morph.name: morph for morph in morphs}
    recipes = {recipe.viseme: recipe.arkit for recipe in RECIPES}
    return tuple(combined(name, by_name, recipes[name]) for name in VISEMES)
