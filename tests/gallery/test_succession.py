"""After an upgrade that brings other models a gallery opens at once, and changes over when its new index is built."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biomatch import learned
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches import building
from biomatch.gallery.caches.snapshot import FILE, NEXT
from biomatch.gallery.interface import Entry
from biomatch.learned import Models, shipped
from biomatch.store import KeyPlace
from biomatch.store.keys.master_key import open_keyring

Entries = Callable[..., Entry]
Opened = Callable[..., LocalGallery]
NAMES = ("calibration", "comparison", "index", "patch", "projection", "search_rates")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Models:
    """Models as they ship, but for the order of the index's lists, and the sign of all vectors."""
    folder = tmp_path_factory.mktemp("old")
    for name in NAMES:
        shipped().copy(name, folder)
    lists = dict(shipped().arrays("index"))
    lists["lists_256"] = lists["lists_256"][::-1]
    learned.save(folder, "index", lists, {"data": "made up"})
    turned = {name: np.negative(array) for name, array in shipped().arrays("projection").items()}
    learned.save(folder, "projection", turned, {"data": "made up"})
    return Models(folder)


@pytest.fixture(autouse=True)
def bulk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything beyond 20 records is built, 8 prints at a time, in segments of 30 prints."""
    monkeypatch.setattr(building, "PARAMS", building.BuildParams(fewest=20, at_once=8, part=30 * 24))
    monkeypatch.setattr(building.Builder.__init__, "__defaults__", (building.PARAMS,))


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    """opened(log, models=shipped(), ...): over the caches in tmp_path / "caches"; closed at the end."""
    galleries = []

    def open_(log: MemoryLog, models: Models | None = None, **how: object) -> LocalGallery:
        galleries.append(LocalGallery(log, tmp_path / "caches", models, **how))  # type: ignore[arg-type]
        return galleries[-1]

    yield open_
    for gallery in galleries:
        gallery.close()


@pytest.fixture
def log(opened: Opened, old: Models, entry: Entries) -> MemoryLog:
    """60 prints, in caches that the old models made."""
    log = MemoryLog()
    log.append([entry(n) for n in range(60)])
    opened(log, old).close()
    return log


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """No build begins before it is set."""
    event, take = threading.Event(), building.Builder.take

    def waits(*how: object) -> None:
        assert event.wait(60)
        take(*how)  # type: ignore[arg-type]

    monkeypatch.setattr(building.Builder, "take", waits)
    yield event
    event.set()


def until(gallery: LocalGallery, done: Callable[[LocalGallery], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done(gallery):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def changed_over(gallery: LocalGallery) -> bool:
    return gallery.info()["successor"] is None and gallery.engine.models is gallery.models


def half_built(opened: Opened, log: MemoryLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves a part of the new index in the folder."""
    half, put = threading.Event(), building.Caches.put_segments

    def stops(caches: object, *how: object) -> None:
        put(caches, *how)  # type: ignore[arg-type]
        half.set()
        assert gallery._upkeep._stopping.wait(60)

    with monkeypatch.context() as patch:
        patch.setattr(building.Caches, "put_segments", stops)
        gallery = opened(log)
        assert half.wait(60)
        gallery.close()


def found(gallery: LocalGallery, template: object) -> str:
    candidates = gallery.identify([template], top=1).candidates  # type: ignore[list-item]
    return candidates[0].person if candidates else ""


def test_it_serves_with_the_models_that_it_has_until_the_new_index_is_built(
    opened: Opened, old: Models, log: MemoryLog, entry: Entries, go: threading.Event
) -> None:
    gallery = opened(log)
    versions = gallery.identify([entry(7).template]).made_by
    assert versions["index"] == f"index-{old.version('index')}"
    assert found(gallery, entry(7).template) == "P7"
    gallery.enrol([entry(70)])
    gallery.remove(["p8"])
    gallery.change([replace(entry(9), person="Nina")])
    assert [found(gallery, entry(n).template) for n in (70, 9)] == ["P70", "Nina"]
    assert gallery.check() == []
    go.set()
    until(gallery, changed_over)
    assert gallery.identify([entry(7).template]).made_by["index"] == f"index-{shipped().version('index')}"
    fresh = LocalGallery(log)
    for n in (7, 8, 9, 70):
        one, other = (one.identify([entry(n).template]).candidates for one in (gallery, fresh))
        assert [(c.person, c.score) for c in one] == [(c.person, c.score) for c in other]
    assert found(gallery, entry(8).template) != "P8"
    assert gallery.check() == []
    gallery.enrol([entry(71)])
    assert found(gallery, entry(71).template) == "P71"


