"""Errors as a person at a terminal needs them: a code, a sentence, an exit code."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from typing import Any

from infra.cli_server import ServerError
from tasks.core.errors import EngineMissing, Rejected

EXIT_DONE = 0
EXIT_OTHER = 1
EXIT_USAGE = 2
EXIT_REJECTED = 3
EXIT_MISSING = 4

_DISK = {
    errno.ENOSPC: ("disk.full", "The disk is full; free some space and run this again"),
    errno.EDQUOT: ("disk.full", "The disk quota is used up; free some space and run this again"),
    errno.EROFS: ("disk.read_only", "The file system is read-only; choose another folder"),
    errno.EACCES: ("disk.not_writable", "The folder or file is not writable for you"),
    errno.EPERM: ("disk.not_writable", "The folder or file is not writable for you"),
}


class UsageError(ValueError):
    """The command line asks for something that cannot be."""


@dataclass(frozen=True)
class Told:
    """code: stable and dotted. sentence: for a person. measured, limit: of a rejection."""

    exit_code: int
    code: str
    sentence: str
    measured: float | str | None = None
    limit: float | str | None = None

    def line(self) -> str:
        """For the terminal."""
        if self.measured is None:
            return f"{self.code}: {self.sentence}"
        return f"{self.code}: {self.sentence} (measured {self.measured}, limit {self.limit})"

    def record(self) -> dict[str, Any]:
        """For `--json`."""
        return {
            "code": self.code,
            "sentence": self.sentence,
            "measured": self.measured,
            "limit": self.limit,
        }


def tell(error: BaseException) -> Told:
    """What to say about an error, and how to exit."""
    for cause in _chain(error):
        if (told := _known(cause)) is not None:
            return told
    words = str(error).strip().splitlines()
    what = f"{type(error).__name__}: {words[0]}" if words else type(error).__name__
    return Told(
        EXIT_OTHER, "internal", f"Something went wrong ({what}). --verbose shows where it happened."
    )


def _known(error: BaseException) -> Told | None:
    if isinstance(error, Rejected):
        return Told(EXIT_REJECTED, error.code, error.sentence, error.measured, error.limit)
    if isinstance(error, EngineMissing):
        return Told(EXIT_MISSING, error.code, error.sentence)
    if isinstance(error, UsageError):
        return Told(EXIT_USAGE, "usage", str(error))
    if isinstance(error, ServerError):
        return Told(EXIT_OTHER, "prefect.server", str(error))
    if isinstance(error, KeyboardInterrupt):
        return Told(EXIT_OTHER, "interrupted", "Stopped; nothing was written.")
    if isinstance(error, MemoryError):
        return Told(
            EXIT_OTHER, "memory.full", "There is not enough memory; close other programs, or ask "
            "for --skin 1024.",
        )  # fmt: skip
    if isinstance(error, OSError) and error.errno in _DISK:
        code, sentence = _DISK[error.errno]
        place = f": {str(error.filename)!a}" if error.filename else ""
        return Told(EXIT_OTHER, code, f"{sentence}{place}.")
    return _known_by_name(error)


def _known_by_name(error: BaseException) -> Told | None:
    """Errors of libraries that are not imported just to name them."""
    module, text = type(error).__module__.partition(".")[0], str(error).lower()
    if module == "sqlalchemy" and "locked" in text:
        return Told(
            EXIT_OTHER, "store.locked",
            "Another program holds the database locked; end it, or wait and run this again.",
        )  # fmt: skip
    if module == "sqlalchemy" and ("disk" in text or "full" in text):
        return Told(EXIT_OTHER, "disk.full", "The database could not be written: disk full?")
    if module == "sqlalchemy" and ("readonly" in text or "unable to open" in text):
        return Told(
            EXIT_OTHER, "store.not_writable",
            "The database cannot be opened for writing; see LIKENESS_DATA_DIR.",
        )  # fmt: skip
    if module == "sqlalchemy":
        return Told(
            EXIT_OTHER, "store.database",
            f"The database cannot be used ({type(error).__name__}); see LIKENESS_DATABASE_URL.",
        )  # fmt: skip
    if module in ("httpx", "httpcore"):
        return Told(
            EXIT_OTHER, "prefect.unreachable",
            "The Prefect server does not answer; see PREFECT_API_URL.",
        )  # fmt: skip
    return None


def _chain(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in found:
        found.append(current)
        current = current.__cause__ or current.__context__
    return found
