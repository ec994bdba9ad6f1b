"""A seal binds a row's columns to each other and to its table, under the keys of one gallery."""

import pytest

from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import open_keyring
from biomatch.store.rows import seals, tables

ROW = {"key": "k", "token": "t", "asked": b"digest", "answer": "{}", "person": "ada"}


@pytest.fixture
def keys(tmp_path):
    return open_keyring(tmp_path / "gallery", KeyPlace(), None)


def test_the_same_row_has_the_same_seal_and_holds(keys):
    sealed = ROW | {"seal": seals.seal(keys, tables.answers, ROW)}
    assert seals.holds(keys, tables.answers, sealed)
    assert seals.holds(keys, tables.answers, sealed | {"asked": memoryview(b"digest")})  # as a database gives bytes


@pytest.mark.parametrize("change", [{"key": "j"}, {"asked": b"digesu"}, {"person": None}, {"answer": "t", "token": "{}"}])
def test_another_value_is_another_seal(keys, change):
    sealed = ROW | {"seal": seals.seal(keys, tables.answers, ROW)}
    assert not seals.holds(keys, tables.answers, sealed | change)


def test_another_table_and_other_keys_are_another_seal(keys, tmp_path):
    sealed = ROW | {"seal": seals.seal(keys, tables.answers, ROW)}
    assert not seals.holds(keys, tables.jobs, sealed)
    assert not seals.holds(open_keyring(tmp_path / "other", KeyPlace(), None), tables.answers, sealed)


def test_a_column_that_a_later_version_adds_changes_nothing_while_it_has_no_value(keys):
    assert seals.seal(keys, tables.answers, ROW) == seals.seal(keys, tables.answers, ROW | {"later": None})
    assert seals.seal(keys, tables.answers, ROW) != seals.seal(keys, tables.answers, ROW | {"later": ""})
