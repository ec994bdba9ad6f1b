"""What is held of tokens in memory is what the rows say, also after a write that failed."""

from __future__ import annotations

import pytest

from biomatch.errors import TokenNotFound
from biomatch.store import StoredToken, open_store


def nothing(_connection):
    pass


def fails(_connection):
    raise RuntimeError("the disk is gone")


def token(name, at="2026-11-27T12:00:00.000+00:00", per_minute=None):
    return StoredToken(name, f"post {name}", ("abis.identify", "quality.read"), per_minute, at, "2027-01-01T00:00:00.000+00:00")


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def test_memory_and_rows_say_the_same(store):
    store.tokens.add(token("b", per_minute=60), b"digest of b", nothing)
    store.tokens.add(token("a"), b"digest of a", nothing)
    for at in ("2026-11-28", "2026-11-29"):  # the second time changes nothing
        store.tokens.revoke("b", at, nothing)
    held, digest = store.tokens.all(), store.tokens.find("b")
    assert [(one.token, one.revoked) for one in held] == [("a", None), ("b", "2026-11-28")]
    store.close()
    again = open_store(store.folder)
    assert (again.tokens.all(), again.tokens.find("b")) == (held, digest)
    assert again.tokens.find("b")[1] == b"digest of b"
    again.close()


def test_a_write_that_failed_changes_nothing(store):
    with pytest.raises(RuntimeError):
        store.tokens.add(token("a"), b"digest", fails)
    assert not store.tokens.any()
    assert store.tokens.find("a") is None
    store.tokens.add(token("a"), b"digest", nothing)
    with pytest.raises(RuntimeError):
        store.tokens.revoke("a", "2026-11-28", fails)
    assert store.tokens.find("a")[0].revoked is None
    with pytest.raises(TokenNotFound):
        store.tokens.revoke("c", "2026-11-28", nothing)
