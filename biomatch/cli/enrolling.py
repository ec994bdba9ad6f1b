"""enrol: prints of persons into a gallery, one or thousands; run again, it goes on where it stopped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from biomatch import private, spreadsheet
from biomatch.cli import inputs, options, ranges, tasks
from biomatch.cli.console import Exit, complain, error_json, out, progress, warn, write_json, writing
from biomatch.cli.scores import threshold_of
from biomatch.errors import BiomatchError, FileUnreadable, NothingToDo
from biomatch.vocabulary import FingerPosition, ImpressionType, Sex, impression_of, position_of, sex_of
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau import Actor, Bureau, Duplicate, EnrolledPrint, Enrolment, Failure, Outcome, StoredJob

PERSONS_SHOWN = 20  # names on the line that says whose prints files were taken for
BATCH = 32  # prints a transaction: few seconds of work are repeated after a kill


@dataclass(frozen=True)
class Listed:
    """A file that was named, with the person whose print it is."""

    path: Path
    person: str


@dataclass(frozen=True)
class Said:
    """The options that hold for all files that were named."""

    position: FingerPosition
    impression: ImpressionType
    ppi: float | None
    captured: date | None
    sex: Sex
    born: date | None
    labels: frozenset[str]

    def enrolment(self, one: Listed) -> Enrolment:
        """Raises FileUnreadable."""
        from biomatch.bureau import Enrolment, Upload
        from biomatch.gallery.filters import Biography

        data = inputs.read_bytes(one.path)
        upload = Upload(data, one.path.name, self.position, self.impression, self.ppi, captured=self.captured)
        return Enrolment(one.person, upload, labels=self.labels, biography=Biography(self.sex, self.born))


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
            "--manifest",
            metavar="CSV",
            help="List with columns path, person, and optionally position, impression, ppi, encounter, sex, born, captured.",
        ),
    ] = None,
    person: Annotated[
        str | None,
        typer.Option(
            "--person",
            metavar="P",
            help="Person of these prints. Default: file name before the last _; needed where that names a device or a finger.",
        ),
    ] = None,
    position: Annotated[
        str | None, typer.Option("--position", metavar="N", help="Finger: 1 to 10, or a name such as right-index.")
    ] = None,
    impression: Annotated[
        str | None, typer.Option("--impression", metavar="TYPE", help="plain, rolled, latent, or a full name.")
    ] = None,
    sex: Annotated[str | None, typer.Option("--sex", metavar="M|F|X", help="Sex of the person, as far as it is known.")] = None,
    born: Annotated[str | None, typer.Option("--born", metavar="DAY", help="Day of birth, such as 1980-05-21.")] = None,
    captured: Annotated[
        str | None, typer.Option("--captured", metavar="DAY", help="Day on which the prints were taken. Default: not known.")
    ] = None,
    label: options.Labels = None,
    unit: Annotated[str, typer.Option("--unit", metavar="NAME", help="Unit whose prints these are. Default: no unit's.")] = "",
    failures: Annotated[
        Path, typer.Option("--failures", metavar="CSV", help="File to list prints that failed, if any do.")
    ] = Path("enrol-failures.csv"),
    duplicates: Annotated[
        Path | None,
        typer.Option(
            "--duplicates",
            metavar="CSV",
            help="File for the persons of a list whose prints look like another person's.",
        ),
    ] = None,
    fpir: Annotated[
        float, typer.Option("--fpir", metavar="P", help="Share of persons that --duplicates would wrongly list.")
    ] = 0.001,
    purpose: options.Purpose = "",
    legal_basis: options.LegalBasis = "",
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Enrol prints into a gallery, which is made if it is not there.

    What is enrolled already (the same bytes, the same person) is skipped and counted, so an interrupted enrolment is
    simply run again. Of a list it goes on where it was; on a gallery that is being served it goes on without the command.

    Without --person and --manifest each file's name says whose print it is, and the names that were chosen are printed. A
    name such as a camera, a scanner or a finger gives (IMG_0001, scan-2, right-index, 0001, a day) says no person: then nothing
    is enrolled, and --person is asked for.
    """
    threshold_of(fpir)
    labels, who = frozenset(label or ()), inputs.actor(unit)
    said = Said(
        position_of(position), impression_of(impression), ppi, ranges.past_day("--captured", captured), sex_of(sex or ""),
        ranges.past_day("--born", born), labels,
    )  # fmt: skip
    if manifest is None:
        if duplicates is not None:
            raise NothingToDo("--duplicates is of a list; give --manifest, or look for them with `biomatch duplicates`")
        listed = [Listed(path, person or inputs.named_person(path)) for path in inputs.files_in(paths or ())]
        with (
            progress() as bar,
            inputs.opened(gallery, models, extractor=extractor, progress=bar) as bureau,
        ):
            bar.start("Enrolling", len(listed))
            outcomes: list[tuple[Listed, Outcome | BiomatchError]] = []
            for start in range(0, len(listed), BATCH):
                block = listed[start : start + BATCH]
                outcomes += zip(block, _enrol_block(bureau, block, said, who), strict=True)
                bar.advance(len(block))
        if person is None and not as_json:
            _say_persons(listed)
            _warn_of_split_persons(listed)
        _report(gallery, outcomes, failures, as_json)
        return
    if paths or any(one is not None for one in (person, position, impression, ppi, sex, born, captured)):
        raise NothingToDo("name either files or a --manifest, not both; the list says whose prints they are, and what is known")
    inputs.read_bytes(manifest)  # so that no gallery is made where there is no list
    actor = who.searching_for(purpose, legal_basis)
    with (
        progress() as bar,
        inputs.opened(gallery, models, extractor=extractor, progress=bar) as bureau,
    ):
        job = bureau.tasks.enrol_list(manifest, actor, labels=labels, fpir=None if duplicates is None else fpir)
        job = tasks.waited(bureau, job, "Enrolling", bar)
        _report_list(bureau, gallery, job, failures, duplicates, as_json)


