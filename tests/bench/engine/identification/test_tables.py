"""Searches as tables: one row a search, and rows of their trials, in order."""

import numpy as np
import pytest

from biomatch.bench.engine.identification import tables
from biomatch.evaluation.galleries.searcher import Searched


@pytest.fixture
def searched(people):
    """Two searches: with two mates, and with none."""
    empty = np.zeros(0)
    first = Searched(
        wall=0.2, cpu=0.1, index=0.05, stages={"compare": 0.07, "describe": 0.01}, stranger=12.0, said_miss=0.01,
        said_false_positive=0.5, mates=np.array([3, 4]), listed=np.array([True, False]), scores=np.array([50.0, np.nan]),
        ranks=np.array([1.0, np.nan]),
    )  # fmt: skip
    none = Searched(
        wall=0.4, cpu=0.3, index=0.06, stages={"describe": 0.02}, stranger=9.0, said_miss=0.02, said_false_positive=0.6,
        mates=empty.astype(np.int64), listed=empty.astype(bool), scores=empty, ranks=empty,
    )  # fmt: skip
    return [first, none]


def test_trials_name_their_search(searched):
    table = tables.searches(searched)
    assert table["trial_probe"].tolist() == [0, 0]
    assert table["trial_mates"].tolist() == [3, 4]
    assert table["trial_listed"].tolist() == [True, False]
    assert table["wall"].tolist() == [0.2, 0.4]


def test_a_stage_that_a_search_lacks_took_no_time(searched):
    table = tables.searches(searched)
    assert table["stages"].tolist() == ["compare", "describe"]
    assert table["stage_seconds"].tolist() == [[0.07, 0.01], [0.0, 0.02]]


def test_searches_without_any_mate_have_an_empty_table_of_trials(searched):
    table = tables.searches(searched[1:])
    assert {len(rows) for name, rows in table.items() if name.startswith("trial_")} == {0}
    assert table["trial_mates"].dtype == np.int64


def test_what_is_known_before_the_answer_is_of_the_probe_alone(people):
    table = tables.asked(people.probes)
    assert table["minutiae"].tolist() == [len(one.template.minutiae) for one in people.probes]
    assert table["kind"].tolist() == [one.kind for one in people.probes]
    assert len(table["quality"]) == len(people.probes)


def test_each_trial_has_its_mate_and_says_whether_both_are_of_one_sensor(people):
    table = tables.trials(people)
    mates = [(n, mate) for n in range(len(people.probes)) for mate in people.mates(n).tolist()]
    assert table["trial_mate_minutiae"].tolist() == [len(people.planted[mate].template.minutiae) for _, mate in mates]
    same = [people.probes[n].origin == people.planted[mate].origin for n, mate in mates]
    assert table["trial_same_sensor"].tolist() == same


def test_efforts_are_those_that_mated_searches_were_made_with():
    assert tables.efforts_of({"mated fast": {}, "strangers fast": {}, "mated normal": {}}) == ["fast", "normal"]
