"""Prints of a made sensor, as templates: they are read, not extracted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomatch.evaluation.engine import OurSetup
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.training.sensor import Prints, read

FINGERS, EACH = 26, 2


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many fingers, each pressed so often, named FINGER_IMPRESSION.bmt."""
    place = tmp_path_factory.mktemp("sensor")
    rng = np.random.default_rng(3)
    for n, one in enumerate(synthesise_templates(FINGERS, seed=901)):
        for k in range(1, EACH + 1):
            (place / f"{n:02}_{k}.bmt").write_bytes(press_again(one, rng).to_bytes())
    return place


@pytest.fixture(scope="session")
def prints(folder: Path) -> Prints:
    return read(OurSetup(), folder)
