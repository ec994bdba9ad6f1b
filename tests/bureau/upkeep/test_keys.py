"""The key of all keys can be changed."""

import pytest

from biomatch.errors import (
    MasterKeyMissing,
)
from biomatch.store import KeyPlace, open_store


def test_a_master_key_is_rotated_and_moved_out_while_searches_go_on(filled, me, image, tmp_path, open_bureau):
    first = filled.upkeep.rotate_key(me)
    second = filled.upkeep.rotate_key(me, tmp_path / "safe.key")
    assert first.id != second.id
    assert (second.place, second.persons) == (str(tmp_path / "safe.key"), 2)
    assert [leaf.said["details"] for leaf in filled.upkeep.audit_leaves(me)][-2:] == [{"key": first.id}, {"key": second.id}]
    assert [one.what for one in filled.upkeep.condition(me) if not one.well and one.what == "master key"] == []
    filled.encounters.enrol("eve", [image(4)], me)
    filled.close()
    with pytest.raises(MasterKeyMissing):
        open_store(filled.folder)
    again = open_bureau(master=KeyPlace(tmp_path / "safe.key"))
    assert again.searches.identify([image(1)], me).search.candidates[0].person == "ada"
    assert again.upkeep.check(me).ok
