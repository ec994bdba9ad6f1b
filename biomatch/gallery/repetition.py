"""Repeat a past search: the prints that took part then are compared once more, by the same steps, in caches of their own."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from biomatch.gallery.engine import Engine
from biomatch.gallery.interface import ComparedPrint, Effort, Entry, Search
from biomatch.gallery.memory import MemoryLog
from biomatch.gallery.search import candidates, stages, versions
from biomatch.gallery.search.latent_sizes import sized
from biomatch.gallery.stopwatch import Stopwatch
from biomatch.gallery.upkeep import Upkeep
from biomatch.template import Template


def repeat(
    engine: Engine,
    probes: Sequence[Template],
    entries: Sequence[Entry],
    compared: Sequence[ComparedPrint],
    *,
    prints: int,
    top: int,
    effort: Effort,
    fpir: float | None,
) -> Search:
    """Repeats a search with an engine; else as `LocalGallery.repeat`."""
    log = MemoryLog()
    log.append(entries)
    then = Upkeep(log, None, engine.indexing, threads=1)
    with closing(then):
        then.catch_up()
        state, watch = then.state, Stopwatch()
        ready = stages.prepared(probes, engine.indexing.describer, watch)
        again = []
        for one in sized(ready, engine.indexing.describer):
            for ridges in (True, False):
                wanted = (one.probe, one.scale, ridges)
                known = [
                    (number, kept.votes)
                    for kept in compared
                    if (kept.probe, kept.scale, kept.ridges) == wanted
                    and (number := state.catalogue.number_of(kept.print_id)) is not None
                ]
                again += engine.seeker.compare_again(state, one, known, watch, ridges=ridges)
        ranked = candidates.rank(state, ready, again, engine.comparer.calibration, top)
        return candidates.verdict(
            ranked, ready, prints, effort, fpir, engine.rates,
            made_by=engine.made_by | versions.of_probes(probes), seconds=watch.seconds,
        )  # fmt: skip
