"""Arena, index and catalogue: what a gallery keeps beside its log to make searches quick, in step with each other.

One writer at a time changes them (the caller's lock). Readers take `state`, which is replaced as a whole; of what lies behind
it only the names and templates of prints that are removed later go away.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from biomatch.errors import CacheDamaged
from biomatch.gallery.caches import snapshot
from biomatch.gallery.caches.arena import GONE, Arena, Staged, View
from biomatch.gallery.caches.block import Names
from biomatch.gallery.caches.catalogue import Catalogue
from biomatch.gallery.caches.files import Files
from biomatch.gallery.caches.indexing import Indexing
from biomatch.gallery.interface import Entry
from biomatch.index import Codebooks, Index, Print, Segment
from biomatch.index.segment import Contents, merged
from biomatch.sealing import CLEAR, Sealing

NOTHING = -1  # as the newest record that caches may include: whatever lies in the folder is not taken
SAVED_SHARE = 0.01  # of the prints: so many new ones are worth a snapshot; after a kill they are caught up in 1 ms each


@dataclass(frozen=True, eq=False)
class State:
    """A gallery at one moment.

    sequence  the last record of the log that it includes
    prints    that a search can find
    """

    sequence: int
    prints: int
    index: Index
    view: View
    catalogue: Catalogue

    @cached_property
    def alive(self) -> np.ndarray:
        """(numbers,) bool, by print number: True for a print that is not removed. Read only."""
        return ~self.index.dead[: self.view.length]

    @property
    def removed(self) -> int:
        """Removed prints whose blocks are still in the arena: compaction drops them."""
        return int(np.count_nonzero(self.index.dead[: self.view.length] & (self.view.starts[: self.view.length] != GONE)))


@dataclass(frozen=True)
class Addition:
    """Prints on their way in: written to the arena, not yet part of any state."""

    entries: tuple[Entry, ...]
    vectors: tuple[np.ndarray, ...]
    staged: Staged


class Caches:
    """files None: everything in memory and in a file without a name."""

    def __init__(
        self,
        files: Files | None,
        indexing: Indexing,
        newest: int,
        sealing: Sealing = CLEAR,
        *,
        place: str = snapshot.FILE,
        versions: dict[str, str] | None = None,
    ):
        """Takes what lies in the folder when it can be trusted and is not newer than the log's record `newest`; else empty.

        newest    NOTHING: empty, and what lay there is gone
        place     of the snapshot in the folder
        versions  that made what lies there; None: those of `indexing`
        """
        self._files = files
        self.indexing = indexing
        self._sealing = sealing
        self._place = place
        self._versions = versions or indexing.versions(sealing)
        self._parts: dict[int, tuple[Segment, snapshot.Part]] = {}
        self._naming = threading.Lock()
        self._saved = 0  # sequence number of the snapshot in the folder
        self._arena: Arena
        self._state: State
        self.fault: str | None = None  # why caches were not used or not saved, in words
        if newest == NOTHING:
            self._clear()
            return
        try:
            self._open(newest)
        except CacheDamaged as error:
            self.fault = error.message
            self._clear()

    @property
    def state(self) -> State:
        return self._state

    @property
    def codebooks(self) -> Codebooks:
        return self.indexing.codebooks

    @property
    def bytes_used(self) -> int:
        """Bytes of the arena in use: page cache, or disk."""
        return self._arena.used

    def stage(self, entries: Sequence[Entry], vectors: Sequence[np.ndarray]) -> Addition:
        """Writes prints where nobody reads yet. Raises OSError, and then nothing has changed."""
        return Addition(tuple(entries), tuple(vectors), self._arena.stage(self._arena.blocks_of(entries, vectors)))

    def add(self, addition: Addition, sequence: int) -> None:
        """Makes prints searchable. The index comes first: where memory runs out in it, nothing has changed."""
        index = self._state.index.with_prints(self._numbered(addition))
        self.take(addition)
        self._publish(index, sequence)

    def remove(self, print_ids: Sequence[str], sequence: int) -> None:
        """Removes prints from all searches. Ids that are not here are passed over: their record came and went before."""
        numbers = self._numbers(print_ids)
        index = self._state.index.without(numbers)
        self.forget(print_ids)
        self._publish(index, sequence)
        self._overwrite(numbers)

    def seal(self, least: int = 1) -> None:
        """Makes a segment of each unit's delta that holds at least so many vectors."""
        self._publish(self._state.index.sealed(least), self._state.sequence)

    def merge(self, old: Sequence[Segment]) -> Segment:
        """Merges several segments into one, without what is removed, for `put_merged`. Others may write meanwhile. Raises
        OSError."""
        index = self._state.index
        if self._files is None:
            return index.merge(old)
        path = self._files.new("segment", self._place)
        return self._loaded(path, self._sealing.write(path, merged(old, index.dead, self.codebooks)))

    def put_merged(self, old: Sequence[Segment], new: Segment) -> None:
        self._publish(self._state.index.with_merged(old, new), self._state.sequence)
        if self._files is not None:
            with self._naming:
                self._files.drop(self._parts[id(segment)][1].file for segment in old if id(segment) in self._parts)

    def take(self, addition: Addition) -> list[Print]:
        """Gives staged prints their numbers and adds them to the catalogue; returns what the index needs of them."""
        prints, first = self._numbered(addition), len(self._arena)
        self._arena.commit(addition.staged)
        entries = addition.entries
        self._state.catalogue.add(
            first,
            [Names.of(entry) for entry in entries],
            [entry.traits for entry in entries],
        )
        return prints

    def forget(self, print_ids: Sequence[str]) -> list[int]:
        """Takes prints out of the catalogue; their numbers, for the index. Ids that are not here are passed over."""
        dropped = (self._state.catalogue.drop(print_id) for print_id in print_ids)
        return [number for number in dropped if number is not None]

    def put_segments(self, contents: Sequence[Contents], removed: Sequence[int], sequence: int) -> None:
        """Adds segments of prints that went through `take` to the state, and takes out what `forget` named."""
        index = self._state.index
        for one in contents:
            segment = Segment.build(one, self.codebooks)
            if self._files is not None:
                path = self._files.new("segment", self._place)
                segment = self._loaded(path, segment.save(path, self._sealing))
            index = index.with_segment(segment, len(self._arena))
        self._publish(index.reaching(len(self._arena)).without(removed), sequence)
        self._overwrite(removed)

    def begin_compaction(self) -> Arena:
        """Begins a new arena without the removed prints. Reads one state: others may write meanwhile."""
        arena = self._new_arena(self._arena.lineage)
        self._copy(self._state, arena)
        return arena

    def end_compaction(self, arena: Arena) -> None:
        """Adds what came meanwhile, and takes the new arena in the place of the old one."""
        self._copy(self._state, arena)
        old, self._arena = self._arena, arena
        if self._files is not None and old.path is not None:
            self._files.drop([old.path.name])
        self._publish(self._state.index, self._state.sequence)
        state = self._state
        self._overwrite(np.nonzero(~state.alive & (state.view.starts[: state.view.length] != GONE))[0].tolist())
        old.close()

    def save_some(self) -> None:
        """Saves when enough has come since the last time: a snapshot of a large gallery is large."""
        if self._state.sequence - self._saved >= self._state.view.length * SAVED_SHARE:
            self.save()

    def save(self) -> None:
        """Puts a snapshot of the present state into the folder. A full disk leaves the one before, and says so in `fault`."""
        if self._files is None or self._arena.path is None:
            return
        try:
            self._save(self._files, self._arena.path)
            self.fault = None
        except OSError as error:
            self.fault = f"the caches could not be saved: {error}"

    def take_over(self) -> None:
        """Puts these caches, as they were saved last, in the place of those that served, whose files are deleted. Raises
        OSError."""
        if self._files is not None:
            self._files.replace(snapshot.FILE, self._place)
        self._place = snapshot.FILE

    def close(self) -> None:
        self._arena.close()

    def _numbered(self, addition: Addition) -> list[Print]:
        """Returns staged prints with the numbers that come next."""
        units = self._state.catalogue.traits
        return [
            Print(number, entry.template.position, entry.template.minutiae, rows, units.unit_number(entry.unit))
            for number, (entry, rows) in enumerate(zip(addition.entries, addition.vectors, strict=True), len(self._arena))
        ]

    def _numbers(self, print_ids: Sequence[str]) -> list[int]:
        catalogue = self._state.catalogue
        return [number for print_id in print_ids if (number := catalogue.number_of(print_id)) is not None]

    def _publish(self, index: Index, sequence: int) -> None:
        catalogue = self._state.catalogue
        self._state = State(sequence, len(catalogue), index, self._arena.view(), catalogue)

    def _clear(self) -> None:
        if self._files is not None:
            self._files.forget(self._place)
        self._arena = self._new_arena()
        self._state = State(0, 0, Index.empty(self.codebooks), self._arena.view(), Catalogue())

    def _new_arena(self, lineage: bytes | None = None) -> Arena:
        path = None if self._files is None else self._files.new("arena", self._place)
        return Arena(path, self._sealing, lineage)

    def _loaded(self, path: Path, number: int) -> Segment:
        """Loads a segment that was written just now."""
        segment = Segment.load(path, number, self.codebooks, self._sealing)
        with self._naming:
            self._parts[id(segment)] = (segment, snapshot.Part(path.name, number))
        return segment

    def _overwrite(self, numbers: Sequence[int]) -> None:
        try:
            for number in numbers:
                self._arena.overwrite(number)
        except OSError as error:
            self.fault = f"templates of removed prints stay in the caches until they are compacted: {error}"

    def _open(self, newest: int) -> None:
        found = None if self._files is None else snapshot.read(self._files.folder, self._versions, self._place)
        if found is None or self._files is None:
            self._clear()
            return
        folder = self._files.folder
        if found.sequence > newest:
            raise CacheDamaged(str(folder / self._place), f"it includes record {found.sequence} of {newest}")
        arrays = snapshot.read_arrays(folder, found.catalogue, self._sealing)
        try:
            starts, catalogue = arrays["starts"], Catalogue.of_arrays(arrays)
        except KeyError as error:
            raise CacheDamaged(str(folder / found.catalogue.file), f"it lacks {error}") from None
        if max(found.delta, default=-1) >= len(starts):
            raise CacheDamaged(str(folder / self._place), f"it names a print beyond the {len(starts)} that there are")
        segments = []
        for part in found.segments:
            segment = Segment.load(folder / part.file, part.number, self.codebooks, self._sealing)
            self._parts[id(segment)] = (segment, part)
            segments.append(segment)
        lineage = bytes.fromhex(found.lineage)
        self._arena = Arena.open(folder / found.arena, found.used, starts, self._sealing, lineage)
        view = self._arena.view()
        index = replace(Index.empty(self.codebooks), segments=tuple(segments))
        index = index.without(np.nonzero(starts == GONE)[0].tolist()).reaching(len(starts))
        waiting = [number for number in found.delta if starts[number] != GONE]
        view.expect(waiting)
        ready = [(number, view.prepared(number)) for number in waiting]
        units = catalogue.traits.units(np.array(waiting, np.int64)).tolist()
        index = index.with_prints([
            Print(n, p.template.position, p.template.minutiae, p.vectors, unit)
            for (n, p), unit in zip(ready, units, strict=True)
        ])  # fmt: skip
        self._state = State(found.sequence, len(catalogue), index, view, catalogue)
        self._saved = found.sequence

    def _save(self, files: Files, arena: Path) -> None:
        state = self._state
        parts = {id(segment): (segment, self._part(segment, files)) for segment in state.index.segments}
        self._arena.sync()
        starts = np.where(state.alive, state.view.starts[: state.view.length], GONE)
        path = files.new("catalogue", self._place)
        written = snapshot.write_arrays(path, state.catalogue.arrays(state.view.length) | {"starts": starts}, self._sealing)
        found = snapshot.Snapshot(
            sequence=state.sequence,
            versions=self._versions,
            arena=arena.name,
            lineage=self._arena.lineage.hex(),
            used=self._arena.used,
            catalogue=written,
            segments=tuple(part for _, part in parts.values()),
            delta=tuple(state.index.delta_prints.tolist()),
        )
        snapshot.write(files.folder, found, self._place)
        with self._naming:
            waiting = {key: value for key, value in self._parts.items() if files.is_making(value[1].file)}
            self._parts = waiting | parts
            self._saved = state.sequence
            files.tidy(found.files)

    def _part(self, segment: Segment, files: Files) -> snapshot.Part:
        """Returns the file of a segment; writes it when it has none."""
        if id(segment) in self._parts:
            return self._parts[id(segment)][1]
        path = files.new("segment", self._place)
        return snapshot.Part(path.name, segment.save(path, self._sealing))

    @staticmethod
    def _copy(state: State, arena: Arena, at_once: int = 256) -> None:
        """Copies the blocks of the state's prints that the arena lacks; numbers stay."""
        for first in range(len(arena), state.view.length, at_once):
            numbers = range(first, min(first + at_once, state.view.length))
            state.view.expect(numbers)
            arena.commit(arena.stage([None if state.index.dead[n] else state.view.raw(n) for n in numbers]))
