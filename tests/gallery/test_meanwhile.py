"""What happens beside a search, and beside the gallery: prints come and go, the index grows, the log is ahead."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from biomatch.errors import PrintExists, PrintNotFound
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Appended, Effort, Entry, Tombstoned, Work
from biomatch.index import GrowthParams, Index
from biomatch.index.delta import Delta
from biomatch.template import Template

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]
NOBODY = np.zeros(1_024, np.bool_)


@pytest.mark.parametrize("effort", [Effort.NORMAL, Effort.EXHAUSTIVE])
def test_searches_go_on_while_prints_come_and_go(
    open_gallery: Opened, entry: Entries, again: Again, tmp_path: Path, effort: Effort
) -> None:
    gallery = open_gallery(folder=tmp_path)
    gallery.enrol([entry(n) for n in range(60)])
    probe, stop, faults = again(entry(11).template, 4), threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            found = gallery.identify([probe], effort=effort).candidates
            if found[0].person != "P11" or any(c.person.startswith("P9") and len(c.person) == 4 for c in found):
                faults.append(found[0])

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(200, 320):
        gallery.enrol([entry(n)])
        if n % 3 == 0:
            gallery.remove([f"p{n}"])
        if n % 40 == 0:
            gallery.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(gallery) == 60 + 120 - 40
    gallery.close()


def test_a_removed_print_never_comes_back_to_a_search_that_begins_later(
    open_gallery: Opened, entry: Entries, again: Again
) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(40)])
    gone: set[str] = set()
    stop, faults = threading.Event(), []

    def search() -> None:
        n = 0
        while not stop.is_set():
            n = (n + 1) % 40
            before = set(gone)
            found = {c.person for c in gallery.identify([entry(n).template]).candidates}
            if found & before:
                faults.append(found & before)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(0, 40, 2):
        gallery.remove([f"p{n}"])
        gone.add(f"P{n}")
        if n % 10 == 0:
            gallery.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults


def test_who_is_removed_while_they_are_compared_is_not_named(
    open_gallery: Opened, entry: Entries, again: Again, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(30)])
    compare = gallery._comparer.refine

    def compare_and_remove(*arguments: Any) -> Any:
        monkeypatch.undo()
        found = compare(*arguments)
        gallery.remove(["p7"])
        return found

    monkeypatch.setattr(gallery._comparer, "refine", compare_and_remove)
    search = gallery.identify([again(entry(7).template, 1)])
    assert "P7" not in {one.person for one in search.candidates}
    assert "p7" not in {one.print_id for one in search.compared}
    assert len(search.candidates) == 20


def test_a_growing_gallery_seals_and_merges_in_the_background(
    open_gallery: Opened, entry: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = GrowthParams(seal_vectors=200, ratio=3)
    monkeypatch.setattr(Index, "empty", classmethod(lambda cls, codebooks: cls(codebooks, (), Delta.empty(), NOBODY, small)))
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
