"""What all use cases share: the act that each tells, and whether a search needs a purpose."""

import logging

import pytest

from biomatch.bureau import Actor
from biomatch.bureau.context import UNSPECIFIED
from biomatch.errors import LabelNotFound, PurposeMissing
from biomatch.gallery.filters import Filter
from biomatch.store import Item

ADA = Actor("ada", "http", "border check", "law 1", token="t1")


def test_an_act_says_who_why_and_by_what(bureau):
    act = bureau._context.act(ADA, "enrol", [Item({"person": "bob"}, "bob")], {"extractor": "made/1"}, prints=["p1", "p2"])
    assert (act.kind, act.purpose, act.legal_basis, act.actor) == ("enrol", "border check", "law 1", ADA.snapshot)
    assert (act.details, act.made_by, [item.person for item in act.items]) == (
        {"prints": ["p1", "p2"]}, {"extractor": "made/1"}, ["bob"],
    )  # fmt: skip


def test_the_log_counts_and_names_nobody(bureau, caplog):
    with caplog.at_level(logging.INFO, "biomatch.bureau.context"):
        bureau._context.act(ADA, "enrol", prints=["p1", "p2"], person="bob", prints_seen=3)
    (line,) = (one for one in caplog.records if one.message == "act")
    assert (line.act, line.door, line.counts) == ("enrol", "http", {"prints": 2, "prints_seen": 3})
    assert "bob" not in str(line.__dict__)
    assert "ada" not in str(line.__dict__)


@pytest.mark.parametrize(("purpose", "basis"), [("", ""), (" ", "law 1"), ("border check", "")])
def test_where_a_purpose_is_required_both_words_are(bureau, me, purpose, basis):
    asked = Actor("ada", "http", purpose, basis)
    said = bureau._context.searching(asked)
    assert (said.purpose, said.legal_basis) == (purpose or UNSPECIFIED, basis or UNSPECIFIED)
    bureau.access.require_purpose(me)
    with pytest.raises(PurposeMissing):
        bureau._context.searching(asked)
    assert bureau._context.searching(ADA) == ADA


def test_a_search_limited_to_a_label_that_no_print_carries_is_refused(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me, labels=frozenset(("staff",)))
    assert bureau._context.searching(ADA) == ADA
    assert bureau._context.searching(ADA, Filter(label="staff")) == ADA
    with pytest.raises(LabelNotFound):
        bureau._context.searching(ADA, Filter(label="wanted"))
