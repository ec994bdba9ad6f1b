"""Evidence of training pairs."""

import numpy as np
import pytest

from biomatch.comparison import prepare
from biomatch.descriptors import Describer
from biomatch.training import evidence
from biomatch.training.evidence import EvidenceParams, PairEvidence


@pytest.fixture(scope="module")
def prints(pressed):
    return pressed(8, 3)


@pytest.fixture(scope="module")
def prepared(prints):
    describer = Describer()
    return [prepare(p.template, describer) for p in prints]


def collected(prints, prepared, **params):
    rng = np.random.default_rng(1)
    return evidence.collect(prints, prepared, prepared, "plain", rng, params=EvidenceParams(whole=0, **params))


def test_pairs_stay_inside_a_set_and_all_mates_take_part(prints, prepared):
    every = evidence.collect(prints, prepared, prepared, "plain", np.random.default_rng(1))
    assert every.mated.sum() == 8 * 3
    assert len(every.mated) == 2 * (12 * 11 // 2)
    assert (every.stands == 1).all()


def test_non_mated_that_are_left_out_are_stood_for(prints, prepared):
    some = collected(prints, prepared, hardest=2, random=2)
    assert some.mated.sum() == 8 * 3
    assert some.stands[~some.mated].sum() == pytest.approx(2 * (12 * 11 // 2) - 24)
    assert len(some.mated) < 2 * (12 * 11 // 2)


def test_fillers_are_not_scored(prints, prepared):
    from dataclasses import replace

    fillers = [replace(p, set="set0_a") if p.set == "set0" else p for p in prints]
    assert set(collected(fillers, prepared, hardest=2, random=1).set) == {"set1"}


def test_parts_join_in_order(prints, prepared):
    one = collected(prints, prepared, hardest=1, random=1)
    both = PairEvidence.join([one, one[one.mated]])
    assert len(both.mated) == len(one.mated) + 24
    assert not both.checked.any()  # these templates carry no ridges
