"""Measurements: believable on people, true to scale, and frank about what was not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit import fit_body
from tasks.core.body.measure import measure_body
from tasks.core.body.stance import stature
from tasks.core.entities import BodyFit, Landmarks, Measurements, Photo, Subject
from tasks.core.person import Person


def unseen(anny: AnnyBody, person: Person) -> BodyFit:
    photo = Photo(np.zeros((512, 512, 3), np.uint8), None, "", "image/png")
    landmarks = Landmarks(
        face=np.zeros((478, 3), np.float32),
        face_box=np.zeros(4, np.float32),
        face_confidence=1.0,
        head_angles=np.zeros(3, np.float32),
        body=None,
        visibility=None,
        body_world=None,
        engine="none",
    )
    subject = Subject(np.zeros((512, 512), np.uint8), "none")
    return fit_body(anny, [photo], [subject], [landmarks], person)


def table(measured: Measurements) -> dict[str, float]:
    return {row.name: row.value for row in measured.values}


# Wide bands about the tables of ANSUR II (2012) for soldiers of such stature and weight.
EXPECTED = {
    Person(1.80, 78.0, "male", 30.0): {
        "neck_girth": (0.35, 0.42), "chest_girth": (0.93, 1.08), "waist_girth": (0.80, 0.95),
        "hip_girth": (0.94, 1.05), "upper_arm_girth": (0.28, 0.37), "wrist_girth": (0.15, 0.19),
        "thigh_girth": (0.54, 0.65), "calf_girth": (0.35, 0.42),
        "shoulder_breadth": (0.36, 0.45), "arm_length": (0.54, 0.67), "inside_leg": (0.79, 0.89),
    },
    Person(1.65, 62.0, "female", 30.0): {
        "neck_girth": (0.29, 0.35), "chest_girth": (0.86, 1.00), "waist_girth": (0.70, 0.88),
        "hip_girth": (0.93, 1.06), "upper_arm_girth": (0.25, 0.32), "wrist_girth": (0.14, 0.17),
        "thigh_girth": (0.53, 0.64), "calf_girth": (0.33, 0.40),
        "shoulder_breadth": (0.32, 0.40), "arm_length": (0.48, 0.60), "inside_leg": (0.72, 0.81),
    },
}  # fmt: skip


@pytest.mark.parametrize("person", list(EXPECTED))
def test_an_average_person_measures_as_people_do(anny: AnnyBody, person: Person) -> None:
    found = table(measure_body(anny, unseen(anny, person)))
    outside = {
        name: (round(found[name], 3), band)
        for name, band in EXPECTED[person].items()
        if not band[0] <= found[name] <= band[1]
    }
    assert not outside
    assert found["stature"] == person.height_m
    assert found["body_mass"] == pytest.approx(person.weight_kg, abs=0.1)


def test_lengths_grow_with_the_scale_and_volume_with_its_cube(anny: AnnyBody) -> None:
    body = unseen(anny, Person(1.70, 65.0, "female", 30.0))
    double = replace(
        body, vertices=2.0 * body.vertices, joints=2.0 * body.joints, height_m=2.0 * body.height_m
    )
    once, twice = table(measure_body(anny, body)), table(measure_body(anny, double))
    # Landmark planes a set distance away (2 cm under the crotch) shift a little.
    for name in once:
        power = 3 if name in ("body_volume", "body_mass") else 1
        assert twice[name] == pytest.approx(2.0**power * once[name], rel=0.03), name


def test_weight_widens_every_girth(anny: AnnyBody) -> None:
    slim, stout = (
        table(measure_body(anny, unseen(anny, Person(1.7, kg, "female", 30.0))))
        for kg in (52.0, 85.0)
    )
    for name in slim:
        if name.endswith("girth"):
            assert stout[name] > slim[name], name


@pytest.mark.parametrize("kilograms", [38.0, 60.0, 100.0, 140.0])
def test_the_trunk_stays_in_order(anny: AnnyBody, kilograms: float) -> None:
    found = table(measure_body(anny, unseen(anny, Person(1.7, kilograms, "male", 40.0))))
    assert found["thigh_girth"] < found["waist_girth"] < 1.15 * found["hip_girth"]
    assert found["wrist_girth"] < found["upper_arm_girth"] < found["thigh_girth"]
    assert 0.40 * 1.7 < found["inside_leg"] < 0.52 * 1.7


def test_what_is_not_known_widens_the_uncertainty_and_is_said(anny: AnnyBody) -> None:
    full = measure_body(anny, unseen(anny, Person(1.7, 65.0, "female", 30.0)))
    bare = measure_body(anny, unseen(anny, Person()))
    assert [notice.code for notice in full.notices] == ["measure.unseen"]
    assert [notice.code for notice in bare.notices] == ["measure.unseen", "measure.no_scale"]
    for known, unknown in zip(full.values, bare.values, strict=True):
        assert known.name == unknown.name
        assert unknown.uncertainty / unknown.value > 1.2 * known.uncertainty / known.value
    assert min(row.uncertainty for row in bare.values) > 0.0


def test_definitions_name_the_clauses(anny: AnnyBody) -> None:
    rows = {row.name: row for row in measure_body(anny, unseen(anny, Person())).values}
    for name, clause in (
        ("stature", "5.1.1"), ("neck_girth", "5.3.2"), ("chest_girth", "5.3.4"),
        ("waist_girth", "5.3.10"), ("hip_girth", "5.3.13"), ("upper_arm_girth", "5.3.16"),
        ("thigh_girth", "5.3.20"), ("inside_leg", "5.1.15"),
    ):  # fmt: skip
        assert f"ISO 8559-1, {clause}" in rows[name].definition
    assert {row.unit for row in rows.values()} == {"m", "kg", "m³"}


def test_the_stature_reported_is_the_bodys_own(anny: AnnyBody) -> None:
    body = unseen(anny, Person(1.83, None, "male", 30.0))
    assert table(measure_body(anny, body))["stature"] == pytest.approx(
        stature(anny, body.vertices, body.joints), abs=1e-4
    )