def _report_list(bureau: Bureau, gallery: Path, job: StoredJob, failures: Path, duplicates: Path | None, as_json: bool) -> None:
    from biomatch.bureau import DUPLICATE, FAILURE

    failed: list[Failure] = [one.what for one in tasks.found_by(bureau, job, FAILURE)]  # type: ignore[misc]
    twins: list[Duplicate] = [one.what for one in tasks.found_by(bureau, job, DUPLICATE)]  # type: ignore[misc]
    if failed:
        tasks.write_csv(bureau, job, FAILURE, failures)
    if duplicates is not None:
        tasks.write_csv(bureau, job, DUPLICATE, duplicates)
    if as_json:
        write_json({"gallery": gallery, **tasks.row_of(job), "failures": failed, "duplicates": twins})
    else:
        out.print(f"enrolled {counted(job.counts['enrolled'], 'print')} in {gallery}", soft_wrap=True)
        _say_skipped(job.counts["skipped"])
        if duplicates is not None:
            pairs = counted(len(twins), "pair")
            out.print(f"{pairs} of persons may be one person each; they are listed in {duplicates}", soft_wrap=True)
    if failed:
        first = failed[0]
        named = first.code == FileUnreadable.code  # which says the whole path
        _leave(first.message if named else f"{first.name}: {first.message}", len(failed), failures, quiet=as_json)


def _say_persons(listed: Sequence[Listed]) -> None:
    """Says whose prints the files are taken for by their names: two persons under one name would be seen here."""
    files = Counter(one.person for one in listed)
    shown = [f"{escape(person)} ({counted(count, 'file')})" for person, count in list(files.items())[:PERSONS_SHOWN]]
    more = len(files) - len(shown)
    rest = f", and {more:,} more" if more else ""
    out.print(f"persons by their file names: {', '.join(shown)}{rest}", soft_wrap=True)


