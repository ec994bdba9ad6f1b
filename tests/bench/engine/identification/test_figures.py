from dataclasses import replace

import numpy as np
import pytest

from biomatch.bench.engine.identification import figures
from biomatch.evaluation.galleries.population import Population


def test_a_threshold_lets_at_most_its_share_of_strangers_pass():
    best = np.arange(1000.0)
    for fpir in (0.0, 0.001, 0.01, 0.5):
        threshold = figures.threshold_at(best, fpir)
        assert np.mean(best >= threshold) <= fpir
        assert np.mean(best >= np.nextafter(np.nextafter(threshold, -np.inf), -np.inf)) > fpir


def test_ties_at_a_threshold_count_against_the_engine():
    assert np.mean(np.array([3.0, 3.0, 3.0, 1.0]) >= figures.threshold_at(np.array([3.0, 3.0, 3.0, 1.0]), 0.5)) == 0


def test_the_exponent_is_that_between_the_ends():
    def one(whole, index):
        return {"time": {"normal": {"core_ms": {"p50": whole}, "index_core_ms": {"p50": index}}}}

    found = figures.growth({1_000: one(9, 9), 10_000: one(10, 1), 1_000_000: one(100, 10)})
    assert found["core_ms"] == pytest.approx(0.5)
    assert found["index_core_ms"] == pytest.approx(0.5)
    assert figures.growth({1_000: one(1, 1), 10_000: one(1, 1)}) == {}


def test_times_are_of_searches_with_minutiae_of_our_own():
    table = {
        "kind": np.array(["biomatch", "leader", "biomatch"]),
        "cpu": np.array([0.02, 0.9, 0.03]),
        "wall": np.array([0.02, 0.9, 0.03]),
        "index": np.array([0.001, np.nan, 0.002]),
        "stages": np.array(["describe"]),
        "stage_seconds": np.array([[0.001], [0.9], [0.002]]),
    }
    found = figures.times(1_000, table)
    assert found["core_ms"]["p50"] == pytest.approx(25)
    assert found["core_ms"]["repeats"] == found["index_core_ms"]["repeats"] == 2
    assert found["stages_ms"]["describe"] == pytest.approx(1.5)


def test_strangers_are_counted_beside_what_chance_would_bring(people):
    """Synthetic persons among 112 prints: planted 1 is on every list, first; 0, the asking one's own, is struck off before."""
    listed = np.full((2, 1_000), -1)
    listed[:, 0] = 1
    found = figures.crowd(112, {"probes": np.array([0, 2]), "listed": listed}, people)
    assert found["lists"] == 2
    assert found["at"]["20"]["seen"] == 2
    assert found["at"]["20"]["expected"] == pytest.approx(2 * 20 * 11 / 111, rel=1e-3)
    low, high = found["at"]["20"]["interval"]
    assert low < found["at"]["20"]["times"] < high


def test_a_print_of_the_asking_one_s_subject_is_no_stranger(people):
    listed = np.full((1, 1_000), -1)
    listed[0, 0] = 3
    found = figures.crowd(112, {"probes": np.array([3]), "listed": listed}, people)
    assert found["at"]["20"]["seen"] == 0


def test_strangers_with_other_minutiae_set_no_threshold(people):
    """Half of the probes and strangers get another kind: its strangers score high, and the first kind's searches care not."""
    first = range(6)
    planted, probes, strangers = (
        tuple(one if n in first else replace(one, kind="leader") for n, one in enumerate(some))
        for some in (people.planted, people.probes, [*people.non_mated, *people.non_mated])
    )
    mixed = Population(planted, probes, strangers)
    kinds = np.array(["synthetic"] * 6 + ["leader"] * 6)
    mated = {
        "kind": kinds, "stranger": np.where(kinds == "leader", 90.0, 10.0), "trial_probe": np.arange(12),
        "trial_ranks": np.ones(12), "trial_scores": np.full(12, 50.0),
    }  # fmt: skip
    lone = {"kind": kinds, "stranger": np.where(kinds == "leader", 95.0, 5.0)}
    found = figures._open_set(mated, lone, mixed)["groups"]
    ours, theirs = found["same sensor"], found["same sensor, leader"]
    assert ours["searches of strangers"] == theirs["searches of strangers"] == 12
    assert (ours["0.01"]["threshold"], theirs["0.01"]["threshold"]) == (10, 95)
    assert (ours["0.01"]["fnir"], theirs["0.01"]["fnir"]) == (0, 1)
