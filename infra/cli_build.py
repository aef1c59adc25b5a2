"""`likeness build`: photos to a folder of files."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.cli_errors import UsageError
from infra.cli_screen import Screen
from infra.cli_server import OwnServer, ServerError, answers, configured_api

if TYPE_CHECKING:
    from flows.requests import BuildAvatarRequest, BuildResult

_STAGING_PREFIX = ".likeness-"
_NO_SUCH_PLACE = (errno.ENOENT, errno.ENOTDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.EINVAL)


def build(options: argparse.Namespace, screen: Screen) -> dict[str, Any]:
    """Build an avatar and put its files into `--out`.

    Returns:
        What `--json` prints.

    Raises:
        Rejected, EngineMissing, UsageError, ServerError, OSError: see `infra.cli_errors`.
    """
    with staging_beside(Path(options.out).absolute()) as staging, prefect_api(screen) as wait:
        request = request_of(options, staging)
        check_early(request, screen)
        wait()
        result = asyncio.run(_run(request, screen))
        collect(result, staging)
        out = Path(options.out).absolute()
        move_into_place(staging, out)
    return report_of(result, out)


@contextmanager
def staging_beside(out: Path) -> Iterator[Path]:
    """A folder on the file system of `out`, gone when the block ends unless it was moved.

    Raises:
        UsageError: `out` is a file.
        OSError: nothing can be written there.
    """
    try:
        if out.exists() and not out.is_dir():
            raise UsageError(f"--out {str(out)!a} is a file; give a folder.")
        made = _make_folders(out.parent)
        # Inside of an existing folder it is surely on the same file system.
        place = out if out.is_dir() else out.parent
        staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=place))
    except OSError as error:
        if error.errno not in _NO_SUCH_PLACE:
            raise
        raise UsageError(f"--out {str(out)!a} cannot be made: {error.strerror}.") from error
    finished = False
    try:
        yield staging
        finished = True
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if not finished:
            for folder in reversed(made):
                with contextlib.suppress(OSError):
                    folder.rmdir()


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and those above it; gives the ones that were made, outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    folder.mkdir(parents=True, exist_ok=True)
    return missing


@contextmanager
def prefect_api(screen: Screen) -> Iterator[Any]:
    """Make Prefect use the configured server, or start one; gives a function that waits for it."""
    if (url := configured_api()) is not None:

        def check() -> None:
            if not answers(url):
                raise ServerError(
                    f"The Prefect server at {url} does not answer; start it, or unset "
                    "PREFECT_API_URL to do without."
                )

        yield check
        return
    with OwnServer() as server:
        os.environ["PREFECT_API_URL"] = server.api_url

        def wait() -> None:
            screen.say("waiting for a local Prefect server")
            server.wait()

        try:
            yield wait
        finally:
            drain()
            del os.environ["PREFECT_API_URL"]


def request_of(options: argparse.Namespace, staging: Path) -> BuildAvatarRequest:
    """The request that a command line means.

    Raises:
        UsageError: it asks for something that cannot be.
    """
    from pydantic import ValidationError

    from flows.requests import BuildAvatarRequest, PhotoSource

    try:
        return BuildAvatarRequest(
            photos=[
                PhotoSource(path=_readable_path(path, staging / f"photo-{i}"))
                for i, path in enumerate(options.photos)
            ],
            name=_clean(options.name),
            user=_clean(options.user),
            height_cm=options.height_cm,
            weight_kg=options.weight_kg,
            gender=options.gender,
            age_years=options.age,
            skin=options.skin,
            pose=options.pose,
            refresh=options.no_cache,
        )
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{field}: {first['msg']}") from error


def check_early(request: BuildAvatarRequest, screen: Screen) -> None:
    """Everything that needs no server, while it starts: facts, photos, model, database.

    Raises:
        Rejected, EngineMissing: as the build would.
    """
    from blocks.settings import Settings
    from flows.avatar import choose_engine, choose_model, limits_of
    from infra.database import ensure_schema
    from tasks.core.photo.admit import admit_photo
    from tasks.photos import read_photo
    from tasks.progress import observer
    from tasks.store.database import connect

    settings = Settings()
    limits = limits_of(settings)
    request.person()
    for source in request.photos:
        admit_photo(read_photo(source.path, source.data, limits), limits=limits)
    token = observer.set(screen.stage)
    try:
        if not settings.body_model_block:
            # Loads the model, and prepares it where this machine has not.
            asyncio.run(choose_model(settings, request))
    finally:
        observer.reset(token)
    asyncio.run(choose_engine(settings, request))
    if not settings.database_block:
        engine = connect(settings.database_address)
        try:
            ensure_schema(engine)
        finally:
            engine.dispose()


async def _run(request: BuildAvatarRequest, screen: Screen) -> BuildResult:
    from flows.avatar import build_avatar
    from tasks.progress import observer

    token = observer.set(screen.stage)
    try:
        return await build_avatar(request)
    finally:
        observer.reset(token)


def drain() -> None:
    """Hand Prefect's server what it has not heard yet, before it is stopped."""
    if "prefect" not in sys.modules:
        return
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    EventsWorker.drain_all()
    APILogWorker.drain_all()


