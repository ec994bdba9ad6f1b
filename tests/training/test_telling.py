"""The share of mated minutiae that vectors tell from strangers': more by better vectors, and by larger parts."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.descriptors import Describer
from biomatch.training import projection, telling

QUICK = replace(telling.PARAMS, pairs=40, asking=200, false=1e-3)


@pytest.fixture(scope="module")
def arrays(pressed):
    params = replace(projection.PARAMS, sample=2_000, steps=60, batch=256)
    return projection.fit([pressed(24, 4)], 1, params=params)[0]


def describer(arrays, dimensions):
    few = {name: values.copy() for name, values in arrays.items()}
    for values in few.values():
        values[..., dimensions:] = 0
    return Describer.of_arrays(few, None)


def test_vectors_that_say_less_tell_fewer_and_parts_fewer_than_wholes(pressed, arrays):
    prints = pressed(12, 3)
    good, poor = telling.told(prints, prints[:12], [describer(arrays, 64), describer(arrays, 5)], 1, QUICK)
    assert set(good) == set(poor) == {"whole", "hard", "16", "12"}
    assert all(good[kind] > poor[kind] + 10 for kind in good)
    assert good["whole"] > good["16"] > good["12"] > 5


def test_a_share_of_strangers_is_let_through(pressed, arrays):
    """Where all strangers may be more alike, every mated minutia is told."""
    (shares,) = telling.told(pressed(6, 3), [], [describer(arrays, 64)], 1, replace(QUICK, false=1.0))
    assert shares == {"whole": 100.0, "16": 100.0, "12": 100.0}  # no degraded copies, no share of them


def test_the_same_seed_gives_the_same_shares(pressed, arrays):
    one, other = (telling.told(pressed(6, 3), [], [describer(arrays, 64)], 1, QUICK) for _ in range(2))
    assert one == other
    assert np.isfinite(list(one[0].values())).all()
