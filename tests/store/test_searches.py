"""Keys of searches to come."""

from biomatch.store import open_store
from biomatch.store.keyring import SEARCH


def test_keys_of_searches_are_made_some_at_a_time_and_those_left_over_go_at_the_next_opening(tmp_path, database):
    synced = []
    store = open_store(
        tmp_path / "gallery", database=database, trace=lambda name, count: name == "keys-synced" and synced.append(count)
    )
    ids = [store.searches.new_id() for _ in range(40)]
    assert synced == [32, 32]
    assert len(set(ids)) == 40
    owners = [f"{SEARCH}/{one}" for one in ids]
    assert all(store.keys.has(owner) for owner in owners)
    store.close()
    store = open_store(tmp_path / "gallery")
    assert not any(store.keys.has(owner) for owner in owners)
    store.close()
