"""All use cases of one gallery, in groups. Command line and HTTP both come through here."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from biomatch.bureau.access.access import Access
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.encounters import Encounters
from biomatch.bureau.folder.door import Door, clear
from biomatch.bureau.folder.lock import FolderLock
from biomatch.bureau.pairs import PairComparer
from biomatch.bureau.searches.searches import Searches
from biomatch.bureau.tasks.tasks import Tasks
from biomatch.bureau.upkeep.upkeep import Upkeep
from biomatch.bureau.workshop import Workshop
from biomatch.gallery.local import LocalGallery
from biomatch.observe import NO_PROGRESS, NO_TRACE, Progress, Trace
from biomatch.store import Store


class Bureau:
    """One gallery's folder, opened, with its use cases in groups. Safe from many threads; `close` when done."""

    def __init__(
        self,
        store: Store,
        gallery: LocalGallery,
        workshop: Workshop,
        pairs: PairComparer,
        lock: FolderLock,
        *,
        trace: Trace = NO_TRACE,
    ):
        self._context = context = Context(store, gallery, workshop, pairs, lock, trace)
        self.searches = Searches(context)
        self.encounters = Encounters(context, self.searches)
        self.tasks = Tasks(context, self.encounters)
        self.access = Access(context)
        self.upkeep = Upkeep(context)
        self._door: Door | None = None
        self._closed = False

    @property
    def folder(self) -> Path:
        """The gallery's folder."""
        return self._context.folder

    def answer(self) -> None:
        """Lets commands of other processes in, through a socket that the lock file names, until `close`."""
        if self._context.lock.before is not None:
            clear(self._context.lock.before.door)
        self._door = Door(self)
        self._context.lock.announce(self._door.path)

    def work(self) -> None:
        """Begins to do what tasks ask for, in the background, until `close`."""
        self.tasks.work()

    def warm(self, progress: Progress = NO_PROGRESS) -> None:
        """Starts the workers and compiles what a search needs, so that the first request does not wait for it."""
        with ThreadPoolExecutor(1) as beside:  # a worker compiles what an extraction needs meanwhile
            workers = beside.submit(self._context.workshop.warm)
            self._context.gallery.warm(progress)
            workers.result()

    def close(self) -> None:
        """Lets go of the folder; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._door is not None:
            self._door.close()
        self.tasks.close()
        self._context.workshop.close()
        self._context.gallery.close()
        self._context.store.close()
        self._context.lock.release()

    def __enter__(self) -> Bureau:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
