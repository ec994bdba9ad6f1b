"""Files of two snapshots in one folder: what either names, or is going to, stays; the rest goes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from biomatch.gallery.caches import snapshot
from biomatch.gallery.caches.files import Files
from biomatch.gallery.caches.snapshot import FILE, NEXT, Part, Snapshot
from biomatch.sealing import CLEAR, Clear


class Told(Clear):
    kept: frozenset[str] = frozenset()

    def keep_files(self, names: object) -> None:
        self.kept = frozenset(names)  # type: ignore[call-overload]


@pytest.fixture
def sealing() -> Told:
    return Told()


@pytest.fixture
def files(tmp_path: Path, sealing: Told) -> Files:
    return Files(tmp_path, sealing)


@pytest.fixture
def named(files: Files) -> Callable[[str], set[str]]:
    """named(place): a snapshot with three new files, which it names."""

    def write(place: str) -> set[str]:
        arena, catalogue, segment = (files.new(kind, place).name for kind in ("arena", "catalogue", "segment"))
        found = Snapshot(1, {}, arena, "00", 0, Part(catalogue, 1), (Part(segment, 1),), ())
        snapshot.write(files.folder, found, place)
        files.tidy(found.files)
        return set(found.files)

    return write


def there(files: Files) -> set[str]:
    return {path.name for path in files.folder.iterdir()} - {FILE, NEXT}


def test_a_new_file_has_a_name_of_its_own_and_stays_while_it_is_made(files: Files) -> None:
    made = [files.new("segment", FILE).name for _ in range(3)]
    files.tidy()
    assert there(files) == set(made) == {"segment-1", "segment-2", "segment-3"}
    assert all(map(files.is_making, made))
    files.drop(made[:1])
    files.tidy()
    assert there(files) == set(made[1:])


def test_either_snapshot_leaves_the_others_files(files: Files, sealing: Told, named: Callable[[str], set[str]]) -> None:
    serving, building = named(FILE), named(NEXT)
    assert there(files) == sealing.kept == serving | building
    again = named(FILE)
    assert there(files) == again | building
    assert not any(map(files.is_making, again))


def test_a_snapshot_that_is_forgotten_takes_its_files_along(files: Files, named: Callable[[str], set[str]]) -> None:
    serving = named(FILE)
    named(NEXT)
    files.new("segment", NEXT)
    mine = files.new("segment", FILE).name
    files.forget(NEXT)
    assert there(files) == serving | {mine}
    assert not (files.folder / NEXT).exists()


def test_what_takes_the_place_of_another_keeps_its_files_and_those_that_it_makes(
    files: Files, named: Callable[[str], set[str]]
) -> None:
    named(FILE)
    files.new("segment", FILE)
    building = named(NEXT)
    making = files.new("segment", NEXT).name
    files.replace(FILE, NEXT)
    assert there(files) == building | {making}
    assert snapshot.read(files.folder, {}, FILE).files == tuple(sorted(building))  # type: ignore[union-attr]
    assert not (files.folder / NEXT).exists()
    files.forget(FILE)
    assert there(files) == set()


def test_a_snapshot_that_is_damaged_keeps_nothing(files: Files, named: Callable[[str], set[str]]) -> None:
    serving = named(FILE)
    named(NEXT)
    (files.folder / NEXT).write_text("no snapshot")
    files.tidy()
    assert there(files) == serving


def test_files_of_others_stay(files: Files) -> None:
    (files.folder / "notes.txt").touch()
    files.forget(FILE)
    assert there(files) == {"notes.txt"}


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    Files(tmp_path / "caches", CLEAR)
    assert (tmp_path / "caches").stat().st_mode & 0o077 == 0
