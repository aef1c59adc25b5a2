from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tasks.core.landmarks.quiet import quiet_start


def test_chatter_is_dropped_and_all_else_passed_on(capfd: pytest.CaptureFixture[str]) -> None:
    with quiet_start():
        os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\n")
        os.write(2, b"E0000 something is wrong\n")
    assert capfd.readouterr().err == "E0000 something is wrong\n"


def test_stderr_is_given_back_after_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        with quiet_start():
            os.write(2, b"last words\n")
            raise RuntimeError
    except RuntimeError:
        os.write(2, b"after\n")
    assert capfd.readouterr().err == "last words\nafter\n"


def test_an_engine_starts_in_silence() -> None:
    script = (
        "import skimage.data\n"
        "from tasks.core.landmarks.mediapipe_engine import MediaPipeEngine\n"
        "pixels = skimage.data.astronaut()\n"
        "with MediaPipeEngine() as engine:\n"
        "    engine.face(pixels, engine.find_faces(pixels)[0])\n"
        "    engine.body(pixels), engine.person_mask(pixels)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert done.stderr == b""
