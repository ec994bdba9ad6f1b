"""A search's answer: candidates, decision, and the prints that it was made with."""

from dataclasses import replace

import pytest

from biomatch.bureau import Examined, Identified
from biomatch.gallery.interface import Candidate, Effort, Search
from biomatch.service.schemas.searches import CandidateOut, IdentifyOut


@pytest.fixture
def found(template):
    """A search with two probes, of which nothing was told."""
    search = Search((), None, None, 0.01, None, 6, Effort.FAST, {"biomatch": "0.2"}, {"index": 0.12345678})
    return Identified((template, template), search, {}, "s1")


def test_a_candidate_brings_its_evidence_and_its_rank(evidence, stored):
    candidate = Candidate("ada", 3, 51.2349, 4.5678, True, (evidence, evidence))
    told = CandidateOut.of(candidate, {"p1": stored()}, True)
    assert (told.person_id, told.rank, told.score, told.llr, told.extrapolated) == ("ada", 3, 51.23, 4.57, True)
    assert [len(one.correspondences) for one in told.scores] == [2, 2]
    assert CandidateOut.of(candidate, {}, False).scores[0].correspondences is None


def test_a_list_without_a_target_is_no_decision(found):
    told = IdentifyOut.of(found, [], "t").model_dump(by_alias=True, exclude_none=True)
    assert told.keys() & {"hit", "threshold", "falsePositiveProbability"} == set()
    assert (told["searchId"], told["transactionId"], told["effort"], told["gallerySize"]) == ("s1", "t", "fast", 6)
    assert told["seconds"] == {"index": 0.123457}


def test_no_hit_is_told_and_not_left_out(found):
    decided = replace(found, search=replace(found.search, hit=False, threshold=44.0, false_positive=0.5))
    told = IdentifyOut.of(decided, [], None).model_dump(by_alias=True, exclude_none=True)
    assert (told["hit"], told["threshold"], told["falsePositiveProbability"]) == (False, 44.0, 0.5)


def test_each_probe_has_its_own_details(found, template):
    examined = tuple(Examined(template, 70, True, (), picture, name) for picture, name in ((b"a", "a.png"), (b"", "b.bmt")))
    told = IdentifyOut.of(replace(found, examined=examined), [], None).probes
    assert [(one.details.name, one.details.picture) for one in told] == [("a.png", b"a"), ("b.bmt", None)]
    assert [one.details for one in IdentifyOut.of(found, [], None).probes] == [None, None]
