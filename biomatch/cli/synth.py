"""synth: synthetic fingerprints."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import options
from biomatch.cli.console import out, progress, write_json
from biomatch.errors import UnknownName
from biomatch.vocabulary import position_of
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.synthesis.orders import Job

Out = Annotated[
    Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write: a new one, or one that was stopped half-way.")
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        help="Names the fingers: the same seed makes the same files. Names of persons hold within a command.",
    ),
]
Persons = Annotated[int, typer.Option("--persons", "-n", metavar="N", help="Number of persons.")]
Processes = Annotated[
    int, typer.Option("--processes", metavar="N", help="Processes to spread the work over. Default: one a core.")
]
CORES = min(os.cpu_count() or 1, 256)  # so many processes are taken at most
SEED = 2026


def add_to(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="Make synthetic fingerprints, with their ground truth.")
    for command in (prints, slaps, card, latents, templates, sheet, sample):
        group.command()(command)
    app.add_typer(group, name="synth", rich_help_panel=options.MEASURE)


def prints(
    folder: Out,
    persons: Persons = 10,
    finger: Annotated[
        list[str] | None, typer.Option("--finger", metavar="NAME", help="Finger, repeatable. Default: right-index.")
    ] = None,
    impressions: Annotated[int, typer.Option("--impressions", "-k", metavar="N", help="Prints of each finger.")] = 4,
    sensor: Annotated[
        list[str] | None,
        typer.Option(
            "--sensor",
            metavar="NAME",
            help="glass, soft, compact, large or chip, repeatable: each finger's prints take turns. Default: one a person.",
        ),
    ] = None,
    difficulty: Annotated[
        float,
        typer.Option("--difficulty", metavar="X", help="0: perfect touches; 1: guided ones; 1.6: as in the public real sets."),
    ] = 1.6,
    scale: Annotated[
        float,
        typer.Option("--scale", metavar="X", help="Px of an image for one at 500 ppi: sensors that are not true to scale."),
    ] = 1.0,
    rolled: Annotated[bool, typer.Option("--rolled", help="The first print of each finger is rolled in ink.")] = False,
    seed: Seed = SEED,
    processes: Processes = CORES,
    as_json: options.Json = False,
) -> None:
    """Make plain prints of persons: PNG images, each with its truth as JSON, and a manifest.

    The truth is minutiae, cores, deltas, pattern class, ridge period and the box around the print, in px of the image. The
    manifest can be handed to `evaluate` and `enrol`. A run that was stopped is gone on with by the same command.
    """
    from biomatch.synthesis import orders

    positions = list(dict.fromkeys(position_of(name) for name in finger or ["right-index"]))
    for name in sensor or []:
        _known(name, orders.SENSOR_NAMES)
    jobs = orders.prints(seed, persons, positions, impressions, sensor or [], difficulty=difficulty, roll=rolled, scale=scale)
    wanted = {
        "persons": persons,
        "fingers": [position.words for position in positions],
        "impressions": impressions,
        "sensors": sensor or [],
        "difficulty": difficulty,
        "scale": scale,
        "rolled": rolled,
    }
    _make("prints", folder, seed, wanted, jobs, processes, as_json)


def slaps(
    folder: Out,
    persons: Persons = 10,
    impressions: Annotated[int, typer.Option("--impressions", "-k", metavar="N", help="Slaps of each hand.")] = 1,
    sensor: Annotated[
        list[str] | None,
        typer.Option(
            "--sensor", metavar="NAME", help="glass or ink, repeatable: each hand's slaps take turns. Default: glass."
        ),
    ] = None,
    seed: Seed = SEED,
    processes: Processes = CORES,
    as_json: options.Json = False,
) -> None:
    """Make slaps: right and left four fingers of persons, put down together, with the box of each finger."""
    from biomatch.synthesis import orders

    sensors = sensor or ["glass"]
    for name in sensors:
        _known(name, ("glass", "ink"))
    jobs = orders.slaps(seed, persons, sensors, impressions)
    wanted = {"persons": persons, "impressions": impressions, "sensors": sensors}
    _make("slaps", folder, seed, wanted, jobs, processes, as_json)


def card(
    folder: Out, persons: Persons = 1, seed: Seed = SEED, processes: Processes = CORES, as_json: options.Json = False
) -> None:
    """Make ten-print cards: ten rolled prints, two plain thumbs, two slaps; the card, and each of its boxes cut out."""
    from biomatch.synthesis import orders

    _make("card", folder, seed, {"persons": persons}, orders.cards(seed, persons), processes, as_json)


def latents(
    folder: Out,
    count: Annotated[int, typer.Option("--count", "-n", metavar="N", help="Number of latents, each of another person.")] = 10,
    seed: Seed = SEED,
    processes: Processes = CORES,
    as_json: options.Json = False,
) -> None:
    """Make latents, each with its minutiae marked (ISO/IEC 19794-2:2005), and a plain print of the same finger."""
    from biomatch.synthesis import orders

    _make("latents", folder, seed, {"count": count}, orders.latents(seed, count), processes, as_json)


def templates(
    folder: Out,
    count: Annotated[int, typer.Option("--count", "-n", metavar="N", help="Number of fingers, each of another person.")] = 1000,
    impressions: Annotated[int, typer.Option("--impressions", "-k", metavar="N", help="Templates of each finger.")] = 1,
    seed: Seed = SEED,
    processes: Processes = CORES,
    as_json: options.Json = False,
) -> None:
    """Make fingers as minutiae only, thousands a second, to fill a gallery with non-mated prints."""
    from biomatch.synthesis import orders

    jobs = orders.templates(seed, count, impressions)
    _make("templates", folder, seed, {"count": count, "impressions": impressions}, jobs, processes, as_json)


def sheet(
    file: Annotated[Path, typer.Option("--out", "-o", metavar="FILE", help="Image to write, PNG or JPEG.")],
    seed: Seed = SEED,
) -> None:
    """Draw a contact sheet: fingers, their prints on every sensor, rolled, slaps and latents, beside their truth."""
    from biomatch.synthesis import sheet as contact

    with progress() as bar:
        contact.write(file, seed, progress=bar)
    out.print(f"wrote {file}", soft_wrap=True)


def sample(
    folder: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder to write the sample to.")],
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Names the fingers.")] = SEED,
    processes: Processes = CORES,
    as_json: options.Json = False,
) -> None:
    """Write the sample that ships: prints and templates to enrol, probes, a ten-print card, and a manifest with the truth."""
    from biomatch.synthesis import sample as sampling

    with progress() as bar:
        count = sampling.write(folder, seed, progress=bar, processes=processes)
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    if as_json:
        write_json({"folder": str(folder), "files": count, "bytes": size, "seed": seed})
    else:
        out.print(f"wrote {counted(count, 'file')}, {size / 1e6:.1f} MB, to {folder}", soft_wrap=True)


def _make(
    command: str,
    folder: Path,
    seed: int,
    wanted: dict[str, Any],
    jobs: Sequence[Job],
    processes: int,
    as_json: bool,
) -> None:
    from biomatch.synthesis import versions
    from biomatch.synthesis.files import MANIFEST, Recipe
    from biomatch.synthesis.making import make_all

    recipe = Recipe(command, seed, wanted, versions.of_templates() if command == "templates" else versions.IMAGES)
    with progress() as bar:
        made = make_all(folder, recipe, jobs, processes=processes, progress=bar)
    files = sum(len(job.names) for job in jobs)
    if as_json:
        answer = {"folder": str(folder), "files": files, "made_now": made, "seed": seed, "generator": recipe.generator}
        write_json(answer)
        return
    before = f" ({files - made} were there)" if made < files else ""
    out.print(
        f"wrote {counted(made, 'file')}{before} with their truth to {folder}; {folder / MANIFEST} lists them", soft_wrap=True
    )


def _known(name: str, names: Sequence[str] | dict[str, Any]) -> None:
    if name not in names:
        raise UnknownName("sensor", name, list(names))
