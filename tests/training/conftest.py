"""Fingers as minutiae, pressed several times."""

import numpy as np
import pytest

from biomatch.synthesis import press_again, synthesise_templates
from biomatch.training.data import Print


@pytest.fixture(scope="session")
def pressed():
    """pressed(fingers, times): prints of so many fingers in two sets, each pressed so many times."""

    def make(fingers, times):
        rng = np.random.default_rng(7)
        return [
            Print(f"{f}_{i}.png", f"set{f % 2}", f"finger{f}", i, f"group{f % 2}", press_again(master, rng, 0.6))
            for f, master in enumerate(synthesise_templates(fingers, 3))
            for i in range(times)
        ]

    return make
