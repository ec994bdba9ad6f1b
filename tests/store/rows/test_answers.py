"""What was answered is kept under a keyed name, sealed, until it is old or whoever it concerns is erased."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from biomatch.crypto import sha256
from biomatch.errors import GalleryDamaged
from biomatch.store import Answer, Answered
from biomatch.store.database import reading, writing
from biomatch.store.rows import answers, tables


@pytest.fixture
def keep(store):
    """keep(token, key, text, person=None)"""

    def kept(token, key, text, person=None):
        with writing(store.engine, store.folder) as connection:
            store.answers.write(connection, token, key, Answer(store.answers.digest(text.encode()), text), person)

    return kept


def rows(store):
    with reading(store.engine, store.folder) as connection:
        return connection.execute(select(tables.answers)).all()


def test_an_answer_is_its_tokens_own(store, keep):
    keep("mine", "key", "{}")
    assert store.answers.find("mine", "key") == Answer(store.answers.digest(b"{}"), "{}")
    assert store.answers.find("yours", "key") is None
    assert store.answers.find("mine", "other") is None


def test_a_second_answer_under_one_key_is_not_written(store, keep):
    keep("mine", "key", "first")
    with pytest.raises(Answered) as raised:
        keep("mine", "key", "second")
    assert raised.value.answer.text == store.answers.find("mine", "key").text == "first"


def test_neither_the_key_nor_the_request_is_in_the_row(store, keep):
    keep("mine", "Zebedee's key", "{}")
    (row,) = rows(store)
    assert "Zebedee" not in str(row)
    assert len(row.asked) == 16
    assert store.answers.digest(b"{}") == bytes(row.asked) != store.answers.digest(b"{ }")


def test_old_ones_go_when_the_next_is_written(store, keep, monkeypatch):
    keep("mine", "old", "{}")
    monkeypatch.setattr(answers, "KEPT", -timedelta(seconds=1))
    keep("mine", "new", "{}")
    assert len(rows(store)) == 1
    assert store.answers.find("mine", "old") is None


def test_an_erasure_takes_those_of_its_persons(store, keep):
    for person in ("ada", "bob", None):
        keep("mine", f"of {person}", "{}", person)
    with writing(store.engine, store.folder) as connection:
        answers.erase(connection, ["ada", "nobody"])
    assert {row.person for row in rows(store)} == {"bob", None}


@pytest.mark.parametrize("column", ["answer", "person", "created", "bureau"])
def test_one_that_was_changed_is_named_and_not_given(store, keep, meddling, column):
    keep("mine", "key", "{}", "ada")
    with meddling(store) as connection:
        connection.execute(tables.answers.update().values({column: "other"}))
    with pytest.raises(GalleryDamaged, match="'key' is not what was written"):
        store.answers.find("mine", "key")
    with reading(store.engine, store.folder) as connection:
        assert list(answers.faults(connection, store.keys)) == [row.key for row in rows(store)]


def test_one_of_an_older_version_is_found_as_before_once_it_is_sealed(store, meddling):
    older = {"token": "mine", "key": "key", "asked": sha256(b"asked"), "answer": "{}", "person": None}
    with meddling(store) as connection:
        connection.execute(tables.answers.insert().values(**older, created="2026", bureau="b", seal=None))
    with writing(store.engine, store.folder) as connection:
        answers.adopt(connection, store.keys)
    assert store.answers.find("mine", "key") == Answer(store.answers.digest(b"asked"), "{}")
    (row,) = rows(store)
    assert row.key != "key"
