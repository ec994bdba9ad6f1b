"""Pictures of results, as SVG: drawn from the JSON documents alone, so that they can be drawn again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from biomatch.bench.engine import extraction, identification
from biomatch.bench.service import load as service
from biomatch.bench.service import soak
from biomatch.evaluation.plots import COLOURS, GRID, INK, STYLES, canvas, dress, percent
from biomatch.extraction.opening import CLASSICAL, DEFAULT
from biomatch.index import NORMAL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = (7.2, 4.2)  # inches
LEAST_MS = 0.05  # of a stage that is drawn
DEFAULT_REACH = (NORMAL.queries, NORMAL.nprobe)


def draw(document: dict[str, Any], folder: Path) -> list[Path]:
    """Writes every picture of a result beside it; returns their paths."""
    written = []
    for name, figure in figures(document).items():
        written.append(folder / f"{name}.svg")
        with written[-1].open("w", encoding="utf-8") as file:
            save(figure, file)
    return written


def figures(document: dict[str, Any]) -> dict[str, Figure]:
    """Draws pictures by name."""
    makers: dict[str, Callable[[dict[str, Any]], dict[str, Figure]]] = {
        "extraction": _extraction,
        "comparison": _comparison,
        identification.NAME: _identification,
        identification.LARGE: _identification_large,
        "index_kinds": lambda found: _index_kinds(found, document["settings"]["list"]),
        "concurrent": _concurrent,
        "http": _http,
        service.NAME: service.draw,
        soak.NAME: soak.draw,
    }
    make = makers.get(document["benchmark"])
    return {} if make is None else make(document["figures"])


def save(figure: Figure, file: TextIO) -> None:
    """Saves a figure as SVG; the same figure gives the same text."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "biomatch", "svg.fonttype": "path"}):
        figure.savefig(file, format="svg", metadata={"Date": None})


def _extraction(found: dict[str, Any]) -> dict[str, Figure]:
    found = extraction.named(found)
    sizes = extraction.sizes(found)
    figure, axes = canvas("Extraction, one core", "", "ms an image, p50 (in the bar) and p95", WIDE)
    names = {"biomatch": DEFAULT, "biomatch, classical": CLASSICAL, "mindtct": "mindtct"}
    lines = {words: [f"{size}, {name}" for size in sizes] for words, name in names.items()}
    lines = {words: rows for words, rows in lines.items() if all(row in found for row in rows)}
    _bars(axes, sizes, {words: [found[row] for row in rows] for words, rows in lines.items()})
    before = f"{DEFAULT if 'biomatch' in lines else CLASSICAL} stage: "
    stages = {name.removeprefix(before): one for name, one in found.items() if name.startswith(before)}
    whole, other = canvas("Stages of an extraction", "ms, p50", "", WIDE)
    _lying(other, {name: one["p50"] for name, one in stages.items() if one["p50"] >= LEAST_MS}, "{:.1f}")
    return {"extraction": figure, "extraction_stages": whole}


def _comparison(found: dict[str, Any]) -> dict[str, Figure]:
    figure, axes = canvas("Comparison, one core", "us a candidate, p50, logarithmic", "", (7.2, 3.2))
    _lying(axes, {name: one["p50"] for name, one in found.items() if isinstance(one, dict) and "p50" in one}, "{:,.0f}")
    axes.set_xlim(left=1)
    log_axis(axes, "x")
    return {"comparison": figure}


def _identification(found: dict[str, Any]) -> dict[str, Figure]:
    sizes = {int(size): one for size, one in found["sizes"].items()}
    drawn = {"identification_cost": _cost(sizes, found["growth"]), "identification_errors": _open_set(sizes)}
    largest = max(sizes)
    if sizes[largest]["reach"]:
        drawn["identification_reach"] = _reach(largest, sizes[largest]["reach"])
    return drawn


def _identification_large(found: dict[str, Any]) -> dict[str, Figure]:
    """Draws beside the pictures of smaller galleries; what one size alone costs is no curve."""
    drawn = {name.replace(identification.NAME, identification.LARGE): one for name, one in _identification(found).items()}
    return {name: one for name, one in drawn.items() if not name.endswith("_cost") or len(found["sizes"]) > 1}


