"""The learned projection."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.comparison import Prepared
from biomatch.comparison.prepared import similarities
from biomatch.descriptors import DIMENSIONS, Describer, cylinder_sums
from biomatch.synthesis import part, partial
from biomatch.training import mates, projection

QUICK = replace(projection.PARAMS, sample=2_000, steps=60, batch=256)


@pytest.fixture(scope="module")
def fitted(pressed):
    return projection.fit([pressed(24, 4)], 1, params=QUICK)


def test_its_arrays_fit_the_cylinders(fitted, pressed):
    arrays, figures = fitted
    width = cylinder_sums(pressed(1, 1)[0].template.minutiae).shape[1]
    assert arrays["matrix"].shape == (width, DIMENSIONS)
    assert arrays["mean"].shape == (DIMENSIONS,)
    assert figures["mated_minutiae"] > 6_800  # seen: 7,612


def test_it_brings_mates_of_unseen_fingers_together(fitted, pressed):
    """Of two impressions of a finger that was not trained on, most minutiae find one that is very much alike. Seen: 0.71."""
    arrays, _ = fitted
    first, second = pressed(30, 4)[-2:]
    vectors = [Describer.of_arrays(arrays, None).describe(p.template) for p in (first, second)]
    assert isinstance(Prepared(first.template, vectors[0]), Prepared)
    assert np.median(similarities(*vectors).max(axis=1)) > 0.64


def test_learning_finds_more_mates_than_the_axes_that_it_begins_with(fitted, pressed):
    _, begun = projection.fit([pressed(24, 4)], 1, params=replace(QUICK, steps=0))
    """Seen: 1.8 % not picked, and 4.3 % at the beginning."""
    assert 1 - fitted[1]["picked"] < (1 - begun["picked"]) / 2


def test_minutiae_of_a_part_find_their_mates_since_parts_were_learned_from(fitted, pressed):
    """Of eight fingers that were not trained on, 12 clear minutiae shown. Seen: 0.43, and 0.40 from whole prints alone."""
    whole, _ = projection.fit([pressed(24, 4)], 1, params=replace(QUICK, clear=(1_000, 1_001)))
    assert _found_of_parts(fitted[0], pressed(32, 4)[-32:]) > _found_of_parts(whole, pressed(32, 4)[-32:]) + 0.02


def _found_of_parts(arrays, prints):
    """Share of the minutiae of parts that are likest to their own mate among those of all prints."""
    rng = np.random.default_rng(2)
    describe = Describer.of_arrays(arrays, None).describe
    vectors = [describe(p.template) for p in prints]
    found = []
    for a, b in zip(range(0, len(prints), 4), range(1, len(prints), 4), strict=True):
        m, n = prints[a].template.minutiae, prints[b].template.minutiae
        i, j = mates.of_minutiae(m, n, 10.0)
        shown = part(m, 12, rng)
        both = np.isin(i, shown)
        rows = describe(partial(prints[a].template, shown))[np.searchsorted(shown, i[both])]
        others = [similarities(rows, v).max(axis=1) for k, v in enumerate(vectors) if prints[k].finger != prints[a].finger]
        own = similarities(rows, vectors[b])[np.arange(len(rows)), j[both]]
        found.append(own > np.max(others, axis=0))
    return float(np.concatenate(found).mean())


def test_another_version_brings_pairs_of_its_own(fitted, pressed):
    """Of the prints that both versions have."""
    prints = pressed(24, 4)
    _, more = projection.fit([prints, prints[:48]], 1, params=replace(QUICK, steps=0))
    assert 1.2 < more["mated_minutiae"] / fitted[1]["mated_minutiae"] < 1.5


def test_the_slope_is_that_of_the_loss():
    rng = np.random.default_rng(3)
    lower, first, second = (rng.normal(size=shape) for shape in ((6, 4), (9, 6), (9, 6)))
    apart = rng.random((9, 9)) < 0.7
    np.fill_diagonal(apart, True)

    def loss(lower):
        u, v = ((rows @ lower) / np.linalg.norm(rows @ lower, axis=1, keepdims=True) for rows in (first, second))
        likeness = np.where(apart, np.exp(u @ v.T / 0.3), 0)
        picked = np.diag(likeness)
        return -np.log(picked / likeness.sum(0)).mean() - np.log(picked / likeness.sum(1)).mean()

    slope = projection._slope(lower, first, second, apart, 0.3)
    for at in np.ndindex(lower.shape):
        step = np.zeros_like(lower)
        step[at] = 1e-5
        assert slope[at] == pytest.approx((loss(lower + step) - loss(lower - step)) / 2e-5, rel=1e-4, abs=1e-7)


def test_the_same_seed_gives_the_same_arrays(fitted, pressed):
    again, _ = projection.fit([pressed(24, 4)], 1, params=QUICK)
    for name, values in fitted[0].items():
        np.testing.assert_array_equal(again[name], values)
