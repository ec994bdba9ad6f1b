"""Keys of searches to come."""

import pytest
from sqlalchemy import select, text, update

from biomatch.errors import GalleryDamaged
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import ComparedPrint, Effort
from biomatch.store import Act, open_store
from biomatch.store.database import reading
from biomatch.store.keys.keyring import SEARCH
from biomatch.store.rows import tables
from biomatch.store.rows.searches import StoredSearch


def test_keys_of_searches_are_made_some_at_a_time_and_those_left_over_go_at_the_end(tmp_path, database):
    synced = []
    store = open_store(
        tmp_path / "gallery", database=database, trace=lambda name, count: name == "keys-synced" and synced.append(count)
    )
    ids = [store.searches.new_id() for _ in range(40)]
    assert synced == [32, 32]
    assert len(set(ids)) == 40
    given = {f"{SEARCH}/{one}" for one in ids}
    assert store.keys.others(SEARCH, given) == 24
    store.close()
    store = open_store(tmp_path / "gallery")
    assert all(store.keys.has(owner) for owner in given)  # a search may lie under it that this database does not know
    assert store.keys.others(SEARCH, given) == 0
    store.close()


@pytest.mark.parametrize("change", [{"parameters": "[" * 200_000}, {"parameters": "[]"}, {"compared": "[[1]]"}])
def test_a_search_that_somebody_changed_is_damaged(tmp_path, database, meddling, change):
    store = open_store(tmp_path / "gallery", database=database)
    name = store.searches.new_id()
    kept = StoredSearch(name, 0, 10, Effort.NORMAL, None, 1, (ComparedPrint(0, "p1", 1.0, 3.0, True),), ())
    store.searches.record(kept, Act("identify", {"name": "me"}))
    assert store.searches.get(name).compared == kept.compared
    with meddling(store) as connection:
        connection.execute(update(tables.searches).values(change))
    with pytest.raises(GalleryDamaged, match=name):
        store.searches.get(name)
    store.close()


def test_the_label_of_an_older_search_is_found_in_its_parameters(tmp_path, database, meddling):
    store = open_store(tmp_path, database=database)
    for label in ("odd", None):
        kept = StoredSearch(store.searches.new_id(), 0, 20, Effort.NORMAL, None, 0, (), (), Filter(label=label))
        store.searches.record(kept, Act("identify", {"name": "me"}))
    store.close()
    with meddling(store) as connection:
        connection.execute(update(tables.searches).values(parameters='{"top":20,"where":{"label":"even"}}', label=None))
        connection.execute(text("DROP INDEX ix_searches_label"))
        connection.execute(text("ALTER TABLE searches DROP COLUMN label"))
        connection.execute(text("DROP TABLE users"))
        connection.execute(text("ALTER TABLE prints DROP COLUMN unit"))
        connection.execute(text("DROP TABLE passkeys"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0009'"))
    store = open_store(tmp_path)
    with reading(store.engine, tmp_path) as connection:
        assert set(connection.execute(select(tables.searches.c.label)).scalars()) == {"even"}
    store.close()
