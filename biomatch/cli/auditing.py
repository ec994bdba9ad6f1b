"""audit: what was done in a gallery, and proofs that nobody changed it since."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from biomatch.cli import inputs, options
from biomatch.cli.console import Exit, out, tell, write_json, writing
from biomatch.errors import BadCheckpoint, FileUnreadable, NothingToDo, reason_of
from biomatch.words import counted

if TYPE_CHECKING:
    from biomatch.store import Report

audit = typer.Typer(
    name="audit",
    help="Prove what was done in a gallery: every act and every search is a leaf of a Merkle tree after RFC 9162.",
    no_args_is_help=True,
)


_NOTE = re.compile(r"[^\n]+\n\d+\n[A-Za-z0-9+/=]+\n(?:[^\n]+\n)*\n\u2014 ")  # C2SP tlog-checkpoint


def add_to(app: typer.Typer) -> None:
    app.add_typer(audit, rich_help_panel=options.BUREAU)


_OUTPUT = typer.Option("--output", "-o", metavar="FILE", help="File to write to.")
Output = Annotated[Path, _OUTPUT]
MaybeOutput = Annotated[Path | None, _OUTPUT]


@audit.command()
def checkpoint(
    gallery: options.Gallery,
    output: MaybeOutput = None,
    models: options.Models = None,
) -> None:
    """Print a signed checkpoint: keep it elsewhere, and nobody can change or cut what was done before it unseen."""
    with inputs.opened(gallery, models, create=False) as bureau:
        note = bureau.upkeep.checkpoint(inputs.actor())
    if output is None:
        out.print(note, end="", soft_wrap=True, markup=False)
    else:
        _write(output, note)


@audit.command()
def prove(
    gallery: options.Gallery,
    number: Annotated[int, typer.Argument(metavar="LEAF", help="Number of the leaf.")],
    output: MaybeOutput = None,
    models: options.Models = None,
) -> None:
    """Print a leaf with the proof that it is in the tree, as JSON that anybody can check."""
    with inputs.opened(gallery, models, create=False) as bureau:
        document = bureau.upkeep.prove(number, inputs.actor())
    if output is None:
        write_json(document)
    else:
        _write(output, json.dumps(document, ensure_ascii=False) + "\n")


@audit.command()
def export(
    gallery: options.Gallery,
    output: Output,
    models: options.Models = None,
) -> None:
    """Write every leaf, with what is kept of its items, to a file that can be checked without the gallery."""
    with inputs.opened(gallery, models, create=False) as bureau:
        count = bureau.upkeep.export_audit(output, inputs.actor())
    out.print(f"wrote {counted(count, 'leaf', 'leaves')} to {output}", soft_wrap=True)


@audit.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A file that `prove` or `export` wrote, instead of a gallery.")
    ] = None,
    gallery: options.MaybeGallery = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="Checkpoint that was kept elsewhere; may be repeated."),
    ] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KEY", help="The bureau's public key, for a FILE.")] = None,
    models: options.Models = None,
    as_json: options.Json = False,
) -> None:
    """Recompute the tree: exit code 1 says that something was changed, and where.

    Of a gallery also the log, every print and every original are held against it; of a proof its one leaf is.
    """
    notes = [_note(path) for path in checkpoint or ()]
    report = _of_file(file, key, notes) if file is not None else _of_gallery(gallery, notes, models)
    if as_json:
        write_json(report)
    else:
        _print(report, file)
    if not report.ok:
        raise typer.Exit(Exit.NO)


def _of_file(file: Path, key: str | None, notes: list[str]) -> Report:
    from biomatch.store.audit import evidence
    from biomatch.store.audit.checkpoint import key_of

    if key is None:
        raise NothingToDo("a file is checked with the bureau's public key; give it with --key, as `biomatch init` printed it")
    try:
        return evidence.check(file, key_of(key), notes)
    except OSError as error:
        raise FileUnreadable(str(file), reason_of(error)) from None


def _of_gallery(gallery: Path | None, notes: list[str], models: Path | None) -> Report:
    if gallery is None:
        raise NothingToDo("nothing was named to verify; give --gallery, or a file that `audit prove` or `audit export` wrote")
    with inputs.opened(gallery, models, create=False) as bureau:
        return bureau.upkeep.verify_audit(inputs.actor(), checkpoints=notes)


def _note(path: Path) -> str:
    """Reads a checkpoint as it was handed out. Raises FileUnreadable, FileEmpty, BadCheckpoint where it is none, signed or
    not."""
    text = inputs.read_bytes(path).decode("utf-8", "replace")
    if not _NOTE.match(text):
        raise BadCheckpoint("the file is no checkpoint").about(str(path))
    return text


def _print(report: Report, file: Path | None) -> None:
    leaves = counted(report.size, "leaf", "leaves")
    if file is not None and (number := _proven(file)) is not None:
        leaves = f"leaf {number} alone, of a tree of {leaves}"
    held = [leaves, counted(report.checkpoints, "checkpoint")]
    if file is None:
        held[1:1] = [counted(report.prints, "print"), counted(report.originals, "original")]
    checked = ", ".join(held)
    tell(report.findings, "nothing was changed", f"{checked}; root {report.root}" if report.ok else checked)


def _proven(file: Path) -> int | None:
    """Returns the number of the leaf that a file is the proof of; None: it holds a whole tree. It was read without error
    before."""
    head: dict[str, Any] = json.loads(file.read_text(encoding="utf-8").splitlines()[0])
    return head["number"] if "path" in head else None


def _write(path: Path, text: str) -> None:
    with writing(path):
        path.write_text(text, encoding="utf-8")
