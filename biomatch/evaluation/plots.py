"""Pictures of an evaluation: DET, CMC, score histograms, calibration. Colours are told apart without colour vision too."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from biomatch.evaluation import metrics
from biomatch.evaluation.metrics import Curve
from biomatch.evaluation.report import pooled
from biomatch.evaluation.runner import SetScores
from biomatch.evaluation.searching import Found

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#7A5195", "#666666")  # Okabe and Ito
STYLES = ("-", "--", "-.", ":")  # so that lines differ in more than colour
INK, GRID = "#222222", "#DDDDDD"
MATED, NON_MATED = COLOURS[0], COLOURS[1]


def draw_all(folder: Path, scores: dict[str, SetScores], found: Found | None, before: str = "") -> list[Path]:
    """Writes what can be drawn as PNG into `folder` (made if missing) and returns the paths; names begin with `before`."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = pooled(scores)
    mated = everything.pairs.mated
    figures: dict[str, Figure] = {}
    if mated.any() and not mated.all():
        figures["det"] = det(scores)
        figures["scores"] = histogram(everything)
        if not np.isnan(everything.llr).any():
            figures["calibration"] = calibration(everything)
    if found is not None and len(found.probes):
        figures["cmc"] = ranks(found)
    written = []
    for name, figure in figures.items():
        path = folder / f"{before}{name}.png"
        figure.savefig(path, dpi=150)
        written.append(path)
    return written


def det(scores: dict[str, SetScores]) -> Figure:
    """Plots FNMR against FMR, both on a logarithmic scale: all sets pooled (thick), and each set that has mated pairs."""
    figure, axes = canvas("Detection error trade-off", "False match rate (FMR)", "False non-match rate (FNMR)")
    lines = {"pooled": pooled(scores), **scores}
    shown = {name: one for name, one in lines.items() if one.pairs.mated.any()}
    floor = 0.3 / max(int((~one.pairs.mated).sum()) for one in shown.values())
    lowest = 0.5 / max(int(one.pairs.mated.sum()) for one in shown.values())
    for n, (name, one) in enumerate(shown.items()):
        curve = Curve.of(one.pairs.score[one.pairs.mated], one.pairs.score[~one.pairs.mated])
        colour, style = (INK, "-") if n == 0 else (COLOURS[(n - 1) % len(COLOURS)], STYLES[(n - 1) % len(STYLES)])
        axes.step(
            np.maximum(curve.fmr, floor),
            np.maximum(curve.fnmr, lowest),
            where="post",
            color=colour,
            linestyle=style,
            linewidth=2.4 if n == 0 else 1.3,
            label=f"{name}  (EER {curve.eer():.2%})",
        )
    axes.plot([lowest, 1], [lowest, 1], color=GRID, linewidth=1, zorder=0)
    axes.set(xscale="log", yscale="log", xlim=(floor, 0.5), ylim=(lowest, 1))
    axes.xaxis.set_major_formatter(percent())
    axes.yaxis.set_major_formatter(percent())
    axes.legend(frameon=False, fontsize=8)
    return figure


def histogram(scores: SetScores) -> Figure:
    """Plots the share of pairs a score, mated and non-mated."""
    figure, axes = canvas("Comparison scores", "Score, -10 log10(FMR)", "Share of pairs")
    finite = scores.pairs.score[np.isfinite(scores.pairs.score)]
    edges = np.linspace(finite.min(), finite.max(), 81).tolist()
    for name, which, colour in (("non-mated", ~scores.pairs.mated, NON_MATED), ("mated", scores.pairs.mated, MATED)):
        values = np.clip(scores.pairs.score[which], edges[0], None)
        share = np.full(len(values), 1 / len(values))
        axes.hist(values, edges, weights=share, histtype="stepfilled", color=colour, alpha=0.25)
        label = f"{name} ({len(values):,})"
        axes.hist(values, edges, weights=share, histtype="step", color=colour, linewidth=1.4, label=label)
    axes.set_yscale("log")
    axes.legend(frameon=False)
    return figure


def calibration(scores: SetScores) -> Figure:
    """Plots claimed against seen probability of being mated, at the prior of these pairs, and both costs."""
    figure, axes = canvas("Calibration", "Claimed posterior odds, log10", "Seen odds, log10")
    mated = scores.pairs.mated
    claimed, seen, pairs = metrics.reliability(scores.llr, mated)
    lo, hi = (seen * pairs + 0.5) / (pairs + 1), claimed
    odds_seen, odds_claimed = np.log10(lo / (1 - lo)), np.log10(hi / (1 - hi))
    spread = 1.96 / np.log(10) / np.sqrt(np.maximum((pairs + 1) * lo * (1 - lo), 0.25))
    axes.plot([-4.2, 4.2], [-4.2, 4.2], color=GRID, linewidth=1, zorder=0)
    axes.errorbar(odds_claimed, odds_seen, yerr=spread, fmt="o", color=COLOURS[0], markersize=5, capsize=3, linewidth=1.2)
    cost = metrics.cllr(scores.llr[mated], scores.llr[~mated])
    least = metrics.cllr_min(scores.pairs.score[mated], scores.pairs.score[~mated])
    axes.annotate(
        f"Cllr {cost:.3f} bit, of which calibration {cost - least:.3f}", (0.03, 0.95), xycoords="axes fraction", color=INK
    )
    return figure


def ranks(found: Found) -> Figure:
    """Plots the share of searches whose mate stands at rank k or better."""
    figure, axes = canvas("Identification", "Rank", "Share of probes found at this rank or better")
    share = metrics.cmc(found.ranks, 20)
    axes.step(range(1, 21), share, where="post", color=COLOURS[0], linewidth=2)
    axes.plot(range(1, 21), share, "o", color=COLOURS[0], markersize=4)
    axes.set(xlim=(0.7, 20.3), xticks=(1, 5, 10, 15, 20), ylim=(min(0.9, share[0] - 0.02), 1.002))
    axes.yaxis.set_major_formatter(percent())
    text = f"rank 1: {share[0]:.2%}   rank 10: {share[9]:.2%}   ({len(found.probes):,} probes, {found.gallery:,} prints)"
    axes.annotate(text, (0.03, 0.05), xycoords="axes fraction", color=INK)
    return figure


def canvas(title: str, x: str, y: str, size: tuple[float, float] = (6.4, 5)) -> tuple[Figure, Axes]:
    """Makes one plot in the house's style; size in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    dress(axes, title, x, y)
    return figure, axes


def dress(axes: Axes, title: str, x: str, y: str) -> None:
    """Sets title, labels and grid as all plots have them."""
    axes.set_title(title, loc="left", color=INK, fontweight="bold")
    axes.set_xlabel(x, color=INK)
    axes.set_ylabel(y, color=INK)
    axes.grid(color=GRID, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def percent() -> Any:
    """Makes the format of shares on an axis, as percent."""
    from matplotlib.ticker import FuncFormatter

    return FuncFormatter(lambda value, _: f"{100 * value:g} %")
