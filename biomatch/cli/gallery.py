"""remove, info, compact, export: care of a gallery's folder."""

from __future__ import annotations

from typing import Annotated, cast

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import out, size_words, table, write_json
from biomatch.words import counted


def add_to(app: typer.Typer) -> None:
    for command in (remove, info, compact, export):
        app.command(rich_help_panel=options.GALLERIES)(command)


def remove(
    gallery: options.Gallery,
    person: Annotated[str | None, typer.Option("--person", metavar="P", help="Person whose prints are removed.")] = None,
    encounter: Annotated[
        str | None, typer.Option("--encounter", metavar="E", help="Only this encounter of the person.")
    ] = None,
    print_id: Annotated[str | None, typer.Option("--print", metavar="ID", help="One print.")] = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Remove a person, an encounter or one print; it is never a candidate again."""
    with inputs.opened(gallery, models, create=False) as bureau:
        gone = bureau.encounters.remove(inputs.actor(), person=person, encounter=encounter, print_id=print_id)
    if as_json:
        write_json({"removed": gone})
    else:
        out.print(f"removed {counted(gone, 'print')}")


def info(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """Say what a gallery holds."""
    with inputs.opened(gallery, models, create=False) as bureau:
        found = bureau.upkeep.info(inputs.actor())
    if as_json:
        write_json(found)
        return
    shown = table("", "")
    shown.show_header = False
    shown.add_row("folder", found.folder)
    shown.add_row("persons", f"{found.persons:,}")
    shown.add_row("encounters", f"{found.encounters:,}")
    shown.add_row("prints", f"{found.prints:,}")
    for name, count in found.labels.items():
        shown.add_row(f"labelled {name}", f"{count:,}")
    for name, count in found.units.items():
        shown.add_row(f"of unit {name}", f"{count:,}")
    for name, count in found.extractors.items():
        shown.add_row(f"made by {name}", f"{count:,}")
    shown.add_row("extractor now", found.extractor)
    shown.add_row("calibration", found.calibration)
    shown.add_row("log records", f"{found.sequence:,}")
    if (successor := cast(dict[str, int] | None, found.engine["successor"])) is not None:
        shown.add_row("new index", f"{successor['built']:,} of {successor['of']:,} log records; the one before serves")
    for name, size in found.bytes_on_disk.items():
        shown.add_row(f"on disk, {name}", size_words(size))
    out.print(shown)


def compact(gallery: options.Gallery, models: options.Models = None, as_json: options.Json = False) -> None:
    """Rewrite the index without what was removed."""
    with inputs.opened(gallery, models, create=False) as bureau:
        bureau.upkeep.compact(inputs.actor())
        found = bureau.upkeep.info(inputs.actor())
    if as_json:
        write_json(found)
    else:
        out.print(f"compacted {gallery}: {counted(found.prints, 'print')}", soft_wrap=True)


def export(
    gallery: options.Gallery,
    output: options.ToFolder,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Write every template (own form and ISO/IEC 19794-2:2005), every original, and a list of them."""
    with inputs.opened(gallery, models, create=False) as bureau:
        count = bureau.upkeep.export(output, inputs.actor())
    if as_json:
        write_json({"folder": output, "prints": count})
    else:
        out.print(f"wrote {counted(count, 'print')} to {output}", soft_wrap=True)
