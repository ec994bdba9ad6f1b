"""The logistic models, and their calibration."""

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.comparison import features, ridge_check
from biomatch.comparison.score import Logistic
from biomatch.learned import Models, save
from biomatch.training import calibration, comparison
from biomatch.training.evidence import PairEvidence


def made(count=3_000, seed=1):
    """Pairs whose first feature and first ridge feature tell mates from strangers; every fifth has no ridge check."""
    rng = np.random.default_rng(seed)
    genuine = np.arange(count) % 4 == 0
    x = rng.normal(0, 1, (count, features.COUNT))
    x[:, 0] += 3 * genuine
    ridges = rng.normal(0, 1, (count, len(ridge_check.NAMES)))
    ridges[:, 0] += 4 * genuine
    ridges[::5] = np.nan
    names = np.array(["a", "b", "c"])[np.arange(count) % 3]
    x[:, features.NAMES.index("supported")] += 9
    kind = np.where(np.arange(count) // 12 % 2, "plain", "hard")
    return PairEvidence(genuine, np.ones(count), names, names, kind, rng.integers(5, 60, count), x, ridges)


def stages(evidence, scores):
    return {
        "minutiae": (evidence, scores.minutiae),
        "ridges": (evidence, scores.ridges),
        "foreign": (evidence, scores.minutiae),
    }


@pytest.fixture(scope="module")
def fitted():
    evidence = made()
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


def test_the_same_evidence_gives_the_same_models(fitted):
    again, _ = comparison.fit(made())
    for name, values in fitted[1].items():
        np.testing.assert_array_equal(again[name], values)


def test_classes_with_few_impostors_borrow_the_curve_of_all(fitted, tmp_path):
    evidence, _, scores = fitted
    arrays, counts = calibration.fit(stages(evidence, scores))
    save(tmp_path, "calibration", arrays, {"scores": counts})
    told = Calibration.of(Models(tmp_path))
    assert sum(n for name, n in counts.items() if name.startswith("minutiae_plain")) == (~evidence.genuine).sum()
    few = told("minutiae", np.array([2.0]), np.array([8]), 0).score
    more = told("minutiae", np.array([2.0]), np.array([15]), 0).score
    assert few == pytest.approx(more, abs=5)


def test_the_false_match_rate_is_the_one_that_is_counted(fitted):
    evidence, _, scores = fitted
    arrays, _ = calibration.fit(stages(evidence, scores))
    strangers = scores.minutiae[~evidence.genuine & (evidence.fewer >= 35)]
    raw = np.quantile(strangers, 0.9)
    curve_raw, curve_score = arrays["minutiae_plain_3_raw"], arrays["minutiae_plain_3_score"]
    assert np.interp(raw, curve_raw, curve_score) == pytest.approx(10, abs=0.7)


def test_a_latent_is_read_from_degraded_pairs(fitted):
    """They are made to score alike here, so only the counts differ."""
    evidence, _, scores = fitted
    _, counts = calibration.fit(stages(evidence, scores))
    latent = sum(n for name, n in counts.items() if name.startswith("minutiae_latent"))
    assert latent == (~evidence.genuine & (evidence.kind == "hard")).sum()


def test_mates_that_share_nothing_are_not_learned_from():
    evidence = made()
    lost = evidence.genuine & (np.arange(len(evidence.genuine)) % 8 == 0)
    evidence.features[lost, 0] = -9
    evidence.features[lost, features.NAMES.index("supported")] = 0
    lone, _ = comparison.fit(evidence[~lost])
    both, _ = comparison.fit(evidence)
    np.testing.assert_allclose(both["minutiae_weight"], lone["minutiae_weight"])


def test_foreign_minutiae_have_a_score_of_their_own():
    """Degraded pairs, which are made to say the opposite here, are not learned from."""
    evidence = made()
    degraded = evidence.kind == "hard"
    evidence.features[degraded, 0] *= -1
    arrays, raw = comparison.fit_foreign(evidence)
    assert Logistic.of(arrays, "foreign", features.COUNT).weight[0] > 0
    plain = ~degraded
    assert np.median(raw[plain & evidence.genuine]) > np.median(raw[plain & ~evidence.genuine])
