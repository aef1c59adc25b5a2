"""The most plausible body for what is stated: stature, mass, gender, age.

Also the last step of a fit to photos: whatever shape was found is brought to the stated stature
and mass exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel
from tasks.core.body.population import (
    ADULT_YEARS,
    CHILD_BELOW_M,
    anny_age,
    median_mass_index,
    median_stature,
    years_of_stature,
)
from tasks.core.body.stance import stature
from tasks.core.body.volume import body_mass
from tasks.core.entities import Float32, Notice
from tasks.core.person import Person

# Anny's gender axis: 0 male, 1 female. What is not stated, or neutral, is the middle.
GENDER = {"male": 0.0, "female": 1.0}
GENDER_MIDDLE = 0.5

# Notice of a fit that had no weight to meet.
WEIGHT_ASSUMED = "body.weight_assumed"

# How close the solved mass comes to the wanted one, kg.
_MASS_TOLERANCE = 0.02
# Steps of the root search; the function is nearly straight, four suffice.
_MASS_STEPS = 16

# Corpulence runs from -1 to 1 over the phenotypes, and on to these over the local changes, which
# reach body mass indices of about 9 and 60.
_LEANEST, _STOUTEST = -2.0, 2.5
# Local changes that carry fat beyond the phenotypes' range, with their value at corpulence 2.
_FAT: dict[str, float] = {
    "torso-scale-depth-incr": 1.0,
    "torso-scale-horiz-incr": 0.6,
    "hip-scale-depth-incr": 0.8,
    "hip-scale-horiz-incr": 0.8,
    "measure-waist-circ-incr": 1.0,
    "measure-hips-circ-incr": 0.7,
    "measure-bust-circ-incr": 0.5,
    **{f"{side}-{part}-fat-incr": 1.0 for side in "lr" for part in ("upperleg", "upperarm")},
    **{f"{side}-{part}-fat-incr": 0.6 for side in "lr" for part in ("lowerleg", "lowerarm")},
}


@dataclass(frozen=True)
class Target:
    """What the body must come to. years: for its proportions; gender: on Anny's axis."""

    stature_m: float
    stature_given: bool
    mass_kg: float
    mass_given: bool
    years: float
    gender: float
    gender_given: bool
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Shape:
    """A person of one model: parameters, and the rest pose they give, soles at Y = 0, metres."""

    phenotypes: Float32
    local_changes: Float32
    vertices: Float32
    joints: Float32
    notices: tuple[Notice, ...] = ()


def target_of(person: Person) -> Target:
    """Fill what is not stated from the population, and say so."""
    notices = []
    years = person.age_years
    if years is None:
        years = ADULT_YEARS
        if person.height_m is not None and person.height_m < CHILD_BELOW_M:
            years = years_of_stature(person.height_m, person.gender)
            notices.append(
                Notice(
                    "body.age_from_height",
                    f"No age was given; the proportions are those of a child of {years:.0f} "
                    "years, the age at which this height is usual.",
                )
            )
    tall = person.height_m
    if tall is None:
        tall = median_stature(years, person.gender)
        notices.append(
            Notice(
                "body.height_assumed",
                f"No height was given; {100.0 * tall:.0f} cm, a usual height, was taken. "
                "State the height for true sizes.",
            )
        )
    mass = person.weight_kg
    if mass is None:
        mass = median_mass_index(years, person.gender) * tall**2
        notices.append(
            Notice(
                WEIGHT_ASSUMED,
                "No weight was given; girths follow from what is seen and what is usual. State "
                "the weight for closer ones.",
            )
        )
    return Target(
        stature_m=tall,
        stature_given=person.height_m is not None,
        mass_kg=mass,
        mass_given=person.weight_kg is not None,
        years=years,
        gender=GENDER.get(person.gender or "", GENDER_MIDDLE),
        gender_given=person.gender is not None,
        notices=tuple(notices),
    )


def plausible_parameters(model: BodyModel, target: Target) -> tuple[Float32, Float32]:
    """The middle of every parameter that nothing is said of: (P,) and (L,)."""
    phenotypes = model.phenotype_defaults.copy()
    names = model.phenotype_names
    if "gender" in names:
        phenotypes[names.index("gender")] = target.gender
    if "age" in names:
        phenotypes[names.index("age")] = anny_age(target.years)
    return phenotypes, np.zeros(len(model.local_change_names), np.float32)


