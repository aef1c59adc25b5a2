"""Inside the block BLAS has one thread, afterwards what it had."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info

from tasks.core.threads import single_threaded_blas


def blas_threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}


def test_one_thread_inside_and_the_old_number_after() -> None:
    before = blas_threads()
    with single_threaded_blas():
        assert blas_threads() == {1}
    assert blas_threads() == before


def test_restored_after_an_error() -> None:
    before = blas_threads()
    try:
        with single_threaded_blas():
            raise KeyError
    except KeyError:
        pass
    assert blas_threads() == before
