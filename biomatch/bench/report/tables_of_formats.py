"""Tables of what comes from outside: formats, slaps, swapped fingers, damaged files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from biomatch.bench.formats.transactions import LEAST_SECONDS
from biomatch.bench.report.cells import MISSING, Results, head, percent, row, took, two


def formats(results: Results) -> Iterator[str]:
    """Yields times of WSQ and of the worker, and agreement with others."""
    document = results.get("formats")
    if document is None:
        yield MISSING
        return
    found = document["figures"]
    yield from head("one core, p50 (p95)", "biomatch", "NBIS, same run")
    for name, one in found.items():
        if "p50" in one and not name.endswith("NBIS"):
            yield row(name, took(one), took(found.get(f"{name}, NBIS")))
    if "WSQ files" in found:
        yield ""
        yield from _formats_of_others(found)


def _formats_of_others(found: dict[str, Any]) -> Iterator[str]:
    files, transactions, records = (found[name] for name in ("WSQ files", "transactions", "minutiae records"))
    against = files["against originals"].values()
    yield from head("files of others", "", numbers=())
    if files["held against NBIS, ours too"]:
        yield row(
            f"{files['held against NBIS, ours too']} WSQ files, NIST's and ours, decoded by both",
            f"pixels at most {files['most grey levels apart']} grey level apart",
        )
    if against:
        psnr, ours = ([one[key] for one in against] for key in ("psnr", "psnr_of_ours"))
        size = max(one["bytes_of_ours"] for one in against)
        yield row(
            f"{len(psnr)} of them against NIST's originals",
            f"{min(psnr):.1f} to {max(psnr):.1f} dB; ours at the same rate within "
            f"{max(abs(a - b) for a, b in zip(psnr, ours, strict=True)):.2f} dB, at most {100 * (size - 1):.1f} % larger",
        )
    yield row(
        f"{transactions['files']} transactions of {transactions['records']} records",
        f"{transactions['written as they were']} written from their fields as they were, byte for byte",
    )
    if "ten-print card" in found:
        card = found["ten-print card"]
        first = sum(rank == 1 for rank in card["ranks"].values())
        others = f"{card['prints']:,} prints of {card['fingers']:,} others"
        yield row(
            f"plain prints of a ten-print card, among its rolled ones and {others}",
            f"{first} of {len(card['ranks'])} find their rolled mate first",
        )
    yield row(f"{records['files']} files of minutiae records", f"{records['views']} views, {records['minutiae']} minutiae read")


def slaps(results: Results) -> Iterator[str]:
    """Yields fingers found and hands told."""
    document = results.get("slaps")
    if document is None:
        yield MISSING
        return
    found = dict(document["figures"])
    time = found.pop("time a slap")
    yield from head(
        "four fingers at once",
        "slaps",
        "fingers",
        "found, %",
        "shared, p50 / p5 / p1",
        "wrong count",
        "hand told right / wrong / not",
    )
    for name, one in found.items():
        shared, hand = one["shared"], one["hand"]
        yield row(
            name, f"{one['slaps']:,}", f"{one['found']:,} of {one['fingers']:,}", percent(one["found_share"]),
            f"{shared['p50']:.2f} / {shared['p5']:.2f} / {shared['p1']:.2f}", f"{one['wrong_count']:,}",
            f"{hand['right']:,} / {hand['wrong']:,} / {hand['none']:,}",
        )  # fmt: skip
    yield ""
    yield f"A slap takes {two(time)} ms of CPU time (p50 / p95)."


def finger_order(results: Results) -> Iterator[str]:
    """Yields cards with swapped names, and honest ones."""
    document = results.get("finger_order")
    if document is None:
        yield MISSING
        return
    yield from head("ten-print cards", "cards", "contradicted", "%")
    for name, one in document["figures"].items():
        if "share" in one:
            yield row(name, f"{one['cards']:,}", f"{one['contradicted']:,}", percent(one["share"]))


def transactions(results: Results) -> Iterator[str]:
    """Yields how time and memory grow with hostile transactions, and which limit ends them."""
    document = results.get("transactions")
    if document is None:
        yield MISSING
        return
    found = {name: one for name, one in document["figures"].items() if isinstance(one, dict)}
    first = next(iter(found.values()))["mb"]
    free = next(one for name, one in found.items() if name.endswith(", without limits"))["mb"]
    yield from head(
        "a transaction of nothing but",
        f"s, {first[0]} / {first[-1]} MB",
        f"memory, {first[-1]} MB",
        "goes beyond",
        f"without limits: s, {free[0]} / {free[-1]} MB",
        "seconds grow as bytes to the power of",
        f"memory, {free[-1]} MB",
        numbers=(1, 2, 4, 5, 6),
    )
    for name, one in found.items():
        if not name.endswith(", without limits"):
            other = found[f"{name}, without limits"]
            yield row(
                name,
                f"{one['seconds'][0]:.3f} / {one['seconds'][-1]:.3f}",
                f"{one['memory_mb'][-1]:,.0f} MB",
                one["refused"] or "nothing: it is read",
                f"{other['seconds'][0]:.2f} / {other['seconds'][-1]:.2f}",
                f"{other['exponent']:.2f}" if max(other["seconds"]) >= LEAST_SECONDS else "-",
                f"{other['memory_mb'][-1]:,.0f} MB",
            )


def fuzz(results: Results) -> Iterator[str]:
    """Yields what became of damaged files."""
    document = results.get("fuzz")
    if document is None:
        yield MISSING
        return
    found = document["figures"]
    yield from head("reader", "damaged files", "read all the same", "slowest, ms", "workers lost", "other errors than ours")
    for name in (key.removesuffix(", inputs") for key in found if key.endswith(", inputs")):
        slowest = found[f"{name}, slowest, ms of CPU time"]
        counts = (f"{found[f'{name}, {what}']:,}" for what in ("inputs", "read"))
        yield row(name, *counts, f"{slowest:g}", *(f"{found[f'{name}, {what}']:,}" for what in ("workers lost", "faults")))
