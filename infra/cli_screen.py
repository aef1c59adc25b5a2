"""What a person sees while a build runs: bars on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TextIO

# No import of Prefect here: the first line must not wait for it.


class Event(Protocol):
    """As much of `tasks.progress.StageEvent` as is shown."""

    @property
    def name(self) -> str: ...
    @property
    def run(self) -> Any: ...
    @property
    def note(self) -> str | None: ...


class Screen(Protocol):
    """Told of stages and of what happens around them; may be called from any thread."""

    def stage(self, event: Event) -> None: ...
    def say(self, line: str) -> None: ...


class Lines:
    """One line per finished stage, for files and pipes."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._lock = threading.Lock()

    def stage(self, event: Event) -> None:
        """Print what ended, or what it has to say."""
        if event.run is not None:
            how = "cached" if event.run.cached else "computed"
            self.say(f"{event.name}: {how} in {event.run.seconds:.2f} s")
        elif event.note is not None:
            self.say(f"{event.name}: {event.note}")

    def say(self, line: str) -> None:
        """Print a line at once."""
        with self._lock:
            print(line, file=self._out, flush=True)


class Bars:
    """A bar per stage."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._bars: dict[str, Any] = {}
        self._begun: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self._seconds: dict[str, float] = {}
        self._lock = threading.Lock()

    def stage(self, event: Event) -> None:
        """Begin, advance or finish a bar; a stage of several photos has one bar for them all."""
        with self._lock:
            name = event.name
            if event.note is not None:
                self._progress.console.print(f"[dim]{event.note}")
                return
            if name not in self._bars:
                self._bars[name] = self._progress.add_task(name, total=None, how="")
            if event.run is None:
                self._begun[name] = self._begun.get(name, 0) + 1
                return
            self._ended[name] = self._ended.get(name, 0) + 1
            self._seconds[name] = max(self._seconds.get(name, 0.0), event.run.seconds)
            how = "cached" if event.run.cached else f"{self._seconds[name]:.2f} s"
            self._progress.update(
                self._bars[name], total=self._begun[name], completed=self._ended[name], how=how
            )

    def say(self, line: str) -> None:
        """A line above the bars."""
        self._progress.console.print(line, markup=False, highlight=False)


@contextmanager
def screen_on(stream: TextIO | None = None) -> Iterator[Screen]:
    """The screen that suits a stream (standard error), as long as the block lasts."""
    out = stream or sys.stderr
    if not out.isatty():
        yield Lines(out)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description:<18}"),
        BarColumn(bar_width=32),
        TextColumn("{task.fields[how]}"),
    )
    with Progress(*columns, console=Console(file=out)) as progress:
        yield Bars(progress)
