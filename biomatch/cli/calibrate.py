"""calibrate: a gallery's own calibration, fitted to prints of the owner's sensor; and back to the shipped one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, progress, table, warn, write_json
from biomatch.errors import PrintsEnrolled
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.training.sensor import Figure, Fitted, Prints, Value


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.BUREAU)(calibrate)


def calibrate(
    gallery: options.Gallery,
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="[MANIFEST_OR_FOLDER]", help="CSV list, or folder of FINGER_IMPRESSION.ext: your sensor's prints."
        ),
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Go back to the shipped calibration.")] = False,
    only: options.OnlySets = None,
    size: Annotated[int, typer.Option("--size", metavar="N", min=1_000, help="Synthetic prints of a trial gallery.")] = 10_000,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show before and after, and keep nothing.")] = False,
    allow_enrolled: Annotated[
        bool, typer.Option("--allow-enrolled", help="Also use prints whose fingers this gallery seems to hold.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the synthetic prints and the folds.")] = 1,
    processes: options.Processes = 2,
    purpose: options.Purpose = "",
    legal_basis: options.LegalBasis = "",
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Fit this gallery's scores and stated rates to prints of your own sensor, and show them before and after.

    Give some hundred prints, two or more of each finger, of persons who are not enrolled here. "Before" is the shipped
    calibration. "After" is judged on prints that it was not fitted to. Past searches are repeated with the calibration that
    they had. Stop the server first. docs/calibration.md says how many prints are needed.
    """
    if shipped == (data is not None):
        raise typer.BadParameter("name the prints of your sensor, or --shipped, and not both")
    if data is None:
        _back(gallery, models, as_json)
        return
    from biomatch.evaluation.engine import OurSetup
    from biomatch.training import sensor

    actor = inputs.actor().searching_for(purpose, legal_basis)
    setup = OurSetup(models, extractor=extractor)
    with progress() as bar, inputs.opened(gallery, models, create=False, alone=True, progress=bar) as bureau:
        prints = sensor.read(setup, data, only or (), processes=processes, progress=bar)
        enrolled = bureau.upkeep.enrolled_among(prints.templates, actor, bar)
        if enrolled and not allow_enrolled:
            raise PrintsEnrolled([str(prints.samples[n].path) for n in enrolled], len(enrolled))
        fitted = sensor.fit(prints, sensor.Plan(size, seed, models), bar)
        name = None
        if not dry_run:
            name = bureau.upkeep.calibrate(fitted.files, actor, prints=fitted.prints, fingers=fitted.fingers)
    if as_json:
        write_json(_document(name, prints, fitted, enrolled))
    else:
        _print(name, prints, fitted, enrolled)


def _back(gallery: Path, models: Path | None, as_json: bool) -> None:
    with inputs.opened(gallery, models, create=False, alone=True, calibrated=False) as bureau:
        before = bureau.upkeep.calibrate_as_shipped(inputs.actor())
    if as_json:
        write_json({"calibration": "shipped", "before": before})
    else:
        out.print(f"{gallery} has the shipped calibration again; before it had {before}", soft_wrap=True)


def _document(name: str | None, prints: Prints, fitted: Fitted, enrolled: list[int]) -> dict[str, Any]:
    return {
        "calibration": name,
        "prints": fitted.prints,
        "fingers": fitted.fingers,
        "pairs": fitted.pairs,
        "searches": fitted.searches,
        "figures": fitted.figures,
        "enrolled": [str(prints.samples[n].path) for n in enrolled],
        "failures": prints.failures,
    }


def _print(name: str | None, prints: Prints, fitted: Fitted, enrolled: list[int]) -> None:
    shown = table("on prints that were not fitted to", "stated", "before [95 %]", "after [95 %]", right=("stated",))
    for one in fitted.figures:
        stated = "" if one.stated is None else _number(one, one.stated)
        shown.add_row(one.words, stated, _value(one, one.before), _value(one, one.after))
    out.print(shown)
    out.print(
        f"{counted(fitted.prints, 'print')} of {counted(fitted.fingers, 'finger')}, {counted(fitted.pairs, 'pair')}, "
        f"{counted(fitted.searches, 'search', 'searches')}",
        soft_wrap=True,
    )
    if prints.failures:
        warn(f"{counted(len(prints.failures), 'print')} could not be read; the first: {prints.failures[0].reason}")
    if enrolled:
        warn(f"{counted(len(enrolled), 'print')} of fingers that this gallery seems to hold took part")
    out.print("nothing was kept" if name is None else f"kept as {name}; it holds from now on", soft_wrap=True)


def _value(of: Figure, value: Value) -> str:
    if value.value is None and value.low is None:
        return "-"
    ends = [("no end" if end is None else _number(of, end)) for end in (value.low, value.high)]
    return f"{'none seen' if value.value is None else _number(of, value.value)} [{ends[0]} to {ends[1]}]".replace("[", "\\[")


def _number(of: Figure, value: float) -> str:
    plain = of.name in ("cllr", "miss", "miss_all")
    return f"{value:.2f}" if plain else f"{100 * value:.2f} %"
