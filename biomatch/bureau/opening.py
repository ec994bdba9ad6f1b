"""Opens a gallery's folder for the one process that owns it."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from biomatch.bureau.bureau import Bureau
from biomatch.bureau.lock import FolderLock
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.workshop import Workshop, set_up, work
from biomatch.errors import GalleryMissing, UnreadableImage
from biomatch.extraction import ClassicalExtractor
from biomatch.gallery.local import LocalGallery
from biomatch.learned import Models
from biomatch.observe import NO_TRACE, Trace
from biomatch.store import holds_gallery, open_store
from biomatch.store.database import translated
from biomatch.workers import Pool

CACHES = "caches"  # what the gallery rebuilds when it is missing


def open_gallery(
    folder: Path,
    *,
    models: Models | None = None,
    create: bool = True,
    workers: int | None = None,
    trace: Trace = NO_TRACE,
) -> Bureau:
    """The folder's gallery, ready to search.

    models   None: those that ship with biomatch
    create   makes the folder when there is none; else GalleryMissing
    workers  processes that extract; None: one a core
    trace    told of each point that an enrolment or a removal has passed

    Raises GalleryMissing, FolderInUse, FolderTooNew, NotAGallery, BadInstallation, Unavailable.
    """
    if not create and not holds_gallery(folder):
        raise GalleryMissing(str(folder))
    with translated(folder):
        folder.mkdir(parents=True, exist_ok=True)
    lock = FolderLock(folder)
    try:
        store = open_store(folder, trace=trace)
        gallery = LocalGallery(store.log, folder / CACHES, models)
        processes = workers or os.cpu_count() or 1
        pool = Pool(partial(set_up, models), work, processes=processes, blame=UnreadableImage)
        workshop = Workshop(pool, ClassicalExtractor(models).version, processes)
    except BaseException:
        lock.release()
        raise
    return Bureau(store, gallery, workshop, PairComparer(models), release=lock.release, trace=trace)
