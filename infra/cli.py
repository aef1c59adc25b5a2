"""The command `likeness`.

Exit codes: 0 done, 2 usage, 3 input rejected, 4 an engine or a model is missing, 1 anything else.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from infra.cli_errors import EXIT_DONE, EXIT_MISSING, tell
from infra.cli_screen import screen_on

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = parser().parse_args(arguments)
    if not options.verbose:
        quiet()
    try:
        code: int = options.run(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read our output has left; nothing more can be said to them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except (Exception, KeyboardInterrupt) as error:
        told = tell(error)
        if options.verbose:
            traceback.print_exception(error)
        print(f"likeness: {told.line()}", file=sys.stderr)
        if options.json:
            print_json({"error": told.record()})
        return told.exit_code


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    top = argparse.ArgumentParser(
        prog="likeness", description="Photos in; a rigged, textured, expressive 3D avatar out."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    build = _command(commands, "build", "build an avatar from photos of one person", run_build)
    build.add_argument("photos", nargs="+", metavar="PHOTO", help="JPEG, PNG or WebP")
    build.add_argument("--out", required=True, metavar="DIR", help="folder for the files")
    build.add_argument("--height-cm", type=float, metavar="N", help="stature, centimetres")
    build.add_argument("--weight-kg", type=float, metavar="N", help="weight, kilograms")
    build.add_argument("--gender", choices=["female", "male", "neutral"])
    build.add_argument("--age", type=float, metavar="N", help="years")
    build.add_argument("--name", metavar="S", help="what to call the avatar")
    build.add_argument("--user", metavar="S", help="whose it is, in your own system")
    build.add_argument(
        "--skin", type=int, choices=[1024, 2048], default=2048, help="texture side, pixels"
    )
    build.add_argument("--pose", choices=["A", "T"], default="A", help="rest pose")
    build.add_argument("--no-cache", action="store_true", help="compute every stage anew")

    models = commands.add_parser("models", help="engines and model files: which are here")
    kinds = models.add_subparsers(required=True, metavar="COMMAND")
    _command(kinds, "list", "what is here, its licence, and how to get the rest", run_models_list)
    _command(kinds, "check", "the same; exit code 4 if a build could not run", run_models_check)

    database = commands.add_parser("database", help="the database of avatars")
    deeds = database.add_subparsers(required=True, metavar="COMMAND")
    _command(deeds, "upgrade", "bring its schema up to date", run_database_upgrade)
    return top


def run_build(options: argparse.Namespace) -> int:
    """`likeness build`."""
    from infra.cli_build import build, print_report

    with screen_on() as screen:
        report = build(options, screen)
    if options.json:
        print_json(report)
    else:
        print_report(report)
    return EXIT_DONE


def run_models_list(options: argparse.Namespace) -> int:
    """`likeness models list`."""
    from blocks.settings import Settings
    from infra.cli_models import models, print_models, records

    found = models(Settings())
    if options.json:
        print_json({"models": records(found)})
    else:
        print_models(found)
    return EXIT_DONE


def run_models_check(options: argparse.Namespace) -> int:
    """`likeness models check`."""
    from blocks.settings import Settings
    from infra.cli_models import models

    run_models_list(options)
    missing = [m for m in models(Settings()) if m.needed and not m.present]
    for model in missing:
        print(f"likeness: {model.name} is missing: {model.get}", file=sys.stderr)
    return EXIT_MISSING if missing else EXIT_DONE


def run_database_upgrade(options: argparse.Namespace) -> int:
    """`likeness database upgrade`."""
    from blocks.settings import Settings
    from infra.database import ensure_schema, head_revision
    from tasks.store.database import connect

    engine = connect(Settings().database_address)
    try:
        ensure_schema(engine)
    finally:
        engine.dispose()
    if options.json:
        print_json({"revision": head_revision()})
    else:
        print(f"The database is at revision {head_revision()}.")
    return EXIT_DONE


def quiet() -> None:
    """Keep the engine's own log off the terminal; its server and `--verbose` have it.

    Before Prefect is imported, which reads this once.
    """
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")


def print_json(content: dict[str, Any]) -> None:
    """On standard output, for programs: one object, UTF-8 whatever the locale says."""
    text = json.dumps(content, ensure_ascii=True, indent=2, allow_nan=False)
    print(text, flush=True)


def _command(commands: Any, name: str, help_text: str, run: Command) -> argparse.ArgumentParser:
    found: argparse.ArgumentParser = commands.add_parser(
        name, help=help_text, description=help_text
    )
    found.add_argument("--json", action="store_true", help="print the result as JSON")
    found.add_argument("--verbose", action="store_true", help="the engine's log, and tracebacks")
    found.set_defaults(run=run)
    return found


if __name__ == "__main__":
    sys.exit(main())
