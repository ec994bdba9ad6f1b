import json
from dataclasses import replace

import numpy as np
import pytest

from biomatch.bench.engine import identification
from biomatch.bench.engine.identification import steps
from biomatch.evaluation.galleries import kept
from biomatch.evaluation.galleries.population import Enrolment
from biomatch.gallery.interface import Effort
from biomatch.gallery.local import LocalGallery


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


def test_more_exhaustive_answers_go_on_behind_those_that_are_there(identified, asked):
    """The first three probes are those of the run before; a fifth one is new."""
    sizes = identified.document["figures"]["sizes"]
    assert sizes["400"]["exhaustive"]["probes"] == 4
    plan = replace(identified.plan, sizes=(400,), exhaustive=5)
    run = identification.measure(identified.population, plan, identified.work)
    assert run.figures["sizes"]["400"]["exhaustive"]["probes"] == 5
    assert [len(templates) for job, templates, *_ in asked if job == "exhaust"] == [2]


def test_a_run_that_was_broken_off_goes_on_from_its_tables(identified, monkeypatch):
    def again(*_):
        raise AssertionError("a step was done again")

    monkeypatch.setattr(steps.Pool, "call", again)
    monkeypatch.setattr(steps, "LocalGallery", again)
    said = []
    run = identification.measure(identified.population, identified.plan, identified.work, say=said.append)
    assert json.loads(json.dumps(run.figures)) == identified.document["figures"]
    assert any("is there already" in line for line in said)


def test_a_step_is_done_again_for_other_searches(identified, asked):
    plan = replace(identified.plan, sizes=(260,), reached=3)
    run = identification.measure(identified.population, plan, identified.work)
    assert run.figures["sizes"]["260"]["crowd"]["lists"] == 3
    assert {job for job, *_ in asked} == {"reach", "crowd"}
    fewer = replace(identified.population, non_mated=identified.population.non_mated[:2])
    run = identification.measure(fewer, plan, identified.work)
    assert run.figures["sizes"]["260"]["open_set"]["normal"]["groups"]["same sensor"]["searches of strangers"] == 14


def test_an_exhaustive_answer_that_was_broken_off_does_not_hinder_one_for_more_probes(identified, here_pool, monkeypatch):
    class BrokenOff(Exception):
        pass

    class Breaking(here_pool):
        def map(self, jobs):
            yield from list(super().map(jobs))[:1]
            raise BrokenOff

    monkeypatch.setattr(steps, "PRINTS_A_JOB", 100)
    monkeypatch.setattr(steps, "Pool", Breaking)
    plan = replace(identified.plan, sizes=(260,), seed=6, exhaustive=2)
    with pytest.raises(BrokenOff):
        identification.measure(identified.population, plan, identified.work)
    monkeypatch.setattr(steps, "Pool", here_pool)
    run = identification.measure(identified.population, replace(plan, exhaustive=3), identified.work)
    assert run.figures["sizes"]["260"]["exhaustive"]["probes"] == 3
