"""Keys and retries."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from prefect.states import Failed

from flows.avatar import STAGES
from tasks.code import ROOT, code_of
from tasks.core.entities import Photo
from tasks.core.errors import EngineMissing, Rejected
from tasks.core.person import Person
from tasks.policy import _code_digest, stage_key, worth_retrying
from tasks.results import CacheUnreadableError
from tasks.store.builds import StaleAttemptError


async def a_stage(photo: Photo) -> Photo:
    from tasks.core import digest

    assert digest
    return photo


def key(**inputs: Any) -> str:
    return stage_key("a_stage", a_stage, inputs)


def photo(shade: int = 1, layout: str = "C") -> Photo:
    pixels = np.full((4, 6, 3), shade, np.uint8)
    pixels[0, 1] = 0
    return Photo(np.array(pixels, order=layout), None, "0" * 64, "image/png")  # type: ignore[call-overload]


def test_equal_content_gives_an_equal_key() -> None:
    assert key(photo=photo()) == key(photo=photo(layout="F"))
    assert key(photos=[photo()]) == key(photos=(photo(),))
    assert key(a=1, b=2) == key(b=2, a=1)


def test_other_content_name_or_code_gives_another_key() -> None:
    async def another(photo: Photo) -> Photo:
        from tasks.core import digest

        assert digest is not None
        return photo

    base = key(photo=photo())
    others = [
        key(photo=photo(2)),
        key(photo=None),
        key(image=photo()),
        stage_key("other", a_stage, {"photo": photo()}),
        stage_key("a_stage", another, {"photo": photo()}),
    ]
    assert len({base, *others}) == 6


def test_size_of_the_person_is_in_the_key_where_it_is_given() -> None:
    tall, small = Person(height_m=1.9), Person(height_m=1.5)
    assert key(person=tall) != key(person=small)
    assert key(person=tall.without_size()) == key(person=small.without_size())


def test_what_has_no_digest_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        key(photo=object())


def test_the_key_is_the_same_in_another_process() -> None:
    script = (
        "from flows.avatar import STAGES\n"
        "from tasks.core.person import Person\n"
        "from tasks.policy import stage_key\n"
        "for s in STAGES: print(stage_key(s.name, s.fn, {'person': Person(height_m=1.7)}))\n"
    )
    # Files that were edited since this process began are new to the other one.
    code_of.cache_clear()
    _code_digest.cache_clear()
    other = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "PATH": "/usr/bin:/bin"},
    ).stdout.split()  # fmt: skip
    person = {"person": Person(height_m=1.7)}
    assert other == [stage_key(s.name, s.fn, person) for s in STAGES]
    assert len(set(other)) == len(STAGES)


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (Rejected("photo.no_face", "No face."), False),
        (EngineMissing("engine.x", "No engine."), False),
        (StaleAttemptError("late"), False),
        (CacheUnreadableError("damaged"), False),
        (TypeError("a mistake"), False),
        (OSError("storage away"), True),
        (MemoryError(), True),
        (RuntimeError("trouble"), True),
    ],
)
def test_only_trouble_that_may_pass_is_tried_again(error: Exception, again: bool) -> None:
    assert worth_retrying(None, None, Failed(data=error)) is again  # type: ignore[arg-type]


def test_the_tasks_hold_no_arithmetic() -> None:
    # A stage's arithmetic belongs to the core, where it can be tested without Prefect.
    for path in Path(ROOT / "tasks").glob("*.py"):
        assert "import numpy" not in path.read_text().split("def ")[0], path
