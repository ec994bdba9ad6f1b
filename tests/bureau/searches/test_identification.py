"""A search keeps to its label, and its candidates say what is stored of their prints."""

import pytest

from biomatch.bureau import SearchRequest
from biomatch.errors import (
    LabelNotFound,
)
from biomatch.gallery.filters import Filter


def test_a_search_keeps_to_its_label(bureau, me, image, record):
    bureau.encounters.enrol("ada", [image(1)], me, labels=frozenset({"staff"}))
    bureau.encounters.enrol("bob", [image(2)], me, labels=frozenset({"visitors"}))
    found = bureau.searches.identify([record(1, again=1)], me, SearchRequest(where=Filter(label="visitors")))
    assert {candidate.person for candidate in found.search.candidates} <= {"bob"}
    with pytest.raises(LabelNotFound, match="leave the label out to search everything"):
        bureau.searches.identify([record(1)], me, SearchRequest(where=Filter(label="nobody")))
    assert bureau.encounters.labels(me) == {"staff": 1, "visitors": 1}


def test_candidates_come_with_what_is_stored_of_their_prints(bureau, me, image, record):
    (made,) = bureau.encounters.enrol("ada", [image(1)], me)
    found = bureau.searches.identify([record(1, again=1)], me)
    evidence = found.search.candidates[0].evidence[0]
    assert found.prints[evidence.print_id].has_image
    assert evidence.print_id == made.print_id