def _cost(sizes: dict[int, Any], growth: dict[str, Any]) -> Figure:
    figure, axes = canvas("Cost of a search", "Prints in the gallery", "core-ms a search", WIDE)
    effort = next(iter(next(iter(sizes.values()))["time"]))
    at = sorted(sizes)
    for n, (name, words) in enumerate((("core_ms", "whole search"), ("index_core_ms", "index alone"))):
        rows = [(size, sizes[size]["time"][effort][name]) for size in at if sizes[size]["time"][effort].get(name)]
        if not rows:
            continue
        x = [size for size, _ in rows]
        exponent = f", grows as size^{growth[name]:.2f}" if name in growth else ""
        axes.plot(x, [one["p50"] for _, one in rows], "o-", color=COLOURS[n], linewidth=2, label=f"{words}, p50{exponent}")
        axes.plot(
            x, [one["p95"] for _, one in rows], "o--", color=COLOURS[n], linewidth=1.2, markersize=4, label=f"{words}, p95"
        )
    log_axis(axes, "xy")
    axes.set_ylim(bottom=0.1)
    axes.legend(frameon=False, fontsize=8)
    return figure


def _open_set(sizes: dict[int, Any]) -> Figure:
    figure, axes = canvas("One among many, mated and non-mated searches", "False positive identification rate (FPIR)",
                          "False negative identification rate (FNIR)", WIDE)  # fmt: skip
    lowest = 1.0
    for n, size in enumerate(sorted(sizes)):
        effort = next(iter(sizes[size]["open_set"]))
        group, one = next(iter(sizes[size]["open_set"][effort]["groups"].items()))
        curve = np.array(one["curve"])
        trials = sizes[size]["errors"][effort][group]["trials"]
        lowest = min(lowest, 0.5 / trials)
        axes.step(curve[:, 0], np.maximum(curve[:, 1], 0.5 / trials), where="post", color=COLOURS[n], linestyle=STYLES[n % 4],
                  linewidth=2, label=f"{size:,} prints")  # fmt: skip
    log_axis(axes, "xy", percent())
    axes.set_ylim(lowest * 0.8, 1)
    axes.legend(frameon=False, fontsize=8, title=f"{group}, effort {effort}", title_fontsize=8, alignment="left")
    return figure


def _reach(size: int, rows: list[dict[str, Any]]) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.6, 4.4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    trials = rows[0]["trials"]
    floor = 0.5 / max(trials, 1)
    dress(left, f"Misses against time, {size:,} prints", "core-ms of the index, p50", "Mates off a list of 200")
    for n, queries in enumerate(sorted({row["queries"] for row in rows})):
        own = sorted((row for row in rows if row["queries"] == queries), key=lambda row: row["nprobe"])
        x, y = [row["ms"]["p50"] for row in own], [max(row["miss_at"]["200"] or 0, floor) for row in own]
        left.plot(
            x, y, "o", linestyle=STYLES[n % 4], color=COLOURS[n], linewidth=1.6, markersize=4, label=f"{queries} minutiae ask"
        )
        for row, a, b in zip(own, x, y, strict=True):
            if (queries, row["nprobe"]) == DEFAULT_REACH:
                left.plot(a, b, "o", color="none", markeredgecolor=INK, markersize=11, markeredgewidth=1.4)
                left.annotate("default", (a, b), (0, 10), textcoords="offset points", ha="center", fontsize=8, color=INK)
    log_axis(left, "x")
    _rate_axis(left, floor)
    probed = ", ".join(str(row["nprobe"]) for row in own)
    left.legend(frameon=False, fontsize=8, title=f"points: {probed} lists", title_fontsize=8, alignment="left")
    dress(right, "Misses against the list's length", "Prints on the list", f"Mates off it ({trials:,} searches)")
    asking = min((row["queries"] for row in rows), key=lambda queries: abs(queries - DEFAULT_REACH[0]))
    for n, row in enumerate(row for row in rows if row["queries"] == asking):
        lengths = [int(length) for length in row["miss_at"]]
        right.plot(lengths, [max(miss or 0, floor) for miss in row["miss_at"].values()], "o", linestyle=STYLES[n % 4],
                   color=COLOURS[n % len(COLOURS)], linewidth=1.6, markersize=4, label=f"{row['nprobe']} lists")  # fmt: skip
    log_axis(right, "x")
    _rate_axis(right, floor)
    right.legend(frameon=False, fontsize=8, title=f"{asking} minutiae ask", title_fontsize=8, alignment="left")
    return figure


