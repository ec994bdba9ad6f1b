"""Tables of one among many: what held-out models give, what searches cost as a gallery grows, who is missed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from biomatch.bench.engine import familiarity, identification
from biomatch.bench.engine.identification import figures
from biomatch.bench.report.cells import MISSING, Results, head, number, percent, row, span, times, two
from biomatch.evaluation import provenance
from biomatch.evaluation.searching import DISTRACTORS


def held_out(results: Results) -> Iterator[str]:
    """Yields one among many, by models that saw neither the fingers nor the sensors."""
    document = results.get("accuracy_ours_held_out")
    if document is None:
        yield MISSING
        return
    found = document["figures"]["identification"]
    probes, missed = found["probes"], found["shortlist_miss"]
    first = f"{round(found['rank1'] * probes):,} of {probes:,}: {percent(found['rank1'])}"
    off = f"{round(missed * probes):,} of {probes:,}: {percent(missed)} [{span(found['shortlist_miss_interval'])}]"
    yield from head(
        "held out", f"mates that stand first among {found['gallery']:,}, %",
        f"mates off the shortlist with {DISTRACTORS:,} synthetic prints added, % [95 %]",
    )  # fmt: skip
    yield row("six sets, one of them SFinGe's", first, off)


def sets(results: Results) -> Iterator[str]:
    """Yields who is left off the list, of each set at each size; sets that the models know least come first."""
    yield from _sets(results, familiarity.DEGREES)


def new_sets(results: Results) -> Iterator[str]:
    """Yields the same of sets that no model saw."""
    yield from _sets(results, familiarity.DEGREES[:-1])


def _sets(results: Results, degrees: Sequence[str]) -> Iterator[str]:
    document = results.get(identification.SETS)
    if document is None:
        yield MISSING
        return
    found = {size: next(iter(one["sets"].values())) for size, one in document["figures"]["sizes"].items()}
    yield from head(
        "prints of", "what models saw of it", "in a gallery of", "mates off the list, % [95 %]", "stated, %",
        "off it though the pair passes FMR 1e-4", numbers=(2, 3, 4, 5),
    )  # fmt: skip
    known = {name: familiarity.of(name) for name in next(iter(found.values()))}
    for name in sorted((one for one in known if known[one] in degrees), key=lambda one: (degrees.index(known[one]), one)):
        shown = name if provenance.shows_persons(name) else f"{name} (by SFinGe)"
        for size, of_size in found.items():
            one = of_size[name]
            yield row(
                shown, known[name], f"{int(size):,}",
                f"{percent(one['off_list_rate'])} [{span(one['off_list_interval'])}]", percent(one["said"] / one["trials"]),
                f"{one['off_list_of_certain']:,} of {one['certain']:,}",
            )  # fmt: skip


def folds(results: Results) -> Iterator[str]:
    """Yields who is left off the list, for each group of sets with models that never saw it, and for all together."""
    document = results.get(identification.FOLDS)
    if document is None:
        yield MISSING
        return
    held_out: dict[str, list[str]] = document["settings"]["held_out"]
    yield from head(
        "held out", "in a gallery of", "mates off the list, % [95 %]", "stated, %",
        "off it though the pair passes FMR 1e-4, % [95 %]", numbers=(1, 2, 3, 4),
    )  # fmt: skip
    for name in ("pooled", *held_out):
        for size, of_size in document["figures"]["sizes"].items():
            found = next(iter(of_size["folds"].values()))
            one = found["pooled"] if name == "pooled" else found["groups"][name]
            certain = f"{one['off_list_of_certain']:,} of {one['certain']:,}: {percent(one['off_list_of_certain_rate'])}"
            yield row(
                "all groups" if name == "pooled" else ", ".join(held_out[name]), f"{int(size):,}",
                f"{percent(one['off_list_rate'])} [{span(one['off_list_interval'])}]", percent(one["said"] / one["trials"]),
                f"{certain} [{span(one['off_list_of_certain_interval'])}]",
            )  # fmt: skip


def sizes(results: Results) -> Iterator[str]:
    document = results.get(identification.NAME)
    if document is None:
        yield MISSING
        return
    large = results.get(identification.LARGE, {}).get("figures", {})
    every = document["figures"]["sizes"] | large.get("sizes", {})
    yield from head("prints in the gallery; models have seen the sensors", *(f"{int(size):,}" for size in every))
    ones = list(every.values())
    effort = next(iter(ones[0]["time"]))
    group = next(iter(ones[0]["errors"][effort]))
    for words, cell in _rows(effort, group):
        yield row(words, *(cell(one) for one in ones))
    last = list(document["figures"]["sizes"])[-1]
    beyond = {int(size): every[size] for size in (last, *large.get("sizes", {}))}
    for growth in (document["figures"]["growth"], figures.growth(beyond)):
        yield from _growth(growth)


def _growth(found: dict[str, Any]) -> Iterator[str]:
    if "core_ms" in found:
        yield ""
        of_index = f", that of the index alone as {found['index_core_ms']:.2f}" if "index_core_ms" in found else ""
        yield (
            f"From {found['from']:,} to {found['to']:,} prints the cost of a search grows as the size to the power of "
            f"{found['core_ms']:.2f}{of_index}."
        )


def _rows(effort: str, group: str) -> list[tuple[str, Callable[[dict[str, Any]], str]]]:
    def time(one: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = one["time"][effort]
        return found

    def errors(one: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = one["errors"][effort][group]
        return found

    def open_set(one: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = one["open_set"][effort]["groups"][group]
        return found

    def fnir(rate: str) -> Callable[[dict[str, Any]], str]:
        def cell(one: dict[str, Any]) -> str:
            own = open_set(one)[rate]
            return f"{percent(own['fnir'])} [{span(own['fnir_interval'])}]"

        return cell

    return [
        ("core-ms a search, p50 / p95", lambda one: two(time(one)["core_ms"])),
        (
            "of which index (coarse, scan, vote)",
            lambda one: two(time(one)["index_core_ms"]) if time(one)["index_core_ms"] else "-",
        ),
        ("core-ms per million prints", lambda one: f"{time(one)['core_ms_a_million']:,g}"),
        ("latency, 1 thread, p50 / p95, ms", lambda one: two(one["threads"]["1"]["latency_ms"])),
        ("latency, 2 threads, p50 / p95, ms", lambda one: two(one["threads"]["2"]["latency_ms"])),
        ("searches a second, 1 / 2 threads", lambda one: _both(one, "queries_a_second")),
        ("memory of its own, MB", lambda one: f"{one['memory']['anonymous_mb']:,g}"),
        ("page cache in use, MB", lambda one: f"{one['memory']['page_cache_mb']:,g}"),
        ("disk, bytes a print", lambda one: f"{one['disk_bytes_a_print']['all']:,g}"),
        ("build, s", lambda one: f"{one['build']['seconds']:,g}"),
        ("cold load, s", lambda one: f"{one['load_s']:,g}"),
        (f"mated searches ({group})", lambda one: f"{errors(one)['trials']:,}"),
        ("mates off the shortlist, %", lambda one: percent(errors(one)["off_list_rate"])),
        (
            "misses: off it though the pair passes FMR 1e-6, % [95 % interval]",
            lambda one: f"{percent(errors(one)['miss_rate'])} [{span(errors(one)['miss_interval'])}]",
        ),
        ("rank 1, %", lambda one: percent(errors(one)["rank1"])),
        ("the same by comparing with every print / by the search, % (sample)", lambda one: _beside(one, group)),
        ("real non-mated prints on a list of 200, times as often as synthetic ones [95 %]", lambda one: _crowd_at(one, "200")),
        *(
            (f"mates of good probes cropped to {n} minutiae on a list of 200, %, index core-ms", _cropped_to(n))
            for n in (16, 12)
        ),
        ("non-mated searches", lambda one: f"{open_set(one)['searches of strangers']:,}"),
        ("FNIR at FPIR 1 %, % [95 %]", fnir("0.01")),
        ("FNIR at FPIR 0.1 %, % [95 %]", fnir("0.001")),
    ]


def _cropped_to(minutiae: int) -> Callable[[dict[str, Any]], str]:
    def cell(one: dict[str, Any]) -> str:
        own = next((some for some in one.get("cropped", []) if some["minutiae"] == minutiae), None)
        if own is None:
            return "-"
        return f"{percent(own['listed_at']['200'])} [{span(own['interval_at_200'])}], {number(own['index_core_ms']['p50'])}"

    return cell


def _crowd_at(one: dict[str, Any], length: str) -> str:
    found = one.get("crowd", {}).get("at", {}).get(length)
    return "-" if found is None or found["times"] is None else f"{times(found)} ({found['seen']:,} seen)"


def groups(results: Results) -> Iterator[str]:
    """Yields errors of every group of trials at the largest size, and in a larger gallery that was measured apart."""
    document = results.get(identification.NAME)
    if document is None:
        yield MISSING
        return
    large = results.get(identification.LARGE)
    for n, found in enumerate(one for one in (document, large) if one is not None):
        if n:
            yield ""
        yield from _groups(*list(found["figures"]["sizes"].items())[-1])


def _groups(size: str, one: dict[str, Any]) -> Iterator[str]:
    yield from head(f"{int(size):,} prints: effort, trials", "searches", "off the list, %", "misses, % [95 %]", "rank 1, %")
    for effort, groups in one["errors"].items():
        for name, own in groups.items():
            missed = f"{own['missed']:,} of {own['passing']:,}: {percent(own['miss_rate'])} [{span(own['miss_interval'])}]"
            yield row(f"{effort}, {name}", f"{own['trials']:,}", percent(own["off_list_rate"]), missed, percent(own["rank1"]))


def _both(one: dict[str, Any], name: str) -> str:
    return f"{number(one['threads']['1'][name])} / {number(one['threads']['2'][name])}"


def _beside(one: dict[str, Any], group: str) -> str:
    found = one.get("exhaustive", {}).get("groups", {}).get(group)
    return "-" if found is None else f"{percent(found['rank1'])} / {percent(found['rank1_of_search'])}"
