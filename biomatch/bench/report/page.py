"""Tables of Markdown pages, filled in from results, so that nobody types a figure.

    <!-- figures: NAME -->
    what stands here is written anew
    <!-- end of figures -->

`TABLES` names what there is. A table says so where its result is not there.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from biomatch.bench import measured
from biomatch.bench.engine import extraction, fusion, identification
from biomatch.bench.engine.likeness import MEASURES
from biomatch.bench.report import sentences, summary, tables_of_extractors, tables_of_formats, tables_of_identification
from biomatch.bench.report.cells import MISSING, Results, head, number, percent, rates, row, span, times, took, two
from biomatch.bench.service import attack, kills, power, replays, soak, tamperings
from biomatch.bench.service import load as service
from biomatch.errors import FileUnreadable, FileUnwritable, UnknownName, reason_of
from biomatch.evaluation import provenance
from biomatch.evaluation.intervals import three_in
from biomatch.json_text import parse

MARK = re.compile(r"(<!-- figures: ([\w-]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def read(folder: Path) -> Results:
    """Reads all results of a folder. Raises FileUnreadable."""
    if not folder.is_dir():
        raise FileUnreadable(str(folder), "it is no folder")
    found = {}
    for path in sorted(folder.glob("*.json")):
        try:
            document = parse(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise FileUnreadable(str(path), reason_of(error)) from None
        if "figures" in document:
            found[path.stem] = document
    return found


def renew(page: Path, folder: Path) -> None:
    """Writes the marked parts of a page anew. Raises FileUnreadable, FileUnwritable, UnknownName."""
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise FileUnreadable(str(page), error.strerror or str(error)) from None
    results = read(folder)
    pictures = {path.name for path in folder.iterdir()}
    made = current(text, results, pictures, Path(os.path.relpath(folder, page.parent)))
    try:
        page.write_text(made, encoding="utf-8")
    except OSError as error:
        raise FileUnwritable(str(page), error.strerror or str(error)) from None


def current(text: str, results: Results, pictures: Collection[str], folder: Path) -> str:
    """Returns a page with its marked parts as the results have them; `folder` is where the pictures lie, seen from the page."""

    def filled(match: re.Match[str]) -> str:
        name = match[2]
        if name.startswith("plot-"):
            body = _plot(name.removeprefix("plot-"), pictures, folder)
        elif name in TABLES:
            read = _Read(results)
            body = "\n".join([*TABLES[name](read), *_age(read.documents)])
        else:
            raise UnknownName("table of figures", name, [*TABLES, "plot-NAME"])
        return f"{match[1]}\n{body}\n\n{match[3]}"

    return MARK.sub(filled, text)


class _Read(Results):
    """Results that keep which of them a table was made of."""

    def __init__(self, results: Results):
        super().__init__(results)
        self.documents: dict[str, dict[str, Any]] = {}

    def __getitem__(self, name: str) -> dict[str, Any]:
        self.documents[name] = super().__getitem__(name)
        return self.documents[name]

    def get(self, name: str, default: Any = None) -> Any:
        found = super().get(name, default)
        if name in self:
            self.documents[name] = found
        return found


def _age(documents: Results) -> Iterator[str]:
    """Yields one line, where a table's results are older than what they were measured on; none, where none is."""
    older: dict[str, list[str]] = {}
    for name, document in documents.items():
        parts = measured.changed(document)
        if parts is None:
            version = ".".join(str(document.get("biomatch", "unknown")).split(".")[:2])
            older.setdefault(f"with version {version}", []).append(str(document.get("date", "no date")))
        elif parts:
            older.setdefault(f"before {', '.join(parts)} changed last", []).append(name)
    told = [f"{how} ({_first_and_last(of) if how.startswith('with') else ', '.join(of)})" for how, of in older.items()]
    if told:
        yield ""
        yield f"Measured {'; '.join(told)}."


