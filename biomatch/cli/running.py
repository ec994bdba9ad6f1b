"""init, check, backup, restore: the care of a bureau's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, complain, out, progress, tell, write_error, write_json
from biomatch.errors import BackupChanged
from biomatch.words import counted

_WELL = "all is as it was written"


def add_to(app: typer.Typer) -> None:
    for command in (init, check, backup, restore):
        app.command(rich_help_panel=options.BUREAU)(command)


def init(
    gallery: options.Gallery,
    database: options.Database = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Make a gallery with the rules of a bureau: no search without a purpose and a legal basis, no request without a token.

    Prints the public key that the bureau's checkpoints are signed with: give it to whoever shall be able to check them. And
    a first token, good for 90 days, which is not shown again. A gallery that is there already gets the same rules, and keeps
    its prints; one that has tokens gets no other. A folder that others may enter is closed to them.
    """
    from biomatch.store import mend

    if gallery.is_dir():
        mend(gallery)
    with inputs.opened(gallery, models, database=database) as bureau:
        bureau.access.require_purpose(inputs.actor())
        key = bureau.upkeep.audit_key(inputs.actor())
        text = None if bureau.access.tokens(inputs.actor()) else bureau.access.create_token("first", inputs.actor())[1]
    if as_json:
        write_json({"gallery": gallery, "key": key, "token": text})
        return
    out.print(f"{gallery} is a bureau's gallery; its public key is\n{key}", soft_wrap=True, markup=False)
    if text is not None:
        out.print(f"and its first token, which is not shown again,\n{text}", soft_wrap=True, markup=False)


def check(
    gallery: options.Gallery,
    mend: Annotated[bool, typer.Option("--mend", help="Make the index anew where it differs from the log.")] = False,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Check database, originals, audit tree, templates and index against each other; exit code 1 says that they differ.

    The index can be made anew; what else is wrong only a backup can mend. A gallery that is being served goes on meanwhile.
    """
    with (
        progress() as bar,
        inputs.opened(gallery, models, create=False, progress=bar) as bureau,
    ):
        found = bureau.upkeep.check(inputs.actor(), mend=mend)
    if as_json:
        write_json(found)
    else:
        mended = "; the index was made anew" if found.mended else ""
        tell(found.findings, _WELL, f"{_held(found.prints, found.originals, found.leaves)}{mended}")
    if not found.ok:
        raise typer.Exit(Exit.NO)


def backup(
    gallery: options.Gallery,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder to copy to.")],
    keys: Annotated[Path, typer.Option("--keys", metavar="DIR", help="Folder for a copy of the keys: in another place.")],
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Copy a gallery as it is at one moment, also while it is being served.

    Into the folder of an earlier backup only what is new is copied, and what was removed goes there too. The copy is of no use
    without the keys, of which every enrolment makes one: they are copied with it, to another place.
    """
    with inputs.opened(gallery, models, create=False) as bureau:
        made = bureau.upkeep.backup(output, inputs.actor(), keys=keys)
    if as_json:
        write_json(made)
    else:
        words = f"{counted(made.prints, 'print')}, {counted(made.originals, 'original')}, {made.copied:,} of them new"
        out.print(f"{output} holds the gallery as of {made.made}: {words}", soft_wrap=True)


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="Folder that `biomatch backup` wrote.")],
    gallery: options.Gallery,
    keys: Annotated[Path, typer.Option("--keys", metavar="DIR", help="Folder with the copy of the keys.")],
    database: options.Database = None,
    as_json: options.Json = False,
) -> None:
    """Make a gallery's folder, new or empty, of a backup; exit code 1 says that it was changed since, and where.

    The index is built when the gallery is opened for the first time.
    """
    from biomatch import bureau

    try:
        with progress() as bar:
            report = bureau.restore(source, keys, gallery, inputs.actor(), bar, database=database, master=inputs.master())
    except BackupChanged as error:
        if as_json:
            write_error(error.code, error.message, error.values)
        else:
            complain(error.message)
        raise typer.Exit(Exit.NO) from None
    if as_json:
        write_json(report)
    else:
        tell(report.findings, _WELL, _held(report.prints, report.originals, report.size))
    if not report.ok:
        raise typer.Exit(Exit.NO)


def _held(prints: int, originals: int, leaves: int) -> str:
    return f"{counted(prints, 'print')}, {counted(originals, 'original')}, {leaves:,} {'leaf' if leaves == 1 else 'leaves'}"
