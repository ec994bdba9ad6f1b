"""The page of `bench --quick`: one file, nothing from elsewhere, to be read on a screen or on paper."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import escape
from typing import Any

from biomatch.bench.engine import extraction
from biomatch.bench.report import plots
from biomatch.extraction.opening import CLASSICAL, DEFAULT

STYLE = """
:root { --ink: #1f2328; --soft: #59636e; --line: #d8dee4; --wash: #f6f8fa; --blue: #0072b2; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.55 system-ui, "Segoe UI", "Helvetica Neue", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .25rem; letter-spacing: -.01em; }
h2 { font-size: 1.25rem; margin: 2.75rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); }
p { max-width: 46rem; margin: .5rem 0; }
.under { color: var(--soft); margin: 0; }
.verdict { margin: 1.5rem 0; padding: 1rem 1.25rem; background: var(--wash); border-left: 4px solid var(--blue); }
.verdict h2 { border: 0; margin: 0 0 .25rem; padding: 0; }
.verdict ul { margin: 0; padding-left: 1.1rem; } .verdict li { margin: .35rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; margin: 1.5rem 0; }
.tile { border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem; }
.tile b { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tile span { color: var(--soft); font-size: .85rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .75rem 0; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th:first-child, td:first-child { text-align: left; }
th { font-weight: 600; color: var(--soft); }
figure { margin: 1rem 0; } figure svg { max-width: 100%; height: auto; display: block; }
figcaption { color: var(--soft); font-size: .85rem; max-width: 46rem; }
@media print {
  body { font-size: 10.5pt; } main { padding: 0; max-width: none; }
  h2 { break-after: avoid; } figure, table, .verdict, .tile { break-inside: avoid; }
  .tiles { grid-template-columns: repeat(4, 1fr); }
  figure svg { max-height: 7.5cm; width: auto; }
}
"""


def page(document: dict[str, Any]) -> str:
    """Writes the page of a quick run's figures."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    found = document["figures"]
    yield "<!doctype html>"
    yield '<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>biomatch on this machine, {escape(document['date'])}</title><style>{STYLE}</style></head><body><main>"
    yield "<h1>biomatch on this machine</h1>"
    yield f'<p class="under">{escape(_machine(document))}</p>'
    yield f'<p class="under">{escape(_versions(document))}</p>'
    yield '<section class="verdict"><h2>In words</h2><ul>'
    yield from (f"<li>{escape(sentence)}</li>" for sentence in document["verdict"])
    yield "</ul></section>"
    yield from _tiles(found)
    yield from _noise(found["noise"])
    yield from _extraction(found["extraction"])
    yield from _comparison(found["comparison"])
    yield from _identification(found["identification"])
    yield from _concurrent(found["concurrent"])
    yield from _outlook(found["outlook"], document["settings"]["growth"])
    yield from _how(document)
    yield "</main></body></html>"


def _machine(document: dict[str, Any]) -> str:
    return (
        f"{document['cpu']}, {document['cores']} cores, {document['memory_gb']:g} GB, {document['system']}; "
        f"{document['date']}, measured in {document['seconds']:.0f} s"
    )


def _versions(document: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items())
    commit = f" ({document['commit']})" if document["commit"] else ""
    return f"biomatch {document['biomatch']}{commit}, Python {document['python']}, {versions}"


def _tiles(found: dict[str, Any]) -> Iterator[str]:
    prints, last = list(found["identification"]["sizes"].items())[-1]
    effort = next(iter(last["time"]))
    size, extracted = extraction.own(found["extraction"])
    errors = next(iter(last["errors"][effort].values()))
    tiles = (
        (f"{extracted['p50']:.0f} ms", f"a template from an image of {size}, one core"),
        (f"{last['time'][effort]['core_ms']['p50']:.1f} ms", f"of one core for a search of {int(prints):,} prints"),
        (f"{last['threads']['2']['queries_a_second']:.0f} / s", f"searches of {int(prints):,} prints, two threads"),
        (f"{errors['rank1']:.1%}", "of synthetic probes found their mate first"),
    )
    yield '<div class="tiles">'
    yield from (f'<div class="tile"><b>{escape(value)}</b><span>{escape(words)}</span></div>' for value, words in tiles)
    yield "</div>"


def _noise(noise: dict[str, Any]) -> Iterator[str]:
    yield "<h2>Is the machine quiet?</h2>"
    yield "<p>One small task, again and again. On a quiet machine it always takes as long; where other work or a hypervisor "
    yield "takes the cores away, figures by the clock below say more about the others than about biomatch.</p>"
    p50, p95 = noise["task_ms"]
    yield from _table(
        ("the task took, p50", "p95", "spread", "ready, but waited", "stolen by a hypervisor"),
        [(f"{p50:.2f} ms", f"{p95:.2f} ms", f"{noise['spread']:.1%}", f"{noise['waited']:.1%}", f"{noise['stolen']:.1%}")],
    )


def _extraction(found: dict[str, Any]) -> Iterator[str]:
    yield "<h2>From image to template</h2>"
    yield "<p>CPU time of one core, image bytes in, template out; beside the classical extractor, which has no network.</p>"
    rows = []
    for size in extraction.sizes(found):
        classical, peer = found[f"{size}, {CLASSICAL}"], found.get(f"{size}, mindtct")
        beside = (f"{classical['p50']:.1f}", f"{peer['p50']:.1f}" if peer else "not installed")
        rows.append((size, *_points(found[f"{size}, {DEFAULT}"]), *beside))
    yield from _table(("image", "p50, ms", "p95", "p99", "classical, p50", "MINDTCT, p50"), rows)
    yield from _figures({"benchmark": "extraction", "figures": found}, {
        "extraction": "Time by the image's size.", "extraction_stages": "Where it goes, at 388 x 374 px.",
    })  # fmt: skip


def _comparison(found: dict[str, Any]) -> Iterator[str]:
    yield "<h2>Two prints compared</h2>"
    yield (
        f"<p>Templates of {found['minutiae of a print']:.0f} minutiae on average. A search gives the relaxed score to its "
        "whole shortlist of 100, the full score to the best 25, and checks the ridges of the last 10.</p>"
    )
    rows = [(name, *_points(one)) for name, one in found.items() if isinstance(one, dict)]
    yield from _table(("us a candidate", "p50", "p95", "p99"), rows)
    yield from _figures({"benchmark": "comparison", "figures": found}, {"comparison": "Note the logarithmic scale."})


def _identification(found: dict[str, Any]) -> Iterator[str]:
    sizes = found["sizes"]
    effort = next(iter(next(iter(sizes.values()))["time"]))
    yield "<h2>One among many</h2>"
    yield (
        "<p>Synthetic fingers are hidden among other synthetic prints and searched for by another impression of them. A miss "
        "is a mate that the index left off its shortlist although a comparison would have accepted it at a false match rate of "
        "one in a million. FNIR is the share of mated searches without their mate at the threshold at which one in a hundred "
        "non-mated searches brings a candidate.</p>"
    )
    yield from _table(("prints in the gallery", *(f"{int(size):,}" for size in sizes)), _identification_rows(sizes, effort))
    words = {
        "identification_cost": "What a search costs as the gallery grows: both axes logarithmic.",
        "identification_errors": "Few searches make coarse curves: a floor is where nothing was seen.",
        "identification_reach": "Left: more lists and more minutiae that ask cost time and miss less. Right: a longer list "
        "misses less and costs the comparison more. Points on the grey line: no miss was seen.",
    }
    yield from _figures({"benchmark": "identification", "figures": found}, words)


def _identification_rows(sizes: dict[str, Any], effort: str) -> Iterator[tuple[str, ...]]:
    def row(words: str, cell: Callable[[dict[str, Any]], str]) -> tuple[str, ...]:
        return words, *(cell(one) for one in sizes.values())

    def errors(one: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = next(iter(one["errors"][effort].values()))
        return found

    def fnir(one: dict[str, Any]) -> str:
        found = next(iter(one["open_set"][effort]["groups"].values()))["0.01"]["fnir"]
        return f"{found:.1%}"

    def time(name: str) -> Callable[[dict[str, Any]], str]:
        return lambda one: f"{one['time'][effort][name]['p50']:,.3g} / {one['time'][effort][name]['p95']:,.3g}"

    def threads(number: str) -> Callable[[dict[str, Any]], str]:
        return lambda one: f"{one['threads'][number]['queries_a_second']:.0f}"

    yield row("core-ms a search, p50 / p95", time("core_ms"))
    yield row("of which index", time("index_core_ms"))
    yield row("latency by the clock, ms, p50 / p95", time("latency_ms"))
    yield row("searches a second, one thread", threads("1"))
    yield row("searches a second, two threads", threads("2"))
    yield row("misses", lambda one: f"{errors(one)['missed']} of {errors(one)['passing']}")
    yield row("mate stands first", lambda one: f"{errors(one)['rank1']:.1%}")
    yield row("FNIR at FPIR 1 %", fnir)
    yield row("memory of its own, MB", lambda one: f"{one['memory']['anonymous_mb']:.0f}")
    yield row("disk, kB a print", lambda one: f"{one['disk_bytes_a_print']['all'] / 1e3:.1f}")
    yield row("built, prints a second", lambda one: f"{one['build']['prints_a_second']:,.0f}")
    yield row("cold load, s", lambda one: f"{one['load_s']:.1f}")


def _concurrent(found: dict[str, Any]) -> Iterator[str]:
    yield "<h2>While it changes</h2><p>Two threads search without a pause while another changes the gallery.</p>"
    rows = []
    for name, one in found["changes"].items():
        changed = f"{one['changed prints']:,}" if "changed prints" in one else "-"
        rows.append((name, *_points(one["latency_ms"]), f"{one['queries_a_second']:.0f}", changed, str(one["mate not found"])))
    yield from _table(("searches", "p50, ms", "p95", "p99", "a second", "prints changed", "mate not found"), rows)
    yield from _figures({"benchmark": "concurrent", "figures": found}, {"concurrent": "By the clock, threads and all."})


def _outlook(found: dict[str, Any], growth: Sequence[float]) -> Iterator[str]:
    yield "<h2>What a larger gallery will take</h2>"
    yield (
        "<p>Estimates from the sizes measured above: the index is taken to cost as the gallery's size to the power of "
        f"{growth[0]:g} up to a million prints and {growth[1]:g} beyond, memory and disk to grow as the gallery itself, the "
        "rest of a search not at all. <code>biomatch bench "
        "identification --sizes ...</code> measures instead. Disk should be fast (SSD); what is read often stays in memory "
        "when there is room.</p>"
    )
    rows = [
        (f"{int(size):,}", *(f"{value:,.3g}" for value in one.values()))
        for size, one in found.items()
    ]  # fmt: skip
    head = ("prints", "core-ms a search", "searches a second a core", "memory, GB", "disk, GB", "build, hours")
    yield from _table(head, rows)


def _how(document: dict[str, Any]) -> Iterator[str]:
    yield "<h2>How this was measured</h2>"
    yield (
        "<p>p50, p95 and p99: half, 95 and 99 of 100 took at most so long. CPU times are those of the process, so that other "
        "work on the machine counts little; latencies are by the clock. All prints are synthetic and the same on every machine "
        f"(seed {document['seed']}), so two machines can be compared; they are easier to find than real ones. "
        "The figures stand in the JSON file beside this page.</p>"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield '<div class="wide"><table><thead><tr>'
    yield "".join(f"<th>{escape(cell)}</th>" for cell in head)
    yield "</tr></thead><tbody>"
    yield from ("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    yield "</tbody></table></div>"


def _points(one: dict[str, Any]) -> tuple[str, str, str]:
    p50, p95, p99 = (f"{float(f'{one[name]:.3g}'):,g}" for name in ("p50", "p95", "p99"))
    return p50, p95, p99


def _figures(document: dict[str, Any], words: dict[str, str]) -> Iterator[str]:
    for name, figure in plots.figures(document).items():
        text = io.StringIO()
        plots.save(figure, text)
        svg = text.getvalue()
        svg = svg[svg.index("<svg") :]
        yield f'<figure role="img" aria-label="{escape(name.replace("_", " "))}">{svg}'
        yield f"<figcaption>{escape(words.get(name, ''))}</figcaption></figure>"
