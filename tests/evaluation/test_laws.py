"""The laws of searches, fitted to searches that follow laws which are known."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.calibration.search_rates import Asked, SearchRates
from biomatch.evaluation import laws
from biomatch.evaluation.laws import Answers, Near

TRUE = SearchRates(
    (-2.0, 0.6, 0.0, 3.0, -0.5, 0.4, 0.4, 0.5, 0.2, -0.5, laws.NEVER),
    (0.3, 0.8, 0.5, 0.1, -0.1, 2.0, 0.05, -0.02, 0.5),
    "made",
)


def drawn(n, seed):
    """Searches whose misses and best strangers follow laws that are known."""
    rng = np.random.default_rng(seed)
    size, minutiae = 10.0 ** rng.integers(3, 6, n), rng.integers(8, 70, n).astype(float)
    quality, effort = rng.integers(20, 100, n).astype(float), rng.integers(0, 2, n).astype(float)
    clear, unknown = np.rint(minutiae * rng.uniform(0.3, 1, n)), np.full(n, np.nan)
    group, gallery = rng.integers(0, 2, (2, n)).astype(float)
    searched = Answers(size, minutiae, clear, quality, effort, group, gallery, unknown, unknown)
    asked = searched.asked()
    missed = (rng.random(n) < [TRUE.miss(one) for one in asked]).astype(float)
    stranger = np.array([TRUE.threshold(p, one) for p, one in zip(rng.random(n), asked, strict=True)])
    return replace(searched, missed=missed, stranger=stranger)


def test_laws_are_found_again():
    found = laws.fit(drawn(24_000, 1))
    assert found.miss_weights[:-1] == pytest.approx(TRUE.miss_weights[:-1], abs=0.3)
    for minutiae, prints in ((12, 1_000), (40, 100_000)):
        one = Asked(minutiae, minutiae, 60, prints, "normal")
        for p in (0.3, 0.03):
            assert found.threshold(p, one) == pytest.approx(TRUE.threshold(p, one), abs=1.5)


def test_each_group_counts_as_much_as_any_other():
    """One sensor has three times the searches of the other, and its mates are never missed: the law lies between the two."""
    hard = replace(drawn(2_000, 5), group=np.ones(2_000))
    easy = replace(drawn(6_000, 6), group=np.full(6_000, 2.0), missed=np.zeros(6_000))
    every = Answers.joined([hard, easy])
    assert [every.weights[every.group == group].sum() for group in (1, 2)] == pytest.approx([4_000, 4_000])
    alone, both = (laws.fit_misses(some) for some in (hard, every))
    assert both[0] == pytest.approx(alone[0] - np.log(2), abs=0.5)


def test_an_exhaustive_search_never_passes_a_mate_over():
    assert laws.fit(drawn(500, 4)).miss(Asked(20, 20, 50, 100_000, "exhaustive")) < 1e-6


def test_a_weight_of_infinite_penalty_stays_where_it_is_and_others_move():
    held, near_by = [np.where(np.arange(n) == 2, np.inf, 0.5) for n in (11, 9)]
    near = Near(TRUE, tuple(held), tuple(near_by), 1.0, 1.0)
    found = laws.fit(replace(drawn(2_000, 7), missed=np.ones(2_000)), near=near)
    assert found.miss_weights[2] == TRUE.miss_weights[2]
    assert found.stranger_weights[2] == TRUE.stranger_weights[2]
    assert found.miss_weights[0] > TRUE.miss_weights[0] + 1
    assert found.stranger_weights[0] != TRUE.stranger_weights[0]


def test_the_smaller_the_share_that_counts_the_nearer_a_law_stays_to_the_other():
    searched = replace(drawn(2_000, 7), missed=np.ones(2_000))
    moved = []
    for share in (1.0, 0.1, 0.001):
        found = laws.fit_misses(searched, near=Near(TRUE, (0.5,) * 11, (0.5,) * 9, share, share))
        moved.append(found[0] - TRUE.miss_weights[0])
    assert moved[0] > moved[1] > moved[2] > 0


def test_without_searches_the_laws_are_those_that_they_are_to_stay_near():
    nothing = drawn(8, 1)[np.zeros(8, bool)]
    rough = laws.fit(nothing)
    assert (rough.miss_weights, rough.stranger_weights) == (SearchRates().miss_weights, SearchRates().stranger_weights)
    near = laws.fit(nothing, near=Near(TRUE, (0.5,) * 11, (0.5,) * 9, 1.0, 1.0))
    assert (near.miss_weights, near.stranger_weights) == (TRUE.miss_weights, TRUE.stranger_weights)


def test_fast_searches_teach_nothing_of_usual_ones():
    """Fast searches miss every mate: the terms of fast searches say so, the others stay as usual searches have them."""
    searched = drawn(4_000, 8)
    fast = searched.effort == laws.EFFORTS.index("fast")
    worse = laws.fit_misses(replace(searched, missed=np.where(fast, 1.0, searched.missed)))
    usual = [n for n in range(10) if n not in laws.FAST_TERMS]
    honest = laws.fit_misses(searched)
    assert [worse[n] for n in usual] == [honest[n] for n in usual]
    assert worse[laws.FAST_TERMS[0]] > honest[laws.FAST_TERMS[0]] + 1
