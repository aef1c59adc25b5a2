"""build_avatar on stand-ins: what runs, what is cached, what is published, how it fails."""

from __future__ import annotations

import asyncio
import base64
import errno
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from flows.avatar import STAGES, build_avatar
from flows.requests import BuildAvatarRequest, BuildResult, PhotoSource
from tasks.core.errors import EngineMissing, Rejected
from tasks.progress import StageEvent, observer
from tests.flows.standins import NO_FACE, StandIns

ALL_STAGES = [stage.name for stage in STAGES]
ON_HEIGHT = ALL_STAGES[ALL_STAGES.index("fit_body") :]


def photo(data: bytes = b"a portrait") -> PhotoSource:
    return PhotoSource(data=base64.b64encode(data).decode())


def build(photos: list[PhotoSource] | None = None, **asked: Any) -> BuildResult:
    request = BuildAvatarRequest(photos=photos or [photo()], **asked)
    return asyncio.run(build_avatar(request))


def rows(home: Path, query: str) -> list[Any]:
    with sqlite3.connect(home / "data" / "likeness.db") as connection:
        return connection.execute(query).fetchall()


def stored_files(home: Path) -> list[Path]:
    return [path for path in (home / "data" / "store").rglob("*") if path.is_file()]


def test_a_build_publishes_its_files(home: Path, core: StandIns) -> None:
    result = build(name="Ada", user="u1", height_cm=170)
    assert [asset.name for asset in result.assets] == [
        "avatar.glb", "measurements.json", "thumbnail.png", "contact-sheet.png", "manifest.json",
    ]  # fmt: skip
    for asset in result.assets:
        assert len(Path(asset.location).read_bytes()) == asset.size
    assert rows(home, "SELECT owner, name FROM avatar") == [("u1", "Ada")]
    assert rows(home, "SELECT status, attempt FROM build_run") == [("published", 1)]
    assert result.height_stated
    assert result.height_cm == 170
    assert [w.code for w in result.warnings] == ["landmarks.engine"]


def test_the_manifest_says_what_made_it(home: Path, core: StandIns) -> None:
    result = build(height_cm=170, gender="female")
    manifest = json.loads(Path(result.asset("manifest.json").location).read_bytes())
    assert manifest["request"]["gender"] == "female"
    assert manifest["request"]["age_years"] is None
    assert [p["sha256"] for p in manifest["photos"]] == [f"{sum(b'a portrait'):064x}"]
    listed = {a["name"]: a["sha256"] for a in manifest["assets"]}
    assert listed == {a.name: a.sha256 for a in result.assets if a.name != "manifest.json"}
    assert manifest["made_by"]["body_model"]["name"] == "stand-in"
    libraries = {entry["name"]: entry for entry in manifest["made_by"]["libraries"]}
    assert libraries["numpy"]["version"]
    assert "BSD" in libraries["numpy"]["licence"]
    assert [row["name"] for row in manifest["quality"]] == ["short_side", "face_size"]
    assert {s["stage"] for s in manifest["run"]["stages"]} == set(ALL_STAGES)


def test_measurements_are_reported_in_centimetres(home: Path, core: StandIns) -> None:
    result = build(height_cm=170)
    (stature,) = json.loads(Path(result.asset("measurements.json").location).read_bytes())[
        "measurements"
    ]
    assert (stature["value"], stature["uncertainty"], stature["unit"]) == (170.0, 0.1, "cm")


def test_an_unchanged_rebuild_computes_nothing(home: Path, core: StandIns) -> None:
    first = build(height_cm=170)
    assert core.take() == dict.fromkeys(ALL_STAGES, 1)
    second = build(height_cm=170)
    assert core.take() == {}
    assert {s.stage for s in second.stages if s.cached} == set(ALL_STAGES)
    files = [[(a.name, a.sha256) for a in r.assets if a.name != "manifest.json"]
             for r in (first, second)]  # fmt: skip
    assert files[0] == files[1]
    assert first.avatar_id != second.avatar_id


