"""Opens a gallery's folder for the one process that owns it."""

from __future__ import annotations

import logging
import os
from functools import partial
from pathlib import Path
from typing import cast

from biomatch import private
from biomatch.bureau.bureau import Bureau
from biomatch.bureau.folder.door import RemoteBureau
from biomatch.bureau.folder.lock import FolderLock, read_holder
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.workshop import Workshop, set_up, work
from biomatch.errors import FolderInUse, GalleryMissing, NotAGallery, UnreadableImage
from biomatch.extraction import DEFAULT, open_extractor
from biomatch.gallery.local import LocalGallery
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, NO_TRACE, Progress, Trace
from biomatch.spare_cores import SpareCores, one_thread_each
from biomatch.store import KeyPlace, Store, holds_gallery, open_store, refuse_lost, warn_if_open
from biomatch.store.calibrations import CALIBRATED, CALIBRATION
from biomatch.store.database import translated
from biomatch.workers import Pool

CACHES = "caches"  # what the gallery rebuilds when it is missing

_log = logging.getLogger(__name__)


def open_gallery(
    folder: Path,
    *,
    database: str | None = None,
    models: Models | None = None,
    extractor: str = DEFAULT,
    create: bool = True,
    workers: int | None = None,
    answer: bool = False,
    alone: bool = False,
    calibrated: bool = True,
    master: KeyPlace | None = None,
    trace: Trace = NO_TRACE,
    progress: Progress = NO_PROGRESS,
) -> Bureau:
    """Opens the folder's gallery, ready to search; on a folder that is being served, returns the serving process's bureau.

    database   URL of the PostgreSQL database that a new folder's rows shall be in; None: they are in the folder
    models     None: those that ship with biomatch
    extractor  of the images that come in, by its name; prints of several may lie in one gallery
    create     makes the folder when there is none; else GalleryMissing
    workers    processes that extract; None: one a core
    answer     answers commands of other processes while the folder is held: for a server
    alone      for work that the serving process cannot do: a folder that is being served is refused
    calibrated   by the gallery's own calibration, where it has one; False: by the shipped one
    master     where the master key is; None: in the folder
    trace      told of each point that an enrolment or a removal has passed
    progress   of building the index, where its caches are missing or behind

    Raises GalleryMissing, GalleryDamaged, CalibrationDamaged, FolderInUse, ServerSilent, FolderTooNew, NotAGallery,
    BadDatabase, DatabaseInUse,
    OtherDatabase, BadInstallation, Unavailable; and where keys are wrong or missing MasterKeyMissing, MasterKeyUnreadable,
    MasterKeyWrong, KeyMissing, KeyDamaged.
    """
    one_thread_each()
    if folder.is_file():
        raise NotAGallery(str(folder), "it is a file, not a folder")
    if not holds_gallery(folder):
        if database is None:
            refuse_lost(folder)
        if not create:
            raise GalleryMissing(str(folder))
    with translated(folder):
        private.make_folder(folder)
    if holds_gallery(folder):
        warn_if_open(folder)
    try:
        lock = FolderLock(folder)
    except FolderInUse:
        holder = read_holder(folder)
        if answer or alone or holder is None or not holder.door:
            raise
        return cast(Bureau, RemoteBureau(folder, holder))
    try:
        cores = workers or os.cpu_count() or 1
        bureau = _bureau(folder, database, master, lock, models, calibrated, extractor, cores, trace, progress)
    except BaseException:
        lock.release()
        raise
    if answer:
        bureau.answer()
    return bureau


def _bureau(
    folder: Path,
    database: str | None,
    master: KeyPlace | None,
    lock: FolderLock,
    models: Models | None,
    calibrated: bool,
    extractor: str,
    workers: int,
    trace: Trace,
    progress: Progress,
) -> Bureau:
    store = open_store(folder, database=database, master=master, trace=trace)
    try:
        spare = SpareCores(os.cpu_count() or 1)
        judging = _with_calibration(models, store) if calibrated else models
        gallery = LocalGallery(store.log, folder / CACHES, judging, progress=progress, sealing=store.keys, spare=spare)
        pool = Pool(partial(set_up, models, extractor), work, processes=workers, blame=UnreadableImage)
        workshop = Workshop(pool, open_extractor(extractor, models).version, workers)
    except BaseException:
        store.close()
        raise
    return Bureau(store, gallery, workshop, PairComparer(judging), lock, trace=trace)


def _with_calibration(models: Models | None, store: Store) -> Models | None:
    """Returns the models with the calibration that the gallery's owner fitted. One that was fitted to other models says nothing
    of these: the shipped one stands in, and the log warns. Raises CalibrationDamaged.
    """
    name = store.setting(CALIBRATION)
    place = store.calibrations.place(name)
    if name is None or place is None:
        return models
    base = models or shipped()
    own = base.calibrated(place)
    now = {base.sha256(one) for one in base.names()}
    if not all(set(own.card(one).get("built_on", ())) <= now for one in CALIBRATED):
        _log.warning(
            "the gallery's calibration was fitted to other models: the shipped one holds until `biomatch calibrate` runs again"
        )
        return models
    return own
