"""Groups of trials, a trial being a probe and one of its mates; shares of a group, and their intervals."""

from __future__ import annotations

from typing import Any

import numpy as np

from biomatch.bench.frame import rounded, spread
from biomatch.evaluation import intervals
from biomatch.evaluation.galleries.population import Population, Print

GOOD = 25  # minutiae in both prints


def of_population(population: Population) -> dict[str, Any]:
    groups = of_groups(population)
    return {
        "planted": len(population.planted),
        "probes": len(population.probes),
        "strangers": len(population.non_mated),
        "minutiae of a probe": spread(np.array([len(one.template.minutiae) for one in population.probes])),
        "trials": {name: int(rows.sum()) for name, rows in groups.items()},
    }


def pairs_of(population: Population) -> tuple[np.ndarray, np.ndarray]:
    """Returns the numbers of probe and mate, (t,) int64 each, in the order of all tables."""
    mates = [population.mates(n) for n in range(len(population.probes))]
    probes = np.repeat(np.arange(len(mates)), [len(some) for some in mates])
    return probes, np.concatenate([*mates, np.zeros(0, np.int64)])


def of_groups(population: Population, probes: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Tells which trials (t,) bool make up each group; `probes` (p,) narrows them to those of some probes."""
    of_probe, of_mate = pairs_of(population)
    if probes is not None:
        keep = np.isin(of_probe, probes)
        of_probe, of_mate = of_probe[keep], of_mate[keep]
    asked = [population.probes[n] for n in of_probe.tolist()]
    stored = [population.planted[n] for n in of_mate.tolist()]
    pairs = list(zip(asked, stored, strict=True))
    same = np.array([a.origin == b.origin for a, b in pairs], bool)
    both_good = np.array([good(a) and good(b) for a, b in pairs], bool)
    groups = {}
    kinds = list(dict.fromkeys(one.kind for one in population.probes))
    for kind in kinds:
        own = np.array([a.kind == kind for a in asked], bool)
        behind = f", {kind}" if len(kinds) > 1 and kind != kinds[0] else ""
        for name, rows in (("same sensor", same), ("same sensor, good", same & both_good), ("other sensor", ~same)):
            if (own & rows).any():
                groups[name + behind] = own & rows
    return groups


def good(one: Print) -> bool:
    return len(one.template.minutiae) >= GOOD


def fingers(population: Population, trial_probe: np.ndarray) -> np.ndarray:
    """Gives a number to the finger of each trial, (t,) int64."""
    names = np.array([one.finger for one in population.probes])
    return np.unique(names, return_inverse=True)[1].astype(np.int64)[trial_probe]


def share(outcome: np.ndarray) -> float | None:
    return rounded(np.mean(outcome)) if len(outcome) else None


def interval(outcome: np.ndarray, finger: np.ndarray) -> tuple[float, float] | None:
    """Computes the 95 % interval, over fingers (evaluation/intervals.py), rounded. None: there was nothing to measure."""
    if not len(outcome):
        return None
    low, high = intervals.share(outcome, finger)
    return rounded(low), rounded(high)
