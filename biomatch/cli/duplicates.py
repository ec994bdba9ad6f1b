"""duplicates: persons who are enrolled twice."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options, tasks
from biomatch.cli.console import Exit, out, progress, table, write_json
from biomatch.cli.scores import threshold_of
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau import Duplicate

SHOWN = 50  # pairs of the table; all are in JSON and CSV


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.GALLERIES)(duplicates)


def duplicates(
    gallery: options.Gallery,
    label: Annotated[
        str | None, typer.Option("--label", metavar="NAME", help="Only prints with this label, on both sides.")
    ] = None,
    fpir: Annotated[
        float | None,
        typer.Option(
            "--fpir", metavar="P", help="Tell pairs that a share P of persons would wrongly be in. Default: 0.001, if no other."
        ),
    ] = None,
    fmr: Annotated[
        float | None, typer.Option("--fmr", metavar="P", help="Tell pairs whose score is reached at this false match rate.")
    ] = None,
    llr: Annotated[
        float | None, typer.Option("--llr", metavar="X", help="Tell pairs with at least this log10 of the likelihood ratio.")
    ] = None,
    effort: options.Effort = "normal",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="CSV", help="File to write all pairs to.")] = None,
    purpose: options.Purpose = "",
    legal_basis: options.LegalBasis = "",
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Search a gallery with every person's prints for other persons; exit code 1 says that some may be one.

    Each pair is told once, with its score, -10 log10 of the false match rate. An interrupted search goes on where it was when
    the same command is given again; a gallery that is being served goes on without it.
    """
    from biomatch.bureau import DUPLICATE

    if fpir is not None:
        threshold_of(fpir)
    actor = inputs.actor().searching_for(purpose, legal_basis)
    score = None if fmr is None else threshold_of(fmr)
    with (
        progress() as bar,
        inputs.opened(gallery, models, create=False, progress=bar) as bureau,
    ):
        job = bureau.tasks.find_duplicates(actor, label=label, fpir=fpir, score=score, llr=llr, effort=inputs.effort_of(effort))
        job = tasks.waited(bureau, job, "Searching", bar)
        if output is not None:
            tasks.write_csv(bureau, job, DUPLICATE, output)
        found = [one.what for one in tasks.found_by(bureau, job, DUPLICATE)]
    if as_json:
        write_json({**tasks.row_of(job), "duplicates": found})
    else:
        _print(found, job.done, output)  # type: ignore[arg-type]
    if found:
        raise typer.Exit(Exit.NO)


def _print(found: list[Duplicate], persons: int, output: Path | None) -> None:
    if found:
        shown = table("score", "llr", "person", "other", "finger", right=("score", "llr"))
        for pair in sorted(found, key=lambda one: -one.score)[:SHOWN]:
            mark = "+" if pair.extrapolated else ""
            finger = pair.agreements[0].position.lower().replace("_", " ") if pair.agreements else ""
            shown.add_row(f"{pair.score:.1f}{mark}", f"{pair.llr:.1f}", pair.person, pair.other, finger)
        out.print(shown)
    place = f"; all are in {output}" if output is not None else ""
    pairs = counted(len(found), "pair")
    out.print(f"searched with {counted(persons, 'person')}: {pairs} may be one person each{place}", soft_wrap=True)