def _rate_axis(axes: Axes, floor: float) -> None:
    """Makes an axis logarithmic; what was never seen stands at half of one event."""
    log_axis(axes, "y", percent())
    axes.set_ylim(floor * 0.8, max(axes.get_ylim()[1], 20 * floor))
    axes.axhline(floor, color=GRID, linewidth=4, zorder=0)


def _index_kinds(found: dict[str, Any], length: int) -> dict[str, Figure]:
    size = max(found, key=int)
    figure, axes = canvas(f"Kinds of index, {int(size):,} prints", "core-ms of a search, p50, logarithmic",
                          f"Mates off a list of {length}", WIDE)  # fmt: skip
    for n, (title, one) in enumerate(found[size]["kinds"].items()):
        group = next(iter(one["groups"].values()))
        share = group["off_list"] / group["trials"]
        axes.plot(one["ms"]["p50"], share, "os^Dv"[n % 5], color=COLOURS[n], markersize=9,
                  label=f"{title}: {one['bytes_a_vector']:g} bytes")  # fmt: skip
    log_axis(axes, "x")
    axes.set_ylim(0, max(0.01, 1.6 * axes.get_ylim()[1]))
    axes.set_xlim(right=2 * axes.get_xlim()[1])
    axes.yaxis.set_major_formatter(percent())
    axes.legend(frameon=False, fontsize=8, title="a minutia, id included", title_fontsize=8, alignment="left")
    return {"index_kinds": figure}


def _concurrent(found: dict[str, Any]) -> dict[str, Figure]:
    figure, axes = canvas("Searches while the gallery changes", "", "ms by the clock, p50 (in the bar) and p95", WIDE)
    changes = found["changes"]
    _bars(axes, list(changes), {"": [one["latency_ms"] for one in changes.values()]})
    return {"concurrent": figure}


def _http(found: dict[str, Any]) -> dict[str, Figure]:
    kinds = ("image", "template")
    figure, axes = canvas("What HTTP adds", "", "CPU-ms a search, p50 (in the bar) and p95", WIDE)
    rows = {name: [found[f"{name}, {kind} in, CPU"] for kind in kinds] for name in ("engine", "over HTTP")}
    _bars(axes, [f"{kind} in" for kind in kinds], rows)
    return {"http": figure}


def _bars(axes: Axes, groups: list[str], rows: dict[str, list[dict[str, Any]]]) -> None:
    """Draws standing bars of p50 with a line up to p95, side by side in each group."""
    width = 0.8 / max(1, len(rows))
    for n, (name, ones) in enumerate(rows.items()):
        x = np.arange(len(groups)) + (n - (len(rows) - 1) / 2) * width
        middle, high = np.array([one["p50"] for one in ones]), np.array([one["p95"] for one in ones])
        axes.bar(x, middle, width * 0.92, color=COLOURS[n], label=name or None)
        axes.vlines(x, middle, high, color=INK, linewidth=1.2)
        for at, value, top in zip(x, middle, high, strict=True):
            axes.annotate(f"{value:,.3g}", (at, 0), (0, 4), textcoords="offset points", ha="center", fontsize=9, color="white")
            axes.annotate(f"{top:,.3g}", (at, top), (0, 2), textcoords="offset points", ha="center", fontsize=8, color=INK)
    axes.set_xticks(range(len(groups)), [fill(group, 18) for group in groups])
    axes.grid(visible=False, axis="x")
    axes.margins(y=0.12)
    if len(rows) > 1:
        axes.legend(frameon=False, fontsize=8)


def _lying(axes: Axes, values: dict[str, float], form: str) -> None:
    """Draws lying bars with their value behind, in the order given, first on top."""
    names = list(values)
    axes.barh(range(len(names)), list(values.values()), color=COLOURS[0], height=0.7)
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.1)
    for at, value in enumerate(values.values()):
        axes.annotate(form.format(value), (value, at), (3, 0), textcoords="offset points", va="center", fontsize=8, color=INK)


def log_axis(axes: Axes, which: str, formatter: Any = None) -> None:
    """Makes axes logarithmic with plain numbers: at 1, 2 and 5 where the axis spans little."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for name in which:
        getattr(axes, f"set_{name}scale")("log")
        axis = getattr(axes, f"{name}axis")
        low, high = axis.get_data_interval()
        axis.set_major_locator(LogLocator(subs=(1, 2, 5) if high < 300 * low else (1,)))
        axis.set_major_formatter(formatter or FuncFormatter(lambda value, _: f"{value:,.10g}"))
        axis.set_minor_formatter(NullFormatter())
