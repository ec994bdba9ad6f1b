import json
from dataclasses import replace

import numpy as np
import pytest

from biomatch.bench.engine import identification
from biomatch.bench.engine.gather import Fold
from biomatch.bench.report import tables_of_identification
from biomatch.errors import BadSize
from biomatch.evaluation.galleries import kept, population
from biomatch.evaluation.galleries.population import Enrolment
from biomatch.gallery.interface import Effort
from biomatch.gallery.local import LocalGallery


def test_every_size_has_its_figures(identified):
    sizes = identified.document["figures"]["sizes"]
    assert list(sizes) == ["260", "400"]
    for size, one in sizes.items():
        assert one["prints"] == int(size)
        assert one["time"]["normal"]["core_ms"]["repeats"] == 12
        assert one["errors"]["normal"]["same sensor"]["trials"] == 12
        (own,) = one["sets"]["normal"].values()
        assert (own["trials"], own["off_list"]) == (12, one["errors"]["normal"]["same sensor"]["off_list"])
        assert own["off_list_of_certain"] <= own["off_list"]
        assert own["certain"] >= one["errors"]["normal"]["same sensor"]["passing"]
        assert one["open_set"]["normal"]["groups"]["same sensor"]["searches of strangers"] == 18
        assert {"anonymous_mb", "page_cache_mb"} <= set(one["memory"])
        assert one["disk_bytes_a_print"]["all"] > 1_000
        assert set(one["measured"]["searches"]) == {"date", "commit", "load_before"}


def test_whole_synthetic_prints_find_their_mates(identified):
    """Seen: 12 of 12 first."""
    errors = identified.document["figures"]["sizes"]["400"]["errors"]["normal"]["same sensor"]
    assert errors["rank1"] >= 0.8
    assert errors["missed"] == 0


def test_cropped_probes_find_fewer_mates_the_fewer_minutiae_they_keep(identified):
    """Seen: 11 of 11 and 10 of 11 among the first 20."""
    found = identified.document["figures"]["sizes"]["400"]
    sixteen, twelve = found["cropped"]
    assert (sixteen["minutiae"], twelve["minutiae"]) == (16, 12)
    assert sixteen["trials"] == twelve["trials"] == found["errors"]["normal"]["same sensor, good"]["trials"]
    assert 0.6 <= twelve["listed_at"]["20"] <= sixteen["listed_at"]["20"]
    for one in (sixteen, twelve):
        assert list(one["listed_at"].values()) == sorted(one["listed_at"].values())
        assert one["interval_at_200"][0] <= one["listed_at"]["200"] <= one["interval_at_200"][1]


def test_the_exhaustive_answer_is_that_of_an_exhaustive_search(identified):
    tables = [kept.read(path) for path in sorted(next(identified.work.glob("tables-400-*")).glob("exhaustive-*.npz"))]
    assert sorted(len(table["probes"]) for table in tables) == [1, 3]
    with_log = next(identified.work.glob("gallery-400-*"))
    some = identified.population
    gallery = LocalGallery(Enrolment(400 - len(some.planted), some.entries, 5).log, with_log)
    for table in tables:
        for at, probe in enumerate(table["probes"].tolist()):
            mate = f"planted {some.mates(probe)[0]}"
            found = gallery.identify([some.probes[probe].template], top=100, effort=Effort.EXHAUSTIVE).candidates
            score = next((one.score for one in found if one.person == mate), -np.inf)
            best = max(one.score for one in found if one.person != mate)
            assert (table["scores"][at], table["stranger"][at]) == (pytest.approx(score), pytest.approx(best))
    gallery.close()


def test_more_exhaustive_answers_go_on_behind_those_that_are_there(identified, here_pool, monkeypatch):
    """The first three probes are those of the run before; a fifth one is new."""
    sizes = identified.document["figures"]["sizes"]
    assert sizes["400"]["exhaustive"]["probes"] == 4
    asked = []
    monkeypatch.setattr(identification, "Pool", counting(here_pool, asked))
    plan = replace(identified.plan, sizes=(400,), exhaustive=5)
    run = identification.measure(identified.population, plan, identified.work)
    assert run.figures["sizes"]["400"]["exhaustive"]["probes"] == 5
    assert [len(templates) for job, templates, *_ in asked if job == "exhaust"] == [2]


def counting(pool, asked):
    """A pool that notes its jobs."""

    class Counting(pool):
        def call(self, *arguments):
            asked.append(arguments)
            return super().call(*arguments)

    return Counting


def test_a_run_that_was_broken_off_goes_on_from_its_tables(identified, monkeypatch):
    def again(*_):
        raise AssertionError("a step was done again")

    monkeypatch.setattr(identification.Pool, "call", again)
    monkeypatch.setattr(identification, "LocalGallery", again)
    said = []
    run = identification.measure(identified.population, identified.plan, identified.work, say=said.append)
    assert json.loads(json.dumps(run.figures)) == identified.document["figures"]
    assert any("is there already" in line for line in said)


