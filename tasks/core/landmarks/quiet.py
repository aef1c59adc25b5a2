"""Keep a native library's start-up chatter off stderr without losing anything else."""

from __future__ import annotations

import contextlib
import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator

# What TensorFlow Lite and MediaPipe 0.10 write to file descriptor 2 when a graph starts, before
# any log level can be set. Everything that does not match is passed on.
_CHATTER = re.compile(
    rb"Created TensorFlow Lite XNNPACK delegate"
    rb"|All log messages before absl::InitializeLog"
    rb"|inference_feedback_manager\.cc"
    rb"|landmark_projection_calculator\.cc"
    rb"|gl_context(_egl)?\.cc"
)
# Descriptor 2 belongs to the whole process: only one thread may borrow it at a time.
_BORROWED = threading.Lock()


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Hold back stderr for the length of the block, then pass on all but known chatter."""
    with _BORROWED, tempfile.TemporaryFile() as held:
        sys.stderr.flush()
        saved = os.dup(2)
        try:
            os.dup2(held.fileno(), 2)
            yield
        finally:
            sys.stderr.flush()
            os.dup2(saved, 2)
            os.close(saved)
            held.seek(0)
            for line in held:
                if not _CHATTER.search(line):
                    os.write(2, line)
