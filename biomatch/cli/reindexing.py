"""reindex: every print anew, by the extractor that runs now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from biomatch.cli import inputs, options, tasks
from biomatch.cli.console import Exit, out, progress, table, write_json
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.bureau import Failure


def add_to(app: typer.Typer) -> None:
    app.command(rich_help_panel=options.BUREAU)(reindex)


def reindex(
    gallery: options.Gallery,
    extractor: options.Extractor = options.EXTRACTOR,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Extract every image anew that another extractor, or another version of it, extracted; exit code 1 says that some failed.

    Searches find the old prints until all new ones are there, and from then on the new ones. Prints that came as templates stay
    as they came, and so does an image that is lost or cannot be extracted. Interrupted, it goes on where it was when the same
    command is given again. On a gallery that is being served the serving process does it, with its own extractor.
    """
    from biomatch.bureau import FAILURE

    with (
        progress() as bar,
        inputs.opened(gallery, models, extractor=extractor, create=False, progress=bar) as bureau,
    ):
        job = tasks.waited(bureau, bureau.tasks.reindex(inputs.actor()), "Extracting", bar)
        failed = [one.what for one in tasks.found_by(bureau, job, FAILURE)]
        info = bureau.upkeep.info(inputs.actor())
    if as_json:
        write_json({**tasks.row_of(job), "extractor": job.parameters["extractor"], "failures": failed})
    else:
        others = info.prints - info.extractors.get(info.extractor, 0)
        _print(job.counts.get("extracted", 0), job.parameters["extractor"], others, failed)  # type: ignore[arg-type]
    if failed:
        raise typer.Exit(Exit.NO)


def _print(extracted: int, version: str, others: int, failed: list[Failure]) -> None:
    if failed:
        shown = table("print", "person", "why it stays as it was")
        for one in failed:
            shown.add_row(one.name, one.person, one.message)
        out.print(shown)
    stay = f"{counted(others, 'print')} {'stays' if others == 1 else 'stay'}"
    out.print(f"extracted {counted(extracted, 'print')} anew, by {version}; {stay} as others made them", soft_wrap=True)
