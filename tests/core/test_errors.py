"""Errors keep what they carry: in text, across processes and through re-raising."""

from __future__ import annotations

import concurrent.futures

import pytest

from tasks.core.errors import EngineMissing, Rejected


class PhotoRejected(Rejected):
    """A narrower kind, as an extension may define."""


def _reduced_again(error: BaseException) -> BaseException:
    # What a process pool does with a worker's exception.
    rebuild, arguments = error.__reduce__()[:2]
    return rebuild(*arguments)


def test_rejected_says_code_sentence_and_bounds() -> None:
    error = Rejected("photo.too_small", "Give a larger one.", measured=300, limit=512)
    assert (error.code, error.sentence) == ("photo.too_small", "Give a larger one.")
    assert str(error) == "photo.too_small: Give a larger one. (measured 300, limit 512)"


def test_rejected_without_a_measure_does_not_invent_one() -> None:
    error = Rejected("photo.empty", "Send it again.")
    assert (error.measured, error.limit) == (None, None)
    assert str(error) == "photo.empty: Send it again."


def test_a_measure_of_zero_is_a_measure() -> None:
    assert "measured 0," in str(Rejected("face.none", "No face.", measured=0, limit=1))


def test_rejected_is_a_value_error_and_engine_missing_is_not() -> None:
    # Retry policies tell bad input from a machine that lacks something by these bases.
    assert issubclass(Rejected, ValueError)
    assert issubclass(EngineMissing, RuntimeError)
    assert not issubclass(EngineMissing, ValueError)


@pytest.mark.parametrize("kind", [Rejected, PhotoRejected])
def test_rejected_is_rebuilt_whole(kind: type[Rejected]) -> None:
    error = _reduced_again(kind("photo.too_small", "Larger.", measured=1.5, limit="2 px"))
    assert type(error) is kind
    assert vars(error) == {
        "code": "photo.too_small",
        "sentence": "Larger.",
        "measured": 1.5,
        "limit": "2 px",
    }


def test_engine_missing_is_rebuilt_whole() -> None:
    error = _reduced_again(EngineMissing("engine.heif", "Install it."))
    assert isinstance(error, EngineMissing)
    assert str(error) == "engine.heif: Install it."


def _refuse() -> None:
    raise Rejected("photo.too_small", "Larger.", measured=1, limit=2)


def test_rejected_crosses_a_process_boundary() -> None:
    with concurrent.futures.ProcessPoolExecutor(1) as pool, pytest.raises(Rejected) as caught:
        pool.submit(_refuse).result(timeout=60)
    assert (caught.value.code, caught.value.measured, caught.value.limit) == (
        "photo.too_small",
        1,
        2,
    )
