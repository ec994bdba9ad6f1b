"""Figures that a page tells in a sentence or a small table, from results and from the cards of the models that ship."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from biomatch.bench.report.cells import MISSING, Results, head, number, percent, row, took
from biomatch.evaluation import provenance
from biomatch.evaluation.engine import SHARED_FINGERS
from biomatch.learned import shipped
from biomatch.quality.assessment import MODEL as IMAGE_QUALITY

TOLD = {"whole": "whole prints", "hard": "degraded copies", "16": "parts of 16 clear minutiae", "12": "of 12"}


def vendor(results: Results) -> Iterator[str]:
    """Says how another vendor's templates score."""
    document = results.get("accuracy_vendor")
    if document is None:
        yield MISSING
        return
    pairs = [one for name, one in document["figures"].items() if " and " in name]
    mates = " and ".join(f"{one['mate']:.0f}" for one in pairs)
    stranger = max(one["best stranger"] for one in pairs)
    yield (
        f"Another vendor's ISO/IEC 19794-2 records find their mates with scores of {mates}; the best of "
        f"{document['figures']['strangers']:,} non-mated templates scores {stranger:.0f}."
    )


def rates_apart(results: Results) -> Iterator[str]:
    """Says how far what answers said was from what was seen, at worst."""
    document = results.get("rates")
    if document is None:
        yield MISSING
        return
    found = document["figures"]
    every = [("10,000 and 100,000", found["reliability"]), *((f"{one['prints']:,}", one) for one in found["reliability_large"])]
    for words, name in (("Misses", "miss"), ("False positives", "false_positive")):
        worst = "; ".join(f"{number(max(b['ratio'] for b in bins[name]))} among {size}" for size, bins in every)
        yield f"{words} were seen within a factor of what was said, at worst: {worst} prints."
        yield ""
    yield f"{found['searches']:,} searches took part."


def encryption(results: Results) -> Iterator[str]:
    """Says what sealed caches cost a search."""
    document = results.get("encryption")
    if document is None:
        yield MISSING
        return
    found, prints = document["figures"], document["settings"]["prints"]
    clear, sealed = (took(found[f"search, caches {how}"]) for how in ("in the clear", "sealed"))
    yield (
        f"A search among {prints:,} prints takes {clear} of CPU time with caches in the clear and {sealed} with sealed ones "
        f"(half of the searches; in brackets 95 of 100), {number(found['sealed by clear, median of pairs'])} times as much."
    )


def units(results: Results) -> Iterator[str]:
    """Says what a search costs that is limited to a unit, beside one without a limit and one of the unit's prints alone."""
    document = results.get("units")
    if document is None:
        yield MISSING
        return
    found, prints = document["figures"], document["settings"]["prints"]
    yield from head(
        f"unit's share of {prints:,} prints", "limited, ms", "without a limit", "times", "its prints alone, ms", "times",
        "answers that differ",
    )  # fmt: skip
    for one in found.values():
        ways = {way: f"{number(ms['p50'])} ({number(ms['p95'])})" for way, ms in one["ms"].items()}
        times = (
            f"{number(one[f'limited by {way}']['p50'])} ({number(one[f'limited by {way}']['p95'])})"
            for way in ("no limit", "alone")
        )
        yield row(
            f"{percent(one['share'])} %", ways["limited"], ways["no limit"], next(times), ways["alone"], next(times),
            f"{one['answers that differ']} of {one['searches']}",
        )  # fmt: skip


def told(_: Results) -> Iterator[str]:
    """Yields the mated minutiae that vectors tell, by groups of sets that the map did not see, from the card of the
    projection."""
    card = shipped().card("projection")
    yield from head("group of sets", *TOLD.values())
    for group, kinds in card["scores"]["told_held_out"].items():
        for words, kind in ((f"{_names(card, group)}: cylinders alone", "cylinders"), ("with pictures", "with_patches")):
            yield row(words, *(f"{kinds[kind][key]:.1f}" for key in TOLD))


def image_quality(_: Results) -> Iterator[str]:
    """Yields how many prints of low and of high quality are recognised, from the card of the model."""
    card = shipped().card(IMAGE_QUALITY)
    yield from head("recognised, % of the prints with a score", *(_names(card, group) for group in SHARED_FINGERS))
    for words in ("above 70", "30 to 70", "below 30"):
        shares = (card["scores"][f"recognised_{words.replace(' ', '_')}_{group}"] for group in SHARED_FINGERS)
        yield row(words, *map(percent, shares))


def _names(card: Mapping[str, Any], group: str) -> str:
    """Names the sets of a group that a model's card names, fillers left out; of those that show no person's finger it is
    said."""
    sets = [name for name in SHARED_FINGERS[group] if name in card["data"] and not name.endswith("_a")]
    return ", ".join(name if provenance.shows_persons(name) else f"{name} (by SFinGe)" for name in sets)
