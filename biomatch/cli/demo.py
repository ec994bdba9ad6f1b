"""demo: the sample that ships, enrolled and searched, with the truth beside."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, err, out, progress, table, write_json
from biomatch.errors import BiomatchError
from biomatch.observe import Progress
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau import Bureau, Enrolment
    from biomatch.gallery.interface import Search

FPIR = 0.01  # at which a list becomes hit or no hit: one non-mated search in a hundred is named wrongly
TOP = 3  # candidates shown
ENOUGH = 0.9  # of the probes right: fewer, and something is broken
BATCH = 16


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.MEASURE)(demo)


def demo(
    gallery: Annotated[
        Path | None,
        typer.Option("--gallery", "-g", metavar="DIR", help="Keep the gallery here. Default: a folder that is deleted."),
    ] = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Enrol the synthetic sample that ships, search its probes, and say how many were right.

    Right is: the person stands first; or, for a person who is not enrolled, no hit. Exit code 1 says that fewer than
    nine in ten were.
    """
    folder = Path(str(resources.files("biomatch.sample_data")))
    with (folder / "manifest.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (
        progress() as bar,
        _place(gallery) as place,
        inputs.opened(place, models, progress=bar) as bureau,
    ):
        bureau.warm(bar)
        enrolled = _enrol(bureau, folder, [row for row in rows if row["role"] == "enrol"], bar)
        answers = _search(bureau, folder, [row for row in rows if row["role"] == "probe"], bar)
    right = sum(one.right for one in answers)
    if as_json:
        write_json({"enrolled": enrolled, "probes": [one.plain() for one in answers], "right": right, "of": len(answers)})
    else:
        _print(enrolled, answers, gallery)
    if right < ENOUGH * len(answers):
        raise typer.Exit(Exit.NO)


@dataclass(frozen=True)
class Answer:
    """One probe of the sample, the truth about it, and the search's answer."""

    path: str
    kind: str
    mate: str | None
    search: Search

    @property
    def right(self) -> bool:
        if self.mate is None:
            return not self.search.hit
        return bool(self.search.candidates) and self.search.candidates[0].person == self.mate

    def plain(self) -> dict[str, object]:
        """Returns the answer for JSON."""
        shown = [{"rank": one.rank, "person": one.person, "score": one.score} for one in self.search.candidates]
        return {
            "path": self.path,
            "kind": self.kind,
            "mate": self.mate,
            "candidates": shown,
            "hit": self.search.hit,
            "threshold": self.search.threshold,
            "right": self.right,
        }


@contextmanager
def _place(gallery: Path | None) -> Iterator[Path]:
    if gallery is not None:
        yield gallery
        return
    with tempfile.TemporaryDirectory(prefix="biomatch-demo-") as folder:
        yield Path(folder)


def _enrol(bureau: Bureau, folder: Path, rows: Sequence[dict[str, str]], bar: Progress) -> int:
    """Enrols the sample; returns how many prints are in the gallery afterwards. Raises the first error: the sample's prints are
    all good."""
    bar.start("Enrolling the sample", len(rows))
    count = 0
    for start in range(0, len(rows), BATCH):
        block = [_enrolment(folder, row) for row in rows[start : start + BATCH]]
        for outcome in bureau.encounters.enrol_batch(block, inputs.actor()):
            if outcome.error is not None:
                raise outcome.error
            count += len(outcome.prints)
        bar.advance(len(block))
    return count


def _enrolment(folder: Path, row: dict[str, str]) -> Enrolment:
    from biomatch.bureau import Enrolment

    upload = inputs.upload(folder / row["path"], position=row["position"], impression="plain", ppi=_ppi(row))
    return Enrolment(row["person"], upload)


def _search(bureau: Bureau, folder: Path, rows: Sequence[dict[str, str]], bar: Progress) -> list[Answer]:
    """Searches with the probes, without their finger positions: a search has to do without."""
    from biomatch.bureau import SearchRequest

    request = SearchRequest(top=TOP, fpir=FPIR)
    bar.start("Searching", len(rows))
    answers = []
    for row in rows:
        impression = {"latent": "latent", "marked latent": "latent", "rolled": "rolled"}.get(row["kind"], "plain")
        upload = inputs.upload(folder / row["path"], impression=impression, ppi=_ppi(row))
        try:
            found = bureau.searches.identify([upload], inputs.actor(), request)
        except BiomatchError as error:
            err.print(f"[bold red]error:[/] {row['path']}: {error.message}", soft_wrap=True)
            raise
        mate = None if row["mate"] == "none" else row["mate"]
        answers.append(Answer(row["path"], row["kind"], mate, found.search))
        bar.advance()
    return answers


def _ppi(row: dict[str, str]) -> float | None:
    """Returns the resolution of an image; a template says its own."""
    return None if row["path"].endswith(".ist") else float(row["ppi"])


def _print(enrolled: int, answers: Sequence[Answer], gallery: Path | None) -> None:
    shown = table("probe", "kind", "truth", "first", "second", "hit", "answer")
    for one in answers:
        ranked = [f"{c.person} {'~' if c.extrapolated else ''}{c.score:.0f}" for c in one.search.candidates[:2]]
        verdict = "[green]right[/]" if one.right else "[bold red]wrong[/]"
        hit = "yes" if one.search.hit else "no"
        shown.add_row(Path(one.path).stem, one.kind, one.mate or "nobody", *[*ranked, "-", "-"][:2], hit, verdict)
    out.print(f"{counted(enrolled, 'print')} enrolled; {counted(len(answers), 'probe')}:")
    out.print(shown)
    out.print("[dim]beside a person the score, -10 log10 of the false match rate; ~ is beyond what was measured[/]")
    mated, non_mated = [a for a in answers if a.mate], [a for a in answers if not a.mate]
    out.print(f"right: [bold]{sum(a.right for a in answers)} of {len(answers)}[/]")
    out.print(f"  the person stands first: {sum(a.right for a in mated)} of {len(mated)} probes of enrolled persons")
    out.print(f"  hits among them: {sum(bool(a.search.hit) for a in mated)}, at a false positive rate of {FPIR:.0%}")
    out.print(f"  no hit: {sum(a.right for a in non_mated)} of {len(non_mated)} probes of persons who are not enrolled")
    if gallery is not None:
        out.print(f"the gallery stays in {gallery}; look at it with `biomatch info --gallery {gallery}`", soft_wrap=True)