def _first_and_last(dates: Sequence[str]) -> str:
    return " to ".join(sorted({min(dates), max(dates)}))


def _plot(name: str, pictures: Collection[str], folder: Path) -> str:
    file = next((f"{name}.{ending}" for ending in ("svg", "png") if f"{name}.{ending}" in pictures), None)
    return MISSING if file is None else f"![{name.replace('_', ' ')}]({(folder / file).as_posix()})"


def _machine(results: Results) -> Iterator[str]:
    machines = dict.fromkeys(f"{one['cpu']}, {one['cores']} cores, {one['system']}" for one in results.values())
    yield from (f"- {machine}" for machine in machines)


def _runs(results: Results) -> Iterator[str]:
    yield from head("result", "date", "commit", "extractor and models", "load before", "took", numbers=(4, 5))
    for name, one in results.items():
        models = " ".join(f"{model} {version[:8]}" for model, version in one["models"].items())
        yield row(name, one["date"], one["commit"] or "-", models, f"{one['load_before']:g}", f"{one['seconds']:,.0f} s")


def _accuracy(results: Results) -> Iterator[str]:
    yield from head("prints", "minutiae", "mated / non-mated pairs", "NBIS", "biomatch", numbers=())
    ours, held = results.get("accuracy_ours"), _first(results, "accuracy_pairs_held_out", "accuracy_ours_held_out")
    nbis, hard, hard_nbis = (results.get(f"accuracy_{name}") for name in ("nbis", "harder", "nbis_harder"))
    plain, hard_held = (_first(results, f"accuracy_{name}_held_out") for name in ("templates", "harder"))
    seen = "second: shipped models, which have seen these sensors"
    rows = (
        ("six sets, one of them SFinGe's, one threshold; **held out**", held, nbis, "pooled"),
        ("FVC2000, four sets, one of them SFinGe's; **held out**", held, nbis, "fvc2000"),
        ("the same four; held out, without a ridge picture", plain, nbis, "fvc2000"),
        ("the same four made hard by synthesis (distorted, wet, dry, smudged); held out", hard_held, hard_nbis, "pooled"),
        ("MINDTCT's minutiae in our comparison, six sets; held out", results.get("accuracy_mindtct_held_out"), nbis, "pooled"),
        ("LEADER's minutiae in our comparison, FVC2000; held out", results.get("accuracy_leader_held_out"), nbis, "fvc2000"),
        ("across sensors: crossmatch against uareu; held out", results.get("accuracy_sensors_held_out"), None, "pooled"),
        (f"six sets; {seen}", ours, nbis, "pooled"),
        (f"six sets, without a ridge picture; {seen}", results.get("accuracy_templates"), nbis, "pooled"),
        (f"FVC2000 made hard by synthesis; {seen}", hard, hard_nbis, "pooled"),
        (f"MINDTCT's minutiae in our comparison; {seen}", results.get("accuracy_mindtct"), nbis, "pooled"),
    )
    for words, mine, peer, part in rows:
        one = mine and mine["figures"].get(part)
        if mine and one:
            other = peer and peer["figures"].get(part)
            by = mine["settings"].get("extractor", "classical") if "'s minutiae" not in words else "foreign"
            yield row(words, by, f"{one['genuine']:,} / {one['impostor']:,}", rates(other), f"**{rates(one)}**")


def _accuracy_sets(results: Results) -> Iterator[str]:
    held, nbis = _first(results, "accuracy_pairs_held_out", "accuracy_ours_held_out"), results.get("accuracy_nbis")
    if held is None:
        yield MISSING
        return
    yield from head("set, held out", "mated", "EER", "95 % interval", "EER of NBIS", "its interval", numbers=(1, 2, 4))
    for name, one in held["figures"]["sets"].items():
        if not one["genuine"]:
            continue
        peer = nbis["figures"]["sets"].get(name) if nbis else None
        spans = [_span_of_set(document, name) if document else "-" for document in (held, nbis)]
        shown = name if provenance.shows_persons(name) else f"{name} (by SFinGe)"
        yield row(shown, f"{one['genuine']:,}", percent(one["eer"]), spans[0], percent(peer and peer["eer"]), spans[1])


