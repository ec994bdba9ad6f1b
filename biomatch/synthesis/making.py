"""Makes an order in several processes, into a folder; what a stop left behind is gone on with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from biomatch.errors import BiomatchError, ImpossibleSynthesis
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import orders
from biomatch.synthesis.files import Folder, Recipe
from biomatch.synthesis.truth_record import COLUMNS
from biomatch.workers import TRUSTED, Pool

MOST_PROCESSES = 256


def make_all(
    place: Path, recipe: Recipe, jobs: Sequence[orders.Job], *, processes: int = 1, progress: Progress = NO_PROGRESS
) -> int:
    """Makes the files of an order; returns how many were made now; the manifest comes last. Raises what `files.Folder` raises,
    and ImpossibleSynthesis."""
    check_processes(processes)
    folder = Folder(place, recipe)
    names = [name for job in jobs for name in job.names]
    missing = set(folder.left(names))
    todo = [(job,) for job in jobs if missing.intersection(job.names)]
    progress.start("Making prints", len(todo))
    made = 0
    with Pool(orders.warm, orders.make, processes=min(processes, max(len(todo), 1)), caps=TRUSTED) as pool:
        for reply in pool.map(todo, progress):
            if isinstance(reply, BiomatchError):
                raise reply
            for one in reply:
                if one.path in missing:
                    folder.add(one)
                    made += 1
    folder.finish(names, COLUMNS)
    progress.done()
    return made


def check_processes(processes: int) -> None:
    """Raises ImpossibleSynthesis."""
    if not 1 <= processes <= MOST_PROCESSES:
        raise ImpossibleSynthesis("the number of processes", str(processes), f"1 to {MOST_PROCESSES}")
