"""What SQLite is asked for: commits that last, refusals of what is not ours, nothing left of what was deleted."""

import random
import sqlite3
from contextlib import closing

import numpy as np
import pytest

from biomatch.errors import GalleryDamaged, NotAGallery
from biomatch.gallery.interface import Entry, Source
from biomatch.store import DATABASE, Act, open_store
from biomatch.store.audit.committed import of_entry
from biomatch.template import Minutiae, Template


def test_writes_are_durable_when_acknowledged(tmp_path):
    store = open_store(tmp_path)
    with store.log._engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1
    store.close()


def test_another_programs_database_is_refused(tmp_path):
    with closing(sqlite3.connect(tmp_path / DATABASE)) as database, database:
        database.execute("CREATE TABLE recipes (name)")
    with pytest.raises(NotAGallery, match="another program"):
        open_store(tmp_path)


def test_a_damaged_database_is_refused(tmp_path):
    (tmp_path / DATABASE).write_bytes(b"not a database at all " * 500)
    with pytest.raises(GalleryDamaged, match="not a database"):
        open_store(tmp_path)


def test_names_of_the_removed_are_in_no_page_of_the_file_once_it_is_settled(tmp_path, remove):
    """Pages that were split keep copies of rows beside what they use: seen, of 3 of these 300 names.

    A backup's database holds none of them before that.
    """
    store, draw = open_store(tmp_path), random.Random(2)
    template = Template(Minutiae.of(*np.random.default_rng(1).uniform(0, 6, (3, 60))), 300, 300, extractor="made/1")
    alive, gone = [], []
    for turn in range(12):
        made = []
        for number in range(60 * turn, 60 * turn + 60):
            name = f"Zebedee{number:05d}Plantagenet{'of Aquitaine' * draw.randrange(3)}"
            source = Source(f"{draw.getrandbits(256):064x}", "image/png", None)
            made.append(
                Entry(name, f"e{name}", f"{draw.getrandbits(128):032x}", template, frozenset({"all", f"l{name}"}), source)
            )
        act = Act("enrol", {"name": "me"}, details={"prints": [one.print_id for one in made]}, items=tuple(map(of_entry, made)))
        with store.transaction() as work:
            work.tell(act)
            store.log.append(made, work)
        alive += made
        for one in draw.sample(alive, 25):
            remove(store, one.person, one.print_id)
            alive.remove(one)
            gone.append(one)
    store.copy_database(tmp_path / "copy.db")
    data = (tmp_path / "copy.db").read_bytes()
    assert [one.person for one in alive if one.person[:12].encode() not in data] == []
    assert [one.person for one in gone if one.person[:12].encode() in data] == []
    assert store.log.settle()
    data = b"".join(path.read_bytes() for path in tmp_path.glob(f"{DATABASE}*"))
    assert [one.person for one in alive if one.person[:12].encode() not in data] == []
    assert [one.person for one in gone if one.person[:12].encode() in data] == []
    store.close()
