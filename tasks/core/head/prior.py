"""What a head is expected to be before any photo was seen: parameters, means and spreads.

The spreads are in units of the body model's own range (a local change of 1 is the modeller's
extreme). They are tightest where a photo tells least (depth of the skull) and where an expression
does the same thing (corners of the mouth, opening of the eyes), so that a smile is explained as a
smile and not as a face.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tasks.core.body.population import anny_age
from tasks.core.person import Person

Floats = NDArray[np.float64]

# Local changes that shape the head, by the first word of their name, left and right prefix off.
_HEAD_PARTS = ("cheek", "chin", "eye", "eyebrows", "forehead", "head", "mouth", "nose")
# They move the whole head, which is the camera's work.
_POSE_LIKE = ("head-trans-forward", "head-trans-up", "head-trans-out", "head-angle-out")

# First match wins. Spread of local changes.
_LOCAL_SPREADS: tuple[tuple[str, float], ...] = (
    # Not seen from the front.
    ("head-back-scale-depth", 0.08),
    ("head-scale-depth", 0.12),
    # Wrinkles and folds: the photo shows them in colour, not in landmarks.
    ("head-age", 0.10),
    ("chin-cleft", 0.05),
    ("eye-bag", 0.08),
    ("eye-eyefold", 0.10),
    # A smile does these.
    ("mouth-angles", 0.06),
    ("mouth-laugh-lines", 0.06),
    ("mouth-dimples", 0.05),
    ("mouth-scale-horiz", 0.20),
    ("mouth-scale-depth", 0.10),
    ("mouth-trans-forward", 0.15),
    ("mouth-trans-up", 0.12),
    ("mouth-upperlip-ext", 0.08),
    ("mouth-lowerlip-ext", 0.08),
    ("mouth-upperlip-middle", 0.12),
    ("mouth-lowerlip-middle", 0.12),
    ("mouth", 0.20),
    ("cheek-volume", 0.20),
    ("cheek-trans", 0.15),
    # A blink or a squint does these.
    ("eye-height", 0.12),
    ("eye-push", 0.15),
    ("eye-scale", 0.20),
    ("eyebrows-trans-forward", 0.12),
    ("eye", 0.22),
    ("eyebrows", 0.22),
    ("nose", 0.28),
    ("forehead", 0.20),
    ("head", 0.25),
    ("", 0.25),
)
# Left against right: faces are symmetric to within a few per cent.
_ASYMMETRY_SPREAD = 0.05
# Local changes that are sideways by themselves.
_SIDEWAYS = ("mouth-trans-out", "nose-trans-out")
LOCAL_BOUND = 1.0
# A betas model (SMPL family) counts in standard deviations.
_BETA_SPREAD, _BETA_BOUND = 1.0, 3.0

# Mean (None: the model's default) and spread of phenotypes. Height and proportions hardly change
# a head and are the body's to fit.
_PHENOTYPE_SPREADS: dict[str, float] = {
    "gender": 0.30,
    "age": 0.12,
    "muscle": 0.12,
    "weight": 0.15,
    "african": 0.30,
    "asian": 0.30,
    "caucasian": 0.30,
}
_STATED_SPREAD = 0.03
_GENDER_VALUES = {"male": 0.0, "neutral": 0.5, "female": 1.0}
# Leaves room on both sides of a stated gender: faces of all kinds have all genders.
_STATED_GENDER_SPREAD = 0.15
# Cost of an expression's full weight, in standard deviations: quadratic, and linear so that what
# is not needed is exactly 0.
_EXPRESSION_SPREADS: tuple[tuple[str, float], ...] = (
    ("tongueOut", 0.0),
    ("mouthSmile", 1.0),
    ("jawOpen", 1.0),
    ("eyeBlink", 0.8),
    ("eyeLook", 0.8),
    ("eyeSquint", 0.5),
    ("eyeWide", 0.4),
    ("mouthUpperUp", 0.6),
    ("mouthLowerDown", 0.6),
    ("mouthClose", 0.3),
    ("cheekPuff", 0.15),
    ("mouthRoll", 0.3),
    ("jaw", 0.2),
    ("noseSneer", 0.25),
    ("mouthLeft", 0.15),
    ("mouthRight", 0.15),
    ("mouthFunnel", 0.25),
    ("", 0.4),
)
EXPRESSION_LINEAR = 0.3


@dataclass(frozen=True)
class IdentityPrior:
    """Parameters θ of a head: values = start + matrix @ θ for phenotypes and local changes alike.

    phenotype_ids: (p,) and local_ids: (l,) the model's parameters that take part. matrix:
    (p + l, n). start: (p + l,). spread, lower, upper: (n,); θ is expected at 0 with `spread`.
    """

    phenotype_ids: NDArray[np.int64]
    local_ids: NDArray[np.int64]
    matrix: Floats
    start: Floats
    spread: Floats
    lower: Floats
    upper: Floats

    def values(self, theta: Floats) -> tuple[Floats, Floats]:
        """θ → (p,) phenotypes and (l,) local changes that take part."""
        both = self.start + self.matrix @ theta
        return both[: len(self.phenotype_ids)], both[len(self.phenotype_ids) :]


def identity_prior(
    phenotype_names: tuple[str, ...],
    phenotype_defaults: NDArray[np.floating],
    local_names: tuple[str, ...],
    person: Person,
) -> IdentityPrior:
    """The prior over a body model's parameters for one person.

    Only the person's stated gender and age count; nothing is guessed.
    """
    columns: list[dict[int, float]] = []
    start, spread, lower, upper = [], [], [], []
    phenotype_ids = [i for i, name in enumerate(phenotype_names) if name in _PHENOTYPE_SPREADS]
    for row, index in enumerate(phenotype_ids):
        name = phenotype_names[index]
        mean, sigma = _phenotype(name, float(phenotype_defaults[index]), person)
        columns.append({row: 1.0})
        start.append(mean)
        spread.append(sigma)
        lower.append(-mean)
        upper.append(1.0 - mean)
    local_ids = _head_local_ids(local_names)
    row_of = {local_names[index]: len(phenotype_ids) + k for k, index in enumerate(local_ids)}
    for name, row in row_of.items():
        mirrored = "r-" + name[2:]
        if name.startswith("r-") and "l-" + name[2:] in row_of:
            continue
        beta = not _is_head_name(name)
        bound = _BETA_BOUND if beta else LOCAL_BOUND
        sigma = _BETA_SPREAD if beta else _local_spread(name)
        pairs = [({row: 1.0}, sigma)]
        if name.startswith("l-") and mirrored in row_of:
            other = row_of[mirrored]
            pairs = [
                ({row: 1.0, other: 1.0}, sigma),
                ({row: 1.0, other: -1.0}, _ASYMMETRY_SPREAD),
            ]
        for column, width in pairs:
            columns.append(column)
            spread.append(width)
            lower.append(-bound if width == sigma else -3.0 * _ASYMMETRY_SPREAD)
            upper.append(-lower[-1])
    matrix = np.zeros((len(phenotype_ids) + len(local_ids), len(columns)))
    for column_index, column in enumerate(columns):
        for row, value in column.items():
            matrix[row, column_index] = value
    return IdentityPrior(
        phenotype_ids=np.array(phenotype_ids, np.int64),
        local_ids=np.array(local_ids, np.int64),
        matrix=matrix,
        start=np.concatenate([start, np.zeros(len(local_ids))]),
        spread=np.array(spread),
        lower=np.array(lower),
        upper=np.array(upper),
    )


def expression_spread(names: tuple[str, ...]) -> Floats:
    """(E,) spread of each ARKit weight; 0: it is not fitted."""
    return np.array(
        [next(s for prefix, s in _EXPRESSION_SPREADS if n.startswith(prefix)) for n in names]
    )


def _phenotype(name: str, default: float, person: Person) -> tuple[float, float]:
    if name == "gender" and person.gender is not None:
        return _GENDER_VALUES[person.gender], _STATED_GENDER_SPREAD
    if name == "age" and person.age_years is not None:
        return anny_age(person.age_years), _STATED_SPREAD
    return default, _PHENOTYPE_SPREADS[name]


def _bare(name: str) -> str:
    return name[2:] if name[:2] in ("l-", "r-") else name


def _is_head_name(name: str) -> bool:
    return _bare(name).split("-")[0] in _HEAD_PARTS


def _head_local_ids(names: tuple[str, ...]) -> list[int]:
    chosen = [
        i
        for i, name in enumerate(names)
        if _is_head_name(name) and not _bare(name).startswith(_POSE_LIKE)
    ]
    # A betas model names no parts: all of its shape takes part.
    return chosen or list(range(len(names)))


def _local_spread(name: str) -> float:
    bare = _bare(name)
    if bare.startswith(_SIDEWAYS):
        return _ASYMMETRY_SPREAD
    return next(s for prefix, s in _LOCAL_SPREADS if bare.startswith(prefix))
