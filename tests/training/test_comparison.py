"""The logistic models, and their calibration."""

import numpy as np
import pytest

from biomatch.comparison import features
from biomatch.comparison.score import Logistic
from biomatch.training import comparison


@pytest.fixture(scope="module")
def fitted(pairs_of_two_scores):
    evidence = pairs_of_two_scores()
    return (evidence, *comparison.fit(evidence))


def test_what_tells_mates_apart_gets_the_weight(fitted):
    model = Logistic.of(fitted[1], "minutiae", features.COUNT)
    assert np.abs(model.weight).argmax() == 0
    assert model.weight[0] > 0


def test_ridges_add_to_the_score(fitted):
    evidence, _, scores = fitted
    told = comparison.figures(evidence, scores)
    assert told["plain_ridges_eer"] < told["plain_minutiae_eer"] < 0.2
    assert told["hard_ridges_eer"] < told["hard_minutiae_eer"]


def test_only_checked_pairs_have_a_second_score(fitted):
    evidence, _, scores = fitted
    np.testing.assert_array_equal(~np.isnan(scores.ridges), evidence.checked)


def test_a_value_far_outside_speaks_no_louder_than_the_clip(fitted):
    model = Logistic.of(fitted[1], "minutiae", features.COUNT)
    wild = np.zeros((2, features.COUNT))
    wild[0, 0], wild[1, 0] = 50, 5_000
    assert model(wild)[0] == model(wild)[1]
    assert model(wild)[0] == pytest.approx(model.bias + model.shares(wild)[0].sum())


def test_the_same_evidence_gives_the_same_models(fitted, pairs_of_two_scores):
    again, _ = comparison.fit(pairs_of_two_scores())
    for name, values in fitted[1].items():
        np.testing.assert_array_equal(again[name], values)


def test_mates_that_share_nothing_are_not_learned_from(pairs_of_two_scores):
    evidence = pairs_of_two_scores()
    lost = evidence.mated & (np.arange(len(evidence.mated)) % 8 == 0)
    evidence.features[lost, 0] = -9
    evidence.features[lost, features.NAMES.index("supported")] = 0
    lone, _ = comparison.fit(evidence[~lost])
    both, _ = comparison.fit(evidence)
    np.testing.assert_allclose(both["minutiae_weight"], lone["minutiae_weight"])


def test_foreign_minutiae_have_a_score_of_their_own(pairs_of_two_scores):
    """Degraded pairs, which are made to say the opposite here, are not learned from."""
    evidence = pairs_of_two_scores()
    degraded = evidence.kind == "hard"
    evidence.features[degraded, 0] *= -1
    arrays, raw = comparison.fit_foreign(evidence)
    assert Logistic.of(arrays, "foreign", features.COUNT).weight[0] > 0
    plain = ~degraded
    assert np.median(raw[plain & evidence.mated]) > np.median(raw[plain & ~evidence.mated])
