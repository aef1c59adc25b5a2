"""Lines for pipes, bars for terminals."""

from __future__ import annotations

import io

from infra.cli_screen import screen_on
from tasks.progress import StageEvent, StageRun


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def play(stream: io.StringIO) -> str:
    with screen_on(stream) as screen:
        screen.say("waiting [for] a server")
        screen.stage(StageEvent("prepare_model", note="half a minute"))
        for seconds, cached in ((0.25, False), (0.5, True)):
            screen.stage(StageEvent("admit_photo"))
            screen.stage(StageEvent("admit_photo", StageRun("admit_photo", seconds, cached)))
        screen.stage(StageEvent("fit_head"))
        screen.stage(StageEvent("fit_head", StageRun("fit_head", 1.234, False)))
    return stream.getvalue()


def test_plain_lines_say_what_ended() -> None:
    assert play(io.StringIO()).splitlines() == [
        "waiting [for] a server",
        "prepare_model: half a minute",
        "admit_photo: computed in 0.25 s",
        "admit_photo: cached in 0.50 s",
        "fit_head: computed in 1.23 s",
    ]


def test_a_terminal_gets_a_bar_per_stage() -> None:
    shown = play(Terminal())
    for words in ("waiting [for] a server", "half a minute", "admit_photo", "fit_head", "1.23 s"):
        assert words in shown
    assert "━" in shown
