"""The rates that answers state, learned from searches and held against other searches."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch.bench.engine import rates
from biomatch.bench.engine.gather import Fold
from biomatch.bench.engine.rates import Plan
from biomatch.calibration.search_rates import MODEL, SearchRates
from biomatch.evaluation import laws
from biomatch.evaluation.galleries import population
from biomatch.evaluation.galleries.searcher import Opening
from biomatch.evaluation.laws import Answers
from biomatch.learned import Models
from tests.evaluation.test_laws import drawn


def test_what_is_said_of_others_is_seen():
    found = rates.check(drawn(8_000, 2))
    assert max(one["ratio"] for one in found["miss"]) < 1.5
    assert max(one["ratio"] for one in found["false_positive"]) < 1.5


def test_searches_of_a_large_gallery_are_judged_by_other_groups():
    """Where one group's mates are missed a fifth as often there, the bins say so, whatever its own rows would teach."""
    small, large = drawn(6_000, 2), drawn(6_000, 3)
    rare = large.missed * (np.random.default_rng(0).random(6_000) < 0.2)
    large = replace(large, group=np.ones(6_000), gallery=np.full(6_000, float(rates.LARGE)), missed=rare)
    usual = replace(drawn(6_000, 4), gallery=np.full(6_000, rates.LARGE + 1.0))
    every = (small, large, usual)
    assert min(one["ratio"] for one in rates.check(Answers.joined(every), rates.LARGE)["miss"]) > 2
    assert max(one["ratio"] for one in rates.check(Answers.joined(every), rates.LARGE + 1)["miss"]) < 1.7


def test_rates_of_a_bin_are_means_by_weight():
    said, event = np.full(400, 0.25), np.repeat([1.0, 0.0], 200)
    (one,) = rates.reliability(said, event, np.repeat([0.5, 1.5], 200), replace(laws.FIT, bins=1))
    assert (one["said"], one["seen"], one["events"], one["ratio"]) == (0.25, 0.25, 200, 1.0)


def test_no_bin_has_few_events():
    said = np.linspace(0, 0.2, 1_000)
    bins = rates.reliability(said, (np.random.default_rng(3).random(1_000) < said).astype(float), np.ones(1_000))
    assert all(one["events"] >= 20 for one in bins)


def test_the_lowest_claims_are_in_a_bin_though_they_came_true_seldom():
    said = np.repeat([0.5, 0.01], [100, 5_000])
    event = np.zeros(5_100)
    event[:100:2] = event[100:107] = 1
    low, high = rates.reliability(said, event, np.ones(5_100), replace(laws.FIT, bins=2))
    assert (high["events"], low["events"], low["searches"] + high["searches"]) == (28, 29, 5_100)


def test_wrong_claims_are_seen():
    bins = rates.reliability(np.full(400, 0.5), np.tile([1.0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 40), np.ones(400))
    assert min(one["ratio"] for one in bins) > 4


def test_a_run_writes_the_model_that_answers_read(tmp_path):
    people = population.synthetic(8, 4, 5)
    run = rates.measure(people, Plan(sizes=(30,), exhaustive=30, cropped=(12,), probes=6), tmp_path)
    assert run.figures["searches"] > 0
    assert SearchRates.of(Models(tmp_path)).version != "rough"
    rates.draw(run.figures)


def test_each_fold_is_a_group_that_is_searched_by_models_of_its_own(tmp_path, root):
    folds = {}
    for name, seed in (("left", 5), ("right", 6)):
        models = tmp_path / name
        models.symlink_to(root / "models")
        folds[name] = Fold(population.synthetic(6, 2, seed), models, [name])
    plan = Plan(sizes=(30,), exhaustive=1, cropped=(8,), probes=4)
    run = rates.measure_folds(folds, plan, tmp_path / "out")
    searched = [np.count_nonzero(~np.isnan(rates.gather(fold.population, plan).stranger)) for fold in folds.values()]
    assert run.figures["searches"] == sum(searched)
    assert run.facts["settings"]["held_out"] == {"left": ["left"], "right": ["right"]}
    assert list(SearchRates.of(Models(tmp_path / "out")).miss_weights) == run.figures["miss"]
    assert "never saw their sensors" in Models(tmp_path / "out").card(MODEL)["data"]


def test_each_mate_is_one_trial_and_each_search_brings_one_stranger(tmp_path):
    pairs = population.synthetic(8, 4, 5)
    thirds = [replace(one, impression=9) for one in pairs.planted]
    people = population.of_prints([*pairs.planted, *pairs.probes, *thirds], 3)
    probes, mates = len(people.probes), sum(len(people.mates(n)) for n in range(len(people.probes)))
    assert mates > probes
    large = Opening(tmp_path / "gallery", people, 40, 5, cold=False)
    answers = rates.gather(people, Plan(sizes=(), exhaustive=10, cropped=(), large=[large]))
    assert np.count_nonzero(~np.isnan(answers.missed)) == 2 * mates
    assert np.count_nonzero(~np.isnan(answers.stranger)) == 2 * probes


def test_what_was_searched_is_kept_for_the_next_run(tmp_path, monkeypatch):
    people = population.synthetic(8, 4, 5)
    plan = Plan(sizes=(30,), exhaustive=30, cropped=(12,), probes=6, work=tmp_path)
    first = rates.gather(people, plan)
    monkeypatch.setattr(rates, "Searcher", None)
    again = rates.gather(people, plan)
    assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(vars(first).values(), vars(again).values(), strict=True))
    with pytest.raises(TypeError):
        rates.gather(people, replace(plan, cropped=(13,)))


def test_the_card_says_how_it_was_made_and_how_wrong_it_was(tmp_path):
    people = population.synthetic(8, 4, 5)
    there = [Opening(tmp_path, people, count, 5) for count in (40, 400)]
    plan = Plan((30,), large=there, minutiae=("biomatch", "leader:fvc2000_db1"))
    bins = {"miss": [{"ratio": 1.2}, {"ratio": 1.4}], "false_positive": []}
    large = [{"prints": 48, "miss": [{"ratio": 1.1}]}, {"prints": 408, "miss": [{"ratio": 1.3}]}]
    card = rates.card(plan, {"searches": 5_000, "reliability": bins, "reliability_large": large}, ["fvc2000_db4", "uareu"])
    assert "--large 48,408 --minutiae biomatch --minutiae leader:fvc2000_db1 --work WORK" in card["made_by"]
    assert card["data"].startswith("5,000 searches of prints of fvc2000_db4, uareu")
    assert "fvc2000_db4: FVC2000 set B, a free download for research, made by SFinGe" in card["terms"]
    worst = {"worst_miss": 1.4, "worst_miss_among_48": 1.1, "worst_miss_among_408": 1.3}
    assert card["scores"] == worst


def test_both_groups_search_a_large_gallery_that_is_there(tmp_path):
    people = population.synthetic(8, 4, 5)
    large = Opening(tmp_path / "gallery", people, 40, 5, cold=False)
    answers = rates.gather(people, Plan(sizes=(30,), exhaustive=10, cropped=(12,), probes=6, large=[large]))
    assert set(answers.gallery) == {0.0, 1.0, float(rates.LARGE)}
    there = answers[answers.gallery == rates.LARGE]
    assert set(there.size) == {48.0}
    assert set(there.group) == {0.0, 1.0}
    assert np.isfinite(there.missed).any()
    assert np.nansum(there.missed) == 0  # the list has room for all of them
