"""What raw scores mean: false match rates by classes of minutiae, and which pairs they are counted on."""

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.learned import Models, save
from biomatch.training import calibration
from biomatch.training.evidence import PairEvidence


@pytest.fixture
def evidence(pairs_of_two_scores):
    return pairs_of_two_scores()


def stages(evidence):
    """The first feature is the score of minutiae, the first ridge feature that of ridges."""
    minutiae = evidence.features[:, 0]
    return {"minutiae": (evidence, minutiae), "ridges": (evidence, evidence.ridges[:, 0]), "foreign": (evidence, minutiae)}


def test_classes_with_few_non_mated_borrow_the_curve_of_all(evidence, tmp_path):
    arrays, counts = calibration.fit(stages(evidence))
    save(tmp_path, "calibration", arrays, {"scores": counts})
    told = Calibration.of(Models(tmp_path))
    assert sum(n for name, n in counts.items() if name.startswith("minutiae_plain")) == (~evidence.mated).sum()
    few = told("minutiae", np.array([2.0]), np.array([8]), 0).score
    more = told("minutiae", np.array([2.0]), np.array([15]), 0).score
    assert few == pytest.approx(more, abs=5)


def test_the_false_match_rate_is_the_one_that_is_counted(evidence):
    arrays, _ = calibration.fit(stages(evidence))
    strangers = evidence.features[~evidence.mated & (evidence.fewer >= 35), 0]
    raw = np.quantile(strangers, 0.9)
    curve_raw, curve_score = arrays["minutiae_plain_3_raw"], arrays["minutiae_plain_3_score"]
    assert np.interp(raw, curve_raw, curve_score) == pytest.approx(10, abs=0.7)


def test_a_latent_is_read_from_degraded_pairs(evidence):
    """They are made to score alike here, so only the counts differ."""
    _, counts = calibration.fit(stages(evidence))
    latent = sum(n for name, n in counts.items() if name.startswith("minutiae_latent"))
    assert latent == (~evidence.mated & (evidence.kind == "hard")).sum()


def test_a_set_of_twice_the_pairs_says_no_more_than_before(evidence):
    """A third of the non-mated pairs, those of one set, score higher than the others: they stay a third of what is counted."""
    evidence.features[evidence.set == "a", 0] += 6
    twice = PairEvidence.join([evidence, evidence[evidence.set == "a"]])
    for pairs in (evidence, twice):
        arrays, _ = calibration.fit(stages(pairs))
        for name in ("minutiae_plain_3", "minutiae_latent_3"):
            assert np.interp(3, arrays[f"{name}_raw"], arrays[f"{name}_score"]) == pytest.approx(-10 * np.log10(1 / 3), abs=0.3)


def test_a_pair_that_stands_for_others_counts_as_often(evidence):
    """Where those of the lower half stand for nine each, the score of the middle is not reached by a half but by a tenth."""
    others = ~evidence.mated & (evidence.fewer >= 35)
    middle = np.median(evidence.features[others, 0])
    scores = []
    for each in (1, 9):
        evidence.stands[:] = np.where(evidence.features[:, 0] < middle, each, 1)
        arrays, _ = calibration.fit(stages(evidence))
        scores.append(np.interp(middle, arrays["minutiae_plain_3_raw"], arrays["minutiae_plain_3_score"]))
    assert scores == pytest.approx([3, 10], abs=0.7)


def test_ridges_speak_where_they_were_checked_only(evidence):
    _, counts = calibration.fit(stages(evidence))
    told = {stage: sum(n for name, n in counts.items() if name.startswith(f"{stage}_plain")) for stage in ("ridges", "foreign")}
    assert told["foreign"] == (~evidence.mated).sum()
    assert told["ridges"] == (~evidence.mated & evidence.checked).sum() < told["foreign"]
