"""evaluate: error rates of the engine on prints whose fingers are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from biomatch.cli import options
from biomatch.cli.console import err, out, plain, progress, table, writing
from biomatch.words import counted

RATES = ("eer", "fmr100", "fmr1000", "zerofmr")


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.MEASURE)(evaluate)


def evaluate(
    prints: Annotated[Path, typer.Argument(metavar="MANIFEST_OR_FOLDER", help="CSV list, or folder of FINGER_IMPRESSION.ext.")],
    report: Annotated[
        Path | None, typer.Option("--json", metavar="OUT", help="Write the report to this file; - is stdout.")
    ] = None,
    plots: Annotated[Path | None, typer.Option("--plots", metavar="DIR", help="Draw DET, CMC, scores and calibration.")] = None,
    only: options.OnlySets = None,
    held_out: options.HeldOut = None,
    ridges: Annotated[
        bool, typer.Option("--ridges/--no-ridges", help="Compare with templates that carry a ridge picture, or none.")
    ] = True,
    harder: Annotated[
        float, typer.Option("--harder", metavar="X", min=0, help="First distort and spoil every print; 1 is much, 0 nothing.")
    ] = 0.0,
    distractors: Annotated[
        int, typer.Option("--distractors", min=0, help="Synthetic templates that crowd the index for shortlist_miss.")
    ] = 20_000,
    processes: options.Processes = 2,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
) -> None:
    """Measure the engine: all pairs inside each set, and identification among the first impressions.

    Shares in the report are fractions of one. docs/evaluation.md says what each figure means.
    """
    from biomatch.bench import measured
    from biomatch.evaluation import evaluation
    from biomatch.evaluation.engine import OurSetup

    setup = OurSetup(models, held_out, ridges, harder, extractor)
    with progress() as bar:
        done = evaluation.run(setup, prints, only or (), distractors=distractors, processes=processes, progress=bar)
    if plots is not None:
        from biomatch.evaluation.plots import draw_all

        for path in draw_all(plots, done.scores, done.found):
            err.print(f"drew {path}", soft_wrap=True)
    used = measured.hashes(setup.used(one.set for one in done.prints.samples))
    text = json.dumps({**plain(done.report), "models": used}, indent=2) + "\n"
    if report == Path("-"):
        typer.echo(text, nl=False)
        return
    if report is not None:
        with writing(report):
            report.write_text(text, encoding="utf-8")
    _print(done.report)


def _print(report: dict[str, Any]) -> None:
    shown = table("percent", "EER", "FMR100", "FMR1000", "zeroFMR", "mated", "non-mated", right=_NUMBERS)
    for name, one in {**report["sets"], "pooled": report["pooled"]}.items():
        style = "bold" if name == "pooled" else None
        rates = [_percent(one[rate]) for rate in RATES]
        shown.add_row(name, *rates, f"{one['genuine']:,}", f"{one['impostor']:,}", style=style)
    interval = report["intervals"]["pooled"]
    if interval is not None:
        spans = [f"{100 * interval[rate][0]:.2f}-{100 * interval[rate][1]:.2f}" for rate in RATES]
        shown.add_row("95 % interval", *spans, "", "", style="dim")
    out.print(shown)
    identified = report["identification"]
    if identified["probes"]:
        out.print(
            f"\nidentification: rank 1 {_percent(identified['rank1'])} %, rank 10 {_percent(identified['rank10'])} % "
            f"of {counted(identified['probes'], 'probe')} among {counted(identified['gallery'], 'print')}; "
            f"shortlist misses {_percent(identified['shortlist_miss'])} %"
        )
    time = report["time"]
    if time["extract_ms_median"] is not None:
        out.print(f"extraction {time['extract_ms_median']:.1f} ms a print")
    if time["compare_us_median"] is not None:
        out.print(
            f"a search {time['compare_us_median']:.1f} us a print, a full comparison {time['compare_pair_us_median']:.0f} us"
        )
    if report["calibration"]["cllr"] is not None:
        out.print(f"Cllr {report['calibration']['cllr']:.4f}, at best {report['calibration']['cllr_min']:.4f} bit")
    if report["failures"]:
        failed = counted(len(report["failures"]), "print")
        out.print(f"[red]{failed} failed[/]: {escape(report['failures'][0]['reason'])}", soft_wrap=True)


_NUMBERS = ("EER", "FMR100", "FMR1000", "zeroFMR", "mated", "non-mated")


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"
