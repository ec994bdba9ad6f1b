"""The output of commands: results to stdout, progress and errors to stderr."""

from __future__ import annotations

import dataclasses
import json
import logging
import shlex
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum, StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from biomatch import private
from biomatch.errors import BiomatchError, FileUnwritable
from biomatch.observe import Progress

if TYPE_CHECKING:
    from biomatch.store import Finding

SHOWN_AFTER = 2.0  # s: what ends sooner needs no bar

FILE_WIDTH = 160  # characters of a line where nobody's window decides: tables in files and pipes are not folded at 80

out = Console(highlight=False, width=None if sys.stdout.isatty() else FILE_WIDTH)
err = Console(stderr=True, highlight=False)


class Exit:
    """Exit codes of every command (docs/commands.md)."""

    OK = 0
    NO = 1  # the answer to a yes-or-no question was no: no hit, no match
    BAD_INPUT = 2  # and wrong usage
    NOT_FOUND = 3
    CONFLICT = 4
    UNAVAILABLE = 5
    BAD_INSTALLATION = 6
    DEFECT = 70  # biomatch itself failed; sysexits.h calls it EX_SOFTWARE
    INTERRUPTED = 130


class Notes(logging.Handler):
    """Shows what the library warns of, a line each, on stderr."""

    def emit(self, record: logging.LogRecord) -> None:
        folder = f" {shlex.quote(record.folder)}" if hasattr(record, "folder") else ""
        err.print(f"[yellow]note:[/] {escape(self.format(record) + folder)}", soft_wrap=True)


def write_json(value: object) -> None:
    """Writes one JSON document to stdout. Shares and scores that are not finite become null."""
    sys.stdout.write(json.dumps(plain(value), indent=2, allow_nan=False) + "\n")


def complain(message: str) -> None:
    """Says on stderr what went wrong, in one line."""
    err.print(f"[bold red]error:[/] {escape(' '.join(message.split()))}", soft_wrap=True)


def warn(message: str) -> None:
    """Says on stderr what should be known beside the answer, in one line."""
    err.print(f"[yellow]note:[/] {escape(message)}", soft_wrap=True)


def say_renamed(old: str, new: str) -> None:
    """Says on stderr that an option has another name now; the old one goes on working for one version."""
    err.print(f"biomatch: {escape(old)} is {escape(new)} now", soft_wrap=True)


def write_error(code: str, message: str, values: Mapping[str, object]) -> None:
    """Writes the one JSON document of a command that failed, to stdout."""
    write_json({"error": {"code": code, "message": " ".join(message.split()), "values": values}})


def error_json(error: BiomatchError) -> dict[str, object]:
    """Returns the error of one file among several, as it stands beside answers."""
    return {"code": error.code, "message": error.message, "values": error.values}


def plain(value: Any) -> Any:
    """Turns dataclasses, enums, paths, sets and arrays into what JSON knows."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Enum):
        return value.name.lower()
    if isinstance(value, bool | int | str | None):
        return value
    if isinstance(value, float):
        return value if abs(value) < float("inf") else None
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(plain(item) for item in value)
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return plain(value.tolist())  # numpy's numbers and arrays


def size_words(size: int) -> str:
    """Writes bytes in the unit that suits them."""
    return f"{size / 1e6:,.1f} MB" if size >= 1e5 else f"{size / 1e3:,.1f} kB"


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Wraps the writing of a file that the caller asked for. Raises FileUnwritable."""
    try:
        yield
    except (FileExistsError, NotADirectoryError):
        raise FileUnwritable(
            str(path), "it is a file, not a folder" if path.is_file() else "a file is where its folder should be"
        ) from None
    except OSError as error:
        raise FileUnwritable(str(path), error.strerror or str(error)) from None


def write_bytes(path: Path, data: bytes) -> None:
    """Writes a file that was asked for, and makes its folder; only the owner can read them. Raises FileUnwritable."""
    with writing(path):
        private.make_folder(path.parent)
        private.write_bytes(path, data)


def tell(findings: Sequence[Finding], well: str, what: str) -> None:
    """Shows a table of what was found in `what`, or that all is well."""
    if not findings:
        out.print(f"[bold green]{well}[/]: {what}", soft_wrap=True)
        return
    shown = table("where", "what")
    for finding in findings:
        shown.add_row(finding.where, finding.what)
    out.print(shown)
    out.print(f"[bold red]{len(findings):,} found[/] in {what}", soft_wrap=True)


def notes(warnings: Iterable[str]) -> None:
    """Writes each warning once, a line each, to stderr."""
    for warning in dict.fromkeys(warnings):
        warn(warning)


def table(*columns: str, title: str | None = None, right: tuple[str, ...] = (), whole: tuple[str, ...] = ()) -> Table:
    """Makes a table without boxes. Columns named in `right` hold numbers; those in `whole` are cut short rather than folded."""
    made = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, header_style="dim")
    for name in columns:
        narrow = name in right or name in whole
        made.add_column(
            name,
            justify="right" if name in right else "left",
            overflow="ellipsis" if narrow else "fold",
            no_wrap=narrow,
        )
    return made


@contextmanager
def progress() -> Iterator[Progress]:
    """Shows a progress bar on stderr when work takes longer than two seconds; it leaves nothing behind."""
    bar = _Bar()
    try:
        yield bar
    finally:
        bar.done()


class _Bar:
    def __init__(self) -> None:
        self._rich: RichProgress | None = None
        self._what, self._at = "", 0
        self._total: int | None = None
        self._changing = threading.Lock()
        self._later: threading.Timer | None = None

    def start(self, what: str, total: int | None) -> None:
        self.done()
        self._what, self._total, self._at = what, total, 0
        if err.is_terminal:
            self._later = threading.Timer(SHOWN_AFTER, self._show)  # also where the first step is a long one
            self._later.daemon = True
            self._later.start()

    def advance(self, steps: int = 1) -> None:
        with self._changing:
            self._at += steps
            if self._rich is not None:
                self._rich.update(self._task, completed=self._at)

    def done(self) -> None:
        with self._changing:
            if self._later is not None:
                self._later.cancel()
                self._later = None
            if self._rich is not None:
                self._rich.stop()
                self._rich = None

    def _show(self) -> None:
        with self._changing:
            if self._later is not threading.current_thread():  # it was done in this moment
                return
            self._rich = RichProgress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TimeRemainingColumn(),
                console=err,
                transient=True,
            )
            self._task = self._rich.add_task(self._what, total=self._total, completed=self._at)
            self._rich.start()
