"""Turns comparisons into the ranked list of persons, and says what the list means in a gallery of this size."""

from __future__ import annotations

import math
from collections.abc import Sequence

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import Asked, SearchRates
from biomatch.comparison import Prepared
from biomatch.gallery.caches.block import Names
from biomatch.gallery.caches.caches import State
from biomatch.gallery.caches.catalogue import NOBODY
from biomatch.gallery.interface import Candidate, ComparedPrint, Effort, Evidence, Search
from biomatch.gallery.search import fusion
from biomatch.gallery.search.copies import distinct
from biomatch.gallery.search.fusion import Compared, Fused
from biomatch.gallery.search.stages import PARAMS

STILL_MISSED = 0.3  # of the mates that one impression of a finger misses, at the hardest sensor (docs/research/fusion.md)
VERDICT = "verdict/3"  # a repeat names it where an older search fused prints otherwise, or stated other rates


def rank(
    state: State,
    probes: Sequence[Prepared],
    compared: Sequence[Compared],
    calibration: Calibration,
    top: int,
    *,
    searched: bool = True,
) -> tuple[Candidate, ...]:
    """Ranks persons by their fused score, best first, ties by name. searched: False where one person was asked for by name."""
    asked = fusion.asked_fingers([one.template.position for _, one in distinct(probes)])
    of_person: dict[int, list[Compared]] = {}
    for one in compared:
        of_person.setdefault(state.catalogue.person_of(one.number), []).append(one)
    of_person.pop(NOBODY, None)  # removed while they were compared
    fused = [
        (fusion.fuse(own, calibration.fingers, calibration.shown, asked=asked, searched=searched), own)
        for own in of_person.values()
    ]
    last = sorted(_order(result) for result, _ in fused)[:top][-1:]
    likely = [(result, own) for result, own in fused if [_order(result)] <= last]
    named = []
    for result, own in likely:
        told = [one for one in sorted(own, key=fusion.strength) if state.view.holds(one.number)]
        spoken = [(one, one.names) for one in told if one.names is not None]
        if spoken:  # else all were removed meanwhile
            named.append((spoken[0][1].person, result, spoken))
    named.sort(key=lambda item: (*_order(item[1]), item[0]))
    return tuple(
        Candidate(
            person=person,
            rank=place,
            score=result.score,
            llr=result.llr,
            extrapolated=result.extrapolated,
            evidence=tuple(_evidence(one, names) for one, names in spoken),
        )
        for place, (person, result, spoken) in enumerate(named[:top], 1)
    )


def named(state: State, compared: Sequence[Compared]) -> tuple[ComparedPrint, ...]:
    """Lists what was compared, by print ids, in an order of its own."""
    found = []
    for one in sorted(compared, key=lambda one: (one.probe, one.number)):
        if one.names is not None and state.view.holds(one.number):  # else it was removed meanwhile
            ridges = one.comparison.ridges is not None
            found.append(ComparedPrint(one.probe, one.names.print_id, one.scale, one.votes, ridges))
    return tuple(found)


def _order(fused: Fused) -> tuple[float, float]:
    """Returns the sort key: strongest first."""
    return -fused.score, -fused.llr


def verdict(
    ranked: tuple[Candidate, ...],
    probes: Sequence[Prepared],
    prints: int,
    effort: Effort,
    fpir: float | None,
    rates: SearchRates,
    *,
    made_by: dict[str, str],
    seconds: dict[str, float],
) -> Search:
    """Builds the answer: the list, hit or no hit at a false positive rate, and the chances of a miss and of a false hit.

    prints  that were searched: where they are no more than a probe's list holds, none is missed whatever the effort
    """
    asked = []
    for _, one in distinct(probes):
        everybody = prints <= PARAMS.length_for(len(one.template.minutiae))
        asked.append(Asked.of(one.template, prints, Effort.EXHAUSTIVE if everybody else effort))
    best = max(asked, key=lambda one: one.minutiae)  # of several prints the fullest says what strangers reach
    threshold = None if fpir is None else rates.threshold(fpir, best)
    return Search(
        candidates=ranked,
        hit=None if threshold is None else bool(ranked) and ranked[0].score >= threshold,
        threshold=threshold,
        miss=missed([rates.miss(one) for one in asked]),
        false_positive=rates.false_positive(ranked[0].score, best) if ranked else None,
        prints=prints,
        effort=effort,
        made_by=made_by,
        seconds=seconds,
    )


def missed(each: Sequence[float]) -> float:
    """Computes the probability that none of several prints finds the mate, from what each misses alone; at least one.

    The one that misses least, times what the others leave: prints that look alike to the index miss together, so that a further
    one leaves at least `STILL_MISSED` of the misses, however rarely it misses alone.
    """
    least, *others = sorted(each)
    return least * math.prod(max(one, STILL_MISSED) for one in others)


def _evidence(one: Compared, names: Names) -> Evidence:
    comparison = one.comparison
    return Evidence(
        probe=one.probe,
        print_id=names.print_id,
        encounter=names.encounter,
        position=one.at,
        score=comparison.score,
        llr=comparison.llr,
        extrapolated=comparison.extrapolated,
        votes=one.votes,
        matched=comparison.pairs,
        motion=comparison.motion,
        scale=one.scale,
    )
