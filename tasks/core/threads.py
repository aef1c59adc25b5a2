"""Keep linear algebra on one thread where its matrices are small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def single_threaded_blas() -> Iterator[None]:
    """Run BLAS on one thread inside this block.

    A fit solves systems of a few hundred unknowns thousands of times. There the threads of BLAS
    cost more than they bring (the head fit: 0.35 s on one thread, 0.75 s on two of two cores), and
    a sum split over another number of threads ends in other digits.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        yield
