"""Tables of the extractors: what they find, what it costs, and what it is worth to the comparison."""

from __future__ import annotations

from collections.abc import Iterator

from biomatch.bench.engine import extraction
from biomatch.bench.report.cells import MISSING, Results, head, number, percent, rates, row, span

SIZE = "388 x 374 px"
UNSEEN = "fvc2000_db3"  # the set that the network did not learn from


def extractors(results: Results) -> Iterator[str]:
    """Yields all that was measured of each extractor, one row each."""
    document = results.get("extractors")
    if document is None:
        yield MISSING
        return
    figures = document["figures"]
    times, found, latents_ = (results.get(name, {"figures": {}})["figures"] for name in ("extraction", "minutiae", "latents"))
    times = extraction.named(times)
    yield from head(
        "minutiae by", "ms", "F1, plain", "FVC2000", f"{UNSEEN} alone", "FVC2000 made hard", f"{UNSEEN} made hard",
        "latents at rank 1, %",
    )  # fmt: skip
    for name, one in figures.items():
        if name == "across":
            continue
        time = times.get(f"{SIZE}, {name}")
        hard = one.get("hard", {})
        yield row(
            name,
            "-" if time is None else number(time["p50"]),
            f"{found[name]['plain']['f1']:.2f}" if name in found else "-",
            *(rates(kind.get(part)) for kind in (one["plain"], hard) for part in ("pooled", UNSEEN)),
            percent(latents_[name]["rank1"]) if name in latents_ else "-",
        )


def across(results: Results) -> Iterator[str]:
    """Yields pairs of one extractor's templates, and of two."""
    document = results.get("extractors")
    if document is None:
        yield MISSING
        return
    figures = document["figures"]
    across_ = figures["across"]
    names = list(dict.fromkeys(name for pair in across_ for name in pair.split(", ")))
    yield from head("", *names)
    for own in names:
        both = (
            figures[own]["plain"]["pooled"] if other == own else across_.get(f"{own}, {other}") or across_[f"{other}, {own}"]
            for other in names
        )
        yield row(own, *map(rates, both))


def repeatability(results: Results) -> Iterator[str]:
    """Yields how templates and scores differ between ways to extract."""
    document = results.get("repeatability")
    if document is None:
        yield MISSING
        return
    yield from head("extracted by, against the first way", "templates that differ", "scores that move by more than 1", "most")
    for words, one in document["figures"].items():
        yield row(
            words, f"{one['differ']} of {one['templates']}", f"{one['scores_moved_above_1']} of {one['scores']:,}",
            number(one["largest_score_change"]),
        )  # fmt: skip


def minutiae(results: Results) -> Iterator[str]:
    """Yields recall and precision by kind of print."""
    document = results.get("minutiae")
    if document is None:
        yield MISSING
        return
    figures = dict(document["figures"])
    kinds = figures.pop("prints")
    yield from head("extractor", *(f"{kind} ({many})" for kind, many in kinds.items()), "px from the truth")
    for name, one in figures.items():
        cells = ("{f1:.2f} ({recall:.2f} / {precision:.2f})".format(**one[kind]) for kind in kinds)
        yield row(name, *cells, f"{one['off_px']:.1f}")


def latents(results: Results) -> Iterator[str]:
    """Yields where the mates of latents stand."""
    document = results.get("latents")
    if document is None:
        yield MISSING
        return
    figures = document["figures"]
    searches = next(iter(figures.values()))["searches"]
    real = list(next(iter(figures.values()))["real"])
    names = (f"place of {name.replace('_', ' ')}" for name in real)
    yield from head("minutiae by", f"rank 1 of {searches}, % [95 %]", "in the first 10, %", *names)
    for name, one in figures.items():
        first = f"{percent(one['rank1'])} [{span(one['rank1_interval'])}]"
        yield row(name, first, percent(one["rank10"]), *(str(one["real"][latent]) for latent in real))
