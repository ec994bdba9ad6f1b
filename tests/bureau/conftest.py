"""A bureau whose workers are stand-ins: an image's first pixel says which synthetic print it is."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.bureau import Actor, Bureau, Upload
from biomatch.bureau.folder.lock import FolderLock
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.workshop import Cutting, Made, Piece, Task, Workshop
from biomatch.errors import UnreadableImage
from biomatch.formats import nist
from biomatch.gallery.local import LocalGallery
from biomatch.imaging import header
from biomatch.observe import NO_TRACE, Trace
from biomatch.quality import Assessment
from biomatch.store import KeyPlace, StoredJob, holds_gallery, open_store
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.template import Template

ME = Actor("tester", "test")


@functools.cache
def template(number: int) -> Template:
    """The same number, the same finger."""
    return synthesise_templates(1, seed=7, first=number)[0]


def flat(number: int) -> bytes:
    """A PNG of one grey."""
    return cv2.imencode(".png", np.full((8, 8), number, np.uint8))[1].tobytes()


class StandinPool:
    """Does in this process, at once, what workers would."""

    def __init__(self, version: str):
        self.version = version
        self.extracted = self.waiting = self.busy = 0

    def call(self, task: Task) -> Made:
        if task.transaction:
            return Made(None, None, b"", summary=nist.summary(task.data))
        header.read(task.data)
        pixels = cv2.imdecode(np.frombuffer(task.data, np.uint8), cv2.IMREAD_GRAYSCALE)
        if pixels is None:
            raise UnreadableImage("its pixels are damaged")
        if task.cutting is not None:
            return Made(None, None, b"", *self._cut(pixels, task.cutting))
        self.extracted += task.template
        return Made(
            replace(template(int(pixels[0, 0])), extractor=self.version) if task.template else None,
            Assessment(70, True, ()) if task.template else None,
            task.data if task.picture else b"",
        )

    def _cut(self, pixels: np.ndarray, how: Cutting) -> tuple[tuple[Piece, ...], tuple[str, ...]]:
        """The first row says which finger is which synthetic print; 0: it is not seen."""
        seen = [(position, number) for position, number in zip(how.fingers, pixels[0].tolist(), strict=False) if number]
        pieces = tuple(Piece(position, flat(number)) for position, number in seen)
        missed = len(how.fingers) - len(pieces)
        return pieces, (f"{missed} not seen",) if missed else ()

    def warm(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def me() -> Actor:
    return ME


@pytest.fixture
def done() -> Callable[[Bureau, str, Actor], StoredJob]:
    """done(bureau, task, actor): lets it work until the task has ended."""

    def wait(bureau: Bureau, task: str, actor: Actor) -> StoredJob:
        bureau.work()
        for _ in range(600):
            found = bureau.tasks.task(task, actor)
            if not found.is_open:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not ended: {found}")

    return wait


@pytest.fixture
def open_bureau(tmp_path: Path, database: str | None) -> Callable[..., Bureau]:
    """open_bureau(version=..., trace=...): the same folder each time, on either database; closed at the test's end."""
    with ExitStack() as opened:

        def opening(version: str = "standin/1", trace: Trace = NO_TRACE, master: KeyPlace | None = None) -> Bureau:
            folder = tmp_path / "gallery"
            folder.mkdir(exist_ok=True)
            lock = FolderLock(folder)
            store = open_store(folder, database=None if holds_gallery(folder) else database, master=master, trace=trace)
            gallery = LocalGallery(store.log, folder / "caches", sealing=store.keys)
            pool = StandinPool(version)
            bureau = Bureau(store, gallery, Workshop(pool, version, 2), PairComparer(), lock, trace=trace)
            bureau.pool = pool
            opened.callback(bureau.close)
            return bureau

        yield opening


@pytest.fixture
def bureau(open_bureau: Callable[..., Bureau]) -> Bureau:
    return open_bureau()


@pytest.fixture
def image() -> Callable[[int], Upload]:
    """image(n): a PNG whose stand-in extraction is synthetic finger n."""

    def made(number: int) -> Upload:
        return Upload(flat(number), f"{number}.png")

    return made


@pytest.fixture
def record() -> Callable[..., Upload]:
    """record(n): synthetic finger n as a template; record(n, again=k): another impression of it."""

    def made(number: int, again: int = 0) -> Upload:
        found = template(number)
        if again:
            found = press_again(found, np.random.default_rng((number, again)), strength=0.5)
        return Upload(found.to_bytes(), f"{number}.bmt")

    return made