def test_refresh_computes_everything_and_stores_it(home: Path, core: StandIns) -> None:
    build()
    core.take()
    build(refresh=True)
    assert core.take() == dict.fromkeys(ALL_STAGES, 1)
    build()
    assert core.take() == {}


def test_another_height_keeps_the_photo_and_the_head(home: Path, core: StandIns) -> None:
    build(height_cm=170)
    core.take()
    build(height_cm=180)
    assert core.take() == dict.fromkeys(ON_HEIGHT, 1)


@pytest.mark.parametrize(
    ("asked", "computed"),
    [
        ({"pose": "T"}, ["rig_avatar", "export_avatar", "take_pictures"]),
        ({"skin": 1024}, ["bake_skin", "rig_avatar", "export_avatar", "take_pictures"]),
        ({"gender": "male"}, ["fit_head", *ON_HEIGHT]),
        ({"name": "Bob", "user": "u2"}, []),
    ],
    ids=lambda value: str(value)[:20],
)
def test_only_what_depends_on_a_change_is_computed(
    home: Path, core: StandIns, asked: dict[str, Any], computed: list[str]
) -> None:
    build()
    core.take()
    build(**asked)
    assert core.take() == dict.fromkeys(computed, 1)


def test_photos_are_seen_one_by_one_and_fitted_together(home: Path, core: StandIns) -> None:
    build([photo(b"one"), photo(b"two")])
    calls = core.take()
    assert (calls["admit_photo"], calls["find_landmarks"], calls["fit_head"]) == (2, 2, 1)
    build([photo(b"one"), photo(b"two"), photo(b"three")])
    calls = core.take()
    assert (calls["admit_photo"], calls["fit_head"]) == (1, 1)
    assert rows(home, "SELECT count(*) FROM photo") == [(5,)]


def test_bad_input_fails_once_and_publishes_nothing(home: Path, core: StandIns) -> None:
    with pytest.raises(Rejected) as caught:
        build([photo(NO_FACE)])
    assert caught.value.code == "photo.no_face"
    assert core.take() == {"admit_photo": 1, "isolate_subject": 1, "find_landmarks": 1}
    assert rows(home, "SELECT status, code FROM build_run") == [("rejected", "photo.no_face")]
    assert rows(home, "SELECT count(*) FROM avatar") == [(0,)]
    assert stored_files(home) == []


def test_the_failed_run_carries_the_code(home: Path, core: StandIns) -> None:
    state = asyncio.run(
        build_avatar(BuildAvatarRequest(photos=[photo(NO_FACE)]), return_state=True)
    )
    assert state.is_failed()
    assert "photo.no_face" in (state.message or "")


def test_of_two_bad_photos_the_first_is_named(home: Path, core: StandIns) -> None:
    with pytest.raises(Rejected) as caught:
        build([PhotoSource(path="/nowhere/a.jpg"), photo(NO_FACE)])
    assert caught.value.code == "photo.not_found"


def test_impossible_facts_are_rejected_before_anything_runs(home: Path, core: StandIns) -> None:
    with pytest.raises(Rejected, match="did you mean 175 cm"):
        build(height_cm=1.75)
    assert core.take() == {}
    assert rows(home, "SELECT status, code FROM build_run") == [("rejected", "person.height")]


@pytest.mark.parametrize("data", ["%%%", "./photo.jpg", "http://x/y.jpg", "data:image/png"])
def test_data_is_never_taken_for_a_path(home: Path, core: StandIns, data: str) -> None:
    with pytest.raises(Rejected) as caught:
        build([PhotoSource(data=data)])
    assert caught.value.code.startswith("photo.bad_")


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for stage in STAGES:
        monkeypatch.setattr(stage, "retry_delay_seconds", 0.01)


