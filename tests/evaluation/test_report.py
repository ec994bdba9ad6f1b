"""The figures of an evaluation, of prints whose scores are known."""

import numpy as np

from biomatch.evaluation import protocol, report
from biomatch.evaluation.searching import Found


def test_a_set_without_mated_pairs_gives_null(scored):
    figures = report.build(*scored(), None, None)
    assert figures["sets"]["fill"] == {
        "eer": None, "fmr100": None, "fmr1000": None, "zerofmr": None, "genuine": 0, "impostor": 1
    }  # fmt: skip
    assert figures["intervals"]["sets"]["fill"] is None
    assert figures["pooled"]["impostor"] == 37


def test_the_report_has_the_promised_shape(samples, scored):
    prints, scores = scored()
    probes = protocol.identification(samples).probes
    found = Found(probes, np.ones(len(probes)), np.zeros(len(probes)), 7)
    figures = report.build(prints, scores, found, {"extract_ms_median": 1.0, "compare_us_median": 2.0})
    assert set(figures["pooled"]) == {"eer", "fmr100", "fmr1000", "zerofmr", "genuine", "impostor"}
    assert all(set(one) == set(figures["pooled"]) for one in figures["sets"].values())
    assert {"rank1", "rank10", "probes", "gallery", "shortlist_miss"} <= set(figures["identification"])
    assert {"extract_ms_median", "compare_us_median"} <= set(figures["time"])
    assert set(figures["calibration"]) == {"cllr", "cllr_min"}
    assert figures["pooled"]["eer"] == 0
    assert figures["identification"] | {"rank1": 1.0, "probes": 10, "gallery": 7} == figures["identification"]


def test_set_rates_use_the_pooled_threshold(scored):
    """One non-mated pair of 'left' (three letters each: 0) made to score 9 lifts the pooled zeroFMR threshold to 10."""
    prints, scores = scored()
    scores["left"].pairs.score[np.flatnonzero(~scores["left"].pairs.mated)[0]] = 9.0
    figures = report.build(prints, scores, None, None)
    assert figures["sets"]["right"]["zerofmr"] == 1.0
    assert figures["sets"]["right"]["eer"] == 0


def test_pooled_pairs_are_those_of_all_sets_each_with_its_own_ratio_and_samples(scored):
    _, scores = scored()
    every = report.pooled(scores)
    assert len(every.pairs.score) == sum(len(one.pairs.score) for one in scores.values()) == 52
    last = len(scores["right"].pairs.score)  # sets are in the order of their names
    for name in ("llr", "first", "second"):
        np.testing.assert_array_equal(getattr(every, name)[-last:], getattr(scores["right"], name))
    assert every.pairs.mated.sum() == 15


def test_an_engine_without_likelihood_ratios_has_no_cost_of_them(scored):
    prints, scores = scored()
    scores["left"].llr[0] = np.nan
    assert report.build(prints, scores, None, None)["calibration"] == {"cllr": None, "cllr_min": None}


def test_rates_of_some_sets_have_thresholds_of_their_own(scored):
    """A non-mated pair of 'left' that scores 9 says nothing of 'right' alone."""
    prints, scores = scored()
    scores["left"].pairs.score[np.flatnonzero(~scores["left"].pairs.mated)[0]] = 9.0
    alone = report.rates({"right": scores["right"]})
    assert (alone["zerofmr"], alone["genuine"], alone["impostor"]) == (0.0, 6, 9)
    assert report.build(prints, scores, None, None)["sets"]["right"]["zerofmr"] == 1.0
    assert set(alone["intervals"]) == {"eer", "fmr100", "fmr1000", "zerofmr"}


def test_searches_count_by_their_ranks_and_where_no_shortlist_was_judged_none_is_missed(samples, scored):
    prints, scores = scored()
    probes = protocol.identification(samples).probes
    ranks = np.array([1, 2, 10, 11, np.inf, 1, 1, 1, 1, 1])
    found = report.build(prints, scores, Found(probes, ranks, np.full(10, np.nan), 7), None)["identification"]
    assert (found["rank1"], found["rank10"]) == (0.6, 0.8)
    assert (found["shortlist_miss"], found["shortlist_miss_interval"]) == (None, None)
    nobody = report.build(prints, scores, Found(probes[:0], ranks[:0], ranks[:0], 7), None)["identification"]
    assert nobody == {"rank1": None, "rank10": None, "probes": 0, "gallery": 7, "shortlist_miss": None}
