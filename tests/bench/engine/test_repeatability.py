"""Templates of one way against those of another: what counts as different, and what a lost process says."""

from dataclasses import replace

import numpy as np
import pytest

from biomatch import decode, extract
from biomatch.bench.engine import prints
from biomatch.bench.engine import repeatability as bench
from biomatch.comparison import Comparer
from biomatch.descriptors import Describer
from biomatch.errors import WorkerLost


@pytest.fixture(scope="module")
def samples():
    return prints.evenly(prints.listed(None), 2)


@pytest.fixture(scope="module")
def templates(samples):
    return [extract(decode(one.path.read_bytes(), ppi=one.ppi)) for one in samples]


def test_templates_that_differ_by_their_extractors_name_alone_are_the_same(templates):
    found = bench.compared(templates, [replace(one, extractor="learned/1-other") for one in templates], Describer(), Comparer())
    assert (found["templates"], found["differ"], found["other_number_of_minutiae"]) == (2, 0, 0)
    assert (found["scores"], found["largest_score_change"], found["scores_moved_above_1"]) == (2, 0.0, 0)


def test_a_minutia_less_is_a_difference(templates):
    less = [replace(templates[0], minutiae=templates[0].minutiae[1:]), templates[1]]
    found = bench.compared(templates, less, Describer(), Comparer())
    assert (found["differ"], found["other_number_of_minutiae"]) == (1, 1)


def test_each_extractor_comes_first_as_it_is(monkeypatch):
    first = {way.extractor: way for way in reversed(bench.ways())}
    assert all(not way.environment and way.engine == bench.OPENCV for way in first.values())
    assert {way.extractor for way in bench.ways() if way.environment} == set(first)


def test_a_process_that_fails_says_why(samples, tmp_path):
    with pytest.raises(WorkerLost, match="nosuch"):
        bench._extracted(bench.Way("by nobody", extractor="nosuch"), samples, None)


def test_a_process_gives_the_same_templates_as_this_one(samples, templates):
    again = bench._extracted(bench.Way("again"), samples, None)
    assert [one.to_bytes() for one in again] == [one.to_bytes() for one in templates]
    assert np.all([len(one.minutiae) > 10 for one in again])
