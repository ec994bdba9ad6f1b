"""The command line: one file a command group. What a command needs is imported when it runs, so that `--help` is quick."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence

import typer

import biomatch
from biomatch.cli import (
    auditing,
    bench,
    calibrate,
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
    users,
    verifying,
)
from biomatch.cli.console import Exit, Notes, complain, out, write_error
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
    *(running, calibrate, reindexing, tasks, keys, tokens, users, auditing, replaying, doctor, nist),
    *(evaluate, bench, train, synth, demo),
):
    group.add_to(app)

UsageError: type[typer.BadParameter] = typer.BadParameter.__bases__[0]  # typer does not say its name
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
    """Identify persons by their fingerprints: from images to a ranked, calibrated candidate list."""


def main() -> None:
    """Runs one command. An error is one line on stderr, or one JSON document on stdout where --json was given; the exit code
    says its kind.
    """
    logging.root.addHandler(Notes())
    as_json = _asks_for_json(sys.argv[1:])
    say = write_error if as_json else _say
    try:
        left = app(standalone_mode=not as_json)  # where it is True, typer prints wrong usage itself, and leaves
    except BiomatchError as error:
        say(error.code, error.message, error.values)
        sys.exit(exit_code(error))
    except UsageError as error:
        say("wrong-usage", f"{error.format_message()}; --help lists what can be given", {})
        sys.exit(Exit.BAD_INPUT)
    except KeyboardInterrupt:
        left = Exit.INTERRUPTED
    except Exception as error:  # else Python would leave with 1, which says "no"
        traceback.print_exc()
        say("defect", f"biomatch failed at this command: {error!r}; please report it with the lines on stderr", {})
        sys.exit(Exit.DEFECT)
    if left == Exit.INTERRUPTED:
        say("interrupted", "the command was interrupted; run it again to go on", {})
    sys.exit(left)


def _asks_for_json(arguments: Sequence[str]) -> bool:
    """Looks for --json before the commands read their options: wrong usage is told as JSON, too."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return any(one == "--json" or one.startswith("--json=") for one in options)


def _say(_code: str, message: str, _values: Mapping[str, object]) -> None:
    complain(message)


def exit_code(error: BiomatchError) -> int:
    """Returns the exit code of an error's kind."""
    return next((code for kind, code in CODES if isinstance(error, kind)), Exit.BAD_INPUT)