def _span_of_set(document: dict[str, Any], name: str) -> str:
    """Returns the interval of a set's EER.

    Older results have no width where no error was seen: of them it is the rule of three over the fingers, whose number follows
    from the numbers of pairs where each finger has as many prints.
    """
    found = document["figures"]["intervals"]["sets"].get(name)
    if found is None or found["eer"][1] > 0:
        return span(found)
    mated, non_mated = (document["figures"]["sets"][name][kind] for kind in ("genuine", "impostor"))
    prints = (1 + math.sqrt(1 + 8 * (mated + non_mated))) / 2
    return span((0.0, three_in(round(prints / (1 + 2 * mated / prints)))))


def _speed(results: Results) -> Iterator[str]:
    yield from head("one core, p50 (p95)", "biomatch", "nbis-python, same run")
    found = {name: results[name]["figures"] for name in ("comparison", "http", "import") if name in results}
    extracted = extraction.named(results["extraction"]["figures"]) if "extraction" in results else {}
    for size in extraction.sizes(extracted):
        for name, words, peer in (
            ("learned", "extraction", "mindtct"),
            ("classical", "classical extraction", None),
            ("leader", "LEADER through onnxruntime", None),
        ):
            if f"{size}, {name}" in extracted:
                yield row(f"{words}, {size}", took(extracted[f"{size}, {name}"]), took(extracted.get(f"{size}, {peer}")))
    names = (
        ("relaxed score", "comparison: relaxed score for a whole shortlist, a candidate", None),
        ("full score", "full score, for the best 25", "Bozorth3"),
        ("ridge check", "ridge check, for the last ten", None),
        ("search of 1,000, all steps, a print", "search of 1,000 prints, all steps, a print", None),
    )
    for name, words, peer in names:
        if name in found.get("comparison", {}):
            yield row(words, took(found["comparison"][name]), took(found["comparison"].get(peer) if peer else None))
    for kind in ("image", "template"):
        if "http" in found:
            added = took(found["http"][f"added, {kind} in, wall"])
            yield row(f"what HTTP, audit and encryption add to a search, {kind} in, by the clock", added, "")
    if "import" in found:
        yield row("`import biomatch`, interpreter included", took(found["import"]["import biomatch"]), "")


def _index_kinds(results: Results) -> Iterator[str]:
    document = results.get("index_kinds")
    if document is None:
        yield MISSING
        return
    missed = f"mates off a list of {document['settings']['list']}"
    yield from head("kind", "prints", "bytes a minutia", "core-ms, p50 / p95", missed, "build, us a minutia")
    for size, found in document["figures"].items():
        for title, one in found["kinds"].items():
            own = next(iter(one["groups"].values()))
            off = f"{own['off_list']} of {own['trials']:,}"
            yield row(
                title, f"{int(size):,}", f"{one['bytes_a_vector']:g}", two(one["ms"]), off, f"{one['build_us_a_vector']:g}"
            )


def _concurrent(results: Results) -> Iterator[str]:
    document = results.get("concurrent")
    if document is None:
        yield MISSING
        return
    yield from head("searches", "latency, p50 / p95, ms", "searches a second", "disturbed", "displaced", "prints changed")
    for name, one in document["figures"]["changes"].items():
        changed = one.get("changed prints")
        yield row(
            name, two(one["latency_ms"]), f"{one['queries_a_second']:g}", f"{one['mate not found']:,}",
            f"{one.get('mate displaced', 0):,}", "-" if changed is None else f"{changed:,}",
        )  # fmt: skip


