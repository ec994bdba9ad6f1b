"""An opening takes away what a kill has left half-written, in a step of its own."""

import pytest

from biomatch.store import Store, open_store
from biomatch.store.database import connect, url_of
from biomatch.store.keys.master_key import KeyPlace
from biomatch.store.recovery import recover


@pytest.fixture
def left(tmp_path):
    """A closed gallery in which a kill has left three half-written things."""
    folder = tmp_path / "gallery"
    open_store(folder).close()
    halves = [folder / "blobs" / "incoming" / "half", folder / "unfinished" / "half.new", folder / "calibrations" / "half.new"]
    halves[2].mkdir(parents=True)
    for half in halves[:2]:
        half.write_bytes(b"ha")
    return folder, halves


@pytest.fixture
def store(left):
    folder, _ = left
    made = Store(folder, connect(folder, url_of(folder, None), lost=True), KeyPlace())
    yield made
    made.close()


def test_who_makes_a_store_takes_nothing_away(store, left):
    assert all(half.exists() for half in left[1])


def test_recovery_takes_away_what_was_cut_off(store, left):
    recover(store)
    assert not any(half.exists() for half in left[1])


def test_recovery_reads_what_was_decided_and_commits_to_nothing_anew(store):
    assert store.setting("sealed") is None
    before = store.audit.size()
    recover(store)
    assert store.setting("sealed") == store.keys.identity
    assert store.audit.size() == before


def test_an_opening_recovers(left):
    folder, halves = left
    open_store(folder).close()
    assert not any(half.exists() for half in halves)
