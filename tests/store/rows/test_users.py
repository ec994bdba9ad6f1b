"""Users are what the audit tree says of them: in memory, in the rows, and after a write that failed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import text

from biomatch.store import Act, Secrets, StoredUser, open_store
from biomatch.store.audit import tree

ADA = StoredUser("ada", "Ada Field", ("examiner", "verifier"), "2026-12-03T08:00:00.000+00:00")
SECRETS = Secrets("$argon2id$v=19$m=8,t=1,p=1$c2FsdA$aGFzaA", "JBSWY3DPEHPK3PXP")


def act(kind="create-user"):
    return Act(kind, {"name": "me"})


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def reopened(store):
    store.close()
    return open_store(store.folder)


def test_a_user_is_what_was_written_last(store):
    assert not store.users.any()
    store.users.put(ADA, SECRETS, act())
    changed = replace(ADA, roles=("auditor",), ends="2027-01-01T00:00:00.000+00:00")
    store.users.put(changed, Secrets("another", "MFRGG"), act("change-user"))
    assert store.users.all() == [changed]
    again = reopened(store)
    assert again.users.find("ada") == (changed, Secrets("another", "MFRGG"))
    assert (again.users.any(), again.users.faults()) == (True, {})
    assert again.audit.verify(again.blobs).ok
    again.close()


def test_the_secret_of_one_time_codes_lies_in_no_row(store):
    store.users.put(ADA, SECRETS, act())
    with store.engine.connect() as connection:
        (row,) = connection.execute(text("SELECT one_time FROM users")).all()
    assert SECRETS.one_time.encode() not in bytes(row.one_time)


def test_a_write_that_failed_changes_nothing(store, monkeypatch):
    def fails(*_):
        raise RuntimeError("the disk is gone")

    with monkeypatch.context() as patch:
        patch.setattr(tree, "append", fails)
        with pytest.raises(RuntimeError):
            store.users.put(ADA, SECRETS, act())
    assert store.users.find("ada") is None
    assert not store.users.any()


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE users SET roles = 'administrator'", "committed to"),
        ("UPDATE users SET password = 'of mine'", "committed to"),
        ("UPDATE users SET ends = '2099-01-01'", "committed to"),
        (
            "INSERT INTO users SELECT 'eve', display, roles, password, one_time, created, ends, bureau FROM users",
            "no act made it",
        ),
        ("DELETE FROM users", "is missing"),
    ],
)
def test_a_row_that_somebody_changed_lets_nobody_in(store, meddling, statement, what):
    store.users.put(ADA, SECRETS, act())
    with meddling(store) as connection:
        connection.execute(text(statement))
    again = reopened(store)
    (name, words), *_ = again.users.faults().items()
    assert what in words
    assert again.users.find(name) is None
    assert again.users.was_given(name)
    assert again.users.any()
    assert f"user {name}" in {finding.where for finding in again.audit.verify(again.blobs).findings}
    again.close()


def test_a_user_whose_key_is_gone_does_not_sign_in(store):
    store.users.put(ADA, SECRETS, act())
    store.keys.destroy(["user/ada"])
    again = reopened(store)
    assert again.users.find("ada") is None
    assert "cannot be opened" in again.users.faults()["ada"]
    again.close()
