"""All use cases of work that takes longer than a request."""

from __future__ import annotations

from biomatch.bureau.context import Context
from biomatch.bureau.encounters.encounters import Encounters
from biomatch.bureau.tasks.board import Board
from biomatch.bureau.tasks.duplicates import Duplicates
from biomatch.bureau.tasks.ledger import Ledger
from biomatch.bureau.tasks.lists import ENROL_LIST, Lists
from biomatch.bureau.tasks.reindexing import REINDEX, Reindexing
from biomatch.bureau.tasks.twins import FIND_DUPLICATES
from biomatch.bureau.tasks.worker import Do, Worker


class Tasks:
    """Begins tasks, tells how they stand, and lets a worker do them. steps: what does the next step of each kind."""

    def __init__(self, context: Context, encounters: Encounters):
        self._jobs = context.store.jobs
        self._ledger = ledger = Ledger(context)

        board = Board(context)
        self.task = board.task
        self.tasks = board.tasks
        self.task_result = board.task_result
        self.cancel_task = board.cancel_task

        duplicates = Duplicates(context, ledger)
        self.find_duplicates = duplicates.find_duplicates

        reindexing = Reindexing(context, ledger)
        self.reindex = reindexing.reindex

        lists = Lists(context, ledger, encounters)
        self.enrol_list = lists.enrol_list
        self.enrol_sent = lists.enrol_sent

        self.steps: dict[str, Do] = {FIND_DUPLICATES: duplicates.step, REINDEX: reindexing.step, ENROL_LIST: lists.step}

    def work(self) -> None:
        """Begins to do what tasks ask for, in the background, until `close`."""
        if self._ledger.worker is None:
            self._ledger.worker = Worker(self._jobs, self.steps, self._ledger.fail)

    def close(self) -> None:
        """Waits for the step in hand."""
        if self._ledger.worker is not None:
            self._ledger.worker.close()
