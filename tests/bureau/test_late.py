"""An act that ends after somebody was erased says nothing of them: not in its leaf, not in what is kept of a search."""

import json

import pytest
from sqlalchemy import select

from biomatch.bureau import Enrolled
from biomatch.bureau.context import Context
from biomatch.sealing import of_person
from biomatch.store.database import reading
from biomatch.store.rows import tables

ACTS = {
    "identify": lambda bureau, me, record: bureau.searches.identify([record(1, again=1)], me),
    "identify-person": lambda bureau, me, record: bureau.searches.identify_person("ada-marker", me),
    "verify": lambda bureau, me, record: bureau.searches.verify("ada-marker", [record(1, again=1)], me),
    "read": lambda bureau, me, record: bureau.encounters.read("ada-marker", me),
    "read-print": lambda bureau, me, record: bureau.encounters.stored(bureau.of_ada, me),
    "explain": lambda bureau, me, record: bureau.searches.explain(record(1), Enrolled(person="ada-marker"), me),
}


@pytest.fixture
def filled(bureau, me, record):
    (print_,) = bureau.encounters.enrol("ada-marker", [record(1)], me)
    bureau.encounters.enrol("bob", [record(2)], me)
    bureau.of_ada = print_.print_id
    return bureau


@pytest.fixture
def erased_late(filled, me, monkeypatch):
    """Ada is erased when an act has done everything but write its leaf."""
    plain = Context.act

    def act(context, actor, kind, *arguments, **details):
        made = plain(context, actor, kind, *arguments, **details)
        if kind != "remove":
            monkeypatch.setattr(Context, "act", plain)
            filled.encounters.remove(me, person="ada-marker")
        return made

    monkeypatch.setattr(Context, "act", act)
    return filled


def rows(bureau):
    with reading(bureau._context.store.engine, bureau.folder) as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in tables.metadata.sorted_tables
        }


@pytest.mark.parametrize("name", ACTS)
def test_a_late_act_names_nobody_who_was_erased(erased_late, me, record, name):
    bureau = erased_late
    answer = ACTS[name](bureau, me, record)
    told = repr(rows(bureau))
    assert "ada-marker" not in told
    assert not bureau._context.store.keys.has(of_person("ada-marker"))
    report = bureau.upkeep.verify_audit(me)
    assert report.ok, report.findings
    assert bureau.upkeep.check(me).ok
    if name.startswith("identify"):
        assert "ada-marker" not in [one.person for one in answer.search.candidates]


def test_a_late_search_is_repeated_without_those_who_were_erased(erased_late, me, record):
    found = erased_late.searches.identify([record(1, again=1)], me)
    assert [one.person for one in found.search.candidates] == ["bob"]
    again = erased_late.searches.replay(found.kept, me)
    assert (again.same, again.candidates) == (True, 2)
    assert "candidate 1" in again.erased


def test_what_a_leaf_says_of_others_stays(erased_late, me, record):
    erased_late.searches.identify([record(1, again=1)], me)
    leaf = erased_late.upkeep.audit_leaves(me)[-1]
    assert [item.content is None for item in leaf.items] == [False, True, False]
    assert json.loads(leaf.items[2].content)["person"] == "bob"
    assert leaf.said["details"]["erased"] == [[leaf.number, 1]]


def test_nobody_is_taken_for_erased_who_is_enrolled_changed_or_merged(filled, me, record):
    filled.encounters.merge("bob", "ada-marker", me)
    filled.searches.identify([record(1, again=1)], me)
    filled.encounters.move("ada-marker", "bob", filled.encounters.read("bob", me).prints[0].encounter, me)
    filled.searches.verify("ada-marker", [record(1, again=1)], me)
    assert all(item.content is not None for leaf in filled.upkeep.audit_leaves(me) for item in leaf.items)
