"""The prepared body model, loaded once for the tests of this folder."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from tasks.core.body.anny_body import AnnyBody, load_anny_body
from tasks.core.entities import Float32


@pytest.fixture(scope="session")
def anny() -> AnnyBody:
    """Anny from the machine's cache; prepared there first where it is missing."""
    home = os.environ.get("LIKENESS_CACHE_DIR", str(Path.home() / ".cache" / "likeness"))
    return load_anny_body(Path(home))


@pytest.fixture(scope="session")
def person(anny: AnnyBody) -> tuple[Float32, Float32]:
    """Vertices and joints of the default person at rest."""
    return anny.shape(anny.phenotype_defaults, np.zeros(len(anny.local_change_names)))
