"""Counts who is left off the list, set by set, or fold by fold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from biomatch.bench.engine.identification.groups import fingers, interval, of_groups, of_population, share
from biomatch.bench.engine.identification.tables import efforts_of
from biomatch.bench.frame import rounded
from biomatch.evaluation.galleries.kept import Table
from biomatch.evaluation.galleries.population import Population

CERTAIN = 40.0  # score of FMR 1e-4


def by_set(found: dict[int, dict[str, Table]], population: Population) -> dict[str, Any]:
    """Counts who is left off the list, set by set, at all sizes."""
    sizes = {str(size): {"prints": size, "sets": counted_by_set(tables, population)} for size, tables in found.items()}
    return {"population": of_population(population), "sizes": sizes}


def by_fold(folds: Mapping[str, tuple[Population, dict[int, dict[str, Table]]]]) -> dict[str, Any]:
    """Counts the same for groups of sets, each searched with models that never saw it, and for all of them together."""
    sizes: dict[str, Any] = {}
    for size in next(iter(folds.values()))[1]:
        efforts: dict[str, Any] = {}
        for name in efforts_of(next(iter(folds.values()))[1][size]):
            found = {
                group: trials_of_sets(tables[size][f"mated {name}"], tables[size]["own"]["score"], population)
                for group, (population, tables) in folds.items()
            }
            apart = {group: _joined(list(sets.values())) for group, sets in found.items()}
            efforts[name] = {
                "sets": {name: _left_off(one) for sets in found.values() for name, one in sets.items()},
                "groups": {group: _left_off(one) for group, one in apart.items()},
                "pooled": _left_off(_joined(list(apart.values()))),
            }
        sizes[str(size)] = {"prints": size, "folds": efforts}
    return {"population": {group: of_population(population) for group, (population, _) in folds.items()}, "sizes": sizes}


def counted_by_set(tables: dict[str, Table], population: Population) -> dict[str, Any]:
    """Counts by effort."""
    return {name: of_sets(tables[f"mated {name}"], tables["own"]["score"], population) for name in efforts_of(tables)}


def of_sets(table: Table, own: np.ndarray, population: Population) -> dict[str, Any]:
    """Counts who is off the list, set by set."""
    return {name: _left_off(one) for name, one in trials_of_sets(table, own, population).items()}


def trials_of_sets(table: Table, own: np.ndarray, population: Population) -> dict[str, Table]:
    """Collects each set's trials: mates of one sensor, with minutiae of the first kind.

    Columns, (t,) each: off the list; passes FMR 1e-4; probability of a miss that the answer stated; number of the finger.
    """
    origins = np.array([one.origin for one in population.probes])[table["trial_probe"]]
    same = next(iter(of_groups(population).values()))
    every = {
        "off": ~table["trial_listed"],
        "certain": own >= CERTAIN,
        "said": table["said_miss"][table["trial_probe"]],
        "finger": fingers(population, table["trial_probe"]),
    }
    return {
        name: {key: value[same & (origins == name)] for key, value in every.items()}
        for name in np.unique(origins[same]).tolist()
    }


def _joined(parts: Sequence[Table]) -> Table:
    """Joins trials one behind the other; fingers of different parts are different ones."""
    firsts = np.cumsum([0, *(1 + int(one["finger"].max(initial=0)) for one in parts)])
    apart = [one | {"finger": one["finger"] + first} for one, first in zip(parts, firsts, strict=False)]
    return {key: np.concatenate([one[key] for one in apart]) for key in apart[0]}


def _left_off(trials: Table) -> dict[str, Any]:
    """Counts who is off the list. certain: pairs that pass FMR 1e-4; said: how many the answers together said would be off."""
    off, certain, finger = trials["off"], trials["certain"], trials["finger"]
    return {
        "trials": len(off),
        "off_list": int(off.sum()),
        "said": rounded(trials["said"].sum()),
        "off_list_rate": share(off),
        "off_list_interval": interval(off, finger),
        "certain": int(certain.sum()),
        "off_list_of_certain": int(off[certain].sum()),
        "off_list_of_certain_rate": share(off[certain]),
        "off_list_of_certain_interval": interval(off[certain], finger[certain]),
    }
