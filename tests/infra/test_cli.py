"""The command line on stand-ins: what it writes, what it says, how it exits."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from infra.cli import main
from tasks.core.errors import EngineMissing
from tests.flows.standins import NO_FACE, StandIns

FILES = {
    "avatar.glb", "contact-sheet.png", "manifest.json", "measurements.json", "thumbnail.png",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _environment(home: Path, prefect_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_API_URL", prefect_server)
    monkeypatch.chdir(home)


@pytest.fixture
def photo(home: Path) -> Path:
    path = home / "ada.jpg"
    path.write_bytes(b"a portrait")
    return path


def left_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


def error_of(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    error: dict[str, Any] = json.loads(capsys.readouterr().out)["error"]
    return error


def test_a_build_writes_its_files(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(photo), "--out", "out/deep", "--name", "Ada"]) == 0
    assert left_in(home / "out" / "deep") == FILES
    out, err = capsys.readouterr()
    assert "avatar.glb" in out
    assert "fit_head: computed in" in err
    assert "landmarks.engine" in err
    assert {oct((home / "out/deep" / name).stat().st_mode & 0o777) for name in FILES} == {"0o644"}


def test_json_says_what_was_written(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(photo), "--out", "out", "--height-cm", "170", "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert {file["name"] for file in report["files"]} == FILES
    assert all(Path(file["path"]).stat().st_size == file["size"] for file in report["files"])
    assert (report["height_cm"], report["height_stated"]) == (170, True)


def test_a_second_build_replaces_the_files_and_keeps_others(
    home: Path, core: StandIns, photo: Path
) -> None:
    assert main(["build", str(photo), "--out", "out"]) == 0
    (home / "out" / "mine.txt").write_text("keep")
    before = (home / "out" / "avatar.glb").read_bytes()
    core.take()
    assert main(["build", str(photo), "--out", "out", "--pose", "T"]) == 0
    assert set(core.take()) == {"admit_photo", "rig_avatar", "export_avatar", "take_pictures"}
    assert left_in(home / "out") == FILES | {"mine.txt"}
    assert (home / "out" / "avatar.glb").read_bytes() != before


def test_no_cache_computes_anew(home: Path, core: StandIns, photo: Path) -> None:
    assert main(["build", str(photo), "--out", "out"]) == 0
    core.take()
    assert main(["build", str(photo), "--out", "out", "--no-cache"]) == 0
    assert core.take()["fit_head"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["build"],
        ["build", "a.jpg"],
        ["build", "a.jpg", "--out", "o", "--skin", "512"],
        ["build", "a.jpg", "--out", "o", "--height-cm", "tall"],
        ["build", "a.jpg", "--out", "o", "--gender", "x"],
        ["sculpt"],
    ],
)
def test_usage_errors_exit_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert "usage: likeness" in capsys.readouterr().err


def test_too_many_photos_are_a_usage_error(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", *[str(photo)] * 9, "--out", "out"]) == 2
    assert "photos" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], "photo.no_face"),
        (["--height-cm", "1.75"], "person.height"),
        (["--weight-kg", "nan"], "person.weight"),
    ],
)
def test_rejected_input_exits_with_3(
    home: Path,
    core: StandIns,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: str,
) -> None:
    (home / "hill.jpg").write_bytes(NO_FACE)
    before = left_in(home)
    assert main(["build", "hill.jpg", "--out", "out/deep", "--json", *options]) == 3
    out, err = capsys.readouterr()
    assert json.loads(out)["error"]["code"] == code
    assert f"likeness: {code}: " in err
    assert "Traceback" not in err
    assert {path for path in left_in(home) - before if path.startswith("out")} == set()


def test_a_photo_that_is_not_there(
    home: Path, core: StandIns, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "nowhere.jpg", "--out", "out", "--json"]) == 3
    assert error_of(capsys)["code"] == "photo.not_found"
    assert core.take() == {}


def test_a_missing_engine_exits_with_4(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    core.trouble["isolate_subject"] = [EngineMissing("engine.matting", "No engine.")]
    assert main(["build", str(photo), "--out", "out", "--json"]) == 4
    assert error_of(capsys)["code"] == "engine.matting"


def test_a_body_model_that_cannot_be_loaded_exits_with_4(
    home: Path,
    core: StandIns,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def damaged(*_args: Any, **_options: Any) -> None:
        raise EngineMissing("engine.anny_cache", "The cache folder cannot be written.")

    monkeypatch.setattr("tasks.core.body.choose.load_body_model", damaged)
    assert main(["build", str(photo), "--out", "out", "--json"]) == 4
    assert error_of(capsys)["code"] == "engine.anny_cache"
    assert not (home / "out").exists()


def test_anything_else_exits_with_1_and_a_sentence(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    core.trouble["bake_skin"] = [TypeError("a mistake\nof ours")]
    assert main(["build", str(photo), "--out", "out"]) == 1
    err = capsys.readouterr().err
    assert "TypeError: a mistake)" in err
    assert "Traceback" not in err
    assert not (home / "out").exists()


def test_verbose_shows_where(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    core.trouble["bake_skin"] = [TypeError("a mistake")]
    assert main(["build", str(photo), "--out", "out", "--verbose"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_out_is_a_file(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", str(photo), "--out", str(photo)]) == 2
    assert photo.read_bytes() == b"a portrait"


def test_out_cannot_be_written(
    home: Path,
    core: StandIns,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Root may write anywhere, so the system's answer is simulated.
    def refused(*_args: Any, **_options: Any) -> str:
        raise PermissionError(errno.EACCES, "Permission denied", "out")

    monkeypatch.setattr("infra.cli_build.tempfile.mkdtemp", refused)
    assert main(["build", str(photo), "--out", "out", "--json"]) == 1
    assert error_of(capsys)["code"] == "disk.not_writable"
    assert core.take() == {}


@pytest.mark.parametrize("out", ["/proc/likeness", "ada.jpg/out", "o" * 300, "/dev/null/x"])
def test_an_out_that_cannot_be_is_found_before_anything_runs(
    home: Path, core: StandIns, photo: Path, capsys: pytest.CaptureFixture[str], out: str
) -> None:
    assert main(["build", str(photo), "--out", out, "--json"]) == 2
    assert "--out" in error_of(capsys)["sentence"]
    assert core.take() == {}


def test_a_full_disk_leaves_out_as_it_was(
    home: Path,
    core: StandIns,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main(["build", str(photo), "--out", "out"]) == 0
    before = {name: (home / "out" / name).read_bytes() for name in FILES}
    real = os.replace

    def full(source: Any, target: Any) -> None:
        if "out" in Path(target).parts and Path(target).name == "manifest.json":
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    monkeypatch.setattr("tasks.store.files.os.replace", full)
    capsys.readouterr()
    assert main(["build", str(photo), "--out", "out", "--pose", "T", "--json"]) == 1
    assert error_of(capsys)["code"] == "disk.full"
    assert left_in(home / "out") == FILES
    assert before == {name: (home / "out" / name).read_bytes() for name in FILES}


def test_a_locked_database_is_said_so(
    home: Path,
    core: StandIns,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tasks.store.database.BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(home / "data" / "likeness.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert main(["build", str(photo), "--out", "out", "--json"]) == 1
    other.close()
    assert error_of(capsys)["code"] == "store.locked"
    assert not (home / "out").exists()


def test_a_server_that_does_not_answer_is_said_so(
    home: Path,
    core: StandIns,
    photo: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert main(["build", str(photo), "--out", "out", "--json"]) == 1
    assert error_of(capsys)["code"] == "prefect.server"


def test_names_that_are_no_utf8(home: Path, core: StandIns) -> None:
    odd = os.fsdecode(b"ad\xe9\xff.jpg")
    Path(odd).write_bytes(b"a portrait")
    assert main(["build", odd, "--out", "out", "--name", os.fsdecode(b"\xff\xfe/../x")]) == 0
    manifest = json.loads((home / "out" / "manifest.json").read_bytes())
    assert manifest["request"]["name"] == "x"


def test_a_non_utf8_out(home: Path, core: StandIns, photo: Path) -> None:
    odd = os.fsdecode(b"out\xff")
    assert main(["build", str(photo), "--out", odd, "--json"]) == 0
    assert left_in(home / odd) == FILES


def test_models_are_listed_with_their_licences(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["models", "list", "--json"]) == 0
    found = {model["name"]: model for model in json.loads(capsys.readouterr().out)["models"]}
    assert {"anny", "mediapipe", "face-alignment", "smplx"} <= set(found)
    assert all(found[name]["present"] for name in ("anny", "mediapipe", "vtk"))
    assert not found["smplx"]["present"]
    assert all(
        model["licence"] and model["commercial"] and model["get"] for model in found.values()
    )
    assert main(["models", "list"]) == 0
    assert "commercial use" in capsys.readouterr().out


def test_the_check_fails_only_for_what_is_needed(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["models", "check"]) == 0
    real = __import__("infra.cli_models", fromlist=["_version"])._version
    monkeypatch.setattr(
        "infra.cli_models._version", lambda name: None if name == "mediapipe" else real(name)
    )
    assert main(["models", "check"]) == 4
    assert "pip install mediapipe" in capsys.readouterr().err


def test_the_database_is_upgraded(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKENESS_DATABASE_URL", f"sqlite:///{home}/new.db")
    assert main(["database", "upgrade", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"revision": "0001"}
