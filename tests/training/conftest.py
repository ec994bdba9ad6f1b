"""Fingers as minutiae, pressed several times; pairs of prints as evidence; and a run that is stopped."""

import numpy as np
import pytest

from biomatch.comparison import features, ridge_check
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.training.data import Print
from biomatch.training.evidence import PairEvidence


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


@pytest.fixture(scope="session")
def pairs_of_two_scores():
    """pairs_of_two_scores(): evidence whose first feature and first ridge feature tell mates from strangers; every fifth has
    no ridge check.
    """

    def made(count=3_000, seed=1):
        rng = np.random.default_rng(seed)
        mated = np.arange(count) % 4 == 0
        x = rng.normal(0, 1, (count, features.COUNT))
        x[:, 0] += 3 * mated
        ridges = rng.normal(0, 1, (count, len(ridge_check.NAMES)))
        ridges[:, 0] += 4 * mated
        ridges[::5] = np.nan
        names = np.array(["a", "b", "c"])[np.arange(count) % 3]
        x[:, features.NAMES.index("supported")] += 9
        kind = np.where(np.arange(count) // 12 % 2, "plain", "hard")
        return PairEvidence(mated, np.ones(count), names, names, kind, rng.integers(5, 60, count), x, ridges)

    return made


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
