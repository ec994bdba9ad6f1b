"""The laws of searches, adapted to a sensor: near the shipped ones while little was seen."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import SearchRates
from biomatch.calibration.stretch import Stretch
from biomatch.training.sensor import searches


@pytest.mark.parametrize(("count", "low", "high"), [(4, 0.6, 2.5), (400, 2.5, 6.0), (4_000, 3.4, 4.6)])
def test_four_times_as_many_misses_are_stated_only_as_far_as_they_were_seen(
    count, low, high, made_answers, trials_of, strangers
):
    rng = np.random.default_rng(count)
    law = SearchRates.of()
    (asked,) = made_answers(1, 0.0, np.zeros(1), rng).asked()
    answers = made_answers(count, 4 * law.miss(asked), np.zeros(count), rng)
    own = searches.adapted(law, trials_of(replace(answers, stranger=strangers(law, answers, rng)), 40))
    assert low < own.miss(asked) / law.miss(asked) < high
    assert own.miss_weights[1:3] == law.miss_weights[1:3]  # what a size does
    assert own.miss_weights[-1] == law.miss_weights[-1]


def test_strangers_that_come_as_stated_change_little_and_others_are_followed(made_answers, trials_of, strangers):
    rng = np.random.default_rng(2)
    law = SearchRates.of()
    answers = made_answers(2_000, 0.01, np.zeros(2_000), rng)
    usual = strangers(law, answers, rng)
    (asked,) = made_answers(1, 0.0, np.zeros(1), rng).asked()
    for more, bound in ((0.0, 2.0), (6.0, 3.0)):
        own = searches.adapted(law, trials_of(replace(answers, stranger=usual + more), 200))
        assert own.threshold(0.01, asked) == pytest.approx(law.threshold(0.01, asked) + more, abs=bound)


def test_nothing_that_was_seen_gives_the_shipped_laws(made_answers, trials_of):
    law = SearchRates.of()
    nothing = made_answers(1, 0.0, np.full(1, np.nan), np.random.default_rng(1))
    nothing = replace(nothing, missed=np.full(1, np.nan))
    own = searches.adapted(law, trials_of(nothing, 1)[np.zeros(1, bool)])
    assert own.miss_weights == law.miss_weights
    assert own.stranger_weights == pytest.approx(law.stranger_weights)


def test_scores_of_an_adapted_stage_are_read_anew_and_others_stay(made_answers, trials_of):
    answers = made_answers(4, 0.0, np.array([10.0, 10.0, -np.inf, np.nan]), np.random.default_rng(1))
    stage = np.array(["minutiae", "ridges", "minutiae", "minutiae"])
    trials = replace(trials_of(answers, 4), mate_stage=stage[::-1], stranger_stage=stage, mate=np.array([20.0] * 3 + [-np.inf]))
    read = trials.by(Calibration.of().adapted({("minutiae", 0): Stretch(2.0, 2.0)}, {}))
    np.testing.assert_array_equal(read.answers.stranger, [20, 10, -np.inf, np.nan])
    np.testing.assert_array_equal(read.mate, [40, 40, 20, -np.inf])
    np.testing.assert_array_equal(trials.mate, [20, 20, 20, -np.inf])  # these stay as they were


def test_a_print_is_shown_whole_and_once_cropped_unless_it_is_smaller_than_the_crop(prints):
    whole = max(prints.templates, key=lambda one: len(one.minutiae))
    for seed in range(6):
        one, cropped = searches._shown(whole, np.random.default_rng(seed))
        assert one is whole
        assert min(searches.CROPPED) <= len(cropped.minutiae) < len(whole.minutiae)
    few = replace(whole, minutiae=whole.minutiae[np.arange(8)])
    assert searches._shown(few, np.random.default_rng(1)) == [few]


def test_what_laws_state_of_answers_is_what_they_say_of_each(made_answers):
    law = SearchRates.of()
    answers = made_answers(3, 0.0, np.array([10.0, 40.0, 80.0]), np.random.default_rng(1))
    (asked, *_) = answers.asked()
    assert searches.stated_misses(law, answers) == pytest.approx([law.miss(asked)] * 3)
    assert searches.stated_false_positives(law, answers) == pytest.approx([law.false_positive(s, asked) for s in (10, 40, 80)])
    assert searches.thresholds(law, answers, 0.01) == pytest.approx([law.threshold(0.01, asked)] * 3)
