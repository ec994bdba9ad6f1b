"""Judged by what was not fitted to it, with intervals that go by fingers."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import SearchRates
from biomatch.training.sensor import judging, scores
from biomatch.training.sensor.judging import Judged


def test_each_is_judged_by_laws_that_its_fingers_did_not_make(made_answers, trials_of, strangers, made_pairs):
    """A finger whose non-mated pairs are quite apart from the others' is judged as if it were not there."""
    rng = np.random.default_rng(4)
    calibration, law = Calibration.of(), SearchRates.of()
    pairs = made_pairs(6_000, 2.0, rng)
    answers = made_answers(240, 0.05, np.zeros(240), rng)
    trials = trials_of(replace(answers, stranger=strangers(law, answers, rng)), 60)
    after = judging.refitted(calibration, law, pairs, trials, 60, np.random.default_rng(9))
    fold = np.random.default_rng(9).permutation(np.arange(60) % judging.FOLDS)
    odd = int(fold[0])
    changed = replace(
        pairs, minutiae=np.where((fold[pairs.a] == odd) | (fold[pairs.b] == odd), pairs.minutiae + 5, pairs.minutiae)
    )
    missed = np.where(fold[trials.finger] == odd, 1.0, trials.answers.missed)
    other = judging.refitted(
        calibration, law, changed, replace(trials, answers=replace(trials.answers, missed=missed)), 60, np.random.default_rng(9)
    )
    own = fold[trials.finger] == odd
    np.testing.assert_allclose(other.missed[own], after.missed[own])
    assert not np.allclose(other.missed[~own], after.missed[~own])
    assert not np.allclose(other.score, after.score)
    whole = scores.adapted(calibration, pairs)
    assert not np.allclose(after.score, pairs.judged(whole)[0])  # which it would be, had all been fitted to all


def told(figures, side):
    return {one.name: getattr(one, side).value for one in figures}


def test_figures_say_how_often_what_is_stated_happened(made_answers, made_pairs, trials_of):
    """A tenth of the mates is missed, and two tenths are said to be; a score of 70 is a hit before, and none after."""
    pairs = made_pairs(500, 0.0, np.random.default_rng(1))
    answers = replace(made_answers(100, 0.0, np.zeros(100), np.random.default_rng(1)), missed=np.repeat([1.0, 0.0], [10, 90]))
    trials = trials_of(answers, 20)
    high, low = np.full(500, 41.0), np.full(500, 29.0)
    before = Judged(high, np.zeros(500), np.full(100, 0.2), np.full(100, 0.005), np.full(100, 60.0), trials.mate)
    sure = np.where(pairs.mates, 2.0, -2.0)
    after = Judged(low, sure, np.full(100, 0.1), np.full(100, 0.5), np.full(100, 80.0), trials.mate)
    found = judging.figures(pairs, trials, 60, before, after)
    wanted = {"fmr": 1.0, "fnmr": 0.0, "cllr": 1.0, "miss": 2.0, "miss_all": 2.0, "false_positive": 1.0, "lost": 0.1}
    assert told(found, "before") == pytest.approx(wanted)
    changed = {"fmr": 0.0, "fnmr": 1.0, "cllr": np.log2(1.01), "miss": 1.0, "miss_all": 1.0, "false_positive": 0.0, "lost": 1.0}
    assert told(found, "after") == pytest.approx(wanted | changed)


def test_cropped_probes_and_quick_searches_are_in_the_second_factor_only(made_answers, made_pairs, trials_of):
    pairs = made_pairs(50, 0.0, np.random.default_rng(1))
    answers = made_answers(40, 0.0, np.zeros(40), np.random.default_rng(1))
    answers = replace(answers, missed=np.repeat([1.0, 0.0, 1.0], [5, 15, 20]), effort=np.repeat([1.0, 0.0], [30, 10]))
    trials = replace(trials_of(answers, 20), whole=np.arange(40) < 20)
    side = Judged(np.zeros(50), np.zeros(50), np.full(40, 0.25), np.full(40, 0.5), np.full(40, 60.0), trials.mate)
    found = told(judging.figures(pairs, trials, 60, side, side), "after")
    assert (found["miss"], found["miss_all"]) == pytest.approx((1.0, 0.25 / 0.625))


def test_a_rate_that_was_never_or_always_seen_has_an_end_by_the_rule_of_three():
    """Thirty outcomes, of fifteen fingers: three in fifteen may be."""
    finger = np.arange(30) % 15
    none, every = (judging._rate(np.full(30, seen), finger, finger, 15) for seen in (False, True))
    assert (none.value, none.low, none.high) == (0.0, 0.0, 0.2)
    assert (every.value, every.low, every.high) == (1.0, 0.8, 1.0)
    apart = judging._rate(np.zeros(30, bool), finger, (finger + 1 + np.arange(30) // 15) % 15, 15)
    assert apart.high == 0.1  # each pair of two fingers counts for itself
    assert judging._rate(np.zeros(0, bool), finger[:0], finger[:0], 15) == judging.Value(None, None, None)


def test_a_factor_of_misses_that_were_not_seen_has_a_lower_end_only(made_answers, trials_of):
    trials = trials_of(made_answers(40, 0.0, np.zeros(40), np.random.default_rng(1)), 20)
    every = np.ones(40, bool)
    assert judging._factor(trials, np.full(40, 0.3), every, 20) == judging.Value(None, pytest.approx(0.3 / 0.15), None)
    assert judging._factor(trials, np.zeros(40), ~every, 20) == judging.Value(None, None, None)
