"""The body fit on people of known shape: recovered where seen, plausible where not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody
from tasks.core.body.fit import fit_body
from tasks.core.body.plausible import Shape
from tasks.core.body.pose import pose_vertices
from tasks.core.body.stance import stand, stature
from tasks.core.body.volume import body_mass
from tasks.core.entities import BodyFit, Float32
from tasks.core.errors import Rejected
from tasks.core.person import Person
from tests.core.body.people import Sitter, make_person, photograph

BONES = (("LeftArm", "LeftForeArm"), ("RightForeArm", "RightHand"), ("LeftUpLeg", "LeftLeg"),
         ("RightLeg", "RightFoot"), ("Hips", "Neck"))  # fmt: skip
JOINTS = ("LeftArm", "RightForeArm", "LeftHand", "LeftLeg", "RightLeg", "RightFoot", "Spine1",
          "Neck", "Head")  # fmt: skip


@pytest.fixture(scope="module")
def walker(anny: AnnyBody) -> Sitter:
    person = Person(1.62, 80.0, "female", 45.0)
    shape, _ = make_person(anny, person, **{"hip-scale-horiz-incr": 0.5})
    return photograph(anny, person, shape, yaw=-0.3, lift_arms=-0.4, bend_knee=0.5, noise_px=2.0)


def fitted(anny: AnnyBody, sitter: Sitter, person: Person) -> BodyFit:
    return fit_body(anny, [sitter.photo], [sitter.subject], [sitter.landmarks], person)


def lengths(anny: AnnyBody, joints: Float32) -> np.ndarray:
    names = anny.topology.joint_names
    return np.array(
        [np.linalg.norm(joints[names.index(a)] - joints[names.index(b)]) for a, b in BONES]
    )


def test_pose_and_camera_lay_the_body_over_the_photo(anny: AnnyBody, walker: Sitter) -> None:
    fit = fitted(anny, walker, walker.person)
    camera = fit.cameras[0]
    assert camera is not None
    posed = pose_vertices(anny.topology, fit.vertices, fit.joints, fit.pose[0])
    places = [anny.topology.joint_names.index(name) for name in JOINTS]
    seen = camera.project(posed.joints[places])[:, :2]
    true = walker.camera.project(walker.posed.joints[places])[:, :2]
    assert np.linalg.norm(seen - true, axis=1).mean() < 6.0
    assert (camera.height, camera.width) == walker.photo.pixels.shape[:2]
    # In depth too, about the hips.
    found = posed.joints[places] - posed.joints[0]
    wanted = walker.posed.joints[places] - walker.posed.joints[0]
    assert np.linalg.norm(found - wanted, axis=1).mean() < 0.025


def test_proportions_and_surface_are_recovered(anny: AnnyBody, walker: Sitter) -> None:
    fit = fitted(anny, walker, walker.person)
    ratio = lengths(anny, fit.joints) / lengths(anny, walker.shape.joints)
    np.testing.assert_allclose(ratio, 1.0, atol=0.05)
    skin = anny.topology.vertex_groups["body"]
    ours = stand(anny, fit.vertices, fit.joints).vertices[skin]
    theirs = stand(anny, walker.shape.vertices, walker.shape.joints).vertices[skin]
    assert np.linalg.norm(ours - theirs, axis=1).mean() < 0.010


@pytest.mark.parametrize(
    "person",
    [Person(1.62, 80.0, "female", 45.0), Person(1.75, None, None, None), Person()],
)
def test_what_is_stated_is_met(anny: AnnyBody, walker: Sitter, person: Person) -> None:
    fit = fitted(anny, walker, person)
    assert stature(anny, fit.vertices, fit.joints) == pytest.approx(fit.height_m, abs=1e-4)
    assert fit.height_given == (person.height_m is not None)
    if person.height_m is not None:
        assert fit.height_m == person.height_m
    if person.weight_kg is not None:
        assert body_mass(anny, fit.vertices) == pytest.approx(person.weight_kg, abs=0.1)
    assert fit.vertices[anny.topology.vertex_groups["body"], 1].min() == pytest.approx(0, abs=1e-6)


def test_the_outline_tells_stout_from_slim(anny: AnnyBody) -> None:
    found = []
    for weight in (52.0, 95.0):
        person = Person(1.70, weight, "female", 30.0)
        shape, _ = make_person(anny, person)
        sitter = photograph(anny, person, shape)
        fit = fitted(anny, sitter, replace(person, weight_kg=None))
        found.append(body_mass(anny, fit.vertices))
    assert found[0] == pytest.approx(52.0, rel=0.10)
    assert found[1] == pytest.approx(95.0, rel=0.10)


def test_a_coat_does_not_make_a_person_stout(anny: AnnyBody) -> None:
    person = Person(1.70, 60.0, "female", 30.0)
    shape, _ = make_person(anny, person)
    sitter = photograph(anny, person, shape)
    matte = sitter.subject.matte.copy()
    waist = sitter.camera.project(sitter.posed.joints[:1])[0, :2].astype(int)
    matte[waist[1] - 120 : waist[1] + 160, waist[0] - 110 : waist[0] + 110] = 255
    coat = replace(sitter, subject=replace(sitter.subject, matte=matte))
    fit = fitted(anny, coat, replace(person, weight_kg=None))
    assert body_mass(anny, fit.vertices) < 75.0


def test_two_photos_are_fitted_as_one_person(anny: AnnyBody) -> None:
    person = Person(1.80, None, "male", 30.0)
    depth = {"torso-scale-depth-incr": 0.7, "hip-scale-depth-incr": 0.5}
    shape, _ = make_person(anny, person, **depth)
    views = [photograph(anny, person, shape, yaw=yaw) for yaw in (0.0, 1.4)]
    both = fit_body(
        anny,
        [v.photo for v in views],
        [v.subject for v in views],
        [v.landmarks for v in views],
        person,
    )
    assert both.pose.shape == (2, len(shape.joints), 3)
    assert all(camera is not None for camera in both.cameras)
    one = fitted(anny, views[0], person)
    held = anny.topology.skin_indices[:, 0]
    trunk = np.flatnonzero(held == anny.topology.joint_names.index("Spine1"))

    def thick(fit: BodyFit | Shape) -> float:
        return float(np.ptp(fit.vertices[trunk, 2]))

    # The side view shows what the front hides.
    assert abs(thick(both) - thick(shape)) < 0.5 * abs(thick(one) - thick(shape))


def test_a_face_alone_gives_a_plausible_body_and_says_so(anny: AnnyBody, walker: Sitter) -> None:
    hidden = replace(walker.landmarks, visibility=np.zeros(33, np.float32))
    nothing = replace(walker.landmarks, body=None, visibility=None, body_world=None)
    for landmarks in (hidden, nothing):
        fit = fit_body(
            anny, [walker.photo], [walker.subject], [landmarks], Person(1.8, 70.0, "male", 30.0)
        )
        assert fit.cameras == (None,)
        assert not fit.pose.any()
        assert "body.unseen" in [notice.code for notice in fit.notices]
        assert body_mass(anny, fit.vertices) == pytest.approx(70.0, abs=0.1)


def test_the_same_evidence_gives_the_same_bytes(anny: AnnyBody, walker: Sitter) -> None:
    assert fitted(anny, walker, Person()).digest == fitted(anny, walker, Person()).digest


def test_photos_without_their_landmarks_are_refused(anny: AnnyBody, walker: Sitter) -> None:
    for photos, subjects, landmarks in (
        ([], [], []),
        ([walker.photo], [walker.subject], []),
    ):
        with pytest.raises(Rejected) as caught:
            fit_body(anny, photos, subjects, landmarks, Person())
        assert caught.value.code == "body.photos"
