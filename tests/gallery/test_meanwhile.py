"""What happens beside a search, and beside the gallery: prints come and go, the index grows, the log is ahead."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from biomatch.gallery import LocalGallery
from biomatch.gallery.interface import Effort, Entry
from biomatch.template import Template

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]


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
    compare = gallery.engine.comparer.refine

    def compare_and_remove(*arguments: Any) -> Any:
        monkeypatch.undo()
        found = compare(*arguments)
        gallery.remove(["p7"])
        return found

    monkeypatch.setattr(gallery.engine.comparer, "refine", compare_and_remove)
    search = gallery.identify([again(entry(7).template, 1)])
    assert "P7" not in {one.person for one in search.candidates}
    assert "p7" not in {one.print_id for one in search.compared}
    assert len(search.candidates) == 20
