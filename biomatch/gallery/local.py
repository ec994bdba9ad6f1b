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
    engine     what describes, compares and judges, by one set of models: after an upgrade that brings others, the caches serve
               with the engine that made them (`former`) until their successors are built
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path

from biomatch.comparison import Comparer
from biomatch.descriptors import Describer
from biomatch.errors import NothingGiven, PersonNotFound
from biomatch.gallery import repetition, warm_up
from biomatch.gallery.caches import building
from biomatch.gallery.caches.caches import State
from biomatch.gallery.caches.vectors import described_in_turn
from biomatch.gallery.engine import Engine, former
from biomatch.gallery.erasure import SETTLED_S
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import Candidate, ComparedPrint, Effort, Entry, Search, TemplateLog, Work
from biomatch.gallery.memory import MemoryLog
from biomatch.gallery.search import candidates, stages, versions
from biomatch.gallery.search.latent_sizes import sized
from biomatch.gallery.stopwatch import Stopwatch
from biomatch.gallery.upkeep import Upkeep
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sealing import CLEAR, Sealing
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores
from biomatch.template import Template


class LocalGallery:
    """A gallery in this process, without a database: the engine that `biomatch.open` works with.

    Searches run in any number of threads while prints come and go. Opening takes the caches that the folder has, else rebuilds
    them from the log, and catches up with it. Caches of many prints that other models made serve on with these, of which the
    folder keeps a copy, while new ones are built in the background. Implements `gallery.interface.Gallery`.

    Parameters
    ----------
    log
        The truth: what was enrolled and removed, in its order. This gallery is the only one that appends to it.
        `MemoryLog()` lives as long as the process.
    folder
        Of the caches; None: they live as long as the process.
    models
        None: those that ship.
    describer, comparer
        None: those of the models.
    progress
        Is told how far the building of the caches is.
    threads
        That build caches which lack much of the log; None: one a core.
    sealing
        How caches are written.
    settled_s
        Seconds within which nothing of a removed print is left on the disk, where caches are sealed.
    spare
        Cores that take part in a search.

    Raises
    ------
    TypeError, BadInstallation, DiskFull, StoreFailed
        The log is none, such as a folder's path; else see `biomatch.errors`.

    Examples
    --------
    >>> import biomatch
    >>> from biomatch.gallery import MemoryLog
    >>> from biomatch.gallery.interface import Entry
    >>> template = biomatch.extract("sample_data/enrol/P01-right-index_1.png")
    >>> probe = biomatch.extract("sample_data/probe/P01-right-index_4.png")
    >>> gallery = biomatch.Gallery(MemoryLog())
    >>> gallery.enrol([Entry("Ann", "first visit", "print 1", template)])
    >>> gallery.identify([probe]).candidates[0].person
    'Ann'
    >>> gallery.close()
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
        if not hasattr(log, "replay"):
            raise TypeError(
                f"a Gallery takes a log, such as MemoryLog(), not {type(log).__name__}; biomatch.open() takes a folder"
            )
        self._log = log
        self.models = models or shipped()
        self._engine = Engine.of(self.models, describer, comparer, spare)
        self._spare = spare
        own = describer is None and comparer is None  # else nobody could open the caches by their models alone
        kept = folder if own else None
        many = log.head >= building.PARAMS.fewest
        self._former = former(kept, self._engine.indexing, sealing, spare) if kept is not None and many else None
        self._upkeep = Upkeep(
            log, folder, self._engine.indexing, self._former, threads=threads, sealing=sealing, settled_s=settled_s
        )
        self._upkeep.catch_up(progress)
        if kept is not None:
            self._upkeep.keep_models(kept, self.models)
        self._upkeep.merge_soon()
        self._upkeep.succeed_soon()
        if self.state.index.dead.any():  # who was removed before the process died may still be in a segment
            self._upkeep.settle_soon()

    def __len__(self) -> int:
        return self.state.prints

    @property
    def units(self) -> frozenset[str]:
        """Names units that have, or had, a print that searches found."""
        return frozenset(self.state.catalogue.traits.named_units)

    @property
    def engine(self) -> Engine:
        """Tells which engine searches at this moment."""
        return self._engine_of(self.state)

    @property
    def state(self) -> State:
        """The gallery at this moment, as a search reads it. Prints removed since are left out of what is found in it."""
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
        """Searches with prints of one unknown person.

        Parameters
        ----------
        probes
            Templates of one person: one, or up to ten.
        top
            Persons on the list, at most.
        effort
            `FAST` and `NORMAL` ask the index, `EXHAUSTIVE` compares every print.
        where
            Who takes part; None: everybody.
        fpir
            Share of searches for persons who are not enrolled that may call somebody a hit; None: nobody is called one.

        Returns
        -------
        Search
            Candidates, best first.

        Raises
        ------
        NothingGiven, DeadlinePassed
            There are no prints; the caller's deadline is over.
        """
        _refuse_none(probes)
        state, watch = self.state, Stopwatch()
        engine = self._engine_of(state)
        seeker, describer = engine.seeker, engine.indexing.describer
        with self._spare.calling():
            ready = stages.prepared(probes, describer, watch)
            asked = sized(ready, describer)
            members = seeker.members(state, where or EVERYBODY)
            compared = seeker.search(state, asked, effort, members, top, watch).compared
        ranked = candidates.rank(state, ready, compared, engine.comparer.calibration, top)
        found = candidates.verdict(
            ranked, ready, members.count, effort, fpir, engine.rates,
            made_by=engine.made_by | versions.of_probes(probes), seconds=watch.seconds,
        )  # fmt: skip
        return replace(found, sequence=state.sequence, compared=candidates.named(state, compared))

    def repeat(
        self, probes: Sequence[Template], entries: Sequence[Entry], compared: Sequence[ComparedPrint], *, prints: int, top: int,
        effort: Effort, fpir: float | None, models: Models | None = None,
    ) -> Search:  # fmt: skip
        """Repeats a past search: the same prints are compared, by the same steps. This gallery's own prints take no part.

        entries   those that were compared, as they were then, in the order in which they had come; erased ones are left out
        compared  as `Search` said
        prints    that were searched
        models    whose calibration the search had; None: the one that this gallery has
        """
        engine = self.engine if models is None else self.engine.judging_by(models, self._spare)
        return repetition.repeat(engine, probes, entries, compared, prints=prints, top=top, effort=effort, fpir=fpir)

    def verify(self, probes: Sequence[Template], person: str, *, where: Filter | None = None) -> Candidate:
        """Compares with all prints of one person.

        Parameters
        ----------
        probes
            Templates of one person: one, or up to ten.
        person
            Who it is said to be.
        where
            Which prints take part; None: all of the person's.

        Returns
        -------
        Candidate
            The person, whatever the score is.

        Raises
        ------
        NothingGiven, PersonNotFound
            There are no prints; nobody of this name is enrolled with a print that takes part.
        """
        _refuse_none(probes)
        state, watch = self.state, Stopwatch()
        engine = self._engine_of(state)
        mask = engine.seeker.members(state, where or EVERYBODY).mask
        found = state.catalogue.find_person(person)
        known = () if found is None else state.catalogue.prints_of(found)
        if not (numbers := [number for number in known if number < len(mask) and mask[number]]):
            raise PersonNotFound(person)
        ready = stages.prepared(probes, engine.indexing.describer, watch)
        compared = engine.seeker.compare_all(state, sized(ready, engine.indexing.describer), numbers, watch)
        ranked = candidates.rank(state, ready, compared, engine.comparer.calibration, 1, searched=False)
        if not ranked:  # all prints came after this state
            raise PersonNotFound(person)
        return ranked[0]

    def shortlist(self, probe: Template, *, effort: Effort = Effort.NORMAL, length: int | None = None) -> list[str]:
        """Lists the print ids that the index brings forward: the first stage of `identify` alone.

        Parameters
        ----------
        probe
            One print.
        effort
            As for `identify`.
        length
            Of the list, at most; None: as many as `identify` compares.

        Returns
        -------
        list of str
            Print ids, best first. Where every print is compared anyway (EXHAUSTIVE, or no more prints than `length`) the
            index is not asked: they are the first `length` prints, in the order in which they came.
        """
        state, watch = self.state, Stopwatch()
        engine = self._engine_of(state)
        members = engine.seeker.members(state, EVERYBODY)
        (ready,) = stages.prepared([probe], engine.indexing.describer, watch)
        listed = engine.seeker.list_prints(state, ready, effort, members, watch, length)
        state.view.expect(listed.numbers[:length])
        found = (state.view.names(number) for number in listed.numbers[:length].tolist())
        return [names.print_id for names in found if names is not None]

    def enrol(self, entries: Sequence[Entry], work: Work = None) -> None:
        """Enrols prints: all or none. They are durable and searchable on return.

        Parameters
        ----------
        entries
            Prints, each with its person and an id of its own.
        work
            Handed on to the log: what it writes in the same transaction.

        Raises
        ------
        PrintExists, DiskFull, StoreFailed, DeadlinePassed
            An id is taken; what the log raises; the caller's deadline was over before anything was written.
        """
        if not entries:
            return
        kept = self._upkeep
        describer = kept.caches.indexing.describer
        vectors = described_in_turn([entry.template for entry in entries], describer)
        with kept.writing:
            if describer is not kept.caches.indexing.describer:  # successors of the caches took their place meanwhile
                vectors = described_in_turn([entry.template for entry in entries], kept.caches.indexing.describer)
            kept.catch_up()  # where an earlier write reached the log, and then failed
            kept.refuse_taken(entries)
            addition = kept.stage(entries, vectors)
            head = self._log.append(entries, work)
            if head == self.state.sequence + len(entries):  # nobody else has written to the log meanwhile
                kept.caches.add(addition, head)
            else:
                kept.catch_up()
            kept.grow()

    def remove(self, print_ids: Sequence[str], work: Work = None) -> None:
        """Removes prints: all or none. That is durable, and they are never a candidate again, on return.

        Parameters
        ----------
        print_ids
            Of the prints.
        work
            As for `enrol`.

        Raises
        ------
        PrintNotFound
            One is not there. And what else the log raises.
        """
        if not print_ids:
            return
        kept, names = self._upkeep, list(dict.fromkeys(print_ids))
        with kept.writing:
            kept.catch_up()  # where an earlier write reached the log, and then failed
            head = self._log.tombstone(names, work)
            if head == self.state.sequence + len(names):  # as above
                kept.caches.remove(names, head)
            else:
                kept.catch_up()
        kept.settle_soon()

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work = None) -> None:
        """Changes prints to what the entries say, enrols new ones, removes `gone`; durable and so found on return.

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
        """Settles the gallery; see `Upkeep.settle`. Raises DiskFull, StoreFailed."""
        return self._upkeep.settle()

    def compact(self) -> None:
        """Rewrites caches and log without removed prints. Searches and writes go on; see `Upkeep.compact`."""
        self._upkeep.compact()

    def check(self) -> list[str]:
        """Lists in words where the caches differ from the log; see `Upkeep.check`."""
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
        """Returns sizes and versions, for people and for `biomatch info`."""
        return self._upkeep.info() | {"versions": dict(self.engine.made_by)}

    def warm(self, progress: Progress = NO_PROGRESS) -> None:
        """Compiles and loads what the first write and the first search need: does both in a gallery of made-up prints."""
        describer, comparer = self._engine.indexing.describer, self._engine.comparer
        own = LocalGallery(MemoryLog(), models=self.models, describer=describer, comparer=comparer, threads=1)
        with closing(own) as made_up:
            warm_up.warm(made_up, progress)

    def close(self) -> None:
        """Saves the caches, without what was removed. What was acknowledged is safe without it."""
        self._upkeep.close()

    def _engine_of(self, state: State) -> Engine:
        """Tells which engine made the state's index."""
        was = self._former
        return was.engine if was and state.index.codebooks is was.engine.indexing.codebooks else self._engine


def _refuse_none(probes: Sequence[Template]) -> None:
    if not probes:
        raise NothingGiven("print")
