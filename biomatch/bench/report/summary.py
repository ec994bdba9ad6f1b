"""Makes the one table that the README shows: what models give that saw neither the finger nor the sensor."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from biomatch.bench.engine import familiarity, identification
from biomatch.bench.report.cells import MISSING, Results, head, percent, rates, row, span
from biomatch.evaluation.searching import DISTRACTORS

SIZE = "100000"  # prints in the gallery of the last rows: a bureau's


def held_out(results: Results) -> Iterator[str]:
    """Yields pairs first, then one among many; a row is left out whose result is not there."""
    rows = [*_pairs(results), *_searches(results), *_new_sets(results)]
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


def _searches(results: Results) -> Iterator[str]:
    if "accuracy_ours_held_out" in results:
        found = results["accuracy_ours_held_out"]["figures"]["identification"]
        missed = f"**{percent(found['shortlist_miss'])}** [{span(found['shortlist_miss_interval'])}]"
        yield row(
            "six sets", f"mates off the list, {DISTRACTORS:,} prints added, % [95 %]", missed, "-", f"{found['probes']:,}"
        )


def _new_sets(results: Results) -> Iterator[str]:
    of_size = results.get(identification.SETS, {}).get("figures", {}).get("sizes", {}).get(SIZE)
    if of_size is None:
        return
    sets = next(iter(of_size["sets"].values()))
    for name in sorted(one for one in sets if familiarity.of(one) in familiarity.DEGREES[:-1]):
        one = sets[name]
        missed = f"**{percent(one['off_list_rate'])}** [{span(one['off_list_interval'])}]"
        saw = f"{name} (models saw {familiarity.of(name)})"
        yield row(saw, f"mates off the list among {int(SIZE):,}, % [95 %]", missed, "-", f"{one['trials']:,}")
