"""Tables of an identification benchmark: what each search gave, and what is known of its probe and its mates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biomatch.bench.engine.identification.groups import fingers, pairs_of
from biomatch.evaluation.galleries.kept import Table
from biomatch.evaluation.galleries.population import Population, Print
from biomatch.evaluation.galleries.searcher import Searched


def searches(found: Sequence[Searched]) -> Table:
    """Searches as a table: one row a search, and rows of their trials (`trial_...`), in order."""
    stages = sorted({name for one in found for name in one.stages})
    counts = np.array([len(one.mates) for one in found], np.int64)
    return {
        "wall": np.array([one.wall for one in found]),
        "cpu": np.array([one.cpu for one in found]),
        "index": np.array([one.index for one in found]),
        "stages": np.array(stages),
        "stage_seconds": np.array([[one.stages.get(name, 0.0) for name in stages] for one in found]),
        "stranger": np.array([one.stranger for one in found]),
        "said_miss": np.array([one.said_miss for one in found]),
        "said_false_positive": np.array([one.said_false_positive for one in found]),
        "trial_probe": np.repeat(np.arange(len(found)), counts),
        **{
            f"trial_{name}": np.concatenate([*(getattr(one, name) for one in found), np.zeros(0, kind)])
            for name, kind in (("mates", np.int64), ("listed", np.bool_), ("scores", np.float64), ("ranks", np.float64))
        },
    }


def asked(prints: Sequence[Print]) -> Table:
    """Tells what is known of each searched print before its answer."""
    qualities = [np.nan if one.template.quality is None else float(one.template.quality) for one in prints]
    return {
        "minutiae": np.array([len(one.template.minutiae) for one in prints], np.int64),
        "quality": np.array(qualities),
        "kind": np.array([one.kind for one in prints], np.str_),
    }


def trials(population: Population) -> Table:
    """Tells of each trial its finger's number, whether both prints are of one sensor, and the mate's minutiae."""
    probes, mates = pairs_of(population)
    origins = [(population.probes[p].origin, population.planted[m].origin) for p, m in zip(probes, mates, strict=True)]
    return {
        "trial_finger": fingers(population, probes),
        "trial_same_sensor": np.array([a == b for a, b in origins], bool),
        "trial_mate_minutiae": np.array([len(population.planted[m].template.minutiae) for m in mates], np.int64),
    }


def efforts_of(tables: dict[str, Table]) -> list[str]:
    return [name.removeprefix("mated ") for name in tables if name.startswith("mated ")]
