"""The synthetic prints of a benchmark's galleries, made once and kept, so that a build is timed from templates on disk.

Files of CHUNK prints in a folder that is named after what makes them; galleries of all sizes read the same ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from biomatch.errors import BiomatchError
from biomatch.evaluation.galleries.kept import Table, packed, read, unpacked, write
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import fingers, synthesise_templates
from biomatch.synthesis.templates import TEMPLATES
from biomatch.synthesis.versions import DRAWN
from biomatch.template import Template
from biomatch.workers import TRUSTED, Pool

CHUNK = 2_048  # prints a file: 1 MB, made in half a second


class Made:
    """Synthetic prints number 0 and up of a seed."""

    def __init__(self, work: Path, seed: int):
        self.folder = work / f"templates-{seed}-{digest(maker())}"
        self._seed = seed
        self._held: tuple[int, Table] | None = None

    def make(self, count: int, processes: int, progress: Progress = NO_PROGRESS) -> None:
        """Makes prints until at least so many are there. Raises FileUnwritable."""
        missing = [chunk for chunk in range(-(-count // CHUNK)) if not self._path(chunk).exists()]
        if not missing:
            return
        progress.start("Making templates", len(missing))
        with Pool(shipped, _some, processes=processes, caps=TRUSTED) as pool:
            for chunk, table in zip(missing, pool.map((self._seed, chunk * CHUNK, CHUNK) for chunk in missing), strict=True):
                if isinstance(table, BiomatchError):
                    raise table
                write(self._path(chunk), table)
                progress.advance()
        progress.done()

    def templates(self, first: int, count: int) -> list[Template]:
        """Returns prints `first` to `first + count - 1`, which were made."""
        return list(self._some(first, first + count)) if count else []

    def _some(self, low: int, end: int) -> Iterator[Template]:
        for chunk in range(low // CHUNK, -(-end // CHUNK)):
            if self._held is None or self._held[0] != chunk:
                table = read(self._path(chunk))
                assert table is not None, "make() comes first"
                self._held = chunk, table
            at = chunk * CHUNK
            for one in unpacked(self._held[1], max(low - at, 0), min(end - at, CHUNK)):
                assert one is not None
                yield one

    def _path(self, chunk: int) -> Path:
        return self.folder / f"{chunk}.npz"


def maker() -> str:
    """Names everything beside seed and number that a synthetic print follows from."""
    return f"{DRAWN} {TEMPLATES} {shipped().version(fingers.MODEL)}"


def digest(*versions: str) -> str:
    """Makes eight digits that name a folder after what made it."""
    return hashlib.sha256(" ".join(versions).encode()).hexdigest()[:8]


def _some(models: Models, seed: int, first: int, count: int) -> Table:
    return packed(synthesise_templates(count, seed, first=first, models=models))
