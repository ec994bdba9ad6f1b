"""Everything small, in two minutes, without real prints: what an owner runs before buying hardware. -> one HTML page"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from biomatch.bench.engine import comparison, extraction, identification
from biomatch.bench.frame import Run, rounded
from biomatch.bench.report import html
from biomatch.bench.service import concurrent_use, import_time
from biomatch.errors import FileUnwritable, ResultExists
from biomatch.evaluation import machine
from biomatch.evaluation.galleries import population
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.interface import Effort
from biomatch.index import Reach
from biomatch.observe import NO_PROGRESS, Progress

NAME = "quick"
SIZES = (1_000, 10_000)
MATED, NON_MATED = 200, 150
PLANNED = (100_000, 1_000_000, 10_000_000)  # prints that the outlook is given for
GROWTH = 0.21  # exponent of the index's cost beyond what was measured: benchmarks/results, from 100,000 to a million prints
MANY, GROWTH_OF_MANY = 1_000_000, 0.85  # beyond it, since then there are more segments: the same, from there to ten million
REACHES = tuple(Reach(queries, nprobe, 64) for queries in (12, 24) for nprobe in (2, 4, 8, 16))


def claim(report: Path, replace: bool) -> None:
    """Makes sure before the work that the page can be written. Raises ResultExists, FileUnwritable."""
    for path in (report, report.with_suffix(".json")):
        if path.exists() and not replace:
            raise ResultExists(str(path))
        if not path.parent.is_dir():
            raise FileUnwritable(str(path), f"there is no folder {path.parent}")


def measure(
    *, sizes: tuple[int, ...] = SIZES, mated: int = MATED, non_mated: int = NON_MATED, prints: int = 10,
    seconds: float = 4.0, progress: Progress = NO_PROGRESS,
) -> dict[str, Any]:  # fmt: skip
    """Measures all parts; returns figures, an outlook, and a verdict in words.

    prints   of each size that are extracted
    seconds  for the check of the machine's noise, and for each kind of change in concurrent use
    """
    one_thread()
    progress.start("Listening to the machine", None)
    noise = machine.noise(seconds)
    run = Run(NAME, threads=1, seed=41, sizes=list(sizes), mated=mated, growth=[GROWTH, GROWTH_OF_MANY])
    parts: dict[str, Run] = {
        "import": import_time.measure(3, progress),
        "extraction": extraction.measure(None, prints, progress),
        "comparison": comparison.measure(None, 6, progress),
    }
    some = population.synthetic(mated, non_mated, 41)
    plan = identification.Plan(
        sizes, (Effort.NORMAL,), exhaustive=min(30, mated), reached=min(60, mated), timed=min(100, mated), crops=60,
        reaches=REACHES,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as place:
        parts["identification"] = identification.measure(some, plan, Path(place), progress=progress)
    few = population.synthetic(min(50, mated), 0, 41)
    parts["concurrent"] = concurrent_use.measure(few, max(2 * len(few.planted), sizes[0]), seconds=seconds, progress=progress)
    progress.done()
    run.note("noise", vars(noise))
    for name, part in parts.items():
        run.note(name, part.figures)
    run.note("outlook", outlook(parts["identification"].figures))
    document = run.document
    return {**document, "peer": parts["extraction"].facts["settings"]["peer"], "verdict": verdict(document["figures"])}


def outlook(found: dict[str, Any]) -> dict[str, Any]:
    """Estimates what larger galleries will take of this machine, from the two largest that were measured."""
    sizes = sorted(int(size) for size in found["sizes"])
    last = found["sizes"][str(sizes[-1])]
    first = found["sizes"][str(sizes[0])]
    effort = next(iter(last["time"]))
    index, whole = last["time"][effort]["index_core_ms"]["p50"], last["time"][effort]["core_ms"]["p50"]
    steps = max(1, sizes[-1] - sizes[0])
    own = [one["memory"]["anonymous_mb"] for one in (first, last)]
    a_print = max(0.0, own[1] - own[0]) / steps
    planned = {}
    for size in PLANNED:
        grown = (min(size, MANY) / sizes[-1]) ** GROWTH * max(size / MANY, 1) ** GROWTH_OF_MANY
        core_ms = whole - index + index * grown
        planned[str(size)] = {
            "core_ms": rounded(core_ms),
            "searches a second a core": rounded(1e3 / core_ms),
            "memory_gb": rounded((own[1] + a_print * (size - sizes[-1])) / 1e3),
            "disk_gb": rounded(last["disk_bytes_a_print"]["all"] * size / 1e9),
            "build_hours": rounded(size / last["build"]["prints_a_second"] / 3_600),
        }
    return planned


def verdict(found: dict[str, Any]) -> list[str]:
    """Says in sentences what the figures mean."""
    said = [f"The machine was {found['noise']['verdict']}"]
    size, one = extraction.own(found["extraction"])
    words = f"One core makes a template of a print of {size} in {one['p50']:.0f} ms: {1e3 / one['p50']:.0f} prints a second"
    beside = f", {one['times_mindtct']:.1f} times as long as MINDTCT takes here" if "times_mindtct" in one else ""
    said.append(f"{words}{beside}.")
    prints, last = list(found["identification"]["sizes"].items())[-1]
    effort = next(iter(last["time"]))
    cost, threads = last["time"][effort]["core_ms"], last["threads"]
    said.append(
        f"A search of {int(prints):,} prints takes {cost['p50']:.0f} ms of one core (95 of 100 searches at most "
        f"{cost['p95']:.0f}); two threads answer {threads['2']['queries_a_second']:.0f} searches a second, one "
        f"{threads['1']['queries_a_second']:.0f}."
    )
    errors = next(iter(last["errors"][effort].values()))
    said.append(
        f"Of {errors['trials']:,} synthetic probes, {errors['rank1']:.1%} found their mate first among {int(prints):,} prints; "
        f"the index left {errors['missed']} off its list that a comparison finds. Real prints are harder."
    )
    changing = found["concurrent"]["changes"]
    lost = sum(one["mate not found"] for one in changing.values())
    calm = changing["undisturbed"]["latency_ms"]["p95"]
    worst = max(one["latency_ms"]["p95"] for one in changing.values())
    said.append(
        f"While prints are added, removed and compacted, 95 of 100 searches take at most {worst:.0f} ms, undisturbed "
        f"{calm:.0f}; {lost or 'none'} of them lost a mate that was there."
    )
    million = found["outlook"]["1000000"]
    said.append(
        f"Estimate for a million prints on this machine: {million['core_ms']:.0f} core-ms a search, "
        f"{million['memory_gb']:.1f} GB of memory, {million['disk_gb']:.1f} GB of disk, "
        f"{million['build_hours']:.1f} hours to build."
    )
    return said


def write(report: Path, document: dict[str, Any]) -> None:
    """Writes the page, and the figures beside it as JSON. Raises FileUnwritable."""
    try:
        report.write_text(html.page(document), encoding="utf-8")
        report.with_suffix(".json").write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise FileUnwritable(str(report), error.strerror or str(error)) from None
