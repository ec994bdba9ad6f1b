"""What strangers write into a table is text there, never a formula, and comes back as it was."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch import spreadsheet

FORMULAS = [
    "=1+1", "+1", "-1", "@SUM(1)", "\tx", "\rx", "\nx", '=HYPERLINK("http://example.org/"&A1,"x")', "  =1", "'=1", "' '=1",
    "-2+3|cmd", "\uff1d1", "\uff0b1", "\uff0d1", "\uff201",
]  # fmt: skip


def cells(line: str) -> list[str]:
    (found,) = csv.reader(io.StringIO(line, newline=""))
    return found


@pytest.mark.parametrize("text", FORMULAS)
def test_no_formula_is_written(text: str) -> None:
    (written,) = cells(spreadsheet.line([text]))
    assert written == "'" + text
    assert spreadsheet.text_of(written) == text


@pytest.mark.parametrize("text", ["", "ann", "a=b", "O'Hara", "'tHooft", "3 - 4", "a@b", "1.5"])
def test_other_texts_are_left_alone(text: str) -> None:
    assert cells(spreadsheet.line(["x", text])) == ["x", text]
    assert spreadsheet.text_of(text) == text


def test_numbers_stay_numbers() -> None:
    assert spreadsheet.line([-1, -2.5, Decimal("-0.500"), None]) == "-1,-2.5,-0.500,\r\n"


@given(st.text(st.sampled_from("=+-@\t\r\n' ,\"aé\uff1d"), min_size=1))
def test_every_text_comes_back(text: str) -> None:
    first, second = cells(spreadsheet.line([text, "end"], end="\n"))
    assert (spreadsheet.text_of(first), second) == (text, "end")
    assert first[0] not in "=+-@\t\r\n\uff1d"


def test_a_line_end_in_a_cell_begins_no_line() -> None:
    """Python's writer quotes the characters of its own line end only."""
    assert list(csv.reader(io.StringIO(spreadsheet.line(["a\rb", "c"], end="\n"), newline=""))) == [["a\rb", "c"]]


def test_nothing_else_writes_what_strangers_said_as_csv(root: Path) -> None:
    """The lists of synthetic prints hold numbers and names of our own."""
    texts = {path.relative_to(root / "biomatch"): path.read_text() for path in (root / "biomatch").rglob("*.py")}
    writers = {str(path) for path, text in texts.items() if "csv.writer" in text or "DictWriter" in text}
    assert writers == {"spreadsheet.py", "synthesis/files.py", "synthesis/sample.py"}
