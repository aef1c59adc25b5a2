"""What the run shows in Prefect's UI: the picture, the quality report, the timings."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence

from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.logging import get_run_logger

from tasks.core.entities import Asset, Check, Notice
from tasks.core.manifest import distinct, quality_rows
from tasks.progress import StageRun
from tasks.store.avatars import StoredAsset

# Artifacts lie in the server's database; the contact sheet is shrunk to fit. Pixels.
_PICTURE_WIDTH = 900
_JPEG_QUALITY = 80


async def show_build(
    *,
    name: str,
    sheet: Asset,
    assets: Sequence[StoredAsset],
    checks: Sequence[Check],
    notices: Sequence[Notice],
    runs: Sequence[StageRun],
) -> None:
    """Attach the artifacts to the run; trouble with them is logged and ends nothing."""
    try:
        picture = await asyncio.to_thread(_as_jpeg, sheet)
        await asyncio.gather(
            acreate_markdown_artifact(
                _page(name, picture, assets, checks, notices),
                key="avatar",
                description=f"Avatar {name}",
            ),
            acreate_table_artifact(
                [
                    {
                        "stage": run.name,
                        "seconds": round(run.seconds, 3),
                        "result": "cached" if run.cached else "computed",
                    }
                    for run in runs
                ],
                key="avatar-stages",
                description="Seconds per stage",
            ),
        )
    except Exception as error:
        # The avatar is published by now: its page is worth no failed build.
        get_run_logger().warning("The run's artifacts could not be made: %r", error)


def _page(
    name: str,
    picture: bytes,
    assets: Sequence[StoredAsset],
    checks: Sequence[Check],
    notices: Sequence[Notice],
) -> str:
    lines = [f"# {_text(name)}", ""]
    lines += [f"![contact sheet](data:image/jpeg;base64,{base64.b64encode(picture).decode()})", ""]
    lines += ["## Files", "", "| file | bytes | SHA-256 | where |", "|---|---:|---|---|"]
    lines += [
        f"| {_text(a.name)} | {a.size} | `{a.sha256[:12]}…` | {_code(a.location)} |" for a in assets
    ]
    lines += [
        "",
        "## Quality of the photos",
        "",
        "| measure | value | limit | |",
        "|---|---:|---:|---|",
    ]
    lines += [
        f"| {_text(row['name'])} | {row['value']:g} {_text(row['unit'])} | {row['limit']:g} | "
        f"{'passed' if row['passed'] else 'not passed'} |"
        for row in quality_rows(checks)
    ]
    if notices:
        lines += ["", "## To know", ""]
        lines += [f"- {_text(n.sentence)} (`{_text(n.code)}`)" for n in distinct(notices)]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    """Words from outside, without a meaning in Markdown or HTML."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{c}" if c in "\\`*_[]|#!" else " " if c in "\r\n" else c for c in escaped)


def _code(text: str) -> str:
    """The same as code, in a table."""
    plain = text.replace("`", "'").replace("|", "\\|").replace("\r", " ").replace("\n", " ")
    return f"`{plain}`"


def _as_jpeg(sheet: Asset) -> bytes:
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(sheet.data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{sheet.name} is no image")
    height, width = image.shape[:2]
    if width > _PICTURE_WIDTH:
        size = (_PICTURE_WIDTH, round(height * _PICTURE_WIDTH / width))
        image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    if not done:
        raise ValueError(f"{sheet.name} could not be shrunk")
    return data.tobytes()
