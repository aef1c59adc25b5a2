"""Sparse blendshape arithmetic against dense arithmetic."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.entities import Morph
from tasks.core.rig.morphs import VISIBLE_OFFSET_M, combined, empty_morph, pruned

COUNT = 12


@st.composite
def sparse(draw: st.DrawFn, name: str) -> Morph:
    indices = sorted(draw(st.sets(st.integers(0, COUNT - 1))))
    values = draw(
        st.lists(st.floats(-0.01, 0.01), min_size=3 * len(indices), max_size=3 * len(indices))
    )
    return Morph(
        name, np.array(indices, np.int32), np.array(values, np.float32).reshape(len(indices), 3)
    )


def dense(morph: Morph) -> np.ndarray:
    full = np.zeros((COUNT, 3))
    full[morph.indices] = morph.offsets
    return full


@given(sparse("a"), sparse("b"), st.floats(-1, 1), st.floats(-1, 1))
def test_a_combination_is_the_weighted_sum(a: Morph, b: Morph, p: float, q: float) -> None:
    mix = combined("mix", {"a": a, "b": b}, {"a": p, "b": q, "absent": 1.0})
    np.testing.assert_allclose(dense(mix), p * dense(a) + q * dense(b), atol=1e-8)
    assert (np.diff(mix.indices) > 0).all()


def test_nothing_combined_is_empty() -> None:
    assert len(combined("n", {}, {"a": 1.0}).indices) == 0
    assert len(combined("n", {"a": empty_morph("a")}, {"a": 1.0}).indices) == 0


@given(sparse("a"))
def test_pruning_leaves_out_only_the_invisible(a: Morph) -> None:
    kept = pruned(a)
    assert np.linalg.norm(dense(a) - dense(kept), axis=1).max() < VISIBLE_OFFSET_M
    assert (np.linalg.norm(kept.offsets, axis=1) >= 0.999 * VISIBLE_OFFSET_M).all()
