"""A gallery in which a little of everything was done."""

import pytest

from biomatch.store import open_store


def _verified(store, *notes):
    return store.audit.verify(store.blobs, notes)


@pytest.fixture
def store(tmp_path, database):
    opened = open_store(tmp_path / "gallery", database=database)
    yield opened
    opened.close()


@pytest.fixture
def busy(store, enrol, remove, search):
    """Three persons came, were searched for, and one went."""
    enrol(store, "ada", "a1", "a2")
    enrol(store, "bob", "b1")
    search(store, "ada", "bob")
    enrol(store, "eve", "e1")
    remove(store, "bob", "b1")
    search(store, "ada")
    return store


@pytest.fixture
def verified():
    """verified(store, *checkpoints): the report."""
    return _verified
