"""What a build tells whoever watches it in the same process."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class StageRun:
    """One finished stage. seconds: wall clock, with the orchestration around it."""

    name: str
    seconds: float
    cached: bool


@dataclass(frozen=True)
class StageEvent:
    """A stage began (`run` is None), ended (`run`), or has something to say (`note`)."""

    name: str
    run: StageRun | None = None
    note: str | None = None


Observer = Callable[[StageEvent], None]

# Set around a flow's call by whoever watches, such as a terminal.
observer: ContextVar[Observer | None] = ContextVar("likeness_stage_observer", default=None)


def report(event: StageEvent) -> None:
    """Tell the observer, if there is one. May be called from any of the build's threads."""
    watching = observer.get()
    if watching is not None:
        watching(event)