def test_trouble_of_ours_is_tried_again(
    home: Path, core: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    core.trouble["fit_body"] = [OSError("storage away"), OSError("storage away")]
    build()
    assert core.take()["fit_body"] == 3


def test_trouble_that_stays_fails_the_build(
    home: Path, core: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    core.trouble["fit_body"] = [OSError("storage away") for _ in range(3)]
    with pytest.raises(OSError, match="storage away"):
        build()
    assert rows(home, "SELECT status FROM build_run") == [("failed",)]


def test_a_missing_engine_is_not_tried_again(home: Path, core: StandIns) -> None:
    core.trouble["isolate_subject"] = [EngineMissing("engine.matting", "No engine.")]
    with pytest.raises(EngineMissing):
        build()
    assert core.take()["isolate_subject"] == 1


def results(home: Path, stage: str) -> list[Path]:
    folder = home / "cache" / "results" / stage
    return [path for path in folder.iterdir() if path.suffix != ".key"]


@pytest.mark.parametrize("damage", ["truncate", "delete", "key"])
def test_a_damaged_cache_is_computed_anew(home: Path, core: StandIns, damage: str) -> None:
    first = build()
    core.take()
    (path,) = results(home, "fit_head")
    if damage == "truncate":
        path.write_bytes(path.read_bytes()[:40])
    elif damage == "delete":
        path.unlink()
    else:
        path.with_name(path.name + ".key").write_bytes(b"{")
    second = build()
    assert core.take() == {"fit_head": 1}
    assert first.asset("avatar.glb").sha256 == second.asset("avatar.glb").sha256
    build()
    assert core.take() == {}


def test_stored_results_hold_no_pickle(home: Path, core: StandIns) -> None:
    build()
    files = [p for p in (home / "cache" / "results").rglob("*") if p.is_file()]
    assert len(files) == 2 * len(ALL_STAGES)
    assert all(p.read_bytes().startswith((b"LKNSARR", b"{")) for p in files)


def test_a_cache_that_cannot_be_written_costs_only_time(
    home: Path, core: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: Any, **_options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tasks.results.write_whole", full)
    build()
    assert core.take() == dict.fromkeys(ALL_STAGES, 1)
    build()
    assert core.take() == dict.fromkeys(ALL_STAGES, 1)


def test_a_full_store_publishes_nothing(
    home: Path, core: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tasks.publish.publish_avatar.retries", 0)
    monkeypatch.setattr("tasks.store.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        build()
    assert rows(home, "SELECT count(*) FROM avatar") == [(0,)]
    assert stored_files(home) == []


def test_a_locked_database_is_an_error(
    home: Path, core: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tasks.store.database.BUSY_TIMEOUT_MS", 50)
    other = sqlite3.connect(home / "data" / "likeness.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Exception, match="locked"):
        build()
    other.close()


def test_a_database_without_tables_is_said_so(
    home: Path, core: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIKENESS_DATABASE_URL", f"sqlite:///{home}/empty.db")
    with pytest.raises(EngineMissing) as caught:
        build()
    assert caught.value.code == "store.schema"


@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b", "<script>", "x" * 200, "‮evil"])
def test_names_are_made_safe(home: Path, core: StandIns, name: str) -> None:
    result = build(name=name)
    assert not set(result.name) & set('/\\\x00<>|"‮')
    assert result.name


def test_whoever_watches_hears_of_every_stage(home: Path, core: StandIns) -> None:
    heard: list[StageEvent] = []
    token = observer.set(heard.append)
    try:
        build()
    finally:
        observer.reset(token)
    ended = [event.name for event in heard if event.run]
    begun = [event.name for event in heard if not event.run and not event.note]
    assert sorted(ended) == sorted(begun) == sorted([*ALL_STAGES, "publish_avatar"])


def test_the_run_has_its_picture_and_tables(home: Path, core: StandIns) -> None:
    from prefect.client.orchestration import get_client

    result = build(name="Ada [x](javascript:y)")

    async def artifacts() -> dict[str | None, Any]:
        async with get_client() as client:
            found = await client.read_artifacts()
        mine = [a for a in found if str(a.flow_run_id) == str(result.build_id)]
        return {a.key: a for a in mine if a.key}

    found = asyncio.run(artifacts())
    assert set(found) == {"avatar", "avatar-stages"}
    page = found["avatar"].data
    assert "data:image/jpeg;base64," in page
    assert "[x](" not in page
    assert "avatar.glb" in page.replace("\\", "")
    assert {row["stage"] for row in json.loads(found["avatar-stages"].data)} >= set(ALL_STAGES)
