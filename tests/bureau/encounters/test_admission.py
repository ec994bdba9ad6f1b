"""Enrol and search in one."""

from dataclasses import replace

import pytest

from biomatch.bureau import Scope, SearchRequest
from biomatch.errors import LabelNotFound, NotAllowed, PurposeMissing, StoreFailed
from biomatch.gallery.filters import Filter


@pytest.fixture
def filled(bureau, me, record):
    bureau.encounters.enrol("ada", [record(1)], me, labels=frozenset({"A"}))
    bureau.encounters.enrol("bob", [record(2)], me)
    return bureau


def test_who_came_before_is_first_and_who_comes_is_enrolled(filled, me, image):
    kept, found = filled.encounters.enrol_and_identify("new", [image(1)], me)
    assert (kept[0].person, found.search.candidates[0].person) == ("new", "ada")
    assert "new" not in [one.person for one in found.search.candidates]
    assert filled.pool.extracted == 1
    assert [leaf.said["act"] for leaf in filled.upkeep.audit_leaves(me)[-2:]] == ["enrol", "identify"]
    _, found = filled.encounters.enrol_and_identify(None, [image(2)], me, request=SearchRequest(where=Filter(label="A")))
    assert [one.person for one in found.search.candidates] == ["ada"]


def test_what_the_search_lacks_is_told_before_anything_is_kept(filled, me, image):
    with pytest.raises(LabelNotFound):
        filled.encounters.enrol_and_identify("new", [image(1)], me, request=SearchRequest(where=Filter(label="none")))
    with pytest.raises(NotAllowed, match=r"abis\.identify"):
        filled.encounters.enrol_and_identify("new", [image(1)], replace(me, scopes=frozenset({Scope.ENCOUNTER_WRITE})))
    filled.access.require_purpose(me)
    with pytest.raises(PurposeMissing):
        filled.encounters.enrol_and_identify("new", [image(1)], me)
    assert filled.upkeep.counts(me) == (2, 2, 2)


def test_sent_again_it_is_enrolled_once_and_searched_again(filled, me, image, monkeypatch):
    keyed = me.repeating("k")
    plain = filled._context.gallery.identify

    def fails(*_arguments, **_options):
        raise StoreFailed(str(filled.folder), "for a moment")

    monkeypatch.setattr(filled._context.gallery, "identify", fails)
    with pytest.raises(StoreFailed):
        filled.encounters.enrol_and_identify(None, [image(1)], keyed)
    monkeypatch.setattr(filled._context.gallery, "identify", plain)
    first, found = filled.encounters.enrol_and_identify(None, [image(1)], keyed)
    again, _ = filled.encounters.enrol_and_identify(None, [image(1)], keyed)
    assert (first, found.search.candidates[0].person) == (again, "ada")
    assert filled.upkeep.counts(me) == (3, 3, 3)
