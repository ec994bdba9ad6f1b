"""The command line: one file a command group. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

import logging
import sys

import typer

import biomatch
from biomatch.cli import (
    auditing,
    bench,
    convert,
    demo,
    doctor,
    duplicates,
    enrolling,
    evaluate,
    gallery,
    identifying,
    keys,
    nist,
    page,
    prints,
    reindexing,
    replaying,
    running,
    serve,
    showing,
    synth,
    tasks,
    tokens,
    train,
    verifying,
)
from biomatch.cli.console import Exit, Notes, err, out
from biomatch.errors import BadInput, BadInstallation, BiomatchError, Conflict, NotFound, Unavailable

app = typer.Typer(
    name="biomatch",
    help="Fingerprint identification: from images to a ranked, calibrated candidate list.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in (
    *(prints, verifying, showing, convert),
    *(enrolling, identifying, duplicates, gallery, serve, page),
    *(running, reindexing, tasks, keys, tokens, auditing, replaying, doctor, nist),
    *(evaluate, bench, train, synth, demo),
):
    group.add_to(app)

CODES = (
    (BadInput, Exit.BAD_INPUT),
    (NotFound, Exit.NOT_FOUND),
    (Conflict, Exit.CONFLICT),
    (Unavailable, Exit.UNAVAILABLE),
    (BadInstallation, Exit.BAD_INSTALLATION),
)


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"biomatch {biomatch.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version and leave."),
) -> None:
    """Fingerprint identification: from images to a ranked, calibrated candidate list."""


def main() -> None:
    """Runs one command; an error of ours is one line on stderr, and an exit code that says its kind."""
    logging.root.addHandler(Notes())
    try:
        app(standalone_mode=True)
    except BiomatchError as error:
        err.print(f"[bold red]error:[/] {' '.join(error.message.split())}", soft_wrap=True, markup=True)
        sys.exit(exit_code(error))
    except KeyboardInterrupt:
        err.print("interrupted", soft_wrap=True)
        sys.exit(Exit.INTERRUPTED)


def exit_code(error: BiomatchError) -> int:
    """The exit code of an error's kind."""
    return next((code for kind, code in CODES if isinstance(error, kind)), Exit.BAD_INPUT)
