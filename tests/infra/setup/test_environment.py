"""What the installation does on machines that lack something; nothing is installed here."""

from __future__ import annotations

import pytest

from infra.setup import environment, system


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    made: list[list[str]] = []

    def run(command: list[str], **_: object) -> bool:
        made.append([str(word) for word in command])
        return True

    monkeypatch.setattr(environment, "run", run)
    monkeypatch.setattr(system, "run", run)
    return made


def test_torch_at_hand_is_taken_without_any_index(calls: list[list[str]]) -> None:
    environment._install_torch(["uv"], ["--find-links", "/w"], {}, ["/w"])
    assert len(calls) == 1
    assert calls[0][2].startswith("torch==")
    assert calls[0][3:] == ["--no-index", "--no-deps", "--find-links", "/w"]


def test_without_a_gpu_the_cpu_build_is_taken(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_has_nvidia_gpu", lambda: False)
    environment._install_torch(["uv"], [], {}, [])
    assert [call[3:] for call in calls] == [["--torch-backend", "cpu"]]


def test_with_a_gpu_the_plain_build_is_taken(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment, "_has_nvidia_gpu", lambda: True)
    environment._install_torch(["uv"], ["--index", "x"], {}, [])
    assert [call[3:] for call in calls] == [["--index", "x"]]


def test_a_missing_library_is_named_with_the_command_that_brings_it(
    calls: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system, "LIBRARIES", {"libabsent.so.9": "libabsent9"})
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as ended:
        system.require_libraries()
    assert ended.value.code == 4
    assert "apt-get install -y libabsent9" in capsys.readouterr().err
    assert calls == []


def test_a_missing_program_is_named_with_its_purpose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(system.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit):
        system.require_program(("no-such-browser",), ["browser"], "the test of browsers")
    said = capsys.readouterr().err
    assert "no-such-browser was not found; the test of browsers needs it" in said


def test_no_python_says_which_is_wanted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment.sys, "version_info", (3, 13, 0))
    monkeypatch.setattr(environment.shutil, "which", lambda name: None)
    with pytest.raises(SystemExit):
        environment._find_python()
    assert "python3.11 was not found" in capsys.readouterr().err
