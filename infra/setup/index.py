"""Where packages come from: pip's own configuration, handed on to uv."""

from __future__ import annotations

import ast
import os
from pathlib import Path

from infra.setup.console import output

# pip's settings that say where packages come from. A section for `install` overrules `global`,
# the environment overrules both.
_SECTIONS = ("global", "install", ":env:")


def pip_settings(python: Path) -> dict[str, str]:
    """pip's settings by bare name (`find-links`), each from the strongest place that has it."""
    found: dict[str, dict[str, str]] = {section: {} for section in _SECTIONS}
    for line in output([python, "-m", "pip", "config", "list"]).splitlines():
        name, _, value = line.partition("=")
        section, _, key = name.partition(".")
        if section in found:
            found[section][key] = str(ast.literal_eval(value))
    return {key: value for section in _SECTIONS for key, value in found[section].items()}


def uv_options(settings: dict[str, str]) -> list[str]:
    """uv's command-line options that name the same sources as pip's settings."""
    options: list[str] = []
    if "index-url" in settings:
        options += ["--default-index", settings["index-url"]]
    for url in _reachable(settings.get("extra-index-url", "").split()):
        options += ["--index", url]
    for place in settings.get("find-links", "").split():
        options += ["--find-links", place]
    if "--index" in options:
        # pip takes the best version of all indexes; uv would stop at the first that has any.
        options += ["--index-strategy", "unsafe-best-match"]
    return options


def uv_environment(settings: dict[str, str]) -> dict[str, str]:
    """The environment for uv: this one, with pip's certificate and time limit."""
    environment = dict(os.environ)
    if "cert" in settings:
        environment["SSL_CERT_FILE"] = settings["cert"]
    if "timeout" in settings or "default-timeout" in settings:
        seconds = settings.get("timeout", settings.get("default-timeout", ""))
        environment.setdefault("UV_HTTP_TIMEOUT", seconds)
    return environment


def _reachable(urls: list[str]) -> list[str]:
    # pip passes over a folder that is not there; uv ends.
    return [u for u in urls if not u.startswith("file://") or Path(u[len("file://") :]).is_dir()]
