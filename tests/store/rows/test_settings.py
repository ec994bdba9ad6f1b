"""A setting is what the last write said, and a leaf tells it with a seal that only the gallery's keys make."""

from biomatch.store import postgres
from biomatch.store.database import reading, writing
from biomatch.store.rows import settings


def test_a_write_takes_the_place_of_the_one_before(store):
    with writing(store.engine, store.folder) as connection:
        for value in ("yes", "no"):
            settings.write(connection, "rule", value)
    with reading(store.engine, store.folder) as connection:
        assert settings.written(connection, "rule") == "no"
        assert settings.written(connection, "other") is None


def test_what_changes_with_each_opening_is_no_decision(store):
    with writing(store.engine, store.folder) as connection:
        before = settings.all_of(connection)
        settings.write(connection, postgres.OWNER, "7")
        settings.write(connection, settings.OUTLIVED, "8")
        settings.write(connection, "rule", "yes")
        assert settings.all_of(connection) == before | {"rule": "yes"}


def test_a_leaf_without_its_seal_tells_nothing(store):
    told = settings.told(store.keys, {"a": "1", "b": "2"})
    assert settings.read(store.keys, told) == {"a": "1", "b": "2"}
    swapped = {"settings": told["settings"], "seals": {"a": told["seals"]["b"], "b": told["seals"]["b"]}}
    assert settings.read(store.keys, swapped) == {"b": "2"}
    assert settings.read(store.keys, {"settings": {"a": "1"}}) == settings.read(store.keys, {}) == {}


def test_a_difference_is_told_in_words(store):
    with writing(store.engine, store.folder) as connection:
        known = settings.all_of(connection)
        settings.write(connection, "new", "1")
        settings.write(connection, "changed", "1")
        found = settings.faults(connection, known | {"changed": "2", "gone": "1"})
    assert found == {
        "new": "is there, and no act set it",
        "gone": "is missing, and an act set it",
        "changed": "is not what an act set",
    }
