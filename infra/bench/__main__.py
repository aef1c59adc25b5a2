"""Measure and print the figures: `python -m infra.bench [PHOTO ...]`.

The demo's portrait is always measured; photos named on the command line are added. What was
compared is left in `out/bench` to be looked at.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from pathlib import Path

from PIL import Image

from blocks.settings import Settings
from infra.bench.machine import machine
from infra.bench.pipeline import Build, build
from infra.bench.processes import run_once, unchanged_rebuild
from infra.bench.recogniser import NAME, SAME_PERSON
from infra.bench.resemblance import resemblance
from infra.bench.table import Figure, at_most, table
from infra.setup.console import say
from infra.setup.demo import write_portrait
from tasks.core.body.anny_body import AnnyBody, load_anny_body
from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine

_ROUNDS = 3
_GB = 1e9
# What each figure is to reach.
_BUILD_S = 4.0
_HEAD_FIT_S = 0.5
_REBUILD_S = 1.0
_LANDMARKS_PERCENT = 2.5
_MEMORY_GB = 2.0


def main(arguments: list[str] | None = None) -> int:
    """Print the table; 0 where every bound was reached."""
    parser = argparse.ArgumentParser(prog="python -m infra.bench", description=__doc__)
    parser.add_argument("photos", nargs="*", type=Path, help="photos besides the demo's")
    parser.add_argument("--out", type=Path, default=Path("out/bench"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    portrait = write_portrait(options.out)
    model = load_anny_body(Settings().body_models_folder)
    with MediaPipeEngine() as engine:
        say("building the portrait four times")
        build(model, engine, portrait)
        builds = [build(model, engine, portrait) for _ in range(_ROUNDS)]
        figures = _timings(builds)
        for photo in [portrait, *options.photos]:
            say(f"comparing {photo.name} with its avatar")
            figures += _resemblance(model, engine, photo, options.out)
    say("building in two processes")
    first, second = run_once(portrait), run_once(portrait)
    peak = max(first.peak_bytes, second.peak_bytes) / _GB
    figures.append(at_most("peak memory of a build's process", peak, _MEMORY_GB, "GB"))
    same = first.sha256 == second.sha256
    figures.append(Figure("two builds in two processes", first.sha256[:16], "same SHA-256", same))
    say("rebuilding through the flow on a server")
    seconds = unchanged_rebuild(portrait, _ROUNDS)
    figures.append(at_most("unchanged rebuild, running server", seconds, _REBUILD_S, "s"))
    print(f"\n{table(figures)}\n\nMachine: {machine()}.\nRecogniser: {NAME}.")
    return 0 if all(figure.reached is not False for figure in figures) else 1


def _timings(builds: list[Build]) -> list[Figure]:
    """Medians of warm builds: whole, head alone, each stage."""
    stages = {
        name: statistics.median(built.seconds[name] for built in builds)
        for name in builds[0].seconds
    }
    total = statistics.median(built.total for built in builds)
    return [
        at_most("whole build, warm, compute only", total, _BUILD_S, "s"),
        at_most("head fit alone", stages["fit_head"], _HEAD_FIT_S, "s"),
        *(Figure(f"· {name}", f"{1000 * value:.0f} ms") for name, value in stages.items()),
        Figure("size of the GLB", f"{len(builds[0].glb.data) / 1e6:.2f} MB"),
    ]


def _resemblance(model: AnnyBody, engine: MediaPipeEngine, photo: Path, out: Path) -> list[Figure]:
    built = build(model, engine, photo)
    found = resemblance(model, engine, built)
    name = photo.stem
    Image.fromarray(found.picture).save(out / f"{name}-rendering.png")
    Image.fromarray(found.template_picture).save(out / f"{name}-template.png")
    for asset in (built.glb, built.contact_sheet):
        (out / f"{name}-{asset.name}").write_bytes(asset.data)
    return [
        at_most(
            f"{name}: landmarks on the GLB's rendering, share of eye distance",
            100.0 * found.landmark_error,
            _LANDMARKS_PERCENT,
            "%",
        ),
        Figure(
            f"{name}: recogniser, photo to rendering",
            f"{found.distance:.3f}",
            f"< {SAME_PERSON}",
            found.distance < SAME_PERSON,
        ),
        Figure(
            f"{name}: recogniser, photo to neutral template",
            f"{found.template_distance:.3f}",
            f"> {SAME_PERSON}",
            found.template_distance > SAME_PERSON,
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