def test_an_exhaustive_search_has_no_list_that_a_mate_could_be_off(identified, here_pool, monkeypatch):
    monkeypatch.setattr(identification, "Pool", here_pool)
    plan = replace(identified.plan, sizes=(260,), efforts=(Effort.EXHAUSTIVE,))
    run = identification.measure(identified.population, plan, identified.work)
    one = run.figures["sizes"]["260"]
    assert one["time"]["exhaustive"]["index_core_ms"] is None
    errors = one["errors"]["exhaustive"]["same sensor"]
    assert (errors["trials"], errors["off_list"], errors["missed"]) == (12, 0, 0)
    assert errors["rank1"] >= 0.8


def test_a_step_is_done_again_for_other_searches(identified, here_pool, monkeypatch):
    asked = []
    monkeypatch.setattr(identification, "Pool", counting(here_pool, asked))
    plan = replace(identified.plan, sizes=(260,), reached=3)
    run = identification.measure(identified.population, plan, identified.work)
    assert run.figures["sizes"]["260"]["crowd"]["lists"] == 3
    assert {job for job, *_ in asked} == {"reach", "crowd"}
    fewer = replace(identified.population, strangers=identified.population.strangers[:2])
    run = identification.measure(fewer, plan, identified.work)
    assert run.figures["sizes"]["260"]["open_set"]["normal"]["groups"]["same sensor"]["searches of strangers"] == 14


def test_an_exhaustive_answer_that_was_broken_off_does_not_hinder_one_for_more_probes(identified, here_pool, monkeypatch):
    class BrokenOff(Exception):
        pass

    class Breaking(here_pool):
        def map(self, jobs):
            yield from list(super().map(jobs))[:1]
            raise BrokenOff

    monkeypatch.setattr(identification, "PRINTS_A_JOB", 100)
    monkeypatch.setattr(identification, "Pool", Breaking)
    plan = replace(identified.plan, sizes=(260,), seed=6, exhaustive=2)
    with pytest.raises(BrokenOff):
        identification.measure(identified.population, plan, identified.work)
    monkeypatch.setattr(identification, "Pool", here_pool)
    run = identification.measure(identified.population, replace(plan, exhaustive=3), identified.work)
    assert run.figures["sizes"]["260"]["exhaustive"]["probes"] == 3


@pytest.mark.parametrize(("size", "limit"), [(100, 2_560), (1_000_000, 2_560), (1_000_001, 3_060), (10_000_000, 7_060)])
def test_larger_galleries_may_take_more_memory(people, tmp_path, size, limit):
    assert identification.opening(people, identification.Plan((size,)), size, tmp_path).memory_mb == limit
    assert identification.opening(people, identification.Plan((size,), memory_mb=None), size, tmp_path).memory_mb is None


@pytest.mark.parametrize(
    ("sizes", "name"),
    [
        ((1_000_000,), "identification"),
        ((1_000, 10_000_000), "identification"),
        ((2_000_000, 10_000_000), "identification_large"),
        ((), "identification"),
    ],
)
def test_larger_galleries_alone_have_a_result_of_their_own(sizes, name):
    assert identification.name_of(identification.Plan(sizes)) == name


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"sizes": ()}, "at least one"),
        ({"sizes": (10,)}, "12 prints must fit into it; give a larger size"),
        ({"sizes": (20_000_000,)}, "at most 10,000,000"),
        ({"sizes": (100,), "memory_mb": 10}, "200 MB"),
    ],
)
def test_impossible_sizes_are_refused(people, tmp_path, plan, words):
    with pytest.raises(BadSize, match=words):
        identification.measure(people, identification.Plan(**plan), tmp_path)


def test_sets_alone_tell_what_a_whole_run_tells_of_them(identified, here_pool, monkeypatch):
    asked = []
    monkeypatch.setattr(identification, "Pool", counting(here_pool, asked))
    plan = replace(identified.plan, sets_only=True)
    run = identification.measure(identified.population, plan, identified.work)
    assert asked == []
    assert identification.name_of(plan) == "identification_sets"
    found = json.loads(json.dumps(run.figures["sizes"]))
    whole = identified.document["figures"]["sizes"]
    assert found == {size: {"prints": one["prints"], "sets": one["sets"]} for size, one in whole.items()}


def test_folds_are_searched_each_with_its_models_and_told_apart_and_together(root, people, here_pool, tmp_path, monkeypatch):
    monkeypatch.setattr(identification, "Pool", here_pool)
    plan = identification.Plan((100,), memory_mb=None, seed=5, processes=1)
    others = population.synthetic(10, 3, seed=6)
    folds = {name: Fold(some, root / "models", [name]) for name, some in (("a", people), ("b", others))}
    document = identification.measure_folds(folds, plan, tmp_path).document
    found = document["figures"]["sizes"]["100"]["folds"]["normal"]
    assert {name: one["trials"] for name, one in found["groups"].items()} == {"a": 12, "b": 10}
    assert found["pooled"]["trials"] == 22
    assert found["pooled"]["off_list"] == sum(one["off_list"] for one in found["groups"].values())
    assert found["pooled"]["said"] == pytest.approx(sum(one["said"] for one in found["groups"].values()), rel=1e-2)
    assert set(document["models"]) >= {"a/index", "b/index"}
    lines = list(tables_of_identification.folds({identification.FOLDS: document}))
    assert [line.split(" | ")[0].strip("| ") for line in lines[-3:]] == ["all groups", "a", "b"]
