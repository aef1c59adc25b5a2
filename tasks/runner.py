"""Runs stages for one build: where results go, what was cached, how long each took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Coroutine, Iterable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import CachePolicy
from prefect.logging import get_run_logger
from prefect.utilities.annotations import opaque

from tasks.core.digest import Digested
from tasks.progress import StageEvent, StageRun, report
from tasks.results import CacheUnreadableError, ResultFiles

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S")

# Result and key record of one cache key lie side by side.
_KEY_SUFFIX = ".key"


@dataclass
class StageRunner:
    """Calls stages and keeps their timings.

    results, keys: where results and their key records are stored. refresh: compute every stage
    anew and overwrite what was stored.
    """

    results: ResultFiles
    keys: ResultFiles
    refresh: bool = False
    runs: list[StageRun] = field(default_factory=list)

    async def __call__(
        self, stage: Task[P, Coroutine[Any, Any, R]], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run a stage, or take its stored result.

        Raises:
            Rejected, EngineMissing: from the stage, never retried.
            Exception: whatever else still fails after the retries.
        """
        report(StageEvent(stage.name))
        started = time.perf_counter()
        try:
            state = await self._run(stage, self.refresh, args, kwargs)
            value: R = await state.aresult()
        except CacheUnreadableError as error:
            get_run_logger().warning("%s: computed anew (%s)", stage.name, error)
            state = await self._run(stage, True, args, kwargs)
            value = await state.aresult()
        run = StageRun(stage.name, time.perf_counter() - started, cached=state.name == "Cached")
        self.runs.append(run)
        report(StageEvent(stage.name, run=run))
        return value

    async def _run(self, stage: Any, refresh: bool, args: Any, kwargs: Any) -> Any:
        configured = stage.with_options(refresh_cache=refresh)
        if isinstance(configured.cache_policy, CachePolicy) and configured.persist_result:
            configured.cache_policy = configured.cache_policy.configure(key_storage=self.keys)
            # Set on the task, since its constructor takes only blocks saved on the server;
            # this one is made from settings and differs between machines.
            configured.result_storage = self.results
        return await configured(
            *map(_opaque, args),
            **{name: _opaque(value) for name, value in kwargs.items()},
            return_state=True,
        )


def _opaque(value: Any) -> Any:
    """Keep Prefect from walking through an entity's thousands of parts in search of futures; the
    entity itself still links a stage to the one it came from."""
    if isinstance(value, Digested):
        return opaque(value)
    if isinstance(value, list | tuple):
        return [_opaque(item) for item in value]
    return value


async def all_of(work: Iterable[Awaitable[R]]) -> list[R]:
    """Results of what runs side by side, in order.

    Raises:
        Exception: the first one in order, once all have ended: which of two bad photos is named
            does not depend on which was faster, and nothing is left running.
    """
    results = await asyncio.gather(*work, return_exceptions=True)
    found: list[R] = []
    for result in results:
        if isinstance(result, BaseException):
            raise result
        found.append(result)
    return found


async def both(first: Awaitable[R], second: Awaitable[S]) -> tuple[R, S]:
    """As `all_of`, for two of different types."""
    one, two = await all_of([_any(first), _any(second)])
    return one, two


async def _any(work: Awaitable[Any]) -> Any:
    return await work


def runner_for(*, folder: Any, block: str | None, refresh: bool) -> StageRunner:
    """A runner whose results lie in a local folder, or in a saved storage block.

    Args:
        folder: a `pathlib.Path`; used where `block` is None.
        block: such as `s3-bucket/results`.
        refresh: see `StageRunner`.
    """
    place: dict[str, Any] = {"block": block} if block else {"folder": folder}
    return StageRunner(
        results=ResultFiles(**place, checked=True),
        keys=ResultFiles(**place, suffix=_KEY_SUFFIX),
        refresh=refresh,
    )
