"""Days on the command line, and ranges: A..B, either end open."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from biomatch.errors import BadDay, BadRange

Value = TypeVar("Value", date, int)


def past_day(option: str, text: str | None) -> date | None:
    """Reads a day; None: none was given. Raises BadDay."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadDay(option, text) from None
    if day > datetime.now(UTC).date() + timedelta(days=1):  # it is tomorrow already, somewhere
        raise BadDay(option, text)
    return day


def days(option: str, text: str) -> tuple[date | None, date | None]:
    """Raises BadRange."""
    return _range(option, text, date.fromisoformat, "1980-01-01..1989-12-31")


def ages(option: str, text: str) -> tuple[int | None, int | None]:
    """Reads whole years, at most 150. Raises BadRange."""
    return _range(option, text, _age, "20..29")


def _age(text: str) -> int:
    if not text.isdecimal() or int(text) > 150:
        raise ValueError(text)
    return int(text)


def _range(option: str, text: str, read: Callable[[str], Value], example: str) -> tuple[Value | None, Value | None]:
    first, dots, last = text.partition("..")
    try:
        low, high = (read(end) if end else None for end in (first, last))
    except ValueError:
        dots = ""
    if not dots or (low is not None and high is not None and low > high):
        raise BadRange(option, text, example)
    return low, high
