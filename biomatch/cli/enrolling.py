"""enrol: prints of persons into a gallery, one or thousands; run again, it goes on where it stopped."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, err, out, progress, write_json, writing
from biomatch.cli.inputs import Listed
from biomatch.errors import BiomatchError, NothingToDo

if TYPE_CHECKING:
    from biomatch.bureau import Bureau, Enrolment, Outcome

BATCH = 32  # prints a transaction: few seconds of work are repeated after a kill


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.GALLERIES)(enrol)


def enrol(
    gallery: options.Gallery,
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="[PATH]...", help="Images, templates, or folders of them.")
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest", metavar="CSV", help="List with columns path, person, and optionally position, impression, ppi."
        ),
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", metavar="P", help="Whose prints these are. Default: file name before the last _.")
    ] = None,
    position: Annotated[
        str | None, typer.Option("--position", metavar="N", help="Finger: 1 to 10, or a name such as right-index.")
    ] = None,
    impression: Annotated[
        str | None, typer.Option("--impression", metavar="TYPE", help="plain, rolled, latent, or a full name.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="NAME", help="Label to search by later; may be repeated.")
    ] = None,
    failures: Annotated[
        Path, typer.Option("--failures", metavar="CSV", help="Where prints that failed are listed, if any do.")
    ] = Path("enrol-failures.csv"),
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Enrol prints into a gallery, which is made if it is not there.

    What is enrolled already (the same bytes, the same person) is skipped and counted, so an interrupted enrolment is
    simply run again.
    """
    listed = _listed(paths, manifest, person, position, impression, ppi)
    labels = frozenset(label or ())
    outcomes: list[tuple[Listed, Outcome | BiomatchError]] = []
    with (
        progress() as bar,
        inputs.opened(gallery, models, extractor=extractor, progress=bar) as bureau,
    ):
        bar.start("Enrolling", len(listed))
        for start in range(0, len(listed), BATCH):
            block = listed[start : start + BATCH]
            outcomes += zip(block, _enrol_block(bureau, block, labels), strict=True)
            bar.advance(len(block))
    _report(gallery, outcomes, failures, as_json)


def _listed(
    paths: Sequence[Path] | None,
    manifest: Path | None,
    person: str | None,
    position: str | None,
    impression: str | None,
    ppi: float | None,
) -> list[Listed]:
    if manifest is not None:
        if paths or person:
            raise NothingToDo("name either files or a --manifest, not both; the list says whose prints they are")
        listed = inputs.enrolment_list(manifest)
    else:
        files = inputs.files_in(paths or ())
        listed = [Listed(path, person or inputs.person_of(path), position, impression, ppi) for path in files]
    for one in listed:  # so that a wrong name is told before the work begins
        inputs.position_of(one.position)
        inputs.impression_of(one.impression)
    return listed


def _enrol_block(bureau: Bureau, block: Sequence[Listed], labels: frozenset[str]) -> list[Outcome | BiomatchError]:
    from biomatch.bureau import Enrolment

    results: dict[int, Outcome | BiomatchError] = {}
    enrolments: dict[int, Enrolment] = {}
    for at, one in enumerate(block):
        try:
            made = inputs.upload(one.path, position=one.position, impression=one.impression, ppi=one.ppi)
            enrolments[at] = Enrolment(one.person, made, labels=labels)
        except BiomatchError as error:
            results[at] = error
    if enrolments:
        results |= zip(enrolments, bureau.enrol_batch(list(enrolments.values()), inputs.actor()), strict=True)
    return [results[at] for at in range(len(block))]


def _report(gallery: Path, outcomes: Sequence[tuple[Listed, Outcome | BiomatchError]], failures: Path, as_json: bool) -> None:
    failed: list[tuple[Listed, BiomatchError | Exception]] = []
    enrolled = []
    skipped = 0
    for listed, outcome in outcomes:
        error = outcome if isinstance(outcome, BiomatchError) else outcome.error
        if error is not None:
            failed.append((listed, error))
        elif not isinstance(outcome, BiomatchError):
            enrolled += [one for one in outcome.prints if not one.existed]
            skipped += all(one.existed for one in outcome.prints)
    if failed:
        _write_failures(failures, failed)
    persons = {one.person for one in enrolled}
    if as_json:
        write_json(
            {
                "gallery": gallery,
                "enrolled": enrolled,
                "skipped": skipped,
                "failed": [{"path": one.path, "error": str(error)} for one, error in failed],
            }
        )
    else:
        out.print(f"enrolled [bold]{len(enrolled):,}[/] prints of {len(persons):,} persons in {gallery}", soft_wrap=True)
        if skipped:
            out.print(f"skipped {skipped:,} that were enrolled already")
    if failed:
        err.print(
            f"[bold red]error:[/] {len(failed):,} prints failed, first {failed[0][0].path}: {failed[0][1]}; "
            f"all are listed in {failures}",
            soft_wrap=True,
        )
        raise typer.Exit(Exit.BAD_INPUT)


def _write_failures(path: Path, failed: Sequence[tuple[Listed, Exception]]) -> None:
    with writing(path), path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("path", "person", "code", "error"))
        for listed, error in failed:
            writer.writerow((listed.path, listed.person, getattr(error, "code", "error"), str(error)))
