"""The engine in one class: a gallery in this process, over a log that keeps the truth.

Identify: describe, shortlist, relaxed score for all, evidence for the best, ridges for the ten best, the other prints of the
best persons, fusion, candidates. Enrol: describe, write where nobody reads, log (durable), searchable. Remove: log (durable),
gone: never a candidate from then on; the print's vectors leave the index at the next merge.

    log        what was enrolled and removed, in its order, kept by somebody else: the truth
    sequence   number of a log record, from 1; the caches say up to which they have taken the log in
    caches     arena, index and catalogue: rebuilt from the log when they are missing, caught up when they are behind
    arena      what a comparison reads of each print, one block a print, in a mapped file; a print's number is its place there
    index      the vectors of all minutiae: segments, which never change, and the delta, where new prints are searched exactly
               until a full delta is sealed into a segment; many segments are merged into one in the background
    catalogue  print ids, persons, positions and labels by print number
    State      all of that at one moment: a search takes one when it begins, whatever is written meanwhile
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np

from biomatch import deadlines
from biomatch.calibration.search_rates import SearchRates
from biomatch.comparison import Comparer, Prepared
from biomatch.descriptors import Describer
from biomatch.errors import DiskFull, NothingGiven, PersonNotFound, PrintExists, StoreFailed
from biomatch.gallery import building, candidates, rehearsal, versions
from biomatch.gallery.building import Builder
from biomatch.gallery.caches import NOTHING, Caches, State
from biomatch.gallery.checking import differences
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import (
    Along,
    Appended,
    Candidate,
    ComparedPrint,
    Effort,
    Entry,
    Search,
    TemplateLog,
    Tombstoned,
)
from biomatch.gallery.memory import MemoryLog
from biomatch.gallery.scales import sized
from biomatch.gallery.search import Seeker, Stopwatch
from biomatch.gallery.sequence import batches
from biomatch.gallery.settling import SETTLED_S, Settler
from biomatch.gallery.vectors import described, described_each
from biomatch.index import Codebooks, Segment
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sealing import CLEAR, Sealing
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores
from biomatch.template import Template
from biomatch.words import counted

_AT_ONCE = 16  # prints that are described between two looks at the deadline


class LocalGallery:
    """Implements `gallery.interface.Gallery`. Searches run in any number of threads while prints come and go.

    log        the truth; this gallery is the only one that appends to it
    folder     of the caches; None: they live as long as the process
    describer, comparer   None: those of the models
    threads    that build caches which lack much of the log; None: one a core
    sealing    how caches are written
    settled_s  within which nothing of a removed print is left on the disk, where caches are sealed
    spare    cores that take part in a search

    Opening takes the caches that the folder has, else rebuilds them from the log, and catches up with it.
    Raises BadInstallation, and Unavailable (DiskFull, StoreFailed).
    """

    def __init__(
        self,
        log: TemplateLog,
        folder: Path | None = None,
        models: Models | None = None,
        *,
        describer: Describer | None = None,
        comparer: Comparer | None = None,
        progress: Progress = NO_PROGRESS,
        threads: int | None = None,
        sealing: Sealing = CLEAR,
        settled_s: float = SETTLED_S,
        spare: SpareCores = NO_SPARE_CORES,
    ):
        self._log = log
        self.models = models or shipped()
        self._describer = describer or Describer(models)
        self._comparer = comparer or Comparer(models)
        self._folder = folder
        self._sealing = sealing
        self._codebooks = Codebooks.load(models)
        self._caches = self._open_caches()
        self._rates = SearchRates.of(models)
        self._made_by = self._versions(self._comparer, self._rates, self.models)
        self._writing = threading.Lock()
        self._maintaining = threading.Lock()
        self._settler = Settler(self.settle, settled_s)
        self._merger: threading.Thread | None = None
        self._closed = False
        self._seeker = Seeker(self._comparer, spare=spare)
        self._spare = spare
        self._threads = threads or os.cpu_count() or 1
        self._build_seconds: dict[str, float] = {}
        self._catch_up(self._caches, progress)
        self._merge_soon()
        if self._caches.state.index.dead.any():  # who was removed before the process died may still be in a segment
            self._settle_soon()

    def __len__(self) -> int:
        return self._caches.state.prints

    @property
    def state(self) -> State:
        """What a search reads: the gallery at this moment. Prints removed since are left out of what is found in it."""
        return self._caches.state

    def identify(
        self,
        probes: Sequence[Template],
        *,
        top: int = 20,
        effort: Effort = Effort.NORMAL,
        where: Filter | None = None,
        fpir: float | None = None,
    ) -> Search:
        """Candidates for one person's prints, best first. `fpir`: whether the first is a hit at that false positive rate.

        Raises NothingGiven where there are no prints.
        """
        _refuse_none(probes)
        state, watch = self._caches.state, Stopwatch()
        with self._spare.calling():
            ready = self._describe(probes, watch)
            asked = sized(ready, self._describer)
            members = self._seeker.members(state, where or EVERYBODY)
            listed = [self._seeker.list_prints(state, one.print, effort, members, watch) for one in asked]
            compared = self._seeker.compare_best(state, asked, listed, top, effort, watch)
            compared = self._seeker.compare_other_prints(state, asked, compared, members, top, watch)
        ranked = candidates.rank(state, ready, compared, self._comparer.calibration, top)
        found = candidates.verdict(
            ranked, ready, members.count, effort, fpir, self._rates,
            made_by=self._made_by | versions.of_probes(probes), seconds=watch.seconds,
        )  # fmt: skip
        return replace(found, sequence=state.sequence, compared=candidates.named(state, compared))

    def repeat(
        self,
        probes: Sequence[Template],
        entries: Sequence[Entry],
        compared: Sequence[ComparedPrint],
        *,
        prints: int,
        top: int,
        effort: Effort,
        fpir: float | None,
        models: Models | None = None,
    ) -> Search:
        """A past search once more: the same prints are compared, by the same steps. This gallery's own prints take no part.

        entries   those that were compared, as they were then, in the order in which they had come; erased ones are left out
        compared  as `Search` said
        prints    that were searched
        models    whose calibration the search had; None: the one that this gallery has
        """
        comparer, rates, seeker, made_by = self._comparer, self._rates, self._seeker, self._made_by
        if models is not None:
            comparer, rates = Comparer(models), SearchRates.of(models)
            seeker, made_by = Seeker(comparer, spare=self._spare), self._versions(comparer, rates, models)
        log = MemoryLog()
        log.append(entries)
        then = LocalGallery(log, None, self.models, describer=self._describer, comparer=comparer, threads=1)
        with closing(then):
            state, watch = then.state, Stopwatch()
            ready = self._describe(probes, watch)
            again = []
            for one in sized(ready, self._describer):
                for ridges in (True, False):
                    wanted = (one.probe, one.scale, ridges)
                    known = [
                        (number, kept.votes)
                        for kept in compared
                        if (kept.probe, kept.scale, kept.ridges) == wanted
                        and (number := state.catalogue.number_of(kept.print_id)) is not None
                    ]
                    again += seeker.compare_again(state, one, known, watch, ridges=ridges)
            ranked = candidates.rank(state, ready, again, comparer.calibration, top)
            return candidates.verdict(
                ranked, ready, prints, effort, fpir, rates,
                made_by=made_by | versions.of_probes(probes), seconds=watch.seconds,
            )  # fmt: skip

    def _versions(self, comparer: Comparer, rates: SearchRates, models: Models) -> dict[str, str]:
        told = {"index": self._codebooks.version, "search_rates": f"{candidates.VERDICT}+{rates.version}"}
        return versions.running(self._describer.version, comparer.version) | told | {"calibration": models.calibration}

    def verify(self, probes: Sequence[Template], person: str) -> Candidate:
        """Compares with all prints of one person: a Candidate, whatever its score. Raises NothingGiven, PersonNotFound."""
        _refuse_none(probes)
        state, watch = self._caches.state, Stopwatch()
        found = state.catalogue.find_person(person)
        numbers = () if found is None else state.catalogue.prints_of(found)
        if not numbers:
            raise PersonNotFound(person)
        ready = self._describe(probes, watch)
        compared = self._seeker.compare_all(state, sized(ready, self._describer), numbers, watch)
        ranked = candidates.rank(state, ready, compared, self._comparer.calibration, 1, searched=False)
        if not ranked:  # all prints came after this state
            raise PersonNotFound(person)
        return ranked[0]

    def shortlist(self, probe: Template, *, effort: Effort = Effort.NORMAL, length: int | None = None) -> list[str]:
        """Print ids that the index brings forward, best first: the first stage of `identify` alone.

        Where every print is compared anyway (EXHAUSTIVE, or no more prints than `length`) the index is not asked: the ids
        are the first `length` prints, in the order in which they came. None: as many as `identify` compares.
        """
        state, watch = self._caches.state, Stopwatch()
        members = self._seeker.members(state, EVERYBODY)
        listed = self._seeker.list_prints(state, self._prepared(probe), effort, members, watch, length)
        state.view.expect(listed.numbers[:length])
        found = (state.view.names(number) for number in listed.numbers[:length].tolist())
        return [names.print_id for names in found if names is not None]

    def enrol(self, entries: Sequence[Entry], along: Along | None = None) -> None:
        """All or none; durable and searchable on return.

        Raises PrintExists, DiskFull, StoreFailed, what the log raises, and DeadlinePassed before anything is written.
        """
        if not entries:
            return
        parts = [entries[at : at + _AT_ONCE] for at in range(0, len(entries), _AT_ONCE)]
        vectors = [own for some in parts for own in self._describe_entries(some)]
        with self._writing:
            self._catch_up(self._caches)  # where an earlier write reached the log, and then failed
            self._refuse_taken(entries)
            with _writing_caches():
                addition = self._caches.stage(entries, vectors)
            head = self._log.append(entries, along)
            if head == self._caches.state.sequence + len(entries):  # nobody else has written to the log meanwhile
                self._caches.add(addition, head)
            else:
                self._catch_up(self._caches)
            if self._grow(self._caches):
                self._merge_soon()

    def remove(self, print_ids: Sequence[str], along: Along | None = None) -> None:
        """All or none; durable, and never a candidate again, on return. Raises PrintNotFound and what else the log raises."""
        if not print_ids:
            return
        with self._writing:
            self._catch_up(self._caches)  # where an earlier write reached the log, and then failed
            names = list(dict.fromkeys(print_ids))
            head = self._log.tombstone(names, along)
            if head == self._caches.state.sequence + len(names):  # as above
                self._caches.remove(names, head)
            else:
                self._catch_up(self._caches)
        self._settle_soon()

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), along: Along | None = None) -> None:
        """Prints become what the entries say, new ones are enrolled, `gone` are removed; durable and so found on return.

        All or none. A search that runs meanwhile may pass over them. Raises DiskFull, StoreFailed and what the log raises.
        """
        if not entries and not gone:
            return
        with self._writing:
            self._catch_up(self._caches)
            self._log.change(entries, gone, along)
            grown = self._replay(self._caches, self._log.replay(self._caches.state.sequence), NO_PROGRESS)
        if grown:
            self._merge_soon()
        self._settle_soon()

    def settle(self) -> bool:
        """Rewrites what on the disk still holds something of a removed print; searches and writes go on.

        Of the caches, the segments that hold its vectors, and the snapshot. False: somebody reads the log as it was, and it is
        to be tried again. Raises DiskFull, StoreFailed.
        """
        with self._maintaining, _writing_caches():
            for segment in self._caches.state.index.segments:
                self._rewrite((segment,))
            with self._writing:
                self._caches.save()
        return self._log.settle()

    def compact(self) -> None:
        """Merges the index's segments and rewrites the caches without removed prints. Searches and writes go on.

        Then the log, where writes may have to wait.
        """
        with self._maintaining, _writing_caches():
            with self._writing:
                self._caches.seal()
            for some in self._caches.state.index.groups():
                self._rewrite(some)
            arena = self._caches.begin_compaction()
            with self._writing:
                self._caches.end_compaction(arena)
                self._caches.save()
        self._log.settle(thoroughly=True)

    def _rewrite(self, segments: Sequence[Segment]) -> None:
        """One segment in the place of several, without removed prints; nothing where one has none of them."""
        if len(segments) == 1 and segments[0].alive(self._caches.state.index.dead).all():
            return
        merged = self._caches.merge(segments)
        with self._writing:
            self._caches.put_merged(segments, merged)

    def check(self) -> list[str]:
        """What the caches hold otherwise than the log says, in words; searches and, but for the end, writes go on.

        A first look may see a print come or go. What it finds is looked at again while writes wait.
        """
        found = []
        for lock in (nullcontext(), self._writing):
            with lock:
                state = self._caches.state
                behind = self._log.head - state.sequence
                records = (record for record in self._log.replay() if record.sequence <= state.sequence)
                found = [
                    f"print {name} {words}" if name else words for name, words in differences(state, records, self._describer)
                ]
            if not found and not behind:
                return []
        return found + ([f"the caches lack {counted(behind, 'record')} of the log"] if behind else [])

    def rebuild(self, progress: Progress = NO_PROGRESS) -> None:
        """Makes the caches anew from the log. Searches go on in the old ones until the new ones are there; writes wait."""
        self.renew(lambda: None, progress)

    def renew(self, write: Callable[[], None], progress: Progress = NO_PROGRESS) -> None:
        """The same after `write` has changed the log, however much of it: searches find all of that from one moment on.

        Raises what `write` does: nothing has changed then.
        """
        with self._maintaining, self._writing:
            write()
            fresh = self._open_caches(trusted=False)
            self._catch_up(fresh, progress)
            fresh.save()
            old, self._caches = self._caches, fresh
            old.close()
        self._merge_soon()

    def info(self) -> dict[str, object]:
        """Sizes and versions, for people and for `biomatch info`."""
        state = self._caches.state
        return {
            "prints": state.prints,
            "persons": state.catalogue.persons,
            "sequence": state.sequence,
            "segments": [len(segment) for segment in state.index.segments],
            "delta": len(state.index.delta),
            "removed_not_compacted": state.removed,
            "arena_bytes": self._caches.bytes_used,
            "cache_fault": self._caches.fault,
            "build_seconds": {name: round(seconds, 2) for name, seconds in self._build_seconds.items()},
            "versions": dict(self._made_by),
        }

    def warm(self) -> None:
        """Compiles and loads what the first write and the first search need, by doing both in a gallery of made-up prints."""
        own = LocalGallery(MemoryLog(), models=self.models, describer=self._describer, comparer=self._comparer, threads=1)
        with closing(own) as made_up:
            made_up.enrol(rehearsal.entries())
            rehearsal.search(made_up)
            made_up.compact()  # the index searches older prints in another way than new ones
            rehearsal.search(made_up)

    def close(self) -> None:
        """Saves the caches, without what was removed. What was acknowledged is safe without it."""
        self._settler.close()
        with self._maintaining, self._writing:
            if not self._closed:
                self._closed = True
                self._caches.save()
                self._caches.close()

    def _prepared(self, probe: Template) -> Prepared:
        return Prepared(probe, described(probe, self._describer))

    def _describe(self, probes: Sequence[Template], watch: Stopwatch) -> list[Prepared]:
        found = []
        for probe in probes:
            with watch.stage("describe"):
                found.append(self._prepared(probe))
        return found

    def _describe_entries(self, entries: Sequence[Entry]) -> list[np.ndarray]:
        deadlines.check()
        return described_each([entry.template for entry in entries], self._describer)

    def _refuse_taken(self, entries: Sequence[Entry]) -> None:
        seen: set[str] = set()
        for entry in entries:
            if entry.print_id in seen or entry.print_id in self._caches.state.catalogue:
                raise PrintExists(entry.print_id)
            seen.add(entry.print_id)

    def _open_caches(self, *, trusted: bool = True) -> Caches:
        """Those of the folder, where they are trusted; else empty ones in their place."""
        versions_ = {"describer": self._describer.version}
        return Caches(self._folder, self._codebooks, versions_, self._log.head if trusted else NOTHING, self._sealing)

    def _catch_up(self, caches: Caches, progress: Progress = NO_PROGRESS) -> None:
        """Takes in what the log has and the caches lack."""
        behind = self._log.head - caches.state.sequence
        if behind == 0:
            return
        progress.start("Building the index", behind)
        records = self._log.replay(caches.state.sequence)
        if behind >= building.PARAMS.fewest:
            self._build(caches, records, behind, progress)
        else:
            self._replay(caches, records, progress)
        caches.save()
        progress.done()

    def _build(self, caches: Caches, records: Iterable[Appended | Tombstoned], count: int, progress: Progress) -> None:
        builder = Builder(caches, self._describer, count, self._threads)
        with _writing_caches():
            builder.take(records, progress)
        self._build_seconds = builder.seconds

    def _replay(self, caches: Caches, records: Iterable[Appended | Tombstoned], progress: Progress) -> bool:
        """Whether a delta was sealed."""
        grown = False
        for batch in batches(records):
            if batch.entries:
                vectors = described_each([entry.template for entry in batch.entries], self._describer)
                with _writing_caches():
                    caches.add(caches.stage(batch.entries, vectors), batch.sequence)
                grown |= self._grow(caches)
            else:
                caches.remove(batch.removed, batch.sequence)
            progress.advance(len(batch.entries) + len(batch.removed))
        return grown

    def _grow(self, caches: Caches) -> bool:
        """Seals a full delta; whether it did."""
        if not caches.state.index.wants_sealing:
            return False
        caches.seal()
        caches.save_some()
        return True

    def _settle_soon(self) -> None:
        if self._sealing.seals:
            self._settler.wake()

    def _merge_soon(self) -> None:
        """In the background, when segments are many."""
        if self._caches.state.index.due() and not (self._merger and self._merger.is_alive()):
            self._merger = threading.Thread(target=self._merge, name="biomatch-merge", daemon=True)
            self._merger.start()

    def _merge(self) -> None:
        with self._maintaining:
            while not self._closed and (due := self._caches.state.index.due()):
                try:
                    merged = self._caches.merge(due)
                except OSError as error:
                    self._caches.fault = f"the index could not be merged: {error}"
                    return
                with self._writing:
                    self._caches.put_merged(due, merged)
                    self._caches.save_some()


def _refuse_none(probes: Sequence[Template]) -> None:
    if not probes:
        raise NothingGiven("print")


@contextmanager
def _writing_caches() -> Iterator[None]:
    """Failures of the disk under the caches, as errors that say what to do. Raises DiskFull, StoreFailed."""
    try:
        yield
    except OSError as error:
        place = str(error.filename or "the caches")
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(place) from error
        raise StoreFailed(place, error.strerror or str(error)) from error
