"""The effect on searches while prints are added, removed and compacted -> concurrent.json

One gallery in memory. Threads search all the while; another does, in turn: nothing, adds prints, removes them, compacts. The
probes of each turn are those that find their planted mate before it: one that finds it afterwards too, and not in between, was
disturbed. One that never finds it again gave way to prints that came.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from time import perf_counter, sleep
from typing import Any

import numpy as np

from biomatch.bench.frame import Run, rounded, spread
from biomatch.errors import BadSize, NothingToDo
from biomatch.evaluation.galleries.population import ENCOUNTER, PLANTED, Enrolment, Population
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.interface import Entry
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.memory import MemoryLog
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import synthesise_templates
from biomatch.words import counted

NAME = "concurrent"
ADDED_AT_ONCE = 10  # prints: a ten-finger card
AT_ONCE = 1_024  # prints enrolled together, at first
NEWCOMERS = 2_000  # templates that are added, again and again under other names
PAUSE_S = 0.05  # in which nothing changes, at most, until it is asked whether the time is up


def measure(
    population: Population,
    prints: int = 10_000,
    *,
    seconds: float = 10.0,
    threads: int = 2,
    seed: int = 41,
    progress: Progress = NO_PROGRESS,
) -> Run:
    """Measures `seconds` for each kind of change. Raises BadSize."""
    if prints <= len(population.planted):
        raise BadSize("a gallery", f"of {prints:,} prints", f"{counted(len(population.planted), 'print')} must fit into it")
    one_thread()
    run = Run(NAME, threads=threads, seed=seed, prints=prints, seconds_each=seconds)
    synthetic = prints - len(population.planted)
    gallery = _filled(Enrolment(synthetic, population.entries, seed), progress)
    gallery.warm()
    mated = [n for n in range(len(population.probes)) if len(population.mates(n))]
    if not _finding(gallery, population, mated):
        raise NothingToDo("no probe finds its mate even in a gallery that does not change; give a larger one")
    shown: dict[str, Any] = {}
    changes: dict[str, Callable[[], Iterator[int]]] = {
        "undisturbed": lambda: _waiting(),
        "while prints are added": lambda: _adding(gallery, seed),
        "while prints are removed": lambda: _removing(gallery, synthetic, seconds),
        "while it is compacted": lambda: _compacting(gallery),
    }
    progress.start("Searching while it changes", len(changes))
    for name, change in changes.items():
        probes = _finding(gallery, population, mated)
        shown[name] = _during(gallery, population, probes, change(), seconds, threads) | {"probes": len(probes)}
        progress.advance()
    progress.done()
    gallery.close()
    run.note("changes", shown)
    return run


def _filled(enrolment: Enrolment, progress: Progress) -> LocalGallery:
    gallery = LocalGallery(MemoryLog())
    progress.start("Enrolling", len(enrolment))
    for first in range(0, len(enrolment), AT_ONCE):
        entries = enrolment.make(first, AT_ONCE)
        gallery.enrol(entries)
        progress.advance(len(entries))
    progress.done()
    return gallery


def _during(
    gallery: LocalGallery, population: Population, probes: list[int], change: Iterator[int], seconds: float, threads: int
) -> dict[str, object]:
    """Searches until the time is up; the change goes on in this thread. `change` yields how many prints each step touched."""
    over = threading.Event()
    with ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(_search, gallery, population, probes, over, start) for start in range(threads)]
        began, touched, steps = perf_counter(), 0, list[float]()
        while perf_counter() - began < seconds and not any(one.done() for one in running):
            start = perf_counter()
            more = next(change)
            if more:
                steps.append(perf_counter() - start)
            touched += more
        over.set()
        took = perf_counter() - began
        found = [one.result() for one in running]
    walls = np.concatenate([walls for walls, _ in found])
    lost = [probe for _, some in found for probe in some]
    found_again = set(_finding(gallery, population, sorted(set(lost))))
    shown: dict[str, object] = {
        "latency_ms": spread(1e3 * walls),
        "queries_a_second": rounded(len(walls) / took),
        "mate not found": sum(probe in found_again for probe in lost),
        "mate displaced": sum(probe not in found_again for probe in lost),
    }
    if steps:
        shown |= {"changed prints": touched, "a change, ms": spread(1e3 * np.array(steps))}
    return shown


def _search(
    gallery: LocalGallery, population: Population, probes: list[int], over: threading.Event, start: int
) -> tuple[np.ndarray, list[int]]:
    """Returns seconds of each search, and the probes that did not bring a planted print of their finger."""
    walls, lost = list[float](), list[int]()
    for turn in count(start):
        if over.is_set() and walls:
            break
        began, probe = perf_counter(), probes[7 * turn % len(probes)]
        there = _found(gallery, population, probe)
        walls.append(perf_counter() - began)
        lost += [] if there else [probe]
    return np.array(walls), lost


def _finding(gallery: LocalGallery, population: Population, probes: Iterable[int]) -> list[int]:
    """Lists the probes that find a mate now."""
    return [probe for probe in probes if _found(gallery, population, probe)]


def _found(gallery: LocalGallery, population: Population, probe: int) -> bool:
    found = gallery.identify([population.probes[probe].template])
    wanted = {f"{PLANTED} {mate}" for mate in population.mates(probe).tolist()}
    return any(one.person in wanted for one in found.candidates)


def _waiting(until: float = math.inf) -> Iterator[int]:
    """Changes nothing until then (perf_counter)."""
    while (left := until - perf_counter()) > 0:
        sleep(min(left, PAUSE_S))
        yield 0


def _adding(gallery: LocalGallery, seed: int) -> Iterator[int]:
    templates = synthesise_templates(NEWCOMERS, seed + 3)
    for turn in count():
        some = [templates[(turn * ADDED_AT_ONCE + n) % NEWCOMERS] for n in range(ADDED_AT_ONCE)]
        names = [f"new {turn}-{n}" for n in range(ADDED_AT_ONCE)]
        gallery.enrol([Entry(f"new {turn}", ENCOUNTER, name, one) for name, one in zip(names, some, strict=True)])
        yield ADDED_AT_ONCE


def _removing(gallery: LocalGallery, prints: int, seconds: float) -> Iterator[int]:
    """Removes synthetic prints number 0 to `prints - 1`, ten at a time, evenly over the seconds."""
    began = perf_counter()
    for first in range(0, prints, ADDED_AT_ONCE):
        yield from _waiting(began + seconds * first / prints)
        names = [f"s{n}" for n in range(first, min(first + ADDED_AT_ONCE, prints))]
        gallery.remove(names)
        yield len(names)
    yield from _waiting()


def _compacting(gallery: LocalGallery) -> Iterator[int]:
    while True:
        gallery.compact()
        yield len(gallery)
