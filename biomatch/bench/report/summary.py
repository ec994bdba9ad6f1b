"""Makes the one table that the README shows: what models give that saw neither the finger nor the sensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from biomatch.bench.engine import identification
from biomatch.bench.report.cells import MISSING, Results, head, percent, rates, row, span
from biomatch.evaluation import provenance


def held_out(results: Results) -> Iterator[str]:
    """Yields pairs first, then one among many; a row is left out whose result is not there."""
    rows = [*_pairs(results), *_folds(results)]
    if not rows:
        yield MISSING
        return
    yield from head("measured on", "what", "biomatch", "NBIS", "trials", numbers=(2, 3, 4))
    yield from rows


def _pairs(results: Results) -> Iterator[str]:
    for words, name, peer in (
        ("six sets, one of them SFinGe's", "accuracy_ours_held_out", "accuracy_nbis"),
        ("FVC2000, made hard by synthesis", "accuracy_harder_held_out", "accuracy_nbis_harder"),
    ):
        if name in results:
            one, other = _pooled(results[name]), _pooled(results[peer]) if peer in results else None
            trials = f"{one['genuine']:,} / {one['impostor']:,}"
            yield row(words, "EER / FNMR at FMR 0.1 % / zeroFMR, %", f"**{rates(one)}**", rates(other), trials)


def _pooled(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["figures"]["pooled"]
    return found


def _folds(results: Results) -> Iterator[str]:
    """Yields groups of sensors that the models never saw: mates that compare well, and are not on the list."""
    document = results.get(identification.FOLDS)
    if document is None:
        return
    held_out: dict[str, list[str]] = document["settings"]["held_out"]
    sizes = document["figures"]["sizes"]
    found = [next(iter(one["folds"].values())) for one in sizes.values()]
    what = f"comparable mates off the list among {' / '.join(f'{int(size):,}' for size in sizes)}, % [95 %]"
    for name in ("pooled", *held_out):
        groups = [one["pooled"] if name == "pooled" else one["groups"][name] for one in found]
        missed = (
            f"**{percent(one['off_list_of_certain_rate'])}** [{span(one['off_list_of_certain_interval'])}]" for one in groups
        )
        sets = [one for one in held_out.get(name, ()) if one in found[0]["sets"] and provenance.shows_persons(one)]
        named = f"the next {len(held_out)} together" if name == "pooled" else ", ".join(sets) or "SFinGe's"
        yield row(named, what, " / ".join(missed), "-", f"{groups[0]['certain']:,}")
