"""Every print extracted and every pair compared, whatever the number of processes."""

import numpy as np
import pytest

from biomatch.evaluation import protocol, report, runner, searching
from biomatch.evaluation.engine import OurSetup


def test_every_pair_inside_a_set_is_compared_once_and_none_across(scored):
    _, scores = scored()
    assert {name: (int(one.pairs.mated.sum()), int((~one.pairs.mated).sum())) for name, one in scores.items()} == {
        "left": (9, 27),
        "right": (6, 9),
        "fill": (0, 1),
    }
    seen = {(int(a), int(b)) for one in scores.values() for a, b in zip(one.first, one.second, strict=True)}
    assert len(seen) == 52


def test_scores_stand_beside_the_pairs_they_belong_to(samples, scored, likeness):
    _, scores = scored()
    left = scores["left"]
    for score, i, j in zip(left.pairs.score, left.first, left.second, strict=True):
        a, b = samples[i], samples[j]
        assert score == likeness().open("").pair((a.finger, a.impression), (b.finger, b.impression))[0]


def test_rows_are_split_into_tasks_without_loss(scored, monkeypatch):
    _, whole = scored()
    monkeypatch.setattr(runner, "CHUNK", 3)
    _, split = scored()
    for name in whole:
        np.testing.assert_array_equal(whole[name].pairs.score, split[name].pairs.score)


def test_across_two_sets_every_print_meets_every_print(samples, scored, likeness):
    setup = likeness()
    prints, _ = scored()
    across = runner.compare_across(setup, prints, "left", "right", processes=1)
    assert (int(across.pairs.mated.sum()), len(across.pairs.score)) == (9, 54)
    for score, i, j in zip(across.pairs.score, across.first, across.second, strict=True):
        a, b = samples[i], samples[j]
        assert (a.set, b.set) == ("left", "right")
        assert score == likeness().open("").pair((a.finger, a.impression), (b.finger, b.impression))[0]


def test_a_failed_print_takes_part_with_the_lowest_score(scored):
    prints, scores = scored(broken=("left-ann-1.png",))
    assert [(f.code, f.set) for f in prints.failures] == [("unreadable-image", "left")]
    left = scores["left"]
    assert np.isneginf(left.pairs.score).sum() == 8
    assert set(left.llr[np.isneginf(left.pairs.score)]) == {-2.0}
    figures = report.build(prints, scores, None, None)
    assert figures["sets"]["left"]["zerofmr"] == pytest.approx(2 / 9)


def test_processes_change_nothing(folder, done):
    setup = OurSetup()
    samples = protocol.read(folder)
    prints = runner.extract_all(setup, samples, searching.wanted(setup, samples), processes=2)
    scores = runner.compare_all(setup, prints, processes=2)
    np.testing.assert_array_equal(scores["set"].pairs.score, done.scores["set"].pairs.score)