def _crowding(results: Results) -> Iterator[str]:
    document = results.get("crowding")
    if document is None:
        yield MISSING
        return
    found = document["figures"]
    shares = sorted({*found["entry"], *found["lists"]}, key=float, reverse=True)
    yield from head(
        "share of synthetic non-mated prints above a score, or on a list, %", *(f"{100 * float(share):g}" for share in shares)
    )
    for words, name in (
        ("real non-mated prints above the first step's score, times as many [95 %]", "entry"),
        ("real non-mated prints above the comparison's score, times as many [95 %]", "score"),
        ("real non-mated prints on the index's lists, times as many [95 %]", "lists"),
    ):
        yield row(words, *(times(found[name].get(share)) for share in shares))


def _likeness(results: Results) -> Iterator[str]:
    document = results.get("likeness")
    if document is None:
        yield MISSING
        return
    pairs = document["figures"]
    yield from head("of a print: real, synthetic (apart)", *(f"{name}, {one['sensor']}" for name, one in pairs.items()))
    for measure, words in MEASURES.items():
        yield row(words, *(_alike(one["measures"][measure]) for one in pairs.values()))


def _alike(one: dict[str, Any]) -> str:
    if one["apart"] is None:
        return "-"
    real, made = (number(one[which][1]) for which in ("real", "synthetic"))
    return f"{real}, {made} ({one['apart']:.2f})"


def _rates_said(results: Results) -> Iterator[str]:
    document = results.get("rates")
    if document is None:
        yield MISSING
        return
    yield from head("what the answer says", "said, %", "seen, %", "events", "trials", "apart, times")
    found = document["figures"]
    for words, bins in _rate_bins(found["reliability"], found.get("reliability_large", [])):
        for one in bins:
            rates = [number(100 * one[key]) for key in ("said", "seen")]
            yield row(words, *rates, f"{one['events']:,}", f"{one['searches']:,}", number(one["ratio"]))


def _rate_bins(every: dict[str, Any], large: list[dict[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yields what the bins are of, and the bins."""
    for name, words in (("miss", "a mate is missed"), ("false_positive", "a non-mated search reaches this score")):
        yield words, every[name]
        for one in large:
            yield f"{words}, among {one['prints']:,}", one[name]


TABLES: dict[str, Callable[[Results], Iterator[str]]] = {
    "held-out": summary.held_out,
    "machine": _machine,
    "runs": _runs,
    "accuracy": _accuracy,
    "accuracy-sets": _accuracy_sets,
    "speed": _speed,
    "minutiae": tables_of_extractors.minutiae,
    "latents": tables_of_extractors.latents,
    "extractors": tables_of_extractors.extractors,
    "extractors-across": tables_of_extractors.across,
    "repeatability": tables_of_extractors.repeatability,
    "identification-held-out": tables_of_identification.held_out,
    "identification-folds": tables_of_identification.folds,
    "identification-sets": tables_of_identification.sets,
    "identification-new-sets": tables_of_identification.new_sets,
    identification.NAME: tables_of_identification.sizes,
    "identification-groups": tables_of_identification.groups,
    "index-kinds": _index_kinds,
    "concurrent": _concurrent,
    "crowding": _crowding,
    "likeness": _likeness,
    "rates": _rates_said,
    fusion.NAME: fusion.table,
    "fusion-misses": fusion.table_of_misses,
    "formats": tables_of_formats.formats,
    "slaps": tables_of_formats.slaps,
    "finger-order": tables_of_formats.finger_order,
    "fuzz": tables_of_formats.fuzz,
    "transactions": tables_of_formats.transactions,
    "service": service.table,
    "soak": soak.table,
    "kills": kills.table,
    "power": power.table,
    "tamperings": tamperings.table,
    "replays": replays.table,
    attack.NAME: attack.table,
    "vendor": sentences.vendor,
    "rates-apart": sentences.rates_apart,
    "encryption": sentences.encryption,
    "units": sentences.units,
    "told": sentences.told,
    "image-quality": sentences.image_quality,
}


def _first(results: Results, *names: str) -> dict[str, Any] | None:
    return next((results[name] for name in names if name in results), None)
