"""Caches that differ from the log are found out, print by print, and made anew while searches go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches.arena import Arena
from biomatch.gallery.interface import Appended, Entry
from biomatch.index import Index

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def gallery(open_gallery: Opened, entry: Entries, log: MemoryLog, tmp_path: Path) -> LocalGallery:
    """Twelve prints came in a segment and in the delta, two went."""
    opened = open_gallery(log, tmp_path)
    opened.enrol([entry(n, labels=frozenset({"a"})) for n in range(8)])
    opened.compact()
    opened.enrol([entry(n) for n in range(8, 12)])
    opened.remove(["p2", "p9"])
    return opened


def altered(log: MemoryLog, name: str, **changes: object) -> None:
    """The log says something else of a print than what was enrolled."""
    for place, record in enumerate(log._records):
        if isinstance(record, Appended) and record.entry.print_id == name:
            log._records[place] = replace(record, entry=replace(record.entry, **changes))  # type: ignore[arg-type]


def test_caches_that_are_right_are_found_right(gallery: LocalGallery) -> None:
    assert gallery.check() == []
    gallery.compact()
    assert gallery.check() == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"person": "Q"}, ["under other names", "another person's"]),
        ({"encounter": "E9"}, ["under other names"]),
        ({"labels": frozenset({"b"})}, ["under other names"]),
    ],
)
def test_a_print_under_another_name_is_found(
    gallery: LocalGallery, log: MemoryLog, changes: dict[str, object], words: list[str]
) -> None:
    altered(log, "p5", **changes)
    found = gallery.check()
    assert len(found) == len(words)
    for one, word in zip(found, words, strict=True):
        assert one.startswith("print p5 ")
        assert word in one


@pytest.mark.parametrize("name", ["p5", "p10"])
def test_a_print_with_another_template_is_found(gallery: LocalGallery, log: MemoryLog, entry: Entries, name: str) -> None:
    altered(log, name, template=entry(77).template)
    assert [words.partition(" has other ")[0] for words in gallery.check()[1:]] == [f"print {name}"] * 2
    assert "another template" in gallery.check()[0]


def test_a_print_that_the_index_lacks_is_found(gallery: LocalGallery, monkeypatch: pytest.MonkeyPatch) -> None:
    number = gallery.state.catalogue.number_of("p5")
    state = gallery.state
    gallery._upkeep.caches._state = replace(state, index=state.index.without([number]))  # type: ignore[list-item]
    assert gallery.check() == ["print p5 has other minutiae in the index"]
    gallery.rebuild()
    assert gallery.check() == []


def test_a_block_that_was_changed_on_the_disk_is_found_and_mended(
    gallery: LocalGallery, entry: Entries, tmp_path: Path
) -> None:
    number = gallery.state.catalogue.number_of("p5")
    assert number is not None
    start = int(gallery.state.view.starts[number])
    (path,) = [path for path in tmp_path.glob("arena-*") if path.stat().st_size > start]
    with path.open("r+b") as file:
        file.seek(start + 60)
        file.write(b"\xff\x00\xff")
    (found,) = gallery.check()
    assert "print p5 cannot be read in the arena" in found
    gallery.rebuild()
    assert gallery.check() == []
    assert gallery.identify([entry(5).template]).candidates[0].person == "P5"
    assert len(gallery) == 10


def test_records_that_the_caches_lack_are_counted(gallery: LocalGallery, log: MemoryLog, entry: Entries) -> None:
    log.append([entry(50)])
    assert gallery.check() == ["the caches lack 1 record of the log"]


def test_prints_that_come_and_go_are_no_fault(gallery: LocalGallery, entry: Entries, monkeypatch: pytest.MonkeyPatch) -> None:
    """A print that goes between the look at the state and the look at the log is looked at again."""
    replay = gallery._log.replay
    gone = ["p5", "p10"]

    def meanwhile(after: int = 0) -> object:
        if gone:
            gallery.remove([gone.pop()])
            gallery.enrol([entry(60 + len(gone))])
        return replay(after)

    monkeypatch.setattr(gallery._log, "replay", meanwhile)
    gone.pop()
    assert gallery.check() == []


def test_searches_find_everybody_while_the_caches_are_made_anew(
    gallery: LocalGallery, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Arena.stage
    found = []

    def search_meanwhile(arena: Arena, blocks: list[bytes]) -> object:
        found.append(gallery.identify([entry(7).template]).candidates[0].person)
        return stage(arena, blocks)

    with monkeypatch.context() as patch:
        patch.setattr(Arena, "stage", search_meanwhile)
        gallery.rebuild()
    assert found
    assert set(found) == {"P7"}
    gallery.enrol([entry(70)])
    gallery.remove(["p7"])
    assert gallery.check() == []


def test_caches_made_anew_are_taken_at_the_next_opening(
    gallery: LocalGallery, open_gallery: Opened, entry: Entries, log: MemoryLog, tmp_path: Path
) -> None:
    gallery.rebuild()
    gallery.close()
    again = open_gallery(log, tmp_path)
    assert again.info()["cache_fault"] is None
    assert again.check() == []
    assert np.isfinite(again.identify([entry(3).template]).candidates[0].score)
    assert len(again.state.index) > 0
    assert isinstance(again.state.index, Index)


def test_a_gallery_without_a_print_is_as_its_log_says(open_gallery: Opened) -> None:
    assert open_gallery().check() == []
