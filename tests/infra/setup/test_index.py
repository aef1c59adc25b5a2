"""pip's settings as uv's options."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.setup import index

LISTING = """\
global.cert='/etc/ours.pem'
global.index-url='https://one.example/simple'
global.extra-index-url='https://two.example/simple file:///nowhere/simple'
install.find-links='/wheels'
:env:.index-url='https://three.example/simple'
:env:.default-timeout='60'
freeze.timeout='10'
"""


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    monkeypatch.setattr(index, "output", lambda command: LISTING)
    return index.pip_settings(Path("python"))


def test_the_environment_overrules_files_and_other_commands_do_not_count(
    settings: dict[str, str],
) -> None:
    assert settings["index-url"] == "https://three.example/simple"
    assert settings["find-links"] == "/wheels"
    assert "timeout" not in settings


def test_sources_become_options_and_absent_folders_are_passed_over(
    settings: dict[str, str],
) -> None:
    assert index.uv_options(settings) == [
        "--default-index",
        "https://three.example/simple",
        "--index",
        "https://two.example/simple",
        "--find-links",
        "/wheels",
        "--index-strategy",
        "unsafe-best-match",
    ]


def test_without_settings_uv_is_left_alone() -> None:
    assert index.uv_options({}) == []


def test_certificate_and_time_limit_reach_uv(
    settings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("UV_HTTP_TIMEOUT", raising=False)
    environment = index.uv_environment(settings)
    assert environment["SSL_CERT_FILE"] == "/etc/ours.pem"
    assert environment["UV_HTTP_TIMEOUT"] == "60"
