"""The reports beside an avatar: measurements and the manifest, as JSON files.

Same input, same bytes: keys in a fixed order, numbers rounded, and in the manifest everything that
differs from run to run kept apart under `run`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from tasks.core.entities import Asset, Check, Measurements, Notice, Photo

MANIFEST_VERSION = 1
# Core unit → unit of reports, factor.
_REPORT_UNITS = {"m": ("cm", 100.0), "m³": ("l", 1000.0), "m²": ("m²", 1.0)}
# A tenth of a millimetre, of a gram: finer than anything that was measured.
_DECIMALS = {"cm": 2, "kg": 4, "l": 4}
_OTHER_DECIMALS = 4


def measurements_asset(measurements: Measurements) -> Asset:
    """`measurements.json`: lengths in centimetres, volumes in litres, weight in kilograms."""
    values = []
    for found in measurements.values:
        unit, factor = _REPORT_UNITS.get(found.unit, (found.unit, 1.0))
        decimals = _DECIMALS.get(unit, _OTHER_DECIMALS)
        values.append(
            {
                "name": found.name,
                "value": round(found.value * factor, decimals),
                "uncertainty": round(found.uncertainty * factor, decimals),
                "unit": unit,
                "definition": found.definition,
            }
        )
    return json_asset(
        "measurements.json", {"measurements": values, "warnings": _notices(measurements.notices)}
    )


def manifest_asset(
    *,
    request: Mapping[str, Any],
    photos: Sequence[Photo],
    assets: Sequence[Asset],
    checks: Sequence[Check],
    notices: Sequence[Notice],
    made_by: Mapping[str, Any],
    run: Mapping[str, Any],
) -> Asset:
    """`manifest.json`: what was asked for, what came out, and what made it.

    Args:
        request: the request as it is kept.
        photos: in the order of the request.
        assets: all other files of the result.
        checks: the quality report.
        notices: warnings and fallbacks.
        made_by: versions and licences of models, engines and libraries.
        run: what differs between two runs of the same request: ids, moments, timings.
    """
    content = {
        "manifest_version": MANIFEST_VERSION,
        "request": dict(request),
        "photos": [
            {
                "sha256": photo.sha256,
                "media_type": photo.media_type,
                "width": int(photo.pixels.shape[1]),
                "height": int(photo.pixels.shape[0]),
            }
            for photo in photos
        ],
        "assets": [
            {
                "name": asset.name,
                "sha256": hashlib.sha256(asset.data).hexdigest(),
                "size": len(asset.data),
                "media_type": asset.media_type,
            }
            for asset in assets
        ],
        "quality": quality_rows(checks),
        "warnings": _notices(notices),
        "made_by": dict(made_by),
        "run": dict(run),
    }
    return json_asset("manifest.json", content)


def quality_rows(checks: Sequence[Check]) -> list[dict[str, Any]]:
    """The quality report as rows: name, value, limit, unit, passed."""
    return [
        {
            "name": check.name,
            "value": round(float(check.value), _OTHER_DECIMALS),
            "limit": round(float(check.limit), _OTHER_DECIMALS),
            "unit": check.unit,
            "passed": bool(check.passed),
        }
        for check in checks
    ]


def distinct(notices: Sequence[Notice]) -> list[Notice]:
    """Each notice once, in order."""
    return list(dict.fromkeys(notices))


def json_asset(name: str, content: Mapping[str, Any]) -> Asset:
    """A JSON file: UTF-8, indented, with a line break at the end."""
    text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
    return Asset(name, "application/json", f"{text}\n".encode())


def _notices(notices: Sequence[Notice]) -> list[dict[str, str]]:
    return [{"code": n.code, "sentence": n.sentence} for n in distinct(notices)]
