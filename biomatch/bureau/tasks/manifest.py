"""Lists of prints to enrol: CSV in UTF-8, with a line of column names.

path and person are needed; position, impression, ppi, encounter, sex (M, F, X), born and captured (YYYY-MM-DD) may be there.
Lines whose role is another than enrol are left out. Other columns may be there, but none whose name is nearly one of these, or
means one (dpi): it would not be read. A ' that `spreadsheet` puts before a text is taken away again.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO

from biomatch import spreadsheet
from biomatch.bureau.cases import Enrolment, Upload
from biomatch.errors import BadManifest, UnknownName
from biomatch.gallery.filters import Biography
from biomatch.vocabulary import impression_of, position_of, sex_of

COLUMNS = (
    "path", "person", "position", "finger_position", "finger position", "impression", "ppi", "encounter", "sex", "born",
    "captured", "role",
)  # fmt: skip
_OTHER_NAMES = {
    "dpi": "ppi", "resolution": "ppi", "biometricsubtype": "position", "gender": "sex", "birthdate": "born",
    "dateofbirth": "born",
}  # fmt: skip
"""What others call columns that are read, in small letters without anything between them."""
_ALIKE = 0.8  # share of two names' letters that agree: positions, Position and possition have more, set and sex less


@dataclass(frozen=True)
class Line:
    """One print of a list. number: of the line, the names of the columns being the first; row: as it stands there."""

    number: int
    row: dict[str, str]

    @property
    def path(self) -> str:
        return self.row["path"]

    @property
    def person(self) -> str:
        return self.row["person"]

    def enrolment(self, data: bytes, labels: frozenset[str]) -> Enrolment:
        """Raises UnknownName; ValueError, in words: a number or a day that is none."""
        get = self.row.get
        position = get("position") or get("finger_position") or get("finger position")
        biography = Biography(sex_of(get("sex") or ""), _day("born", get("born")))
        upload = Upload(
            data,
            self.path,
            position_of(position),
            impression_of(get("impression")),
            _ppi(get("ppi")),
            captured=_day("captured", get("captured")),
        )
        return Enrolment(self.person, upload, get("encounter") or None, labels, biography)


class Manifest:
    """A list that is read as often as it is needed, from any line on. name: for messages."""

    def __init__(self, name: str, file: BinaryIO):
        """Raises BadManifest."""
        self._name = name
        self._file = file
        with self._told():
            self._first = _Counted(file)
            self._columns = next(csv.reader(self._first), [])
        if self._columns:
            self._columns[0] = self._columns[0].removeprefix("\ufeff")
        self._check_columns()

    def lines(self, at: int = 0, number: int = 1) -> Iterator[tuple[Line, int]]:
        """Yields each line, and where the next one begins, in bytes. Raises BadManifest.

        at, number  where to begin, and the number of the line before
        """
        self._file.seek(at or self._first.at)
        counted = _Counted(self._file)
        rows = csv.DictReader(counted, self._columns)
        while True:
            with self._told():
                row = next(rows, None)
            if row is None and number == 1:
                raise BadManifest(self._name, "it has no line below the column names" if self._columns else "it is empty")
            if row is None:
                return
            number += 1
            if row.get("role") in (None, "", "enrol"):
                yield self._line(number, row), counted.at

    def _check_columns(self) -> None:
        """Refuses a column that is nearly one that is read, or one by another name. Raises BadManifest."""
        for name in self._columns:
            near = _meant_by(name)
            if near and name not in COLUMNS:
                raise BadManifest(self._name, f"a column '{name[:40]}' is not read, but '{near}' is")

    def _line(self, number: int, row: dict[str, Any]) -> Line:
        missing = [name for name in ("path", "person") if not row.get(name)]
        if missing:
            raise BadManifest(self._name, f"line {number} has no value for {', '.join(missing)}")
        texts = {name: value for name, value in row.items() if isinstance(name, str) and isinstance(value, str)}
        line = Line(number, {name: spreadsheet.text_of(value) for name, value in texts.items()})
        try:
            line.enrolment(b"", frozenset())
        except UnknownName as error:
            raise BadManifest(self._name, f"line {number}: {error.message.partition(';')[0]}") from None
        except ValueError as error:
            raise BadManifest(self._name, f"line {number}: {error}") from None
        return line

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Turns failures of reading into BadManifest."""
        try:
            yield
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise BadManifest.because(self._name, error) from None


class _Counted:
    """Lines of a file, and where the next one begins."""

    def __init__(self, file: BinaryIO):
        self._file = file
        self.at = file.tell()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        data = self._file.readline()
        if not data:
            raise StopIteration
        self.at += len(data)
        return data.decode("utf-8")


def of_bytes(name: str, data: bytes) -> Manifest:
    """Raises BadManifest."""
    return Manifest(name, io.BytesIO(data))


def _meant_by(name: str) -> str | None:
    """Finds the column that somebody probably meant by this name; None: another one, which is left alone."""
    letters = "".join(letter for letter in name.casefold() if letter.isalnum())
    near = difflib.get_close_matches(name.casefold(), COLUMNS, n=1, cutoff=_ALIKE)
    return _OTHER_NAMES.get(letters) or next(iter(near), None)


def _ppi(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise ValueError(f"ppi '{text}' is no number") from None


def _day(column: str, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{column} '{text}' is no day; write it as 1980-05-21") from None