def test_the_next_opening_takes_the_new_index_and_nothing_of_the_one_before_is_left(
    opened: Opened, log: MemoryLog, entry: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery = opened(log)
    until(gallery, changed_over)
    gallery.close()
    monkeypatch.setattr(log, "replay", lambda *_: pytest.fail("the log was read though the caches are whole"))
    again = opened(log)
    assert (found(again, entry(7).template), again.info()["successor"]) == ("P7", None)
    kinds = sorted(path.name.partition("-")[0] for path in (tmp_path / "caches").iterdir())
    assert kinds == ["arena", "catalogue", "models", "segment", FILE]


def test_who_went_back_to_the_models_of_before_is_served_as_well(
    opened: Opened, old: Models, log: MemoryLog, entry: Entries, go: threading.Event
) -> None:
    go.set()
    gallery = opened(log)
    until(gallery, changed_over)
    gallery.close()
    go.clear()
    back = opened(log, old)
    assert back.engine.made_by["index"] == f"index-{shipped().version('index')}"
    assert found(back, entry(7).template) == "P7"
    go.set()
    until(back, changed_over)
    assert back.engine.made_by["index"] == f"index-{old.version('index')}"
    assert found(back, entry(7).template) == "P7"


def test_a_build_that_was_cut_short_goes_on_at_the_next_opening(
    opened: Opened, log: MemoryLog, entry: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_built(opened, log, monkeypatch)
    assert (tmp_path / "caches" / NEXT).is_file()
    asked: list[int] = []
    replay = log.replay
    monkeypatch.setattr(log, "replay", lambda after=0: (asked.append(after), replay(after))[1])
    again = opened(log)
    assert found(again, entry(7).template) == "P7"
    until(again, changed_over)
    assert min(asked) >= 30
    assert again.check() == []


def test_an_upgrade_that_is_taken_back_half_way_leaves_nothing_of_the_new_index(
    opened: Opened, old: Models, log: MemoryLog, entry: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half_built(opened, log, monkeypatch)
    assert (tmp_path / "caches" / NEXT).is_file()
    back = opened(log, old)
    assert changed_over(back)
    assert found(back, entry(7).template) == "P7"
    kinds = sorted(path.name.partition("-")[0] for path in (tmp_path / "caches").iterdir() if path.is_file())
    assert kinds == ["arena", "catalogue", "segment", FILE]


@pytest.mark.parametrize("lost", ["models", "arena", "segment"])
def test_where_the_models_or_the_old_caches_are_lost_it_builds_before_it_serves(
    opened: Opened, log: MemoryLog, entry: Entries, tmp_path: Path, lost: str
) -> None:
    for path in (tmp_path / "caches").rglob("*"):
        if path.is_file() and path.relative_to(tmp_path / "caches").parts[0].startswith(lost):
            path.write_bytes(path.read_bytes()[:40])
    gallery = opened(log)
    assert changed_over(gallery)
    assert found(gallery, entry(7).template) == "P7"


def test_a_small_gallery_builds_before_it_serves(opened: Opened, old: Models, entry: Entries) -> None:
    log = MemoryLog()
    log.append([entry(n) for n in range(10)])
    opened(log, old).close()
    assert changed_over(opened(log))


def test_a_full_disk_leaves_the_one_before_at_work_and_says_so(
    opened: Opened, old: Models, log: MemoryLog, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(building.Builder, "take", full)
        gallery = opened(log)
        until(gallery, lambda one: "could not be built" in str(one.info()["cache_fault"]))
        gallery.enrol([entry(70)])
        assert [found(gallery, entry(n).template) for n in (7, 70)] == ["P7", "P70"]
        gallery.close()
    again = opened(log)
    until(again, changed_over)
    assert [found(again, entry(n).template) for n in (7, 70)] == ["P7", "P70"]


def test_caches_that_are_made_anew_meanwhile_take_the_place_of_both(
    opened: Opened, log: MemoryLog, entry: Entries, tmp_path: Path, go: threading.Event
) -> None:
    gallery = opened(log)
    threading.Timer(0.1, go.set).start()  # else what is to be stopped would wait for it
    gallery.rebuild()
    assert changed_over(gallery)
    assert gallery.check() == []
    assert not (tmp_path / "caches" / NEXT).exists()
    assert found(gallery, entry(7).template) == "P7"


def test_sealed_caches_change_over_and_what_was_removed_meanwhile_leaves_the_disk(
    opened: Opened, old: Models, entry: Entries, tmp_path: Path, go: threading.Event
) -> None:
    keys = open_keyring(tmp_path, KeyPlace(), None)
    log = MemoryLog()
    log.append([entry(n) for n in range(60)])
    go.set()
    opened(log, old, sealing=keys).close()
    go.clear()
    gallery = opened(log, sealing=keys, settled_s=0.1)
    assert gallery.engine.models is not gallery.models
    gallery.remove(["p8"])
    go.set()
    until(gallery, changed_over)
    until(gallery, lambda one: all(segment.alive(one.state.index.dead).all() for segment in one.state.index.segments))
    assert found(gallery, entry(7).template) == "P7"
    gallery.close()
    assert found(opened(log, sealing=keys), entry(7).template) == "P7"


def test_a_search_that_began_before_the_change_ends_in_the_index_that_it_began_in(
    opened: Opened, log: MemoryLog, entry: Entries, go: threading.Event
) -> None:
    gallery = opened(log)
    seeker = gallery.engine.seeker
    listing = seeker.list_prints

    def meanwhile(*how: object, **more: object) -> object:
        go.set()
        until(gallery, changed_over)
        return listing(*how, **more)  # type: ignore[arg-type]

    object.__setattr__(seeker, "list_prints", meanwhile)
    search = gallery.identify([entry(7).template])
    assert search.candidates[0].person == "P7"
    assert search.made_by["index"] != gallery.engine.made_by["index"]
