"""What is held of tokens in memory is what the rows say, also after a write that failed."""

from __future__ import annotations

import pytest

from biomatch.errors import TokenNotFound
from biomatch.store import Act, StoredToken, open_store
from biomatch.store.audit import tree


def made(one):
    details = {"token": one.token, "name": one.name, "scopes": one.scopes, "expires": one.expires}
    return Act("create-token", {"name": "me"}, details=details)


def revoked(name):
    return Act("revoke-token", {"name": "me"}, details={"token": name})


def fails(*_):
    raise RuntimeError("the disk is gone")


def token(name, at="2026-11-27T12:00:00.000+00:00", per_minute=None):
    return StoredToken(name, f"post {name}", ("abis.identify", "quality.read"), per_minute, at, "2027-01-01T00:00:00.000+00:00")


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


def test_memory_and_rows_say_the_same(store):
    for one in (token("b", per_minute=60), token("a")):
        store.tokens.add(one, f"digest of {one.token}".encode(), made(one))
    for at in ("2026-11-28", "2026-11-29"):  # the second time changes nothing
        store.tokens.revoke("b", at, revoked("b"))
    held, digest = store.tokens.all(), store.tokens.find("b")
    assert [(one.token, one.revoked) for one in held] == [("a", None), ("b", "2026-11-28")]
    store.close()
    again = open_store(store.folder)
    assert (again.tokens.all(), again.tokens.find("b")) == (held, digest)
    assert again.tokens.find("b")[1] == b"digest of b"
    again.close()


def test_a_write_that_failed_changes_nothing(store, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(tree, "append", fails)
        with pytest.raises(RuntimeError):
            store.tokens.add(token("a"), b"digest", made(token("a")))
    assert not store.tokens.any()
    assert store.tokens.find("a") is None
    store.tokens.add(token("a"), b"digest", made(token("a")))
    with monkeypatch.context() as patch:
        patch.setattr(tree, "append", fails)
        with pytest.raises(RuntimeError):
            store.tokens.revoke("a", "2026-11-28", revoked("a"))
    assert store.tokens.find("a")[0].revoked is None
    with pytest.raises(TokenNotFound):
        store.tokens.revoke("c", "2026-11-28", revoked("c"))
    assert store.audit.verify(store.blobs).ok
