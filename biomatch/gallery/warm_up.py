"""Made-up prints that are enrolled and searched for before anybody waits: what it compiles is there for all who follow.

Of what has to be compiled, once a machine, the comparison is half: another process does that half meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from biomatch.errors import WorkerLost
from biomatch.extraction import CLASSICAL, ridge_picture
from biomatch.extraction.ridge_picture import PictureParams
from biomatch.gallery.interface import Entry
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Minutiae, Template
from biomatch.workers import TRUSTED, Pool

if TYPE_CHECKING:
    from biomatch.gallery.local import LocalGallery

_SIDE = 160  # px
_MINUTIAE = 30
_STEPS = 1 + 6 + 6 + 3  # an enrolment, two lists of candidates for each print, these again, a search for each
_LOADED_S = 2.0  # the enrolment takes a tenth of it where it need not be compiled, and five seconds where it must


def entries() -> Sequence[Entry]:
    """Makes prints of ours, whose ridges fill their picture or a part of it, and one of another extractor.

    Each of them has a way of its own through the comparison.
    """
    rng = np.random.default_rng(0)
    x, y = rng.uniform(8, _SIDE - 8, (2, _MINUTIAE))
    minutiae = Minutiae.of(x, y, rng.uniform(0, 2 * np.pi, _MINUTIAE), quality=np.full(_MINUTIAE, 0.5))
    foreign = Template(minutiae, _SIDE, _SIDE, extractor="unknown")
    whole, part = (replace(foreign, extractor=CLASSICAL, ridges=_ridges(margin)) for margin in (0, 16))
    return [Entry(name, name, name, one) for name, one in (("whole", whole), ("part", part), ("foreign", foreign))]


def warm(gallery: LocalGallery, progress: Progress = NO_PROGRESS) -> None:
    """Compiles and loads what the first write and the first search need: does both in an empty gallery."""
    progress.start("Compiling (once)", _STEPS)
    began = time.perf_counter()
    gallery.enrol(entries())
    progress.advance()
    with compared_beside(time.perf_counter() - began > _LOADED_S):
        _list_prints(gallery, progress)
        gallery.compact()  # the index searches older prints in another way than new ones
        _list_prints(gallery, progress)
    for entry in entries():
        gallery.identify([entry.template])
        progress.advance()
    progress.done()


@contextmanager
def compared_beside(needed: bool) -> Iterator[None]:
    """Lets another process compile, meanwhile, what a comparison needs. Should it be lost, this process compiles that later."""
    if not needed:
        yield
        return
    with Pool(shipped, _compare, caps=TRUSTED) as pool, ThreadPoolExecutor(1) as beside:
        compared = beside.submit(pool.call)
        yield
        with suppress(WorkerLost):
            compared.result()


def _compare(models: Models) -> None:
    """Compares the prints with each other, as a search among few does: without the index."""
    from biomatch.gallery.local import LocalGallery  # which imports this module
    from biomatch.gallery.memory import MemoryLog

    with closing(LocalGallery(MemoryLog(), models=models, threads=1)) as gallery:
        gallery.enrol(entries())
        for entry in entries():
            gallery.identify([entry.template])


def _list_prints(gallery: LocalGallery, progress: Progress) -> None:
    """Asks the index, which so few prints do not need, for whole prints and for parts."""
    for entry in entries():
        part = entry.template.minutiae[: _MINUTIAE // 2]
        for minutiae in (entry.template.minutiae, part):
            gallery.shortlist(replace(entry.template, minutiae=minutiae), length=1)
            progress.advance()


def _ridges(margin: int) -> bytes:
    """Draws a ridge picture of upright ridges, nine px each, with an empty margin of so many px."""
    waves = np.cos(np.arange(_SIDE, dtype=np.float32) * (2 * np.pi / 9)) * np.ones((_SIDE, 1), np.float32)
    mask = np.zeros(waves.shape, bool)
    mask[margin : _SIDE - margin, margin : _SIDE - margin] = True
    return ridge_picture.encode(waves, mask, PictureParams())
