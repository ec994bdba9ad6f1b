"""The tables of a version whose leaves did not commit to them are taken in, where no older leaf gainsays them."""

import json
import shutil
import sqlite3
from contextlib import closing

import pytest

from biomatch.store import DATABASE, open_store
from biomatch.store.audit import adoption
from biomatch.store.audit.standing import ADOPT_TABLES


@pytest.fixture
def older(root, tmp_path):
    folder = tmp_path / "gallery"
    shutil.copytree(root / "tests" / "data" / "written-by-0.1-bureau", folder)
    return folder


def adopted(store):
    """The one leaf, and when each print came, as its items say."""
    (leaf,) = [leaf for leaf in store.audit.leaves(0, 1_000) if leaf.said["act"] == ADOPT_TABLES]
    return leaf, {name: time for item in leaf.items for name, time in json.loads(item.content)["created"].items()}


def test_an_older_folder_is_taken_in_once_with_the_times_of_its_prints(older):
    with closing(sqlite3.connect(older / DATABASE)) as database, database:
        created = dict(database.execute("SELECT print_id, created FROM prints"))
    store = open_store(older)
    leaf, times = adopted(store)
    assert times == created
    details = leaf.said["details"]
    assert (len(details["tokens"]), len(details["tasks"])) == (2, 3)
    assert details["settings"]["purpose_required"] == "yes"
    size = store.audit.size()
    assert store.audit.verify(store.blobs).ok
    store.close()
    again = open_store(older)
    assert again.audit.size() == size
    again.close()


def test_times_of_many_prints_are_several_items(older, monkeypatch):
    monkeypatch.setattr(adoption, "_TIMES", 2)
    store = open_store(older)
    leaf, times = adopted(store)
    assert len(leaf.items) == -(-len(times) // 2) > 1
    store.close()
