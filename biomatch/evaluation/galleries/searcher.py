"""The part of an identification benchmark that runs in a process of its own: a gallery under a memory limit, and searches.

A process is asked for one job at a time, so that work can go on where it was broken off.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter, process_time, thread_time
from typing import Any

import numpy as np

from biomatch.comparison import Comparer, Prepared
from biomatch.descriptors import Describer
from biomatch.descriptors.strangers import describer_among
from biomatch.errors import BadSize
from biomatch.evaluation import machine
from biomatch.evaluation.galleries.population import PLANTED, Enrolment, Population
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.caches import mapped
from biomatch.gallery.caches.vectors import described
from biomatch.gallery.filters import EVERYBODY
from biomatch.gallery.interface import Effort
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.search import candidates
from biomatch.gallery.search.latent_sizes import sized
from biomatch.gallery.search.stages import PARAMS, Seeker
from biomatch.gallery.stopwatch import Stopwatch
from biomatch.index import Reach, shortlist
from biomatch.learned import Models, shipped
from biomatch.template import Template

TOP = 25  # candidates of a search: as many are compared in full as for twenty
LONGEST = 1_000  # of the lists that are drawn against their length
LENGTH = PARAMS.length  # of the list that reaches are compared by
PASSES = 60.0  # score of FMR 1e-6: a mate that compares so well should have been listed
_READ_AT_ONCE = 1 << 24  # bytes
_BLOCK = 512  # bytes, of st_blocks


@dataclass(frozen=True)
class Opening:
    """The gallery that a process opens.

    memory_mb  most anonymous memory that it may take; None: no limit
    cold       whether the files are first dropped from the page cache; after the gallery is open they are read through, as a
               bureau that has run for a while has them
    """

    folder: Path
    population: Population
    synthetic: int
    seed: int
    models: Path | None = None
    memory_mb: int | None = None
    cold: bool = True

    @property
    def enrolment(self) -> Enrolment:
        return Enrolment(self.synthetic, self.population.entries, self.seed)


@dataclass(frozen=True)
class Loaded:
    """The cost of opening.

    load_s    by the clock, until the first search can start, compiled kernels read from their cache
    prints    in the gallery
    """

    load_s: float
    load_cpu_s: float
    prints: int
    memory: machine.Memory


@dataclass(frozen=True)
class Trial:
    """One mate, enrolled without the other prints of its finger: whether it was compared, its score and rank as a candidate."""

    listed: bool
    score: float
    rank: float


@dataclass(frozen=True, eq=False)
class Searched:
    """One search.

    wall, cpu  s, of this thread
    index      s of CPU, of the index (coarse, scan, vote, looks at posed prints): its share of them is that of the time by the
               clock; NaN of an exhaustive search
    stages     s by the clock
    mates      (m,) int64 planted numbers of its mates
    listed     (m,) bool of each mate, enrolled without the other prints of the finger: whether it was compared
    scores     (m,) float64 of it as a candidate then; -inf where it is none
    ranks      (m,) float64 of it among the candidates then; inf where it is none
    stranger   score of the best candidate of another person; -inf where there is none
    ridges     names of the prints whose ridges took part: mated and non-mated scores are of another stage then
    best       print of that candidate; empty where there is none
    said_miss, said_false_positive   what the search itself said; NaN where it said nothing
    """

    wall: float
    cpu: float
    index: float
    stages: dict[str, float]
    mates: np.ndarray
    listed: np.ndarray
    scores: np.ndarray
    ranks: np.ndarray
    stranger: float
    said_miss: float
    said_false_positive: float
    ridges: frozenset[str] = frozenset()
    best: str = ""


class Searcher:
    """A gallery, opened, with all that questions about it need."""

    def __init__(self, opening: Opening):
        one_thread()
        self._opening = opening
        if opening.memory_mb is not None:
            limit_memory(opening.memory_mb)
        if opening.cold:
            drop_from_cache(opening.folder)
        models = shipped() if opening.models is None else Models(opening.models)
        began, cpu = perf_counter(), process_time()
        with _within(opening):
            self.describer = describer_among(opening.population.templates, models)
            self.gallery = LocalGallery(opening.enrolment.log, opening.folder, models, describer=self.describer)
            self.gallery.warm()
        self.loaded = Loaded(perf_counter() - began, process_time() - cpu, len(self.gallery), machine.memory())
        if opening.cold:
            read_through(opening.folder)
        self.comparer = Comparer(models)
        self._number = _numbers(self.gallery)
        self._at = {planted: number for number, planted in self._number.items()}

    def prepared(self, template: Template) -> Prepared:
        return ready(template, self.describer)

    def search(self, template: Template, finger: str, mates: np.ndarray, effort: Effort) -> Searched:
        began, cpu = perf_counter(), thread_time()
        found = self.gallery.identify([template], top=TOP, effort=effort)
        wall, cpu = perf_counter() - began, thread_time() - cpu
        people = self._opening.population
        own, kin = people.own(finger), people.kin(finger)
        index = np.nan if effort is Effort.EXHAUSTIVE else cpu / wall * found.seconds.get("index", 0.0)
        alone = [self._alone(template, own, int(mate), effort) for mate in mates]
        return Searched(
            wall, cpu, index, dict(found.seconds), mates,
            np.array([one.listed for one in alone], np.bool_),
            np.array([one.score for one in alone], np.float64),
            np.array([one.rank for one in alone], np.float64),
            max((one.score for one in found.candidates if _planted(one.person) not in kin), default=-np.inf),
            found.miss, np.nan if found.false_positive is None else found.false_positive,
            frozenset(one.print_id for one in found.compared if one.ridges),
            next((one.person for one in found.candidates if _planted(one.person) not in kin), ""),
        )  # fmt: skip

    def _alone(self, template: Template, own: frozenset[int], mate: int, effort: Effort) -> Trial:
        """Searches as if no other print of the finger were enrolled than this mate: another one would often be found in its
        stead, and the search end before it comes to the mate."""
        others = np.array([self._at[number] for number in own if number != mate], np.int64)
        state, probe = self.gallery.state, self.prepared(template)
        if len(others):
            state = replace(state, prints=state.prints - len(others), index=state.index.without(others))
        seeker, asked = Seeker(self.comparer), sized([probe], self.describer)
        found = seeker.search(state, asked, effort, seeker.members(state, EVERYBODY), TOP, Stopwatch())
        ranked = candidates.rank(state, [probe], found.compared, self.comparer.calibration, TOP)
        place = next((one for one in ranked if _planted(one.person) == mate), None)
        return Trial(
            any(self._at[mate] in one.numbers for one in found.listed),
            -np.inf if place is None else place.score,
            np.inf if place is None else place.rank,
        )

    def reach(self, template: Template, finger: str, mates: np.ndarray, reach: Reach) -> tuple[float, np.ndarray]:
        """Measures CPU seconds of the index for a shortlist, and places (m,) int64 of the mates on a list of 1,000."""
        index, vectors = self.gallery.state.index, self.prepared(template).vectors
        own = self._opening.population.own(finger)
        began = thread_time()
        shortlist(index, template.minutiae, vectors, length=LENGTH + len(own), reach=reach)
        cpu = thread_time() - began
        found = shortlist(index, template.minutiae, vectors, length=LONGEST + len(own), reach=reach)
        return cpu, self._places(found.numbers, own, mates)

    def listed(self, template: Template, finger: str, mates: np.ndarray) -> tuple[float, np.ndarray]:
        """Measures CPU seconds until a search has its list of what to compare, and places (m,) int64 of the mates on a list of
        1,000."""
        own = self._opening.population.own(finger)
        cpu = self._list(template, Effort.NORMAL, LENGTH + len(own))[0]
        found = self._list(template, Effort.NORMAL, LONGEST + len(own))[1]
        return cpu, self._places(found, own, mates)

    def _list(self, template: Template, effort: Effort, length: int) -> tuple[float, np.ndarray]:
        """Measures CPU seconds until a search has its list of what to compare, and returns the print numbers on it."""
        state, probe, seeker = self.gallery.state, self.prepared(template), Seeker(self.comparer)
        everybody = seeker.members(state, EVERYBODY)
        began = thread_time()
        length = min(length, everybody.count - 1)  # as many as there are would be listed as they come
        listed = seeker.list_prints(state, probe, effort, everybody, Stopwatch(), length)
        return thread_time() - began, listed.numbers

    def _places(self, listed: np.ndarray, own: frozenset[int], mates: np.ndarray) -> np.ndarray:
        """Returns places of the mates on a list, the other prints of the finger left out, (m,) int64."""
        return struck([self._number.get(n, -1) for n in listed.tolist()], own, mates)

    def crowd(self, template: Template, finger: str) -> np.ndarray:
        """Lists planted numbers (LONGEST,) int64 that the index brings, -1 for synthetic prints; the finger's own left out."""
        index, vectors = self.gallery.state.index, self.prepared(template).vectors
        own = self._opening.population.own(finger)
        found = shortlist(index, template.minutiae, vectors, length=LONGEST + len(own))
        planted = (self._number.get(number, -1) for number in found.numbers.tolist())
        listed = [number for number in planted if number not in own][:LONGEST]
        return np.array(listed + [-1] * (LONGEST - len(listed)), np.int64)

    def exhaust(self, templates: Sequence[Template], low: int, high: int, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Finds print numbers (p, most) int64 and relaxed scores (p, most) float32 of the best among prints low..high, -1:
        none."""
        probes, view = [self.prepared(one) for one in templates], self.gallery.state.view
        numbers, scores = nothing(len(probes), most)
        for at in range(low, high, PARAMS.at_once):
            here = np.arange(at, min(at + PARAMS.at_once, high))
            block = view.block(here)
            for p, probe in enumerate(probes):
                found = self.comparer.relaxed(probe, block)
                numbers[p], scores[p] = best(numbers[p], scores[p], here, found, most)
        return numbers, scores

    def settle(self, template: Template, numbers: np.ndarray, finger: str, mates: np.ndarray) -> tuple[Any, ...]:
        """Returns scores and ranks (m,) of the mates among the prints that an exhaustive search compares in full, and the best
        non-mated score."""
        view, people = self.gallery.state.view, self._opening.population
        own, kin = people.own(finger), people.kin(finger)
        compared = self.comparer.refine(self.prepared(template), [view.prepared(number) for number in numbers.tolist()])
        planted = [self._number.get(number, -1) for number in numbers.tolist()]
        score = {n: one.score for n, one in zip(planted, compared, strict=True) if n in own}
        others = np.array([one.score for n, one in zip(planted, compared, strict=True) if n not in own])
        scores = np.array([score.get(int(mate), -np.inf) for mate in mates])
        ranks = np.array([1.0 + np.count_nonzero(others >= one) if np.isfinite(one) else np.inf for one in scores])
        non_mated = [one.score for n, one in zip(planted, compared, strict=True) if n not in kin]
        return scores, ranks, float(max(non_mated, default=-np.inf))

    def together(self, templates: Sequence[Template], threads: int) -> tuple[np.ndarray, float, float]:
        """Measures seconds of each search (n,) by the clock, of all of them, and CPU seconds of all, that many at a time."""

        def search(template: Template) -> float:
            began = perf_counter()
            self.gallery.identify([template])
            return perf_counter() - began

        began, cpu = perf_counter(), process_time()
        with ThreadPoolExecutor(threads) as pool:
            walls = list(pool.map(search, templates))
        return np.array(walls), perf_counter() - began, process_time() - cpu


def ready(template: Template, describer: Describer) -> Prepared:
    """Prepares a print as a gallery keeps it."""
    return Prepared(template, described(template, describer))


def own_scores(population: Population, probe: int, models: Models | None = None) -> np.ndarray:
    """Scores a probe with each of its mates, every step, (m,) float64."""
    comparer, describer = _engine(models)
    mates = [ready(population.planted[n].template, describer) for n in population.mates(probe).tolist()]
    mine = ready(population.probes[probe].template, describer)
    return np.array([comparer.compare(mine, mate).score for mate in mates])


@cache
def _engine(models: Models | None) -> tuple[Comparer, Describer]:
    return Comparer(models), Describer(models)


def struck(listed: Sequence[int], own: frozenset[int], mates: np.ndarray) -> np.ndarray:
    """Finds the place of each mate on a list, from 0, when it alone of its finger is enrolled; -1: not on it; (m,) int64.

    listed  planted numbers, -1 for others
    own     planted numbers of the finger
    """
    at = {number: place for place, number in enumerate(listed) if number in own}
    before = sorted(at.values())
    places = [at.get(int(mate), -1) for mate in mates]
    return np.array([place - before.index(place) if place >= 0 else -1 for place in places], np.int64)


def nothing(probes: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Makes empty answers: numbers (probes, most) int64, all -1, and scores float32, all -inf."""
    return np.full((probes, most), -1, np.int64), np.full((probes, most), -np.inf, np.float32)


def best(
    numbers: np.ndarray, scores: np.ndarray, more: np.ndarray, more_scores: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the `most` best of two lists, highest first, ties by number."""
    joined, values = np.concatenate([numbers, more]), np.concatenate([scores, more_scores])
    order = np.lexsort((joined, -values))[:most]
    return joined[order], values[order]


def _planted(name: str) -> int:
    """Returns the planted number of a print id, -1 for others."""
    word, _, number = name.partition(" ")
    return int(number) if word == PLANTED else -1


def _numbers(gallery: LocalGallery) -> dict[int, int]:
    """Returns planted numbers by print number of the gallery."""
    state, found, n = gallery.state, {}, 0
    while (number := state.catalogue.number_of(f"{PLANTED} {n}")) is not None:
        found[number] = n
        n += 1
    return found


def limit_memory(megabytes: int) -> None:
    """Holds this process to so much memory of its own; mapped files do not count (setrlimit(2), RLIMIT_DATA)."""
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    wanted = megabytes * 1024**2
    resource.setrlimit(resource.RLIMIT_DATA, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


@contextmanager
def _within(opening: Opening) -> Iterator[None]:
    """Turns running into the memory limit into an error that says so."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if opening.memory_mb is None or not (isinstance(error, MemoryError) or "bad_alloc" in str(error)):
            raise
        reason = f"a gallery of {len(opening.enrolment):,} prints needs more; raise --memory-mb"
        raise BadSize("the memory limit", f"{opening.memory_mb} MB", reason) from None


def drop_from_cache(folder: Path) -> None:
    """Asks the kernel to forget what it holds of the files, so that they are read from the disk."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def on_disk(path: Path) -> int:
    """Returns the bytes that a file takes: an arena's end is sparse."""
    return path.stat().st_blocks * _BLOCK


def read_through(folder: Path) -> None:
    """Brings files into the page cache, when they fill less than half of the memory."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    if sum(map(on_disk, paths)) > mapped.memory() // 2:
        return
    for path in paths:
        with path.open("rb") as file:
            left = on_disk(path)
            while left > 0 and (some := file.read(min(left, _READ_AT_ONCE))):
                left -= len(some)


def work(searcher: Searcher, name: str, *arguments: Any) -> Any:
    """Does one job of a process, by its name, since what crosses to a process must be data."""
    jobs: dict[str, Callable[..., Any]] = {
        "loaded": lambda: searcher.loaded,
        "memory": machine.memory,
        "search": lambda tasks, effort: [searcher.search(t, finger, m, effort) for t, finger, m in tasks],
        "reach": lambda tasks, reach: [searcher.reach(t, finger, m, reach) for t, finger, m in tasks],
        "listed": lambda tasks: [searcher.listed(*task) for task in tasks],
        "crowd": lambda tasks: [searcher.crowd(template, finger) for template, finger, _ in tasks],
        "together": searcher.together,
        "exhaust": searcher.exhaust,
        "settle": lambda tasks: [searcher.settle(*task) for task in tasks],
    }
    return jobs[name](*arguments)


Task = tuple[Template, str, np.ndarray]


def tasks(population: Population, numbers: Sequence[int]) -> list[Task]:
    """Returns a probe, its finger, and its mates, for each number of a probe."""
    return [(population.probes[n].template, population.probes[n].finger, population.mates(n)) for n in numbers]


def in_batches(items: Sequence[Any], size: int) -> list[list[Any]]:
    return [list(items[at : at + size]) for at in range(0, len(items), size)]
