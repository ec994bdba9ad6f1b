"""identify: the persons of a gallery who may have left a print."""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import inputs, options, ranges
from biomatch.cli.console import Exit, complain, error_json, notes, out, progress, table, write_json
from biomatch.cli.scores import one_in, threshold_of
from biomatch.errors import BiomatchError
from biomatch.vocabulary import position_of, sex_of
from biomatch.words import counted, share_words

if TYPE_CHECKING:
    from biomatch.bureau import Actor, Bureau, Identified, SearchRequest
    from biomatch.gallery.filters import Filter
    from biomatch.gallery.interface import Candidate


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.GALLERIES)(identify)


def identify(
    gallery: options.Gallery,
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE...", help="Images or templates; folders are searched.")],
    top: Annotated[int, typer.Option("--top", min=1, max=1000, help="Length of the candidate list.")] = 20,
    fpir: Annotated[
        float | None,
        typer.Option("--fpir", metavar="P", help="Decide hit or no hit at this false positive rate; exit code 1 says no hit."),
    ] = None,
    effort: options.Effort = "normal",
    position: Annotated[
        list[str] | None, typer.Option("--position", metavar="N", help="Search only these fingers; may be repeated.")
    ] = None,
    label: Annotated[str | None, typer.Option("--label", metavar="NAME", help="Search only prints with this label.")] = None,
    sex: Annotated[
        list[str] | None, typer.Option("--sex", metavar="M|F|X", help="Search only persons of this sex; may be repeated.")
    ] = None,
    born: Annotated[
        str | None,
        typer.Option("--born", metavar="DAY..DAY", help="Search only who was born then; either end may be left open."),
    ] = None,
    age: Annotated[
        str | None, typer.Option("--age", metavar="N..N", help="Search only who is so old today; either end may be open.")
    ] = None,
    taken: Annotated[
        str | None,
        typer.Option("--taken", metavar="DAY..DAY", help="Search only prints taken then; without a day, enrolled then."),
    ] = None,
    unit: Annotated[
        list[str] | None, typer.Option("--unit", metavar="NAME", help="Search only prints of this unit; may be repeated.")
    ] = None,
    together: Annotated[
        bool, typer.Option("--together", help="All images show one person: one list. Default: one list each.")
    ] = False,
    truth: Annotated[
        bool, typer.Option("--truth", help="File names say who it is (before the last _): count how often that stood first.")
    ] = False,
    purpose: options.Purpose = "",
    legal_basis: options.LegalBasis = "",
    ppi: options.Ppi = None,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Search a gallery: a ranked list of persons, with calibrated scores.

    The score is -10 log10 of the false match rate of the comparison. With one image JSON is an object, with several a
    list of them.
    """
    from biomatch.bureau import SearchRequest

    if fpir is not None:
        threshold_of(fpir)
    where = _where(position, label, sex, born, age, taken, unit)
    request = SearchRequest(top, inputs.effort_of(effort), where, fpir)
    actor = inputs.actor().searching_for(purpose, legal_basis)
    paths = inputs.files_in(images)
    groups = [paths] if together else [[path] for path in paths]
    rows: list[dict[str, Any]] = []
    with (
        progress() as bar,
        inputs.opened(gallery, models, extractor=extractor, create=False, progress=bar) as bureau,
    ):
        bar.start("Searching", len(groups))
        with ThreadPoolExecutor(os.cpu_count() or 1) as threads:
            for row in threads.map(partial(_search, bureau, actor=actor, ppi=ppi, request=request), groups):
                rows.append(row)
                bar.advance()
    if len(rows) == 1 and "error" in rows[0]:
        raise rows[0]["error"]
    if as_json:
        shown = [row | {"error": error_json(row["error"])} if "error" in row else row for row in rows]
        write_json(shown[0] if len(shown) == 1 else shown)
    else:
        _print(rows, truth)
    _leave(rows, fpir, quiet=as_json)


def _where(
    positions: Sequence[str] | None,
    label: str | None,
    sexes: Sequence[str] | None,
    born: str | None,
    age: str | None,
    taken: str | None,
    units: Sequence[str] | None,
) -> Filter:
    from biomatch.gallery.filters import Days, Filter, born_at_age

    days = Days(*ranges.days("--born", born)) if born else Days()
    if age:
        days &= born_at_age(*ranges.ages("--age", age), today=datetime.now(UTC).date())
    return Filter(
        positions=frozenset(position_of(one) for one in positions) if positions else None,
        label=label,
        sexes=frozenset(sex_of(one) for one in sexes) if sexes else None,
        born=None if days == Days() else days,
        taken=Days(*ranges.days("--taken", taken)) if taken else None,
        units=frozenset(units) if units else None,
    )


def _search(
    bureau: Bureau, group: Sequence[Path], *, actor: Actor, ppi: float | None, request: SearchRequest
) -> dict[str, Any]:
    """Makes one search, and returns plain data; an unusable print is a row with its error."""
    try:
        found = bureau.searches.identify([inputs.upload(path, ppi=ppi) for path in group], actor, request)
    except BiomatchError as error:
        if len(group) == 1 and error.code not in _FATAL:
            return {"probes": list(group), "error": error.about(str(group[0])), "candidates": []}
        raise
    return row_of(group, found)


def row_of(group: Sequence[Path], found: Identified) -> dict[str, Any]:
    """Returns a search's answer as plain data."""
    search = found.search
    return {
        "search": found.kept,
        "probes": list(group),
        "candidates": [_candidate(one, found) for one in search.candidates],
        "hit": search.hit,
        "threshold": search.threshold,
        "miss": search.miss,
        "false_positive": search.false_positive,
        "prints": search.prints,
        "effort": search.effort.value,
        "warnings": [warning for probe in found.probes for warning in probe.warnings],
        "made_by": search.made_by,
        "seconds": search.seconds,
    }


_FATAL = frozenset(("gallery-not-found", "bad-rate", "purpose-missing"))  # not the print's fault: every search would fail alike


def _candidate(candidate: Candidate, found: Identified) -> dict[str, Any]:
    return {
        "rank": candidate.rank,
        "person": candidate.person,
        "score": candidate.score,
        "llr": candidate.llr,
        "extrapolated": candidate.extrapolated,
        "evidence": [
            {
                "probe": one.probe,
                "print": one.print_id,
                "encounter": one.encounter,
                "position": one.position,
                "score": one.score,
                "llr": one.llr,
                "votes": one.votes,
                "pairs": [pair._asdict() for pair in one.pairs],
                "motion": one.motion,
                "scale": one.scale,
            }
            for one in candidate.evidence
        ],
    }


def _print(rows: Sequence[dict[str, Any]], truth: bool) -> None:
    if len(rows) == 1:
        print_list(rows[0])
    else:
        _print_overview(rows)
    if truth:
        _print_truth(rows)


def print_list(row: dict[str, Any]) -> None:
    """Shows one search in full."""
    title = f"{', '.join(path.name for path in row['probes'])}  in {counted(row['prints'], 'print')}"
    shown = table(
        "rank", "person", "score", "FMR 1 in", "log10 LR", "pairs", "print", title=title, right=_NUMBERS, whole=("print",)
    )
    for one in row["candidates"]:
        best = one["evidence"][0]
        mark = "~" if one["extrapolated"] else ""
        shown.add_row(
            str(one["rank"]),
            one["person"],
            f"{one['score']:.1f}",
            mark + one_in(one["score"]) if one["score"] > 0 else "-",
            f"{one['llr']:+.2f}",
            str(len(best["pairs"])),
            best["print"],
        )
    out.print(shown if row["candidates"] else f"{title}: no candidates")
    if any(one["extrapolated"] for one in row["candidates"]):
        out.print("[dim]~ beyond what was measured: extrapolated[/]")
    out.print(f"[dim]{_rates(row['miss'], row['false_positive'])}[/]", soft_wrap=True)
    out.print(f"[dim]kept as search {row['search']}[/]", soft_wrap=True)
    notes(row["warnings"])
    if row["hit"] is not None:
        out.print(f"[bold]{'hit' if row['hit'] else 'no hit'}[/] (a hit needs a score of {row['threshold']:.1f} here)")


def _rates(miss: float, false_positive: float | None) -> str:
    """Says in words what the list itself is worth."""
    said = f"probability that an enrolled mate was passed over: {share_words(miss)}"
    if false_positive is None:
        return said
    return f"{said}; that a search of somebody not enrolled brings such a first score: {share_words(false_positive)}"


_NUMBERS = ("rank", "score", "FMR 1 in", "log10 LR", "pairs", "next score")


def _print_overview(rows: Sequence[dict[str, Any]]) -> None:
    """Shows many searches, one line each: the first candidate, and how far the second is behind."""
    decided = any(row.get("hit") is not None for row in rows)
    shown = table("probe", "rank 1", "score", "FMR 1 in", "next", "next score", *(["hit"] if decided else []), right=_NUMBERS)
    for row in rows:
        name = ", ".join(path.name for path in row["probes"])
        first, second = ([*row["candidates"], None, None])[:2]
        notes(f"{name}: {warning}" for warning in row.get("warnings", ()))
        cells = [name, "[red]no candidate[/]", "-", "-", "-", "-"]
        if "error" in row:
            cells[1] = "[red]not searched[/]"
        elif first is not None:
            cells[1:4] = [first["person"], f"{first['score']:.1f}", one_in(first["score"]) if first["score"] > 0 else "-"]
        if second is not None:
            cells[4:6] = [second["person"], f"{second['score']:.1f}"]
        shown.add_row(*cells, *(["yes" if row.get("hit") else "no"] if decided else []))
    out.print(shown)


def _print_truth(rows: Sequence[dict[str, Any]]) -> None:
    """Shows how often the person in the file name stood first."""
    right = [row for row in rows if row["candidates"] and row["candidates"][0]["person"] == inputs.person_of(row["probes"][0])]
    out.print(f"rank 1 right: [bold]{len(right):,} of {len(rows):,}[/] ({100 * len(right) / len(rows):.1f} %)")


def _leave(rows: Sequence[dict[str, Any]], fpir: float | None, *, quiet: bool) -> None:
    failed = [row for row in rows if "error" in row]
    for row in failed if not quiet else ():
        complain(row["error"].message)
    if failed:
        raise typer.Exit(Exit.BAD_INPUT)
    if fpir is not None and not any(row["hit"] for row in rows):
        raise typer.Exit(Exit.NO)
