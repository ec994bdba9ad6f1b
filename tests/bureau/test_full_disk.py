"""On a disk that is really full: what is kept is read, and who is to go is removed, as durably as ever; nobody comes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from biomatch.bureau import Actor, Bureau, Upload
from biomatch.errors import DiskFull, PersonNotFound
from biomatch.store.reserve import PIECE_BYTES, RESERVE, RESERVE_BYTES

MOUNTED = "48m"  # three times the reserve

Record = Callable[..., Upload]


class Filler:
    """Another program, which writes until there is no room."""

    def __init__(self, path: Path):
        self.path = path

    def fill(self) -> None:
        with self.path.open("ab", buffering=0) as file:
            for size in (1 << 20, 1 << 12):
                try:
                    while file.write(bytes(size)) == size:
                        pass
                except OSError:
                    pass

    def stop(self) -> None:
        self.path.unlink()


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Filler]:
    """Of a small disk that the gallery's folder is on."""
    place = tmp_path / "gallery"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MOUNTED},mode=700", "tmpfs", str(place)], check=False)
    if done.returncode:
        pytest.skip("only root may mount a small disk")
    yield Filler(place / "other")
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def bureau(other: Filler, open_bureau: Callable[..., Bureau], record: Record, me: Actor) -> Bureau:
    """With three persons, on a disk that is full."""
    opened = open_bureau()
    for number, person in enumerate(("ada", "bob", "eve"), 1):
        opened.encounters.enrol(person, [record(number)], me)
    other.fill()
    return opened


def reserve(bureau: Bureau) -> int:
    return (bureau.folder / RESERVE).stat().st_size


def condition(bureau: Bureau, me: Actor) -> bool:
    return next(one.well for one in bureau.upkeep.condition(me) if one.what == "reserve")


@pytest.mark.parametrize("new_database", ["sqlite"], indirect=True)
class TestFullDisk:
    def test_what_is_kept_is_read_and_each_read_leaves_its_leaf(self, bureau: Bureau, me: Actor, record: Record) -> None:
        before = len(bureau.upkeep.audit_leaves(me))
        (print_,) = bureau.encounters.read("ada", me).prints
        assert bureau.encounters.original(print_.print_id, me)[0] == record(1).data
        assert bureau.encounters.template(print_.print_id, me) is not None
        assert [leaf.said["act"] for leaf in bureau.upkeep.audit_leaves(me)[before:]] == [
            "read",
            "read-original",
            "read-template",
        ]
        assert bureau.upkeep.verify_audit(me).ok

    def test_nobody_is_enrolled_and_nothing_of_them_stays(self, bureau: Bureau, me: Actor, record: Record) -> None:
        with pytest.raises(DiskFull):
            bureau.encounters.enrol("joe", [record(4)], me)
        assert bureau.upkeep.check(me).findings == ()
        assert bureau.upkeep.counts(me)[0] == 3

    def test_a_person_is_removed_and_is_gone_after_a_restart_on_the_full_disk(
        self, bureau: Bureau, me: Actor, other: Filler, open_bureau: Callable[..., Bureau]
    ) -> None:
        other.fill()
        bureau.encounters.remove(me, person="bob")
        other.fill()
        bureau.close()
        other.fill()
        again = open_bureau()
        with pytest.raises(PersonNotFound):
            again.encounters.read("bob", me)
        assert [one.person for one in again.encounters.read("ada", me).prints] == ["ada"]
        assert again.upkeep.verify_audit(me).ok
        assert not again._context.store.keys.has("person/bob")

    def test_enrolments_take_nothing_of_what_is_let_go_for_removals(
        self, bureau: Bureau, me: Actor, record: Record, other: Filler
    ) -> None:
        bureau.encounters.remove(me, person="bob")
        while reserve(bureau) == RESERVE_BYTES:
            other.fill()
            bureau.encounters.read("ada", me)
        left = os.statvfs(bureau.folder)
        with pytest.raises(DiskFull):
            bureau.encounters.enrol("joe", [record(4)], me)
        after = os.statvfs(bureau.folder)
        assert after.f_bavail == left.f_bavail > 0

    def test_reads_leave_half_of_it_to_removals(self, bureau: Bureau, me: Actor, other: Filler) -> None:
        """The other program takes whatever is let go."""
        with pytest.raises(DiskFull):
            self.read_for_ever(bureau, me, other)
        assert reserve(bureau) == RESERVE_BYTES // 2
        assert not condition(bureau, me)
        bureau.encounters.remove(me, person="bob")
        bureau.encounters.remove(me, person="eve")
        assert bureau.upkeep.counts(me)[0] == 1

    @staticmethod
    def read_for_ever(bureau: Bureau, me: Actor, other: Filler) -> None:
        while True:
            bureau.encounters.read("ada", me)
            other.fill()

    def test_it_is_made_again_when_there_is_room(self, bureau: Bureau, me: Actor, record: Record, other: Filler) -> None:
        bureau.encounters.remove(me, person="bob")
        while reserve(bureau) == RESERVE_BYTES:
            other.fill()
            bureau.encounters.read("ada", me)
        assert reserve(bureau) == RESERVE_BYTES - PIECE_BYTES
        other.stop()
        bureau.encounters.enrol("joe", [record(4)], me)
        assert reserve(bureau) == RESERVE_BYTES
        assert condition(bureau, me)

    def test_what_was_removed_is_settled_when_there_is_room(self, bureau: Bureau, me: Actor, other: Filler) -> None:
        """Until then it is said to be open, and tried again."""
        bureau.encounters.remove(me, person="bob")
        other.fill()
        with pytest.raises(DiskFull):
            bureau._context.gallery.settle()
        other.stop()
        assert bureau._context.gallery.settle()
