"""Reports: units, order, and nothing that changes from run to run outside of `run`."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import numpy as np

from tasks.core.entities import Asset, Check, Measurement, Measurements, Notice, Photo
from tasks.core.manifest import distinct, manifest_asset, measurements_asset


def manifest(**change: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "request": {"name": "Ada", "age_years": None},
        "photos": [Photo(np.zeros((4, 6, 3), np.uint8), None, "ab", "image/png")],
        "assets": [Asset("avatar.glb", "model/gltf-binary", b"glTF")],
        "checks": [Check("sharpness", np.float32(0.123456), 0.1, "ratio", True, "photo.blurred")],  # type: ignore[arg-type]
        "notices": [Notice("a", "One."), Notice("a", "One."), Notice("b", "Two.")],
        "made_by": {"python": "3.11"},
        "run": {"build_id": "1"},
    }
    asset = manifest_asset(**{**values, **change})
    assert asset.name == "manifest.json"
    found: dict[str, Any] = json.loads(asset.data)
    return found


def test_a_manifest_names_what_went_in_and_out() -> None:
    found = manifest()
    assert found["photos"] == [{"sha256": "ab", "media_type": "image/png", "width": 6, "height": 4}]
    (asset,) = found["assets"]
    assert asset["sha256"] == hashlib.sha256(b"glTF").hexdigest()
    assert asset["size"] == 4
    assert found["quality"][0]["value"] == 0.1235
    assert [w["code"] for w in found["warnings"]] == ["a", "b"]


def test_runs_differ_only_under_run() -> None:
    first, second = manifest(run={"build_id": "1"}), manifest(run={"build_id": "2"})
    assert first.pop("run") != second.pop("run")
    assert first == second


def test_measurements_are_in_people_s_units() -> None:
    asset = measurements_asset(
        Measurements(
            (
                Measurement("stature", 1.70004, 0.01, "m", "soles to crown"),
                Measurement("volume", 0.0661, 0.001, "m³", "the body"),
                Measurement("weight", 61.23456, 2.0, "kg", "stated or estimated"),
            ),
            (Notice("measure.unseen", "Not seen."),),
        )
    )
    found = json.loads(asset.data)
    rows = [(m["value"], m["uncertainty"], m["unit"]) for m in found["measurements"]]
    assert rows == [(170.0, 1.0, "cm"), (66.1, 1.0, "l"), (61.2346, 2.0, "kg")]
    assert found["warnings"][0]["code"] == "measure.unseen"


def test_each_notice_once_in_order() -> None:
    one, two = Notice("a", "1"), Notice("b", "2")
    assert distinct([two, one, two]) == [two, one]
