"""The prior: what takes part, what is tied to what, and what a stated fact changes."""

from __future__ import annotations

import numpy as np
import pytest

from tasks.core.head.prior import IdentityPrior, expression_spread, identity_prior
from tasks.core.person import Gender, Person
from tests.core.head.people import World


def prior_of(world: World, person: Person) -> IdentityPrior:
    model = world.model
    return identity_prior(
        model.phenotype_names, model.phenotype_defaults, model.local_change_names, person
    )


def test_only_the_head_takes_part(world: World) -> None:
    prior = prior_of(world, Person())
    names = [world.model.local_change_names[i] for i in prior.local_ids]
    assert "nose-hump-incr" in names
    assert "l-eye-trans-up" in names
    for word in ("upperarm", "hip", "torso", "breast", "l-ear", "neck", "head-trans"):
        assert not [name for name in names if name.startswith(word)]
    assert (prior.lower <= 0.0).all()
    assert (prior.upper >= 0.0).all()
    assert (prior.spread > 0.0).all()


def test_left_and_right_move_together_more_than_apart(world: World) -> None:
    prior = prior_of(world, Person())
    names = [world.model.local_change_names[i] for i in prior.local_ids]
    offset = len(prior.phenotype_ids)
    left, right = (offset + names.index(f"{side}-cheek-volume-incr") for side in "lr")
    columns = np.flatnonzero(prior.matrix[left])
    assert np.array_equal(columns, np.flatnonzero(prior.matrix[right]))
    together, apart = columns
    assert prior.matrix[left, together] == prior.matrix[right, together] == 1.0
    assert prior.matrix[left, apart] == -prior.matrix[right, apart]
    assert prior.spread[apart] < 0.5 * prior.spread[together]


@pytest.mark.parametrize(("gender", "value"), [("male", 0.0), ("neutral", 0.5), ("female", 1.0)])
def test_a_stated_gender_is_the_expected_one(world: World, gender: Gender, value: float) -> None:
    prior = prior_of(world, Person(gender=gender))
    row = list(prior.phenotype_ids).index(world.model.phenotype_names.index("gender"))
    assert prior.start[row] == value
    assert prior.spread[row] < prior_of(world, Person()).spread[row]


def test_height_and_weight_play_no_part(world: World) -> None:
    plain, tall = prior_of(world, Person()), prior_of(world, Person(height_m=2.0, weight_kg=120.0))
    assert np.array_equal(plain.start, tall.start)
    assert np.array_equal(plain.spread, tall.spread)


def test_a_betas_model_fits_all_of_its_shape() -> None:
    names = tuple(f"beta{i}" for i in range(10))
    prior = identity_prior((), np.zeros(0), names, Person())
    assert len(prior.local_ids) == 10
    assert np.array_equal(prior.matrix, np.eye(10))
    assert (prior.spread == 1.0).all()
    assert (prior.upper == 3.0).all()


def test_expressions_that_cannot_be_seen_are_not_fitted(world: World) -> None:
    names = world.model.expression_names
    spread = expression_spread(names)
    assert spread[names.index("tongueOut")] == 0.0
    assert spread[names.index("mouthSmileLeft")] > spread[names.index("mouthFunnel")] > 0.0
    assert expression_spread(()).shape == (0,)
