"""Tables as CSV in UTF-8, of which a spreadsheet takes no text for a formula.

What stands in a table may come from anybody: a person's name, the name of a file, a line of a transaction. A text that a
spreadsheet would calculate gets a ' in front, as OWASP advises (CSV injection). One that looks as if it had been given a ' gets
a further one, so that `text_of` brings back every text. Numbers are written as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

_QUOTE = "'"
_END = "\r\n"
_FORMULA = re.compile(r"[\s']*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")  # the last four: =, +, -, @ of full width


def line(values: Iterable[object], end: str = _END) -> str:
    """Writes one line of a table."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=_END)  # which quotes the characters of its own line end only
    writer.writerow([_cell(value) for value in values])
    return text.getvalue().removesuffix(_END) + end


def text_of(cell: str) -> str:
    """Returns the text that `line` wrote as this cell."""
    return cell[1:] if cell.startswith(_QUOTE) and _FORMULA.match(cell) else cell


def _cell(value: object) -> object:
    return _QUOTE + value if isinstance(value, str) and _FORMULA.match(value) else value
