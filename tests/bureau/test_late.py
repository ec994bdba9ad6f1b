"""An act that ends after somebody was erased says nothing of them: not in its leaf, not in what is kept of a search."""

import json

import pytest
from sqlalchemy import select

from biomatch.bureau import Enrolled
from biomatch.sealing import of_person
from biomatch.store.database import reading
from biomatch.store.rows import tables

ACTS = {
    "identify": lambda bureau, me, record: bureau.identify([record(1, again=1)], me),
    "identify-person": lambda bureau, me, record: bureau.identify_person("ada-marker", me),
    "verify": lambda bureau, me, record: bureau.verify("ada-marker", [record(1, again=1)], me),
    "read": lambda bureau, me, record: bureau.read("ada-marker", me),
    "read-print": lambda bureau, me, record: bureau.stored(bureau.of_ada, me),
    "explain": lambda bureau, me, record: bureau.explain(record(1), Enrolled(person="ada-marker"), me),
}


@pytest.fixture
def filled(bureau, me, record):
    (print_,) = bureau.enrol("ada-marker", [record(1)], me)
    bureau.enrol("bob", [record(2)], me)
    bureau.of_ada = print_.print_id
    return bureau


@pytest.fixture
def erased_late(filled, me, monkeypatch):
    """Ada is erased when an act has done everything but write its leaf."""
    plain = filled._act

    def act(actor, kind, *arguments, **details):
        made = plain(actor, kind, *arguments, **details)
        if kind != "remove":
            monkeypatch.setattr(filled, "_act", plain)
            filled.remove(me, person="ada-marker")
        return made

    monkeypatch.setattr(filled, "_act", act)
    return filled


def rows(bureau):
    with reading(bureau._store._engine, bureau.folder) as connection:
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
    assert not bureau._store.keys.has(of_person("ada-marker"))
    report = bureau.verify_audit(me)
    assert report.ok, report.findings
    assert bureau.check(me).ok
    if name.startswith("identify"):
        assert "ada-marker" not in [one.person for one in answer.search.candidates]


def test_a_late_search_is_repeated_without_those_who_were_erased(erased_late, me, record):
    found = erased_late.identify([record(1, again=1)], me)
    assert [one.person for one in found.search.candidates] == ["bob"]
    again = erased_late.replay(found.kept, me)
    assert (again.same, again.candidates) == (True, 2)
    assert "candidate 1" in again.erased


def test_what_a_leaf_says_of_others_stays(erased_late, me, record):
    erased_late.identify([record(1, again=1)], me)
    leaf = erased_late.audit_leaves(me)[-1]
    assert [item.content is None for item in leaf.items] == [False, True, False]
    assert json.loads(leaf.items[2].content)["person"] == "bob"
    assert leaf.said["details"]["erased"] == [[leaf.number, 1]]


def test_nobody_is_taken_for_erased_who_is_enrolled_changed_or_merged(filled, me, record):
    filled.merge("bob", "ada-marker", me)
    filled.identify([record(1, again=1)], me)
    filled.move("ada-marker", "bob", filled.read("bob", me).prints[0].encounter, me)
    filled.verify("ada-marker", [record(1, again=1)], me)
    assert all(item.content is not None for leaf in filled.audit_leaves(me) for item in leaf.items)
