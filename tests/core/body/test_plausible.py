"""Bodies from facts alone: stature and mass exact, the rest believable."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.plausible import Shape, plausible_parameters, reach, target_of
from tasks.core.body.stance import stature
from tasks.core.body.volume import body_mass
from tasks.core.person import Person


def solved(anny: AnnyBody, person: Person) -> Shape:
    target = target_of(person)
    return reach(anny, *plausible_parameters(anny, target), target, reach_mass=True)


PEOPLE = [
    Person(1.80, 75.0, "male", 25.0),
    Person(1.65, 45.0, "female", 20.0),
    Person(1.60, 120.0, "female", 60.0),
    Person(1.05, 17.0, "male", 4.0),
    Person(1.50, 50.0, "neutral", 85.0),
    Person(0.75, 9.5, None, 1.0),
    Person(2.05, 160.0, "male", 30.0),
    Person(1.70, 38.0, "female", 30.0),
]


@pytest.mark.parametrize("person", PEOPLE)
def test_stature_and_mass_are_met(anny: AnnyBody, person: Person) -> None:
    shape = solved(anny, person)
    assert stature(anny, shape.vertices, shape.joints) == pytest.approx(person.height_m, abs=1e-4)
    assert body_mass(anny, shape.vertices) == pytest.approx(person.weight_kg, abs=0.05)
    assert shape.vertices[anny.topology.vertex_groups["body"], 1].min() == pytest.approx(
        0, abs=1e-6
    )
    assert not shape.notices


def test_more_weight_is_more_body_everywhere(anny: AnnyBody) -> None:
    light, heavy = (solved(anny, Person(1.7, kg, "female", 30.0)).vertices for kg in (50.0, 90.0))
    names = anny.topology.joint_names
    for joint, least in (("Spine1", 1.2), ("LeftUpLeg", 1.2), ("LeftForeArm", 1.0)):
        held = anny.topology.skin_indices[:, 0] == names.index(joint)
        held[13380:] = False
        spread = [np.ptp(v[held], axis=0)[[0, 2]].prod() for v in (light, heavy)]
        assert spread[1] > least * spread[0]


def test_nothing_said_is_an_average_adult_and_says_so(anny: AnnyBody) -> None:
    target = target_of(Person())
    codes = [notice.code for notice in target.notices]
    assert codes == ["body.height_assumed", "body.weight_assumed"]
    shape = solved(anny, Person())
    tall = stature(anny, shape.vertices, shape.joints)
    assert tall == pytest.approx(1.70, abs=0.02)
    assert body_mass(anny, shape.vertices) / tall**2 == pytest.approx(23.5, abs=1.0)
    assert shape.phenotypes[anny.phenotype_names.index("gender")] == 0.5


def test_a_small_person_of_unknown_age_has_a_childs_proportions(anny: AnnyBody) -> None:
    target = target_of(Person(height_m=1.05))
    assert target.years == pytest.approx(4.3, abs=0.3)
    assert "body.age_from_height" in [notice.code for notice in target.notices]
    assert target_of(Person(height_m=1.05, age_years=40.0)).years == 40.0


def test_a_weight_beyond_the_model_is_said_not_hidden(anny: AnnyBody) -> None:
    shape = solved(anny, Person(1.8, 400.0, "male", 40.0))
    assert [notice.code for notice in shape.notices] == ["body.weight_unreached"]
    assert stature(anny, shape.vertices, shape.joints) == pytest.approx(1.8, abs=1e-4)


def test_age_shows(anny: AnnyBody) -> None:
    age = anny.phenotype_names.index("age")
    old = plausible_parameters(anny, target_of(Person(age_years=80.0)))[0][age]
    young = plausible_parameters(anny, target_of(Person(age_years=20.0)))[0][age]
    assert young == pytest.approx(2 / 3)
    assert old > 0.9
