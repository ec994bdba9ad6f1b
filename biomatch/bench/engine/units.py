"""What does it cost a search that it is limited to a unit, and do records that it may not see influence it? -> units.json

One gallery holds prints of four units: a half, a tenth and a hundredth of them, and the rest. Beside it stand a gallery with
the same prints and no units, and one for each of the three with the prints of that unit alone. Each probe, a further impression
of a print of the unit, is searched for in turn: without a limit, with and without units in the gallery; limited to the unit,
among all and where only the unit's prints are. All galleries are compacted, so that the unit's prints lie in the same segment.
Recorded are CPU times of one thread, and how many answers differ in anything.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import numpy as np

from biomatch.bench.frame import Run, rounded
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import Entry, Search
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.memory import MemoryLog
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import press_again, synthesise_templates

NAME = "units"
SHARES = {"half": 0.5, "tenth": 0.1, "hundredth": 0.01}  # of the prints, by unit
REST = "rest"
PRINTS = 100_000
PROBES = 300
_WARM = 20  # searches before any is timed
_POINTS = (50, 95)


def measure(fill: int = PRINTS, probes: int = PROBES, seed: int = 19, progress: Progress = NO_PROGRESS) -> Run:
    """Measures searches that are limited to a unit. fill: prints of all units; probes: of each of three units."""
    one_thread()
    run = Run(NAME, threads=1, seed=seed, prints=fill, probes=probes)
    rng = np.random.default_rng(seed)
    progress.start("Making prints", fill)
    entries = []
    for number, template in enumerate(synthesise_templates(fill, seed)):
        entries.append(Entry(f"P{number}", "e", f"p{number}", template, unit=_unit_of(rng.random())))
        progress.advance()
    with ExitStack() as open_ones:
        shared = open_ones.enter_context(closing(_built(entries, progress)))
        plain = open_ones.enter_context(closing(_built([replace(one, unit="") for one in entries], progress)))
        shared.warm()
        for unit, share in SHARES.items():
            own = [one for one in entries if one.unit == unit]
            with closing(_built(own, progress)) as alone:
                run.note(
                    unit,
                    {"share": share, "prints": len(own)} | _compared(unit, own, (plain, shared, alone), probes, rng, progress),
                )
    progress.done()
    return run


def _unit_of(draw: float) -> str:
    for unit, share in SHARES.items():
        if draw < share:
            return unit
        draw -= share
    return REST


def _built(entries: Sequence[Entry], progress: Progress) -> LocalGallery:
    log = MemoryLog()
    log.append(entries)
    gallery = LocalGallery(log, progress=progress)
    gallery.compact()
    return gallery


def _compared(
    unit: str,
    own: Sequence[Entry],
    galleries: tuple[LocalGallery, LocalGallery, LocalGallery],
    probes: int,
    rng: np.random.Generator,
    progress: Progress,
) -> dict[str, Any]:
    """Searches with the unit's probes in all ways, in turn."""
    plain, shared, alone = galleries
    limited = Filter(units=frozenset({unit}))
    ways = {
        "no units, no limit": (plain, EVERYBODY),
        "no limit": (shared, EVERYBODY),
        "limited": (shared, limited),
        "alone": (alone, limited),
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    first, differ = dict.fromkeys(ways, 0), 0
    progress.start(f"Searching for prints of {unit}", _WARM + probes)
    for turn, number in enumerate(rng.choice(len(own), _WARM + probes).tolist()):
        mate = own[number]
        probe = press_again(mate.template, np.random.default_rng([turn, number]), strength=0.5)
        answers: dict[str, Search] = {}
        for way in np.roll(list(ways), turn).tolist():
            gallery, where = ways[way]
            began = time.thread_time()
            answers[way] = gallery.identify([probe], where=where, fpir=0.01)
            if turn >= _WARM:
                times[way].append(time.thread_time() - began)
        if turn >= _WARM:
            for way, answer in answers.items():
                first[way] += bool(answer.candidates) and answer.candidates[0].person == mate.person
            differ += _told(answers["limited"]) != _told(answers["alone"])
        progress.advance()
    return {
        "searches": probes,
        "ms": {way: {f"p{p}": rounded(np.percentile(some, p) * 1e3) for p in _POINTS} for way, some in times.items()},
        "limited by no limit": _ratio(times["limited"], times["no limit"]),
        "limited by alone": _ratio(times["limited"], times["alone"]),
        "no limit by no units": _ratio(times["no limit"], times["no units, no limit"]),
        "mates first": first,
        "answers that differ": differ,
    }


def _ratio(ours: Sequence[float], other: Sequence[float]) -> dict[str, float]:
    return {f"p{p}": rounded(np.percentile(ours, p) / np.percentile(other, p)) for p in _POINTS}


def _told(search: Search) -> str:
    """Returns all that an answer says, to the bit, but for how long its stages took, and what only a replay needs."""
    with np.printoptions(threshold=10_000, precision=17):
        return repr(replace(search, seconds={}, sequence=0))
