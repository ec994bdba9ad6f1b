"""Fingers as minutiae, pressed several times; and a run that is stopped."""

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


class Stopped(Exception):
    pass


class StopAfter:
    """A progress that raises `Stopped` after so many steps, as a kill would come."""

    Stopped = Stopped

    def __init__(self, steps):
        self.left = steps

    def start(self, what, total):
        pass

    def advance(self, steps=1):
        self.left -= steps
        if self.left <= 0:
            raise Stopped

    def done(self):
        pass


@pytest.fixture(scope="session")
def stop_after():
    """stop_after(steps): a progress; it raises stop_after.Stopped."""
    return StopAfter
