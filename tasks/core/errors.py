"""Errors of the core: what a caller did wrong, and what this machine lacks."""

from __future__ import annotations


class Rejected(ValueError):
    """The input cannot be used. Never retried: the same input gives the same answer.

    Attributes:
        code: stable, dotted, lower case; the first word is the part (`photo.too_small`).
        sentence: what is wrong and what to do, for a person.
        measured: the value that was found, in the unit of `limit`; None where there is none.
        limit: the bound it was held against; None where there is none.
    """

    def __init__(
        self,
        code: str,
        sentence: str,
        *,
        measured: float | str | None = None,
        limit: float | str | None = None,
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.measured = measured
        self.limit = limit

    def __str__(self) -> str:
        if self.measured is None:
            return f"{self.code}: {self.sentence}"
        return f"{self.code}: {self.sentence} (measured {self.measured}, limit {self.limit})"

    def __reduce__(self) -> tuple[object, ...]:
        # Keyword-only arguments are lost by BaseException's own reduce.
        return (_rebuild, (type(self), self.code, self.sentence, self.measured, self.limit))


class EngineMissing(RuntimeError):
    """A model file or an engine that the request needs is not on this machine.

    Attributes:
        code: stable and dotted (`engine.face_alignment_weights`).
        sentence: what is missing and how to get it.
    """

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return f"{self.code}: {self.sentence}"

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.code, self.sentence))


def _rebuild(
    cls: type[Rejected],
    code: str,
    sentence: str,
    measured: float | str | None,
    limit: float | str | None,
) -> Rejected:
    return cls(code, sentence, measured=measured, limit=limit)
