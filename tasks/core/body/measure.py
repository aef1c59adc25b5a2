"""Body measurements of a fitted person, by planes and landmarks on the standing model.

Definitions follow ISO 8559-1:2017 where a clause is named. The person stands in the A stance, so
that the arms are clear of the trunk; a girth is the convex hull of a section of one body part, as
a tape lies. Planes stand at anatomical landmarks of the model's own topology, never at shares of
the stature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.model import BodyModel, require_joints
from tasks.core.body.plausible import WEIGHT_ASSUMED
from tasks.core.body.section import tape_girth
from tasks.core.body.stance import stand
from tasks.core.body.volume import DENSITY, body_volume
from tasks.core.entities import BodyFit, Measurement, Measurements, Notice

Array = NDArray[np.float64]

_TRUNK = ("Hips", "Spine", "Spine1", "Spine2", "LeftShoulder", "RightShoulder", "Neck")
_SIDES = ("Left", "Right")
_NEEDED = ("Hips", "Spine1", "Spine2", "Neck", "Head", *(
    side + part
    for side in _SIDES
    for part in ("Arm", "ForeArm", "Hand", "UpLeg", "Leg", "Foot")
))  # fmt: skip

# The natural waist, midway between lowest rib and hip bone, as a share of the way from the Hips
# joint to Spine2. Anny's marks it by a ring of vertices (`anny.anthropometry`), at this share on
# all its people; the joints of other models stand higher.
_WAIST_SHARE = {"anny": 0.275}
_WAIST_SHARE_ELSEWHERE = 0.55

# Planes tried along a limb where the definition asks for the fullest or the narrowest place.
_PLANES = 9
# Shares of the way along a bone between which they stand.
_NECK_SPAN = (0.1, 0.9)
_CALF_SPAN = (0.15, 0.55)
_WRIST_SPAN = (0.90, 1.02)
# Below the crotch, metres: the thigh is measured where the tape clears the fold.
_UNDER_CROTCH = 0.02
# The body's middle, metres to each side, where the crotch is looked for.
_MIDLINE = 0.012
# Nipples are looked for this far from the middle, metres.
_BREAST_SIDE = (0.03, 0.18)
# The acromion's outer edge lies up and outwards of the shoulder joint, at this angle from upright,
# and within this distance (metres).
_ACROMION_TILT = np.deg2rad(25.0)
_ACROMION_REACH = 0.12


@dataclass(frozen=True)
class Uncertainty:
    """Relative standard uncertainties: of girths, of lengths, and of mass and volume."""

    girth: float
    length: float
    mass: float


# First values, to be replaced by calibration. Seen: mean errors published for one front photo
# (BMnet on BodyM: 3 % of the girths, 1.5 % with height and weight known), as standard deviations
# and doubled, for clothes and for people unlike the training's. Unseen: the spread of adults of
# one gender about their mean (ANSUR II), less where the weight is known.
_SEEN = Uncertainty(girth=0.06, length=0.03, mass=0.12)
_SEEN_WEIGHED = Uncertainty(girth=0.04, length=0.03, mass=0.015)
_UNSEEN = Uncertainty(girth=0.12, length=0.05, mass=0.20)
_UNSEEN_WEIGHED = Uncertainty(girth=0.06, length=0.05, mass=0.015)
# Adults' stature about the mean of both genders; and people's own statements of theirs.
_STATURE_SPREAD = 0.055
_STATED_STATURE_M = 0.010


def measure_body(model: BodyModel, body: BodyFit) -> Measurements:
    """A first set of measurements with standard uncertainties.

    Args:
        model: the model that the body was fitted with.
        body: rest pose at true height.

    Returns:
        In a fixed order; metres, kg and m³. Both sides are measured and averaged where there are
        two. A notice says so where the body was not seen or its height assumed.

    Raises:
        Rejected: `body_model.lacks`, a joint that the measures need is missing.
    """
    require_joints(model, *_NEEDED)
    figure = _Standing(model, body)
    seen = any(camera is not None for camera in body.cameras)
    weighed = _mass_was_met(body)
    spread = {
        (True, True): _SEEN_WEIGHED,
        (True, False): _SEEN,
        (False, True): _UNSEEN_WEIGHED,
        (False, False): _UNSEEN,
    }[seen, weighed]
    scale = 0.0 if body.height_given else _STATURE_SPREAD
    values = []
    for name, measure, kind, definition in _MEASURES:
        value = measure(figure)
        relative = float(np.hypot(getattr(spread, kind), scale))
        values.append(Measurement(name, value, relative * value, "m", definition))
    stature = Measurement(
        "stature",
        body.height_m,
        _STATED_STATURE_M if body.height_given else _STATURE_SPREAD * body.height_m,
        "m",
        "ISO 8559-1, 5.1.1: vertical distance from the soles to the top of the head, standing",
    )
    volume = body_volume(model, body.vertices)
    relative = float(np.hypot(spread.mass, 0.0 if weighed else 3.0 * scale))
    return Measurements(
        values=(
            stature,
            *values,
            Measurement(
                "body_volume", volume, relative * volume, "m³", "volume inside the body's skin"
            ),
            Measurement(
                "body_mass",
                DENSITY * volume,
                relative * DENSITY * volume,
                "kg",
                f"body volume times {DENSITY:.0f} kg/m³",
            ),
        ),
        notices=_notices(seen, body.height_given),
    )


def _mass_was_met(body: BodyFit) -> bool:
    return not any(notice.code == WEIGHT_ASSUMED for notice in body.notices)


def _notices(seen: bool, height_given: bool) -> tuple[Notice, ...]:
    notices = []
    if not seen:
        notices.append(
            Notice(
                "measure.unseen",
                "The body was not seen; its measurements are those of a plausible person, with "
                "wide uncertainty.",
            )
        )
    if not height_given:
        notices.append(
            Notice(
                "measure.no_scale",
                "No height was given, so every size carries the spread of people's heights.",
            )
        )
    return tuple(notices)


class _Standing:
    """A person in the A stance with landmarks and parts."""

    def __init__(self, model: BodyModel, body: BodyFit) -> None:
        self.model = model
        topology = model.topology
        posed = stand(model, body.vertices, body.joints, "A")
        self.vertices = posed.vertices.astype(np.float64)
        self._joints = posed.joints.astype(np.float64)
        self._names = topology.joint_names
        self._faces = topology.faces_of("body")
        self._skin = topology.vertex_groups["body"]
        self._held = topology.skin_indices[:, 0]
        self._corners = self._held[self._faces]
        self.landmarks, self._midline = _body_landmarks(model)

    def joint(self, name: str) -> Array:
        return self._joints[self._names.index(name)]

    def vertex(self, name: str) -> Array:
        return self.vertices[self.landmarks[name]]

    def own(self, *joints: str) -> NDArray[np.int64]:
        """Skin vertices held most by these joints."""
        return self._skin[self._among(joints)[self._held[self._skin]]]

    def part(self, *joints: str) -> NDArray[np.int32]:
        """Faces of the skin whose corners are all held most by these joints."""
        return self._faces[self._among(joints)[self._corners].all(axis=1)]

    def _among(self, joints: tuple[str, ...]) -> NDArray[np.bool_]:
        return np.array([name in joints for name in self._names])

    def girth_at(self, faces: NDArray[np.int32], height: float) -> float:
        """Around a level plane."""
        return tape_girth(
            self.vertices, faces, np.array([0.0, height, 0.0]), np.array([0.0, 1.0, 0.0])
        )

    def girth_across(self, faces: NDArray[np.int32], start: str, end: str, share: float) -> float:
        """Around the plane square to a bone, part of the way along it."""
        first, last = self.joint(start), self.joint(end)
        return tape_girth(self.vertices, faces, first + share * (last - first), last - first)

    def girths_along(
        self, faces: NDArray[np.int32], start: str, end: str, span: tuple[float, float]
    ) -> list[float]:
        found = [
            self.girth_across(faces, start, end, float(share))
            for share in np.linspace(*span, _PLANES)
        ]
        return [girth for girth in found if girth > 0.0]

    def crotch(self) -> float:
        """Height of the skin between the legs."""
        return float(self.vertices[self._midline, 1].min())


def _body_landmarks(model: BodyModel) -> tuple[dict[str, int], NDArray[np.int64]]:
    """Vertices that mark nipples and acromia, and those of the midline between the legs: found on
    the model's own default woman (whose nipples stand out most, and whose legs are apart), and
    the same vertices on everybody."""
    phenotypes = model.phenotype_defaults.copy()
    if "gender" in model.phenotype_names:
        phenotypes[model.phenotype_names.index("gender")] = 1.0
    vertices, joints = model.shape(phenotypes, np.zeros(len(model.local_change_names), np.float32))
    names = model.topology.joint_names
    skin = model.topology.vertex_groups["body"]
    place = {name: joints[names.index(name)] for name in _NEEDED}
    found: dict[str, int] = {}
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        x, y = sign * vertices[skin, 0], vertices[skin, 1]
        chest = (x > _BREAST_SIDE[0]) & (x < _BREAST_SIDE[1])
        chest &= (y > place["Spine1"][1]) & (y < place[side + "Arm"][1])
        found[side + "Nipple"] = int(skin[chest][vertices[skin[chest], 2].argmax()])
        above = vertices[skin] - place[side + "Arm"]
        reach = np.linalg.norm(above, axis=1)
        aside = np.array([sign * np.sin(_ACROMION_TILT), np.cos(_ACROMION_TILT), 0.0])
        near = np.where(reach < _ACROMION_REACH, above @ aside / reach, -1.0)
        found[side + "Acromion"] = int(skin[near.argmax()])
    legs = [names.index(name) for name in ("Hips", "LeftUpLeg", "RightUpLeg")]
    middle = 0.5 * (place["LeftUpLeg"][0] + place["RightUpLeg"][0])
    between = np.abs(vertices[skin, 0] - middle) < _MIDLINE
    between &= np.isin(model.topology.skin_indices[skin, 0], legs)
    return found, np.asarray(skin[between], np.int64)


def _neck(figure: _Standing) -> float:
    return min(
        figure.girths_along(figure.part("Neck", "Head", "Spine2"), "Neck", "Head", _NECK_SPAN)
    )


def _chest(figure: _Standing) -> float:
    height = 0.5 * float(figure.vertex("LeftNipple")[1] + figure.vertex("RightNipple")[1])
    return figure.girth_at(figure.part(*_TRUNK), height)


def _waist(figure: _Standing) -> float:
    share = _WAIST_SHARE.get(figure.model.name, _WAIST_SHARE_ELSEWHERE)
    low, high = figure.joint("Hips")[1], figure.joint("Spine2")[1]
    return figure.girth_at(figure.part(*_TRUNK), float(low + share * (high - low)))


def _hip(figure: _Standing) -> float:
    ids = figure.own("Hips", "Spine", "LeftUpLeg", "RightUpLeg")
    points = figure.vertices[ids]
    seat = (points[:, 1] > figure.crotch()) & (points[:, 1] < figure.joint("Spine1")[1])
    height = float(points[seat][points[seat, 2].argmin(), 1])
    return figure.girth_at(figure.part(*_TRUNK, "LeftUpLeg", "RightUpLeg"), height)


def _both(measure: Callable[[_Standing, str], float]) -> Callable[[_Standing], float]:
    return lambda figure: 0.5 * (measure(figure, "Left") + measure(figure, "Right"))


def _thigh(figure: _Standing, side: str) -> float:
    hip, knee = figure.joint(side + "UpLeg"), figure.joint(side + "Leg")
    height = figure.crotch() - _UNDER_CROTCH
    share = float((hip[1] - height) / (hip[1] - knee[1]))
    faces = figure.part(side + "UpLeg", side + "Leg")
    return figure.girth_across(faces, side + "UpLeg", side + "Leg", share)


def _calf(figure: _Standing, side: str) -> float:
    faces = figure.part(side + "Leg", side + "Foot")
    return max(figure.girths_along(faces, side + "Leg", side + "Foot", _CALF_SPAN))


def _upper_arm(figure: _Standing, side: str) -> float:
    faces = figure.part(side + "Arm", side + "ForeArm", side + "Shoulder")
    return figure.girth_across(faces, side + "Arm", side + "ForeArm", 0.5)


def _wrist(figure: _Standing, side: str) -> float:
    faces = figure.part(side + "ForeArm", side + "Hand")
    return min(figure.girths_along(faces, side + "ForeArm", side + "Hand", _WRIST_SPAN))


def _shoulder_breadth(figure: _Standing) -> float:
    return float(np.linalg.norm(figure.vertex("LeftAcromion") - figure.vertex("RightAcromion")))


def _arm_length(figure: _Standing, side: str) -> float:
    shoulder, elbow = figure.vertex(side + "Acromion"), figure.joint(side + "ForeArm")
    wrist = figure.joint(side + "Hand")
    return float(np.linalg.norm(elbow - shoulder) + np.linalg.norm(wrist - elbow))


_MEASURES: tuple[tuple[str, Callable[[_Standing], float], str, str], ...] = (
    ("neck_girth", _neck, "girth",
     "ISO 8559-1, 5.3.2: around the neck, square to its axis, where it is narrowest"),
    ("chest_girth", _chest, "girth",
     "ISO 8559-1, 5.3.4 (bust or chest girth): level, at the height of the nipples"),
    ("waist_girth", _waist, "girth",
     "ISO 8559-1, 5.3.10: level, midway between lowest rib and hip bone"),
    ("hip_girth", _hip, "girth",
     "ISO 8559-1, 5.3.13: level, where the buttocks stand out most"),
    ("upper_arm_girth", _both(_upper_arm), "girth",
     "ISO 8559-1, 5.3.16: square to the upper arm, midway between shoulder and elbow"),
    ("wrist_girth", _both(_wrist), "girth",
     "around the wrist, square to the forearm, where it is narrowest"),
    ("thigh_girth", _both(_thigh), "girth",
     "ISO 8559-1, 5.3.20: square to the thigh, 2 cm below the crotch"),
    ("calf_girth", _both(_calf), "girth",
     "around the calf, square to the lower leg, where it is fullest"),
    ("shoulder_breadth", _shoulder_breadth, "length",
     "straight distance between the outer edges of both acromia"),
    ("arm_length", _both(_arm_length), "length",
     "from the top of the shoulder over the elbow to the wrist"),
    ("inside_leg", _Standing.crotch, "length",
     "ISO 8559-1, 5.1.15: vertical distance from the crotch to the ground"),
)  # fmt: skip
