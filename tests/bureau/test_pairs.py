"""Two templates are compared in full; models are read when the first pair comes."""

import numpy as np
import pytest

from biomatch import deadlines
from biomatch.bureau.pairs import PairComparer
from biomatch.errors import DeadlinePassed
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.vocabulary import FingerPosition, ImpressionType

ROLLED, PLAIN = ImpressionType.LIVE_SCAN_ROLLED, ImpressionType.LIVE_SCAN_PLAIN


@pytest.fixture(scope="module")
def pairs():
    return PairComparer()


@pytest.fixture(scope="module")
def fingers():
    return synthesise_templates(3, seed=7)


def again(template, seed):
    return press_again(template, np.random.default_rng(seed), strength=0.5)


def test_mates_score_higher_than_others_both_ways(pairs, fingers):
    mate = again(fingers[0], 1)
    assert pairs.compare(fingers[0], mate).score > 40 > pairs.compare(fingers[0], fingers[1]).score
    assert pairs.compare(mate, fingers[0]).score > 40


def test_nothing_is_read_before_the_first_pair_and_nothing_twice(fingers):
    pairs = PairComparer()
    assert pairs._loaded is None
    pairs.compare(fingers[0], fingers[1])
    loaded = pairs._loaded
    pairs.compare(fingers[1], fingers[2])
    assert pairs._loaded is loaded


def test_swapped_names_are_found_where_there_are_rolled_and_plain_prints(pairs, fingers):
    rolled = [each.labelled(FingerPosition(2 + at), ROLLED) for at, each in enumerate(fingers)]
    plain = [again(each, at) for at, each in enumerate(fingers)]
    right = [each.labelled(FingerPosition(2 + at), PLAIN) for at, each in enumerate(plain)]
    swapped = [each.labelled(FingerPosition((3, 2, 4)[at]), PLAIN) for at, each in enumerate(plain)]
    assert pairs.misnamed([*rolled, *right]) == []
    assert len(pairs.misnamed([*rolled, *swapped])) == 2
    assert pairs.misnamed(swapped) == []
    assert pairs.misnamed(rolled) == []


def test_a_comparison_for_which_nobody_waits_is_not_made(pairs, fingers):
    with deadlines.within(deadlines.Deadline(0)), pytest.raises(DeadlinePassed):
        pairs.compare(fingers[0], fingers[1])
