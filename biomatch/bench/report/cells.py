"""Cells and rows of the tables that `bench page` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

Results = dict[str, dict[str, Any]]
"""Documents by the names of their files."""

MISSING = "(not measured yet)"
RATES = ("eer", "fmr1000", "zerofmr")


def head(*cells: str, numbers: Sequence[int] | None = None) -> Iterator[str]:
    right = range(1, len(cells)) if numbers is None else numbers
    yield row(*cells)
    yield "|" + "|".join("---:" if at in right else "---" for at in range(len(cells))) + "|"


def row(*cells: str) -> str:
    return "| " + " | ".join(cells) + " |"


def percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"


def rates(one: dict[str, Any] | None) -> str:
    """Writes EER, FNMR at FMR 0.1 % and zeroFMR, percent."""
    return "-" if one is None else " / ".join(percent(one[rate]) for rate in RATES)


def span(interval: Any) -> str:
    if interval is None:
        return "-"
    low, high = interval["eer"] if isinstance(interval, dict) else interval
    return f"{100 * low:.2f} to {100 * high:.2f}"


def took(one: dict[str, Any] | None) -> str:
    if one is None:
        return ""
    unit = one["unit"].removesuffix(" a candidate")
    return f"{number(one['p50'])} ({number(one['p95'])}) {unit}"


def number(value: float) -> str:
    """Writes three digits, and no powers of ten."""
    return f"{Decimal(f'{value:.3g}'):,f}"


def two(one: dict[str, Any] | None) -> str:
    return "-" if one is None else f"{number(one['p50'])} / {number(one['p95'])}"


def times(found: dict[str, Any] | None) -> str:
    return "-" if found is None else "{} [{:.2f} to {:.2f}]".format(number(found["times"]), *found["interval"])
