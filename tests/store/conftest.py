"""What tests do to a store: persons come, are searched for, and go, each act with its leaf."""

from contextlib import contextmanager

import numpy as np
import pytest
from sqlalchemy import create_engine, text

from biomatch.gallery.interface import Entry, Source
from biomatch.store import Act, Item
from biomatch.store.audit import committed
from biomatch.template import Minutiae, Template


def _template(seed):
    rng = np.random.default_rng(seed)
    return Template(
        Minutiae.of(rng.uniform(0, 300, 9), rng.uniform(0, 300, 9), rng.uniform(0, 6, 9)), 300, 300, extractor="made/1"
    )


def _enrol(store, person, *names):
    (sha,) = store.blobs.put([(person, f"original of {person}".encode())])
    entries = [
        Entry(
            *(person, "e", name, _template(sum(name.encode()))),
            labels=frozenset({"staff", person}),
            source=Source(sha, "image/png", 500.0),
            enrolled="2026-11-27T12:00:00.000+00:00",
        )
        for name in names
    ]
    act = Act("enrol", {"name": "me"}, details={"prints": list(names)}, items=tuple(map(committed.of_entry, entries)))
    with store.transaction() as work:
        work.tell(act)
        store.log.append(entries, work)


def _remove(store, person, *names):
    act = Act("remove", {"name": "me"}, details={"prints": list(names)}, items=(Item({"person": person}, person),))
    with store.transaction() as work:
        work.tell_removal(act, [person])
        store.log.tombstone(names, work)


def _search(store, *persons):
    items = tuple(Item({"person": person, "score": 41.5}, person) for person in persons)
    store.audit.record(Act("identify", {"name": "me"}, "border check", "law 1", items=items))


@contextmanager
def _meddling(store):
    engine = create_engine(store.engine.url)  # without what ours does on connecting
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))  # foreign keys are not looked at
        yield connection
    engine.dispose()


@pytest.fixture
def meddling():
    """meddling(store): a connection to its database for somebody who keeps no rule; committed at the end."""
    return _meddling


@pytest.fixture
def enrol():
    """enrol(store, person, *print_ids): with one original for all of them."""
    return _enrol


@pytest.fixture
def remove():
    """remove(store, person, *print_ids): their originals stay."""
    return _remove


@pytest.fixture
def search():
    """search(store, *persons): the leaf of a search that brought these candidates."""
    return _search
