"""How every stage is cached and retried: written once.

A stage's key is its name, its code (see `tasks.code`) and the digests of its inputs: the same in
every process and on every machine. Results are stored by `tasks.results`.

There are no time limits on stages: a thread inside a C library cannot be stopped, so a limit
would only report a stage as ended while it goes on computing. A hard limit belongs to the process
that runs the flow (a worker's job).
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from prefect import Task, task
from prefect.cache_policies import NO_CACHE, CachePolicy
from prefect.client.schemas.objects import State, TaskRun
from prefect.context import TaskRunContext
from prefect.tasks import exponential_backoff

from tasks.code import code_of, imports_of
from tasks.core.digest import digest_of
from tasks.core.errors import EngineMissing, Rejected
from tasks.results import ArraySerializer, CacheUnreadableError
from tasks.store.builds import StaleAttemptError

P = ParamSpec("P")
R = TypeVar("R")

RETRIES = 2
# 1 s, then 2 s: trouble of ours (storage away, a locked database) passes quickly or not at all.
BACKOFF_FACTOR = 1.0
# Up to half as long again, so that runs that failed together do not come back together.
JITTER_FACTOR = 0.5

# Asking again gives the same answer: bad input, a missing model, a mistake in the code.
_FINAL_ERRORS = (
    Rejected,
    EngineMissing,
    CacheUnreadableError,
    StaleAttemptError,
    LookupError,
    TypeError,
)


def stage(
    name: str, *, cached: bool = True
) -> Callable[[Callable[P, Coroutine[Any, Any, R]]], Task[P, Coroutine[Any, Any, R]]]:
    """Make a stage of an async function that imports what it needs from the core in its body.

    Args:
        name: the stage's name in keys, logs and the UI.
        cached: store the result and reuse it while code and inputs are the same.
    """

    def wrap(function: Callable[P, Coroutine[Any, Any, R]]) -> Task[P, Coroutine[Any, Any, R]]:
        keys: Any = CachePolicy.from_cache_key_fn(key_function(name, function))
        return task(
            name=name,
            description=inspect.getdoc(function),
            cache_policy=keys if cached else NO_CACHE,
            persist_result=cached,
            # Results of megabytes would otherwise stay in memory for the process's life.
            cache_result_in_memory=False,
            result_serializer=ArraySerializer(),
            retries=RETRIES,
            retry_delay_seconds=exponential_backoff(BACKOFF_FACTOR),
            retry_jitter_factor=JITTER_FACTOR,
            retry_condition_fn=worth_retrying,
            log_prints=False,
        )(function)

    return wrap


def key_function(
    name: str, function: Callable[..., Any]
) -> Callable[[TaskRunContext, dict[str, Any]], str]:
    """Prefect's cache key function for one stage."""

    def key(_: TaskRunContext | None, inputs: dict[str, Any]) -> str:
        return stage_key(name, function, inputs)

    return key


def stage_key(name: str, function: Callable[..., Any], inputs: Mapping[str, Any]) -> str:
    """`name/` and 64 hex digits.

    Raises:
        TypeError: an input has no digest.
        LookupError: a module that the function imports has no file.
    """
    digest = digest_of(name, _code_digest(function), _identity(dict(inputs)))
    return f"{name}/{digest}"


@functools.lru_cache(maxsize=64)
def _code_digest(function: Callable[..., Any]) -> str:
    return digest_of(inspect.getsource(function), code_of(imports_of(function)).digest)


def worth_retrying(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Prefect's retry condition: everything but what would only fail again."""
    error = state.data
    if hasattr(error, "result"):
        error = error.result
    return not isinstance(error, _FINAL_ERRORS)


def _identity(value: Any) -> Any:
    """The value with entities and references replaced by the digests they already know."""
    digest = getattr(value, "digest", None)
    if isinstance(digest, str):
        return {type(value).__name__: digest}
    if isinstance(value, Mapping):
        return {key: _identity(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray | memoryview):
        return [_identity(item) for item in value]
    return value
