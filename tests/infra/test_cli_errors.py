"""What is said about an error, and with which exit code."""

from __future__ import annotations

import errno

import pytest
from sqlalchemy.exc import OperationalError

from infra.cli_errors import UsageError, tell
from infra.cli_server import ServerError
from tasks.core.errors import EngineMissing, Rejected


@pytest.mark.parametrize(
    ("error", "exit_code", "code"),
    [
        (Rejected("photo.no_face", "No face."), 3, "photo.no_face"),
        (EngineMissing("engine.x", "No engine."), 4, "engine.x"),
        (UsageError("--out is a file"), 2, "usage"),
        (ServerError("did not start"), 1, "prefect.server"),
        (KeyboardInterrupt(), 1, "interrupted"),
        (MemoryError(), 1, "memory.full"),
        (OSError(errno.ENOSPC, "No space left on device", "x"), 1, "disk.full"),
        (OSError(errno.EDQUOT, "Quota"), 1, "disk.full"),
        (OSError(errno.EROFS, "Read-only", "x"), 1, "disk.read_only"),
        (PermissionError(errno.EACCES, "Denied", "x"), 1, "disk.not_writable"),
        (OperationalError("S", {}, Exception("database is locked")), 1, "store.locked"),
        (OperationalError("S", {}, Exception("disk I/O error")), 1, "disk.full"),
        (OperationalError("S", {}, Exception("unable to open file")), 1, "store.not_writable"),
        (OperationalError("S", {}, Exception("refused")), 1, "store.database"),
        (KeyError("x"), 1, "internal"),
    ],
)
def test_every_error_has_a_code_and_a_sentence(
    error: BaseException, exit_code: int, code: str
) -> None:
    told = tell(error)
    assert (told.exit_code, told.code) == (exit_code, code)
    assert "\n" not in told.line()
    assert told.sentence.strip()


def test_the_cause_is_told_rather_than_what_it_led_to() -> None:
    outer = RuntimeError("the run failed")
    outer.__cause__ = Rejected("photo.dark", "Too dark.", measured=0.1, limit=0.2)
    told = tell(outer)
    assert (told.exit_code, told.code) == (3, "photo.dark")
    assert told.line().endswith("(measured 0.1, limit 0.2)")
    assert told.record() == {
        "code": "photo.dark", "sentence": "Too dark.", "measured": 0.1, "limit": 0.2,
    }  # fmt: skip