def _warn_of_split_persons(listed: Sequence[Listed]) -> None:
    """Warns where the names of two fingers make two persons, and names the first such pair."""
    by_stem: dict[str, list[str]] = {}
    for person in dict.fromkeys(one.person for one in listed):
        by_stem.setdefault(inputs.without_finger(person), []).append(person)
    split = [names for names in by_stem.values() if len(names) > 1]
    if split:
        names = " and ".join(map(escape, split[0][:2]))
        warn(f"{names} are two persons now; if they are one, remove them, and enrol with --manifest or --person")


def _say_skipped(count: int) -> None:
    if count:
        out.print(f"skipped {count:,} that were enrolled already")


def _leave(first: str, count: int, failures: Path, *, quiet: bool) -> None:
    """Leaves with an exit code. first: what was wrong with the first print that failed, and its name. quiet: a JSON document
    has said so."""
    if not quiet:
        complain(f"{first}; {'this print is' if count == 1 else f'all {count:,} prints that failed are'} listed in {failures}")
    raise typer.Exit(Exit.BAD_INPUT)


def _enrol_block(bureau: Bureau, block: Sequence[Listed], said: Said, who: Actor) -> list[Outcome | BiomatchError]:
    results: dict[int, Outcome | BiomatchError] = {}
    enrolments: dict[int, Enrolment] = {}
    for at, one in enumerate(block):
        try:
            enrolments[at] = said.enrolment(one)
        except BiomatchError as error:
            results[at] = error
    if enrolments:
        results |= zip(enrolments, bureau.encounters.enrol_batch(list(enrolments.values()), who), strict=True)
    return [results[at] for at in range(len(block))]


def _report(gallery: Path, outcomes: Sequence[tuple[Listed, Outcome | BiomatchError]], failures: Path, as_json: bool) -> None:
    failed: list[tuple[Listed, BiomatchError | Exception]] = []
    enrolled: list[EnrolledPrint] = []
    said: dict[str, list[Path]] = {}
    skipped = 0
    for listed, outcome in outcomes:
        error = outcome if isinstance(outcome, BiomatchError) else outcome.error
        if error is not None:
            failed.append((listed, error.about(str(listed.path)) if isinstance(error, BiomatchError) else error))
        if not isinstance(outcome, BiomatchError):
            enrolled += [one for one in outcome.prints if not one.existed]
            skipped += error is None and all(one.existed for one in outcome.prints)
            for warning in dict.fromkeys(warning for one in outcome.prints for warning in one.warnings):
                said.setdefault(warning, []).append(listed.path)
    if failed:
        _write_failures(failures, failed)
    persons = {one.person for one in enrolled}
    if as_json:
        write_json(
            {
                "gallery": gallery,
                "enrolled": enrolled,
                "skipped": skipped,
                "failed": [{"path": one.path, "error": _error_json(error)} for one, error in failed],
            }
        )
    else:
        words = f"{counted(len(enrolled), 'print')} of {counted(len(persons), 'person')}"
        out.print(f"enrolled {words} in {gallery}", soft_wrap=True)
        _say_skipped(skipped)
        _say_warnings(said)
    if failed:
        _leave(str(failed[0][1]), len(failed), failures, quiet=as_json)


def _say_warnings(said: Mapping[str, Sequence[Path]]) -> None:
    """Shows each warning with the files that it is about (said)."""
    for warning, paths in said.items():
        warn(f"{paths[0]}{f' and {len(paths) - 1:,} more' if len(paths) > 1 else ''}: {warning}")


def _error_json(error: Exception) -> dict[str, object]:
    return error_json(error) if isinstance(error, BiomatchError) else {"code": "defect", "message": str(error), "values": {}}


def _write_failures(path: Path, failed: Sequence[tuple[Listed, Exception]]) -> None:
    with writing(path), private.opened(path, "w", newline="", encoding="utf-8") as file:
        file.write(spreadsheet.line(("path", "person", "code", "error")))
        for listed, error in failed:
            file.write(spreadsheet.line((listed.path, listed.person, getattr(error, "code", "error"), str(error))))
