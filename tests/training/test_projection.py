"""The supervised projection."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.comparison import Prepared
from biomatch.comparison.prepared import similarities
from biomatch.descriptors import DIMENSIONS, cylinder_sums
from biomatch.descriptors.projection import project
from biomatch.training import projection

QUICK = replace(projection.PARAMS, rounds=1, sample=2_000)


@pytest.fixture(scope="module")
def fitted(pressed):
    return projection.fit(pressed(24, 4), 1, QUICK)


def test_its_arrays_fit_the_cylinders(fitted, pressed):
    arrays, figures = fitted
    width = cylinder_sums(pressed(1, 1)[0].template.minutiae).shape[1]
    assert arrays["matrix"].shape == (width, DIMENSIONS)
    assert arrays["mean"].shape == (DIMENSIONS,)
    assert figures["mated_minutiae"] > 500


def test_it_brings_mates_of_unseen_fingers_together(fitted, pressed):
    """Of two impressions of a finger that was not trained on, most minutiae find one that is very much alike."""
    arrays, _ = fitted
    first, second = pressed(30, 4)[-2:]
    vectors = [project(cylinder_sums(p.template.minutiae), arrays["mean"], arrays["matrix"].astype(np.float32))
               for p in (first, second)]  # fmt: skip
    assert isinstance(Prepared(first.template, vectors[0]), Prepared)
    assert np.median(similarities(*vectors).max(axis=1)) > 0.6


def test_the_same_seed_gives_the_same_arrays(fitted, pressed):
    again, _ = projection.fit(pressed(24, 4), 1, QUICK)
    for name, values in fitted[0].items():
        np.testing.assert_array_equal(again[name], values)