def collect(result: BuildResult, staging: Path) -> None:
    """Copy the build's files out of the store, checked against their hashes.

    Raises:
        OSError: the disk is full, or a stored file was damaged.
    """
    from tasks.store.files import write_whole

    for asset in result.assets:
        data = Path(asset.location).read_bytes()
        if hashlib.sha256(data).hexdigest() != asset.sha256:
            raise OSError(f"{asset.location} was damaged after it was stored")
        write_whole(staging / "files" / asset.name, data, durable=True)


def move_into_place(staging: Path, out: Path) -> None:
    """Make finished files visible: the whole folder at once, or file by file into an existing one,
    the manifest last."""
    files = staging / "files"
    umask = os.umask(0)
    os.umask(umask)
    files.chmod(0o777 & ~umask)
    for path in files.iterdir():
        path.chmod(0o666 & ~umask)
    if not out.exists():
        os.rename(files, out)
        return
    for path in sorted(files.iterdir(), key=lambda p: (p.name == "manifest.json", p.name)):
        os.replace(path, out / path.name)


def report_of(result: BuildResult, out: Path) -> dict[str, Any]:
    """What `--json` prints about a build."""
    return {
        "avatar_id": str(result.avatar_id),
        "build_id": str(result.build_id),
        "name": result.name,
        "height_cm": result.height_cm,
        "height_stated": result.height_stated,
        "files": [
            {
                "name": asset.name,
                "path": os.fsencode(out / asset.name).decode("utf-8", "replace"),
                "media_type": asset.media_type,
                "sha256": asset.sha256,
                "size": asset.size,
            }
            for asset in result.assets
        ],
        "warnings": [warning.model_dump() for warning in result.warnings],
        "stages": [stage.model_dump() for stage in result.stages],
        "seconds": result.seconds,
    }


def print_report(report: dict[str, Any]) -> None:
    """The same for a person, on standard output."""
    cached = sum(stage["cached"] for stage in report["stages"])
    print(f"{report['name']}: built in {report['seconds']:.1f} s, {cached} of "
          f"{len(report['stages'])} stages cached")  # fmt: skip
    for file in report["files"]:
        print(f"  {file['path']}  ({file['size'] / 1000:,.0f} kB)")
    for warning in report["warnings"]:
        print(f"note: {warning['sentence']} [{warning['code']}]", file=sys.stderr)


def _readable_path(path: str, link: Path) -> str:
    """An absolute path that JSON can carry; a link where the name is no UTF-8."""
    absolute = os.path.abspath(path)
    try:
        absolute.encode()
    except UnicodeEncodeError:
        link.symlink_to(absolute)
        return str(link)
    return absolute


def _clean(text: str | None) -> str | None:
    """Bytes of the command line that are no UTF-8 become replacement characters."""
    return None if text is None else os.fsencode(text).decode("utf-8", "replace")
