"""Where commands write, and how: JSON, notes, errors, tables, files."""

import io
import json
import logging
import stat
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from biomatch.cli import console
from biomatch.errors import FileEmpty, FileUnwritable
from biomatch.gallery.interface import Effort
from biomatch.store import Finding
from biomatch.vocabulary import FingerPosition


@dataclass(frozen=True)
class Thing:
    name: str
    place: Path
    sizes: tuple[int, ...]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (Thing("a", Path("b/c"), (1, 2)), {"name": "a", "place": "b/c", "sizes": [1, 2]}),
        (Effort.FAST, "fast"),
        (FingerPosition.RIGHT_INDEX, "right_index"),
        ({"b", "a"}, ["a", "b"]),
        ({1: frozenset({3, 2})}, {"1": [2, 3]}),
        (np.float32(0.5), 0.5),
        (np.array([[1, 2]]), [[1, 2]]),
        (np.array([1.0, np.nan]), [1.0, None]),
        ([True, None, "x", 3], [True, None, "x", 3]),
        (float("inf"), None),
        (float("-inf"), None),
        (float("nan"), None),
        (np.float64("nan"), None),
    ],
)
def test_whatever_a_command_has_becomes_what_json_knows(value, told):
    assert console.plain(value) == told
    assert json.loads(json.dumps(console.plain(value), allow_nan=False)) == told


def test_an_error_is_one_document_of_one_line(capsys):
    console.write_error("bad", "two\n  lines", {"path": Path("x")})
    assert json.loads(capsys.readouterr().out) == {"error": {"code": "bad", "message": "two lines", "values": {"path": "x"}}}
    assert console.error_json(FileEmpty("x.png"))["values"] == {"path": "x.png"}


def test_a_name_in_brackets_is_no_style(capsys):
    console.complain("[red]x.png[/] is\n empty")
    console.warn("[bold]y.png")
    assert capsys.readouterr().err == "error: [red]x.png[/] is empty\nnote: [bold]y.png\n"


def test_what_the_library_warns_of_is_a_note_with_its_folder(capsys):
    record = logging.LogRecord("biomatch", logging.WARNING, "", 0, "rebuild [%s] with init", ("index",), None)
    console.Notes().emit(record)
    record.folder = "my gallery"
    console.Notes().emit(record)
    assert capsys.readouterr().err == "note: rebuild [index] with init\nnote: rebuild [index] with init 'my gallery'\n"


def test_a_warning_is_told_once(capsys):
    console.notes(["dry", "wet", "dry"])
    assert capsys.readouterr().err == "note: dry\nnote: wet\n"


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0.0 kB"), (99_999, "100.0 kB"), (100_000, "0.1 MB"), (2_500_000_000, "2,500.0 MB")]
)
def test_a_size_is_told_in_the_unit_that_suits_it(size, words):
    assert console.size_words(size) == words


def test_what_is_written_is_its_owners_alone_and_so_is_its_new_folder(tmp_path):
    console.write_bytes(tmp_path / "new" / "a.bin", b"x")
    assert (tmp_path / "new" / "a.bin").read_bytes() == b"x"
    for path in (tmp_path / "new", tmp_path / "new" / "a.bin"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)


def test_what_cannot_be_written_is_named_with_the_reason(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    for path, words in (
        (tmp_path / "file" / "a.bin", "a file is where its folder should be"),
        (tmp_path, "Is a directory"),
    ):
        with pytest.raises(FileUnwritable, match=words) as refused:
            console.write_bytes(path, b"x")
        assert refused.value.values["path"] == str(path)


def test_findings_are_a_table_and_nothing_found_is_said(capsys):
    console.tell((), "all is well", "g")
    console.tell([Finding("print p1", "is missing"), Finding("leaf 3", "is not the one")], "all is well", "g")
    said = capsys.readouterr().out
    assert said.startswith("all is well: g\n")
    assert "print p1" in said
    assert said.endswith("2 found in g\n")


def test_words_are_folded_and_what_is_a_number_or_whole_is_cut_short():
    drawn = io.StringIO()
    shown = console.table("words", "p50", right=("p50",))
    shown.add_row("x" * 60, "1,234")
    Console(width=40, file=drawn).print(shown)
    assert drawn.getvalue().count("x") == 60
    assert drawn.getvalue().splitlines()[1].endswith(" 1,234")
    whole = console.table("name", "id", whole=("name",))
    whole.add_row("y" * 60, "z" * 10)
    Console(width=40, file=drawn).print(whole)
    assert len([line for line in drawn.getvalue().splitlines() if "y" in line]) == 1
    assert "\u2026" in drawn.getvalue()


def test_a_bar_appears_only_where_somebody_looks_and_goes_away(monkeypatch):
    """It waits for no step: the first may be the longest."""
    monkeypatch.setattr(console, "SHOWN_AFTER", 0.0)
    for terminal in (False, True):
        monkeypatch.setattr(console, "err", Console(force_terminal=terminal, width=80, file=io.StringIO()))
        with console.progress() as bar:
            bar.start("Enrolling", 3)
            for _ in range(500):
                if bar._rich is not None:
                    break
                time.sleep(0.002 if terminal else 0.0001)
            bar.advance()
            assert (bar._rich is not None) is terminal
            if terminal:
                assert bar._rich.tasks[0].completed == 1
            bar.start("Reading", None)
            bar.done()
            assert bar._rich is None


def test_work_that_ends_soon_shows_no_bar(monkeypatch):
    drawn = io.StringIO()
    monkeypatch.setattr(console, "err", Console(force_terminal=True, width=80, file=drawn))
    with console.progress() as bar:
        bar.start("Enrolling", 3)
        bar.advance(3)
    assert drawn.getvalue() == ""
