"""The log keeps what it acknowledged, in order, and nothing by halves."""

from dataclasses import replace

import pytest

from biomatch.errors import DiskFull, PrintExists, PrintNotFound
from biomatch.gallery.interface import Appended, Source, Tombstoned
from biomatch.store import open_store


def reopened(store):
    store.close()
    return open_store(store.folder)


def test_an_empty_log_has_head_zero_and_replays_nothing(store):
    assert store.log.head == 0
    assert list(store.log.replay()) == []


def test_what_was_appended_comes_back_the_same_after_reopening(store, entry):
    first = entry("p1", labels=frozenset({"wanted", "border"}), source=Source("ab" * 32, "image/png", 500.0))
    assert store.log.append([first, entry("p2")]) == 2
    again = reopened(store)
    records = list(again.log.replay())
    assert [(record.sequence, record.entry.print_id) for record in records] == [(1, "p1"), (2, "p2")]
    assert records[0].entry.labels == first.labels
    assert records[0].entry.source == first.source
    assert records[0].entry.template.to_bytes() == first.template.to_bytes()
    assert records[1].entry.source is None
    again.close()


def test_replay_after_a_number_gives_only_what_came_later(store, entry):
    store.log.append([entry("p1"), entry("p2")])
    store.log.append([entry("p3")])
    assert [record.sequence for record in store.log.replay(2)] == [3]


def test_a_tombstone_is_replayed_and_the_removed_template_is_gone(store, entry):
    store.log.append([entry("p1"), entry("p2")])
    assert store.log.tombstone(["p1"]) == 3
    records = list(store.log.replay())
    assert [type(record) for record in records] == [Appended, Tombstoned]
    assert records[1] == Tombstoned(3, "p1")
    assert records[0].entry.print_id == "p2"


def test_a_removed_name_can_be_enrolled_again(store, entry):
    store.log.append([entry("p1")])
    store.log.tombstone(["p1"])
    store.log.append([entry("p1", person="bob")])
    assert [record.sequence for record in store.log.replay()] == [2, 3]


def test_a_taken_name_leaves_nothing_of_the_batch(store, entry):
    store.log.append([entry("p1")])
    with pytest.raises(PrintExists, match="p1"):
        store.log.append([entry("p2"), entry("p1")])
    with pytest.raises(PrintExists, match="p3"):
        store.log.append([entry("p3"), entry("p3")])
    assert store.log.head == 1
    assert len(list(store.log.replay())) == 1


def test_an_unknown_name_tombstones_nothing(store, entry):
    store.log.append([entry("p1")])
    with pytest.raises(PrintNotFound, match="p9"):
        store.log.tombstone(["p1", "p9"])
    assert store.log.head == 1


def test_many_prints_cross_the_pages_of_replay(store, monkeypatch, entry):
    monkeypatch.setattr("biomatch.store.rows.log.PAGE", 7)
    store.log.append([entry(f"p{number}") for number in range(30)])
    assert [record.sequence for record in store.log.replay()] == list(range(1, 31))


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_and_leaves_nothing_half_written(store, entry):
    store.log.append([entry("p1")])
    with store.log._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskFull, match="nothing was written"):
        store.log.append([entry(f"q{number}") for number in range(200)])
    assert store.log.head == 1
    assert [record.entry.print_id for record in store.log.replay()] == ["p1"]


def test_a_changed_print_stands_under_its_new_record_and_its_past_is_kept(store, entry):
    store.log.append([entry("p1"), entry("p2")])
    assert store.log.change([replace(entry("p1", person="bob"), labels=frozenset({"wanted"})), entry("p3")], gone=["p2"]) == 6
    records = list(store.log.replay())
    assert [type(record) for record in records] == [Tombstoned, Tombstoned, Appended, Appended]
    assert [record.sequence for record in records] == [3, 4, 5, 6]
    assert [record.print_id for record in records[:2]] == ["p2", "p1"]
    assert (records[2].entry.person, records[2].entry.labels) == ("bob", {"wanted"})
    assert {stored.person for stored in store.prints.all()} == {"ada", "bob"}
    assert store.prints.persons_of(["p1", "p2", "p3"]) == {"ada", "bob"}
    assert store.prints.of_person("ada").prints[0].print_id == "p3"


def test_a_print_that_is_not_active_is_kept_but_not_replayed(store, entry):
    store.log.append([entry("p1")])
    store.log.change([replace(entry("p1"), active=False)])
    assert [type(record) for record in store.log.replay()] == [Tombstoned]
    assert [stored.active for stored in store.prints.all()] == [False]
    with pytest.raises(PrintExists):
        store.log.append([entry("p1")])
    store.log.change([entry("p1")])
    assert [type(record) for record in store.log.replay()][-1] is Appended
    store.log.tombstone(["p1"])
    with store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM prints").scalar() == 0


def test_a_change_is_whole_or_nothing(store, entry):
    store.log.append([entry("p1")])

    def fail(_connection):
        raise DiskFull("here")

    def change():
        with store.transaction() as work:
            work.add(fail)
            store.log.change([entry("p1", person="bob"), entry("p2")], work=work)

    with pytest.raises(DiskFull):
        change()
    with pytest.raises(PrintNotFound, match="p9"):
        store.log.change([entry("p1", person="bob")], gone=["p9"])
    assert [(stored.print_id, stored.person) for stored in store.prints.all()] == [("p1", "ada")]
    assert store.log.head == 1


def test_a_gallery_is_read_page_by_page(store, entry):
    for number in range(5):
        store.log.append([entry(f"p{number}", person=f"n{number}", labels=frozenset({"odd"} if number % 2 else ()))])
    assert store.prints.page(None, ("", ""), 3) == [("n0", "e1"), ("n1", "e1"), ("n2", "e1")]
    assert store.prints.page(None, ("n2", "e1"), 3) == [("n3", "e1"), ("n4", "e1")]
    assert store.prints.page("odd", ("n1", "e1"), 3) == [("n3", "e1")]
