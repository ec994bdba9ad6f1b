"""Caches in a folder: taken when whole, caught up when behind, rebuilt from the log when they cannot be trusted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from biomatch.errors import CacheDamaged
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches.snapshot import FILE
from biomatch.gallery.interface import Entry
from biomatch.index import layout
from biomatch.store import Keyring

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]


def answers(gallery: LocalGallery, entry: Entries, upto: int = 12) -> list[tuple[str, float]]:
    found = [gallery.identify([entry(n).template]).candidates for n in range(upto)]
    return [(c[0].person, c[0].score) for c in found]


def test_a_gallery_opens_with_its_caches_and_answers_the_same(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = answers(open_gallery(filled), entry)

    def never(*_: object) -> None:
        raise AssertionError("the log was read although the caches are whole")

    monkeypatch.setattr(filled, "replay", never)
    gallery = open_gallery(filled, tmp_path)
    assert answers(gallery, entry) == fresh
    assert (len(gallery), gallery.info()["cache_fault"]) == (11, None)


def test_what_was_not_saved_is_caught_up_from_the_log(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path
) -> None:
    gallery = open_gallery(filled, tmp_path)
    gallery.enrol([entry(20), entry(21)])
    gallery.remove(["p5", "p20"])
    again = open_gallery(filled, tmp_path)  # nobody closed the first: as after a kill
    assert len(again) == 11
    assert answers(again, entry) == answers(open_gallery(filled), entry)
    assert again.identify([entry(21).template]).candidates[0].person == "P21"


def spoil_nothing(path: Path) -> None:
    path.write_bytes(b"")


def spoil_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 4
    path.write_bytes(data)


def spoil_the_end(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


@pytest.mark.parametrize("spoil", [spoil_nothing, spoil_a_bit, spoil_the_end, Path.unlink])
@pytest.mark.parametrize("kind", [FILE, "arena", "catalogue", "segment"])
def test_a_damaged_or_missing_file_is_rebuilt_from_the_log(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path, kind: str, spoil: Callable[[Path], None]
) -> None:
    fresh = answers(open_gallery(filled), entry)
    files = [path for path in tmp_path.iterdir() if path.name.startswith(kind)]
    assert len(files) == 1
    spoil(files[0])
    gallery = open_gallery(filled, tmp_path)
    assert answers(gallery, entry) == fresh
    gallery.close()
    assert open_gallery(filled, tmp_path).info()["cache_fault"] is None


def test_caches_of_other_versions_are_rebuilt(open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text(path.read_text().replace("plain/1", "plain/0"))
    gallery = open_gallery(filled, tmp_path)
    assert len(gallery) == 11


def test_caches_that_are_newer_than_the_log_are_not_believed(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path
) -> None:
    shorter = MemoryLog()
    shorter.append([entry(3)])
    gallery = open_gallery(shorter, tmp_path)
    assert len(gallery) == 1
    assert gallery.identify([entry(7).template]).candidates[0].person == "P3"


def test_records_of_removed_prints_may_be_missing_from_the_log(open_gallery: Opened, entry: Entries) -> None:
    log = MemoryLog()
    log.append([entry(1), entry(2), entry(3)])
    log.tombstone(["p2"])
    records = [r for r in log.replay() if getattr(r, "sequence", 0) != 2]
    log.replay = lambda after=0: iter([r for r in records if r.sequence > after])  # type: ignore[method-assign]
    gallery = open_gallery(log)
    assert len(gallery) == 2


def test_a_removed_template_is_overwritten_before_compaction(open_gallery: Opened, entry: Entries, tmp_path: Path) -> None:
    gallery = open_gallery(MemoryLog(), tmp_path)
    gallery.enrol([entry(n) for n in range(5)])
    held = entry(2).template.minutiae.packed()
    (arena,) = tmp_path.glob("arena-*")
    assert held in arena.read_bytes()
    before = gallery.state
    gallery.remove(["p2"])
    assert held not in arena.read_bytes()
    assert len(before.view.prepared(2).vectors) == 0  # a search that began before finds nothing to compare
    assert before.view.names(2) is None


def test_a_disk_too_full_for_caches_is_said_and_harms_nothing(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = open_gallery(filled, tmp_path)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("biomatch.gallery.caches.snapshot.write", full)
        gallery.compact()
    assert "No space left" in str(gallery.info()["cache_fault"])
    assert answers(gallery, entry) == answers(open_gallery(filled), entry)
    assert answers(open_gallery(filled, tmp_path), entry) == answers(open_gallery(filled), entry)


def test_sealed_caches_answer_as_clear_ones_do(
    open_gallery: Opened, entry: Entries, keys: Keyring, sealed: tuple[LocalGallery, MemoryLog], tmp_path: Path
) -> None:
    gallery, log = sealed
    assert answers(gallery, entry) == answers(open_gallery(log), entry)
    again = open_gallery(log, tmp_path / "caches", sealing=keys)
    assert again.info()["cache_fault"] is None
    assert answers(again, entry) == answers(open_gallery(log), entry)
    again.compact()
    assert answers(again, entry) == answers(open_gallery(log), entry)
    assert again.check() == []


def test_clear_caches_are_not_taken_for_sealed_ones(
    open_gallery: Opened, entry: Entries, keys: Keyring, filled: MemoryLog, tmp_path: Path
) -> None:
    clear = open_gallery(filled, tmp_path)
    clear.close()
    gallery = open_gallery(filled, tmp_path, sealing=keys)
    assert keys.version in (tmp_path / FILE).read_text()
    assert answers(gallery, entry) == answers(open_gallery(filled), entry)
    held = entry(3).template.minutiae.packed()
    assert not any(held in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_sealed_files_of_another_time_are_rebuilt(
    open_gallery: Opened, entry: Entries, keys: Keyring, sealed: tuple[LocalGallery, MemoryLog], tmp_path: Path
) -> None:
    gallery, log = sealed
    (catalogue,) = (tmp_path / "caches").glob("catalogue-*")
    before = catalogue.read_bytes()
    gallery.enrol([entry(20)])
    gallery.close()
    (now,) = (tmp_path / "caches").glob("catalogue-*")
    now.write_bytes(before)
    again = open_gallery(log, tmp_path / "caches", sealing=keys)
    assert not now.exists() or now.read_bytes() != before
    assert answers(again, entry) == answers(open_gallery(log), entry)


def test_a_search_that_meets_a_swapped_block_says_so(
    open_gallery: Opened, entry: Entries, keys: Keyring, sealed: tuple[LocalGallery, MemoryLog], tmp_path: Path
) -> None:
    gallery, _ = sealed
    (path,) = (tmp_path / "caches").glob("arena-*")
    view = gallery.state.view
    data = bytearray(path.read_bytes())
    block = view.raw(4)
    start = int(view.starts[3])
    data[start : start + len(block)] = block
    with path.open("r+b") as file:
        file.write(data)
    with pytest.raises(CacheDamaged, match="print number 3"):
        gallery.identify([entry(3).template])


def test_who_was_removed_before_a_kill_is_gone_though_the_snapshot_had_them(
    open_gallery: Opened, entry: Entries, keys: Keyring, sealed: tuple[LocalGallery, MemoryLog], tmp_path: Path
) -> None:
    """Their key is destroyed: one was in a segment, one in the delta of the snapshot that is opened."""
    _, log = sealed
    log.tombstone(["p3", "p15"])
    keys.destroy(["person/P3", "person/P15"])
    again = open_gallery(log, tmp_path / "caches", sealing=keys)
    assert again.info()["cache_fault"] is None
    assert answers(again, entry) == answers(open_gallery(log), entry)
    assert again.check() == []


def held(gallery: LocalGallery) -> set[int]:
    """Print numbers in the segments."""
    return {int(n) for segment in gallery.state.index.segments for n in layout.prints(segment.contents().ids)}
