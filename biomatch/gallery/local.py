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

from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from biomatch import deadlines
from biomatch.calibration.search_rates import SearchRates
from biomatch.comparison import Comparer, Prepared
from biomatch.descriptors import Describer
from biomatch.errors import NothingGiven, PersonNotFound, PrintExists
from biomatch.gallery import warm_up
from biomatch.gallery.caches.caches import State
from biomatch.gallery.caches.vectors import described, described_each
from biomatch.gallery.erasure import SETTLED_S
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import (
    Candidate,
    ComparedPrint,
    Effort,
    Entry,
    Search,
    TemplateLog,
    Work,
)
from biomatch.gallery.memory import MemoryLog
from biomatch.gallery.search import candidates, versions
from biomatch.gallery.search.latent_sizes import sized
from biomatch.gallery.search.stages import Seeker
from biomatch.gallery.stopwatch import Stopwatch
from biomatch.gallery.upkeep import Upkeep
from biomatch.index import Codebooks
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sealing import CLEAR, Sealing
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores
from biomatch.template import Template

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
        self._codebooks = Codebooks.load(models)
        self._rates = SearchRates.of(models)
        self._made_by = self._versions(self._comparer, self._rates, self.models)
        self._seeker = Seeker(self._comparer, spare=spare)
        self._spare = spare
        self._upkeep = Upkeep(
            log, folder, self._codebooks, self._describer, threads=threads, sealing=sealing, settled_s=settled_s
        )
        self._upkeep.catch_up(progress)
        self._upkeep.merge_soon()
        if self.state.index.dead.any():  # who was removed before the process died may still be in a segment
            self._upkeep.settle_soon()

    def __len__(self) -> int:
        return self.state.prints

    @property
    def state(self) -> State:
        """What a search reads: the gallery at this moment. Prints removed since are left out of what is found in it."""
        return self._upkeep.state

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
        state, watch = self.state, Stopwatch()
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
        state, watch = self.state, Stopwatch()
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
        state, watch = self.state, Stopwatch()
        members = self._seeker.members(state, EVERYBODY)
        listed = self._seeker.list_prints(state, self._prepared(probe), effort, members, watch, length)
        state.view.expect(listed.numbers[:length])
        found = (state.view.names(number) for number in listed.numbers[:length].tolist())
        return [names.print_id for names in found if names is not None]

    def enrol(self, entries: Sequence[Entry], work: Work = None) -> None:
        """All or none; durable and searchable on return.

        Raises PrintExists, DiskFull, StoreFailed, what the log raises, and DeadlinePassed before anything is written.
        """
        if not entries:
            return
        parts = [entries[at : at + _AT_ONCE] for at in range(0, len(entries), _AT_ONCE)]
        vectors = [own for some in parts for own in self._describe_entries(some)]
        kept = self._upkeep
        with kept.writing:
            kept.catch_up()  # where an earlier write reached the log, and then failed
            self._refuse_taken(entries)
            addition = kept.stage(entries, vectors)
            head = self._log.append(entries, work)
            if head == self.state.sequence + len(entries):  # nobody else has written to the log meanwhile
                kept.caches.add(addition, head)
            else:
                kept.catch_up()
            kept.grow()

    def remove(self, print_ids: Sequence[str], work: Work = None) -> None:
        """All or none; durable, and never a candidate again, on return. Raises PrintNotFound and what else the log raises."""
        if not print_ids:
            return
        kept = self._upkeep
        with kept.writing:
            kept.catch_up()  # where an earlier write reached the log, and then failed
            names = list(dict.fromkeys(print_ids))
            head = self._log.tombstone(names, work)
            if head == self.state.sequence + len(names):  # as above
                kept.caches.remove(names, head)
            else:
                kept.catch_up()
        kept.settle_soon()

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work = None) -> None:
        """Prints become what the entries say, new ones are enrolled, `gone` are removed; durable and so found on return.

        All or none. A search that runs meanwhile may pass over them. Raises DiskFull, StoreFailed and what the log raises.
        """
        if not entries and not gone:
            return
        with self._upkeep.writing:
            self._upkeep.catch_up()
            self._log.change(entries, gone, work)
            self._upkeep.replay()
        self._upkeep.settle_soon()

    def settle(self) -> bool:
        """See `Upkeep.settle`. Raises DiskFull, StoreFailed."""
        return self._upkeep.settle()

    def compact(self) -> None:
        """Rewrites caches and log without removed prints. Searches and writes go on; see `Upkeep.compact`."""
        self._upkeep.compact()

    def check(self) -> list[str]:
        """What the caches hold otherwise than the log says, in words; see `Upkeep.check`."""
        return self._upkeep.check()

    def rebuild(self, progress: Progress = NO_PROGRESS) -> None:
        """Makes the caches anew from the log. Searches go on in the old ones until the new ones are there; writes wait."""
        with self.renewing(progress):
            pass

    def renewing(self, progress: Progress = NO_PROGRESS) -> AbstractContextManager[None]:
        """Rebuilds behind a change of the log that is made within: searches find all of it from one moment on.

        Where the change raises, nothing has changed.
        """
        return self._upkeep.renewing(progress)

    def info(self) -> dict[str, object]:
        """Sizes and versions, for people and for `biomatch info`."""
        state, kept = self.state, self._upkeep
        return {
            "prints": state.prints,
            "persons": state.catalogue.persons,
            "sequence": state.sequence,
            "segments": [len(segment) for segment in state.index.segments],
            "delta": len(state.index.delta),
            "removed_not_compacted": state.removed,
            "arena_bytes": kept.caches.bytes_used,
            "cache_fault": kept.caches.fault,
            "build_seconds": {name: round(seconds, 2) for name, seconds in kept.build_seconds.items()},
            "versions": dict(self._made_by),
        }

    def warm(self) -> None:
        """Compiles and loads what the first write and the first search need, by doing both in a gallery of made-up prints."""
        own = LocalGallery(MemoryLog(), models=self.models, describer=self._describer, comparer=self._comparer, threads=1)
        with closing(own) as made_up:
            made_up.enrol(warm_up.entries())
            warm_up.search(made_up)
            made_up.compact()  # the index searches older prints in another way than new ones
            warm_up.search(made_up)

    def close(self) -> None:
        """Saves the caches, without what was removed. What was acknowledged is safe without it."""
        self._upkeep.close()

    def _prepared(self, probe: Template) -> Prepared:
        return Prepared(probe, described(probe, self._describer))

    def _describe(self, probes: Sequence[Template], watch: Stopwatch) -> list[Prepared]:
        found = []
        for probe in probes:
            deadlines.check()
            with watch.stage("describe"):
                found.append(self._prepared(probe))
        return found

    def _describe_entries(self, entries: Sequence[Entry]) -> list[np.ndarray]:
        deadlines.check()
        return described_each([entry.template for entry in entries], self._describer)

    def _refuse_taken(self, entries: Sequence[Entry]) -> None:
        seen: set[str] = set()
        for entry in entries:
            if entry.print_id in seen or entry.print_id in self.state.catalogue:
                raise PrintExists(entry.print_id)
            seen.add(entry.print_id)


def _refuse_none(probes: Sequence[Template]) -> None:
    if not probes:
        raise NothingGiven("print")
