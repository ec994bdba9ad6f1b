"""The caches follow the log, and are merged and rewritten beside searches."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from biomatch.errors import PrintExists, PrintNotFound
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Appended, Entry, Tombstoned, Work
from biomatch.index import GrowthParams, Index, layout
from biomatch.store import Keyring

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
NOBODY = np.zeros(1_024, np.bool_)


def test_a_growing_gallery_seals_and_merges_in_the_background(
    open_gallery: Opened, entry: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = GrowthParams(seal_vectors=200, ratio=3)
    monkeypatch.setattr(Index, "empty", classmethod(lambda cls, codebooks: cls(codebooks, (), {}, NOBODY, small)))
    log = MemoryLog()
    gallery = open_gallery(log, tmp_path)
    for n in range(120):
        gallery.enrol([entry(n)])
        assert gallery.shortlist(entry(n).template, length=1) == [f"p{n}"]
    gallery.close()
    info = gallery.info()
    assert 1 <= len(info["segments"]) <= 5  # type: ignore[arg-type]
    assert sum(info["segments"]) + info["delta"] == 120 * 24  # type: ignore[call-overload]
    again = open_gallery(log, tmp_path)
    assert again.info()["segments"] == info["segments"]
    assert [again.shortlist(entry(n).template, length=1) for n in range(120)] == [[f"p{n}"] for n in range(120)]


def test_a_log_that_somebody_else_wrote_to_is_caught_up(open_gallery: Opened, entry: Entries) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])
    log.append([entry(2), entry(3)])
    gallery.enrol([entry(4)])
    assert len(gallery) == 4
    log.append([entry(5)])
    gallery.remove(["p2"])
    assert {c.person for c in gallery.identify([entry(5).template]).candidates} == {"P1", "P3", "P4", "P5"}


class BusyLog(MemoryLog):
    """Somebody else enrols each of `others` just before the next write."""

    def __init__(self, others: list[Entry]) -> None:
        super().__init__()
        self.others, self.reads = others, 0

    def append(self, entries: Sequence[Entry], work: Work = None) -> int:
        self._other()
        return super().append(entries, work)

    def tombstone(self, print_ids: Sequence[str], work: Work = None) -> int:
        self._other()
        return super().tombstone(print_ids, work)

    def replay(self, after: int = 0) -> Iterator[Appended | Tombstoned]:
        self.reads += 1
        return super().replay(after)

    def _other(self) -> None:
        if self.others:
            super().append([self.others.pop(0)])


def test_what_somebody_else_wrote_in_the_moment_of_a_write_is_taken_in(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery(BusyLog([entry(7), entry(8)]))
    gallery.enrol([entry(1), entry(2)])
    assert {c.person for c in gallery.identify([entry(7).template]).candidates} == {"P7", "P1", "P2"}
    gallery.remove(["p1"])
    assert {c.person for c in gallery.identify([entry(8).template]).candidates} == {"P8", "P7", "P2"}
    assert gallery.identify([entry(8).template]).sequence == 5
    assert gallery.check() == []


def test_the_log_is_not_read_where_nobody_else_wrote_to_it(open_gallery: Opened, entry: Entries) -> None:
    log = BusyLog([])
    gallery = open_gallery(log)
    gallery.enrol([entry(1), entry(2)])
    gallery.enrol([entry(3)])
    gallery.remove(["p1", "p2"])
    assert log.reads == 0


def test_a_print_that_reached_the_log_only_is_searchable_once_enrolment_is_tried_again(
    open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])
    with monkeypatch.context() as patch:
        patch.setattr(Index, "with_prints", _no_memory)
        with pytest.raises(MemoryError):
            gallery.enrol([entry(2)])
    assert (len(gallery), log.head) == (1, 2)
    with pytest.raises(PrintExists, match="p2"):
        gallery.enrol([entry(2)])
    assert (len(gallery), log.head) == (2, 2)
    found = gallery.identify([entry(2).template]).candidates
    assert [evidence.print_id for evidence in found[0].evidence] == ["p2"]


def test_a_print_whose_removal_reached_the_log_only_is_gone_once_removal_is_tried_again(
    open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1), entry(2)])
    with monkeypatch.context() as patch:
        patch.setattr(Index, "without", _no_memory)
        with pytest.raises(MemoryError):
            gallery.remove(["p2"])
    with pytest.raises(PrintNotFound, match="p2"):
        gallery.remove(["p2"])
    assert (len(gallery), log.head) == (1, 3)
    assert {c.person for c in gallery.identify([entry(2).template]).candidates} == {"P1"}
    gallery.enrol([entry(2)])
    assert gallery.identify([entry(2).template]).candidates[0].person == "P2"


def _no_memory(*_: object) -> None:
    raise MemoryError


def answers(gallery: LocalGallery, entry: Entries, upto: int = 12) -> list[tuple[str, float]]:
    found = [gallery.identify([entry(n).template]).candidates for n in range(upto)]
    return [(c[0].person, c[0].score) for c in found]


def test_compaction_leaves_no_bytes_of_a_removed_print(
    open_gallery: Opened, entry: Entries, filled: MemoryLog, tmp_path: Path
) -> None:
    gallery = open_gallery(filled, tmp_path)
    held = entry(2).template.minutiae.packed()
    gallery.compact()
    gallery.close()
    assert not any(held in path.read_bytes() for path in tmp_path.iterdir())
    assert open_gallery(filled, tmp_path).info()["removed_not_compacted"] == 0


def test_a_template_that_is_removed_during_compaction_is_overwritten_too(
    open_gallery: Opened, entry: Entries, tmp_path: Path
) -> None:
    gallery = open_gallery(MemoryLog(), tmp_path)
    gallery.enrol([entry(n) for n in range(5)])
    caches = gallery._upkeep.caches
    arena = caches.begin_compaction()
    gallery.remove(["p2"])
    caches.end_compaction(arena)
    caches.save()
    held = entry(2).template.minutiae.packed()
    assert not any(held in path.read_bytes() for path in tmp_path.iterdir())
    assert gallery.identify([entry(3).template]).candidates[0].person == "P3"


def test_what_was_removed_leaves_the_segments_within_the_stated_time(
    open_gallery: Opened, entry: Entries, keys: Keyring, sealed: tuple[LocalGallery, MemoryLog], tmp_path: Path
) -> None:
    _, log = sealed
    gallery = open_gallery(log, tmp_path / "caches", sealing=keys, settled_s=1.0)
    number = gallery.state.catalogue.number_of("p3")
    gallery.remove(["p3"])
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and number in held(gallery):
        time.sleep(0.05)
    assert number not in held(gallery)
    gallery.close()
    assert answers(open_gallery(log, tmp_path / "caches", sealing=keys), entry) == answers(open_gallery(log), entry)


def test_closing_does_not_wait_for_the_stated_time(
    open_gallery: Opened, keys: Keyring, sealed: tuple[LocalGallery, MemoryLog], tmp_path: Path
) -> None:
    gallery, _ = sealed
    number = gallery.state.catalogue.number_of("p3")
    gallery.remove(["p3"])
    assert number in held(gallery)
    gallery.close()
    assert number not in held(gallery)


def held(gallery: LocalGallery) -> set[int]:
    """Print numbers in the segments."""
    return {int(n) for segment in gallery.state.index.segments for n in layout.prints(segment.contents().ids)}
