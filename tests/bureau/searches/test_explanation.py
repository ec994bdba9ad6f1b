"""Why two prints score as they do: who may ask, what is shown, and what the audit tree is told."""

import json
from dataclasses import replace

import pytest

from biomatch import formats
from biomatch.bureau import Enrolled, Kind, Scope, Upload
from biomatch.errors import (
    EncounterNotFound,
    FingerNotFound,
    NotAllowed,
    PersonNotFound,
    PrintNotFound,
    TooManyPrints,
)
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition


@pytest.fixture
def filled(bureau, me, image, record):
    bureau.encounters.enrol("ada", [replace(image(1), position=FingerPosition.RIGHT_INDEX)], me, encounter="one")
    bureau.encounters.enrol("ada", [replace(record(2), position=FingerPosition.LEFT_INDEX)], me, encounter="two")
    return bureau


def test_the_enrolled_print_that_compares_best_is_shown(filled, me, record):
    found = filled.searches.explain(record(2, again=1), Enrolled(person="ada"), me)
    assert (found.second.stored.encounter, found.first.stored) == ("two", None)
    assert (found.comparison.score > 40, found.drawn) == (True, b"")
    assert len(found.comparison.pairs[0]) > 5
    found = filled.searches.explain(record(2, again=1), Enrolled(person="ada", position=FingerPosition.RIGHT_INDEX), me)
    assert (found.second.stored.encounter, found.comparison.score < 40) == ("one", True)


def test_two_enrolled_prints_explain_each_other(filled, me):
    (one,) = filled.encounters.read("ada", me, encounter="one").prints
    found = filled.searches.explain(Enrolled(print_id=one.print_id), Enrolled(person="ada", encounter="one"), me, draw=Kind.PNG)
    assert found.first.stored == found.second.stored == one
    assert found.drawn.startswith(b"\x89PNG")
    assert found.first.picture  # what was kept of it is shown


def test_what_is_explained_is_in_the_audit_tree_and_goes_with_the_person(filled, me, record):
    filled.searches.explain(record(2, again=1), Enrolled(person="ada"), me)
    leaf = filled.upkeep.audit_leaves(me)[-1]
    assert leaf.said["act"] == "explain"
    assert json.loads(leaf.items[1].content)["person"] == "ada"
    assert json.loads(leaf.items[2].content)["score"] > 40
    filled.encounters.remove(me, person="ada")
    assert filled.upkeep.audit_leaves(me)[leaf.number].items[1].content is None
    assert filled.upkeep.verify_audit(me).ok


def test_who_may_not_read_prints_is_not_shown_any(filled, me, record):
    verifier = replace(me, scopes=frozenset({Scope.VERIFY}))
    assert filled.searches.explain(record(2, again=1), record(2), verifier).comparison.score > 40
    with pytest.raises(NotAllowed, match=r"abis\.encounter\.read"):
        filled.searches.explain(record(2, again=1), Enrolled(person="ada"), verifier)
    with pytest.raises(NotAllowed, match=r"abis\.verify"):
        filled.searches.explain(record(2, again=1), record(2), replace(me, scopes=frozenset({Scope.ENCOUNTER_READ})))


@pytest.mark.parametrize(
    ("side", "error"),
    [
        (Enrolled(print_id="none"), PrintNotFound),
        (Enrolled(person="bob"), PersonNotFound),
        (Enrolled(person="ada", encounter="three"), EncounterNotFound),
        (Enrolled(person="ada", position=FingerPosition.LEFT_LITTLE), FingerNotFound),
    ],
)
def test_what_is_not_there_is_told(filled, me, record, side, error):
    with pytest.raises(error):
        filled.searches.explain(record(2), side, me)


def test_a_record_of_several_prints_is_refused(filled, me, record):
    both = formats.write_iso2005([Template.from_bytes(record(n).data) for n in (1, 2)])
    with pytest.raises(TooManyPrints):
        filled.searches.explain(Upload(both), record(2), me)