def reach(
    model: BodyModel,
    phenotypes: NDArray[np.floating],
    local_changes: NDArray[np.floating],
    target: Target,
    *,
    reach_mass: bool,
) -> Shape:
    """The shape nearest to the given one that has the target's stature and, if asked, mass.

    The stature is sought in the height phenotype and what that leaves is scaled; the mass in
    corpulence (weight and muscle, then fat at trunk and limbs) at that stature.

    Args:
        phenotypes, local_changes: (P,) and (L,), where to start.
        reach_mass: also meet `target.mass_kg`.

    Returns:
        Standing stature within 1e-4 m; a notice where the mass could not be reached.
    """
    phenotypes = np.asarray(phenotypes, np.float64).copy()
    local_changes = np.asarray(local_changes, np.float64).copy()
    _reach_stature(model, phenotypes, local_changes, target.stature_m)
    notices: tuple[Notice, ...] = ()
    if reach_mass:
        path = _corpulence(model, phenotypes, local_changes)

        def excess(corpulence: float) -> float:
            vertices, joints = model.shape(*path(corpulence))
            grown = target.stature_m / stature(model, vertices, joints)
            return grown**3 * body_mass(model, vertices) - target.mass_kg

        found = _root(excess, _LEANEST, _STOUTEST)
        phenotypes, local_changes = path(found)
        reached = target.mass_kg + excess(found)
        if target.mass_given and abs(reached - target.mass_kg) > 2.0 * _MASS_TOLERANCE:
            notices = (
                Notice(
                    "body.weight_unreached",
                    f"The body model reaches {reached:.1f} kg at this height, not the "
                    f"{target.mass_kg:.1f} kg stated.",
                ),
            )
    vertices, joints = model.shape(phenotypes, local_changes)
    grown = target.stature_m / stature(model, vertices, joints)
    skin = model.topology.vertex_groups["body"]
    lift = np.array([0.0, -grown * float(vertices[skin, 1].min()), 0.0])
    return Shape(
        phenotypes=phenotypes.astype(np.float32),
        local_changes=local_changes.astype(np.float32),
        vertices=(grown * vertices.astype(np.float64) + lift).astype(np.float32),
        joints=(grown * joints.astype(np.float64) + lift).astype(np.float32),
        notices=notices,
    )


def _reach_stature(
    model: BodyModel,
    phenotypes: NDArray[np.float64],
    local_changes: NDArray[np.float64],
    wanted: float,
) -> None:
    """Set the height phenotype; the stature is linear in it."""
    if "height" not in model.phenotype_names:
        return
    place = model.phenotype_names.index("height")
    found = []
    for value in (0.0, 1.0):
        phenotypes[place] = value
        found.append(stature(model, *model.shape(phenotypes, local_changes)))
    phenotypes[place] = np.clip((wanted - found[0]) / (found[1] - found[0]), 0.0, 1.0)


Parameters = tuple[NDArray[np.float64], NDArray[np.float64]]


def _corpulence(
    model: BodyModel, phenotypes: NDArray[np.float64], local_changes: NDArray[np.float64]
) -> Callable[[float], Parameters]:
    """From corpulence to parameters: 0 is the given body, more is stouter."""
    if "weight" not in model.phenotype_names:
        return _along_betas(model, phenotypes, local_changes)
    weight = model.phenotype_names.index("weight")
    muscle = model.phenotype_names.index("muscle")
    fat = np.array([_FAT.get(name, 0.0) for name in model.local_change_names])

    def path(corpulence: float) -> Parameters:
        ours, changes = phenotypes.copy(), local_changes.copy()
        within = float(np.clip(corpulence, -1.0, 1.0))
        # Anny's lightest and heaviest bodies are both without muscle: as corpulence leaves the
        # middle, muscle gives way.
        ours[weight] += within * (ours[weight] if within < 0.0 else 1.0 - ours[weight])
        ours[muscle] *= 1.0 - abs(within)
        changes += (corpulence - within) * fat
        return ours, changes

    return path


def _along_betas(
    model: BodyModel, phenotypes: NDArray[np.float64], local_changes: NDArray[np.float64]
) -> Callable[[float], Parameters]:
    """Of a model of principal components: along the gradient of mass at fixed stature."""

    def bulk(changes: NDArray[np.float64]) -> float:
        vertices, joints = model.shape(phenotypes, changes)
        return body_mass(model, vertices) / stature(model, vertices, joints) ** 3

    step = 0.1
    around = bulk(local_changes)
    slope = np.array(
        [bulk(local_changes + step * unit) - around for unit in np.eye(len(local_changes))]
    )
    length = float(np.linalg.norm(slope))
    # Two standard deviations a unit of corpulence, so that its range is that of people.
    direction = 2.0 * slope / length if length > 0.0 else slope
    return lambda corpulence: (phenotypes, local_changes + corpulence * direction)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is zero, from 0 outwards; the nearer end where it is nowhere."""
    at = function(0.0)
    if abs(at) <= _MASS_TOLERANCE:
        return 0.0
    # The bracket grows from the start, towards the side of the root.
    inner, inner_value = 0.0, at
    ends = (-1.0, low) if at > 0.0 else (1.0, high)
    for end in ends:
        outer, outer_value = end, function(end)
        if (outer_value > 0.0) != (at > 0.0):
            break
        inner, inner_value = outer, outer_value
    else:
        return inner
    for _ in range(_MASS_STEPS):
        middle = inner - inner_value * (outer - inner) / (outer_value - inner_value)
        value = function(middle)
        if abs(value) <= _MASS_TOLERANCE:
            return middle
        if (value > 0.0) == (outer_value > 0.0):
            # Illinois: halve the weight of the end that would otherwise never move.
            inner_value = inner_value / 2.0
        else:
            inner, inner_value = outer, outer_value
        outer, outer_value = middle, value
    return outer
