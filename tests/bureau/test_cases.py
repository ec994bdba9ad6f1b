"""What an actor says of a search stands on one line of the audit."""

from dataclasses import replace

import pytest

from biomatch.bureau import Actor, Scope
from biomatch.errors import BadText, NotAllowed


def acts(bureau, me):
    return [leaf.said["act"] for leaf in bureau.upkeep.audit_leaves(me)]


@pytest.mark.parametrize(
    "text",
    [
        "a\0b",
        "two\nlines",
        "a\rb",
        "a\x1b[2Kb",
        "a\u202eb",
        "a\u2028b",
        "a\ud800b",
        f"a{chr(0xFFFD)}b",
        "x" * 201,
        "\u3164",
        "\ufe0f",
    ],
    ids=ascii,
)
def test_a_purpose_that_is_not_one_line_of_text_is_refused_before_anything_is_done(bureau, me, image, record, text):
    for actor in (me.searching_for(text, "act 4"), me.searching_for("test", text), replace(me, name=text)):
        with pytest.raises(BadText, match="200 printable characters"):
            bureau.encounters.enrol("ada", [image(1)], actor)
        with pytest.raises(BadText):
            bureau.searches.identify([record(1)], actor)
        with pytest.raises(BadText):
            bureau.tasks.find_duplicates(actor)
    assert acts(bureau, me) == ["begin"]


def test_an_actor_may_do_what_their_scopes_say_and_nothing_else():
    ada = Actor("ada", "http", scopes=frozenset({Scope.VERIFY}))
    ada.require(Scope.VERIFY)
    with pytest.raises(NotAllowed):
        ada.require(Scope.IDENTIFY)


def test_the_audit_names_the_token_only_where_there_was_one():
    assert Actor("ada", "cli").snapshot == {"name": "ada", "door": "cli"}
    assert Actor("ada", "http", token="t1").snapshot == {"name": "ada", "door": "http", "token": "t1"}


def test_an_actor_is_never_changed_in_place():
    ada = Actor("ada", "http")
    assert ada.repeating("key").searching_for("why", "law") == Actor("ada", "http", "why", "law", key="key")
    assert ada == Actor("ada", "http")
