from dataclasses import replace

import numpy as np
import pytest

from biomatch.quality import Measures, QualityParams, assess

GOOD = Measures(
    area_mm2=180, clarity=0.75, minutiae=40, doubtful=0.2, contrast=45, ridges=0.4, darkness=0.0, cut=0.1, period_px=9
)
SIZE = len(GOOD.vector())
MODEL = {
    "mean": np.zeros(SIZE),
    "deviation": np.ones(SIZE),
    "weight": np.zeros(SIZE),
    "offset": np.array(2.0),
}


def assessed(measures, offset=2.0):
    return assess(measures, MODEL | {"offset": np.array(offset)}, QualityParams())


def test_a_good_print_passes_without_reasons():
    assert assessed(GOOD).passed
    assert assessed(GOOD).reasons == ()
    assert assessed(GOOD).score == 88


@pytest.mark.parametrize("nothing", [Measures.nothing(), replace(GOOD, ridges=0.08), replace(GOOD, clarity=0.15)])
def test_what_has_no_ridges_is_no_fingerprint(nothing):
    said = assessed(nothing)
    assert (said.score, said.passed, said.reasons) == (0, False, ("no fingerprint was found",))


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"area_mm2": 30.0}, "too little"),
        ({"area_mm2": 30.0, "cut": 0.6}, "edge"),
        ({"darkness": 1.2}, "wet"),
        ({"darkness": -1.2}, "dry"),
        ({"contrast": 6.0}, "faint"),
        ({"clarity": 0.4, "doubtful": 0.9}, "smudged"),
        ({"clarity": 0.4}, "blurred"),
        ({"minutiae": 3.0}, "few minutiae"),
        ({}, "not clear enough"),
    ],
)
def test_a_print_that_fails_says_why(change, word):
    said = assessed(replace(GOOD, **change), offset=-2.0)
    assert not said.passed
    assert any(word in reason for reason in said.reasons)


def test_too_few_minutiae_do_not_pass_whatever_the_score():
    assert not assessed(replace(GOOD, minutiae=4.0)).passed


def test_the_score_rises_with_what_the_model_likes():
    weight = np.zeros(SIZE)
    weight[0] = 1
    model = MODEL | {"weight": weight, "offset": np.array(-2.0), "mean": np.full(SIZE, 100.0), "deviation": np.full(SIZE, 50.0)}
    scores = [assess(replace(GOOD, area_mm2=a), model, QualityParams()).score for a in (60, 120, 240)]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1]
    assert all(0 <= s <= 100 for s in scores)
