"""Passkeys are what the audit tree and their seals say of them: in memory, in the rows, and after a write that failed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from biomatch.store import Act, StoredPasskey, open_store
from biomatch.store.audit import tree

AT, LATER = "2026-12-03T08:00:00.000+00:00", "2026-12-03T09:00:00.000+00:00"
ONE = StoredPasskey("a2V5", "ada", "key at the desk", b"public", AT, 3)
TWO = StoredPasskey("dHdv", "ada", "phone", b"another", LATER)


def act(kind="create-passkey"):
    return Act(kind, {"name": "ada"})


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def reopened(store):
    store.close()
    return open_store(store.folder)


def test_a_passkey_is_what_was_written_last(store):
    store.passkeys.add(TWO, act())
    store.passkeys.add(ONE, act())
    store.passkeys.note_use(ONE, 4, LATER)
    used = replace(ONE, count=4, used=LATER)
    assert store.passkeys.of("ada") == [used, TWO]
    again = reopened(store)
    assert (again.passkeys.of("ada"), again.passkeys.of("ben")) == ([used, TWO], [])
    again.passkeys.remove([ONE.credential], act("delete-passkeys"))
    assert again.passkeys.find(ONE.credential) is None
    last = reopened(again)
    assert last.passkeys.of("ada") == [TWO]
    assert last.passkeys.faults() == {}
    assert last.audit.verify(last.blobs).ok
    last.close()


def test_a_handle_is_the_user_s_own_and_stays(store):
    first, other = store.passkeys.handle_of("ada"), store.passkeys.handle_of("ben")
    assert len(first) == len(other) == 16
    assert first != other
    again = reopened(store)
    assert again.passkeys.handle_of("ada") == first
    again.close()


def test_a_write_that_failed_changes_nothing(store, monkeypatch):
    def fails(*_):
        raise RuntimeError("the disk is gone")

    store.passkeys.add(ONE, act())
    with monkeypatch.context() as patch:
        patch.setattr(tree, "append", fails)
        with pytest.raises(RuntimeError):
            store.passkeys.add(TWO, act())
        with pytest.raises(RuntimeError):
            store.passkeys.remove([ONE.credential], act("delete-passkeys"))
    assert store.passkeys.of("ada") == [ONE]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE passkeys SET public_key = name", "committed to"),
        ("UPDATE passkeys SET \"user\" = 'ida'", "committed to"),
        ("UPDATE passkeys SET name = 'mine'", "committed to"),
        ("UPDATE passkeys SET count = 0", "count or a use"),
        ("UPDATE passkeys SET used = NULL", "count or a use"),
        ("UPDATE passkeys SET seal = 'of mine'", "count or a use"),
        (
            "INSERT INTO passkeys SELECT 'b2Y', \"user\", name, public_key, created, count, used, bureau, seal FROM passkeys",
            "no act made it",
        ),
        ("DELETE FROM passkeys", "is missing"),
    ],
)
def test_a_row_that_somebody_changed_opens_nothing(store, meddling, statement, what):
    store.passkeys.add(ONE, act())
    store.passkeys.note_use(ONE, 4, LATER)
    with meddling(store) as connection:
        connection.execute(
            text(statement.replace("= name", "= CAST('mine' AS BLOB)" if connection.dialect.name == "sqlite" else "= 'mine'"))
        )
    again = reopened(store)
    ((name, words),) = again.passkeys.faults().items()
    assert what in words
    assert again.passkeys.find(name) is None
    assert f"passkey {name}" in {finding.where for finding in again.audit.verify(again.blobs).findings}
    again.close()


def test_one_that_was_deleted_and_is_put_back_opens_nothing(store, meddling):
    store.passkeys.add(ONE, act())
    with meddling(store) as connection:
        row = dict(connection.execute(text("SELECT * FROM passkeys")).mappings().one())
    store.passkeys.remove([ONE.credential], act("delete-passkeys"))
    with meddling(store) as connection:
        names = ", ".join(f'"{name}"' for name in row)
        connection.execute(text(f"INSERT INTO passkeys ({names}) VALUES ({', '.join(f':{name}' for name in row)})"), row)
    again = reopened(store)
    assert again.passkeys.faults() == {ONE.credential: "is there, and no act made it"}
    assert again.passkeys.of("ada") == []
    again.close()
