"""Pairs of the owner's prints, and what they change of the calibration of scores."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.calibration.stretch import NONE
from biomatch.learned import shipped
from biomatch.training.sensor import scores
from biomatch.training.sensor.scores import Pairs


def test_all_pairs_inside_a_set_are_compared_once(prints):
    some = prints[list(range(8))]
    found = scores.compare(some, shipped(), np.random.default_rng(1))
    assert (len(found.a), int(found.mates.sum())) == (28, 4)
    assert np.median(found.minutiae[found.mates]) > found.minutiae[~found.mates].max()
    assert np.isnan(found.ridges).all()  # these templates have no ridge pictures
    assert np.isnan(found.foreign).all()


def test_minutiae_of_another_extractor_speak_in_a_stage_of_their_own(prints):
    some = prints[list(range(4))]
    other = replace(some.prepared[0], template=replace(some.prepared[0].template, extractor="mindtct"))
    found = scores.compare(replace(some, prepared=(other, *some.prepared[1:])), shipped(), np.random.default_rng(1))
    assert (np.count_nonzero(np.isfinite(found.foreign)), np.count_nonzero(np.isfinite(found.minutiae))) == (3, 3)


def test_of_many_non_mated_some_are_drawn_and_of_mates_none_is_left_out(prints, monkeypatch):
    monkeypatch.setattr(scores, "MOST", 40)
    chosen, same, other = (scores._chosen(prints, np.random.default_rng(seed)) for seed in (1, 1, 2))
    pairs = [(n, m) for n, others in chosen.items() for m in others]
    assert len(set(pairs)) == len(pairs) == 26 + 40
    assert sum(prints.finger[n] == prints.finger[m] for n, m in pairs) == 26
    assert all(n < m for n, m in pairs)
    assert chosen == same != other


def test_the_last_stage_that_spoke_is_what_a_pair_is_judged_by():
    calibration, nan = Calibration.of(), np.nan
    column = np.arange(3)
    raw = [np.array(values) for values in ([1.0, 1.0, nan], [nan, 2.0, nan], [nan, nan, 3.0])]
    pairs = Pairs(column, column + 9, np.zeros(3, np.int64), np.full(3, 40), *raw)
    score, ratio = pairs.judged(calibration)
    for n, (stage, value) in enumerate([("minutiae", 1.0), ("ridges", 2.0), ("foreign", 3.0)]):
        said = calibration(stage, np.array([value]), np.array([40]), 0)
        assert (score[n], ratio[n]) == (said.score, said.llr)


def test_a_stage_that_no_pair_speaks_of_stays_as_it_is_shipped(made_pairs):
    pairs = made_pairs(4_000, 2.0, np.random.default_rng(3))
    own = scores.adapted(Calibration.of(), pairs)
    assert own.stretch("ridges", 0) == own.stretch("foreign", 0) == own.stretch("minutiae", 1) == NONE
    assert own.stretch("minutiae", 0) != NONE


@pytest.mark.parametrize("shift", [-1.0, 1.0, 2.0])
def test_the_rate_that_is_stated_comes_nearer_to_the_one_that_is_seen(made_pairs, shift):
    """From either side; sixty fingers are too few to bring it the whole way."""
    pairs = made_pairs(20_000, shift, np.random.default_rng(3))
    calibrations = Calibration.of(), scores.adapted(Calibration.of(), pairs)
    before, after = (float((pairs.judged(one)[0][~pairs.mates] >= 20).mean()) for one in calibrations)
    assert abs(np.log(after / 0.01)) < 0.75 * abs(np.log(before / 0.01))


def test_mates_alone_change_nothing(made_pairs):
    pairs = made_pairs(4_000, 2.0, np.random.default_rng(3))
    own = scores.adapted(Calibration.of(), pairs[pairs.mates])
    np.testing.assert_array_equal(pairs.judged(own)[0], pairs.judged(Calibration.of())[0])
