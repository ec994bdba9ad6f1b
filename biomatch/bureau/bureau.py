"""All use cases, each one method that says the order of what happens. Command line and HTTP both come through here."""

from __future__ import annotations

from types import TracebackType

from biomatch.bureau.admitting import Admitting
from biomatch.bureau.auditing import Auditing
from biomatch.bureau.calibrating import Calibrating
from biomatch.bureau.changing import Changing
from biomatch.bureau.door import Door, clear
from biomatch.bureau.duplicates import FIND_DUPLICATES
from biomatch.bureau.explaining import Explaining
from biomatch.bureau.keeping import Keeping
from biomatch.bureau.listing import ENROL_LIST, Listing
from biomatch.bureau.reading import Reading
from biomatch.bureau.reindexing import REINDEX, Reindexing
from biomatch.bureau.replaying import Replaying
from biomatch.bureau.visiting import Visiting
from biomatch.bureau.worker import Worker


class Bureau(
    Changing, Admitting, Listing, Reindexing, Explaining, Replaying, Reading, Auditing, Visiting, Keeping, Calibrating
):
    """One gallery's folder, opened. Safe from many threads; `close` when done."""

    _door: Door | None = None
    _closed = False

    def answer(self) -> None:
        """Lets commands of other processes in, through a socket that the lock file names, until `close`."""
        if self._lock.before is not None:
            clear(self._lock.before.door)
        self._door = Door(self)
        self._lock.announce(self._door.path)

    def work(self) -> None:
        """Begins to do what tasks ask for, in the background, until `close`."""
        if self._worker is None:
            steps = {
                FIND_DUPLICATES: self._duplicates_step,
                REINDEX: self._reindex_step,
                ENROL_LIST: self._enrol_list_step,
            }
            self._worker = Worker(self._store.jobs, steps, self._fail_task)

    def warm(self) -> None:
        """Starts the workers and compiles what a search needs, so that the first request does not wait for it."""
        self._workshop.warm()
        self._gallery.warm()

    def close(self) -> None:
        """Lets go of the folder; a second time does nothing."""
        if self._closed:
            return
        self._closed = True
        if self._door is not None:
            self._door.close()
        if self._worker is not None:
            self._worker.close()
        self._workshop.close()
        self._gallery.close()
        self._store.close()
        self._lock.release()

    def __enter__(self) -> Bureau:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
