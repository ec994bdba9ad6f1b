"""Originals and rows are written together, or neither is left."""

import pytest

from biomatch.errors import (
    DiskFull,
    StoreFailed,
)
from biomatch.sealing import of_person


def first(found):
    return found.search.candidates[0].person if found.search.candidates else None


def test_a_full_disk_keeps_nothing_and_says_so(bureau, me, image, record, monkeypatch):
    def full(_entries, _along):
        raise DiskFull("here")

    monkeypatch.setattr(bureau._context.store.log, "append", full)
    with pytest.raises(DiskFull, match="free space"):
        bureau.encounters.enrol("ada", [image(1)], me)
    monkeypatch.undo()
    assert bureau.upkeep.info(me).prints == 0
    assert bureau.searches.identify([record(1)], me).search.candidates == ()
    bureau.encounters.enrol("ada", [image(1)], me)
    assert first(bureau.searches.identify([record(1)], me)) == "ada"


@pytest.mark.parametrize("change", ["enrol", "update", "move"])
def test_a_write_that_fails_leaves_neither_originals_nor_keys(bureau, me, image, monkeypatch, change):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="e")
    asked = {
        "enrol": lambda: bureau.encounters.enrol("new", [image(2)], me),
        "update": lambda: bureau.encounters.update("ada", "e", [image(2)], me),
        "move": lambda: bureau.encounters.move("new", "ada", "e", me),
    }

    def fails(*_arguments, **_options):
        raise StoreFailed(str(bureau.folder), "the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(bureau._context.store.log, "append", fails)
        patch.setattr(bureau._context.store.log, "change", fails)
        with pytest.raises(StoreFailed):
            asked[change]()
    checked = bureau.upkeep.check(me)
    assert (checked.findings, checked.originals) == ((), 1)
    assert not bureau._context.store.keys.has(of_person("new"))
    asked[change]()
    assert bureau.upkeep.check(me).ok


def test_a_write_that_may_come_back_after_a_failed_commit_keeps_its_key(open_bureau, me, image, monkeypatch):
    """The disk fails at the commit and from then on: the rows are not seen, and are there again after a kill."""
    bureau = open_bureau()
    bureau.encounters.enrol("ada", [image(1)], me)
    commits = bureau._context.store.commits
    run = commits.run

    def written_and_not_acknowledged(work, **_least):
        run(work)
        raise StoreFailed(str(bureau.folder), "the disk is away")

    with monkeypatch.context() as patch:
        patch.setattr(commits, "run", written_and_not_acknowledged)
        patch.setattr(bureau._context.store.prints, "has_rows", lambda _person: False)
        patch.setattr(bureau._context.store.prints, "from_sources", lambda _digests: [])
        with pytest.raises(StoreFailed):
            bureau.encounters.enrol("new", [image(2)], me)
    bureau.close()
    again = open_bureau()
    assert again.encounters.read("new", me).prints
    assert again.upkeep.check(me).ok
