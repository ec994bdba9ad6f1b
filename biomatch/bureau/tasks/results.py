"""The findings of tasks, as they are kept and as both doors show them: pairs of persons who may be one, and failures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from biomatch import spreadsheet
from biomatch.store import JobItem

DUPLICATE, FAILURE = "duplicate", "failure"


@dataclass(frozen=True)
class Agreement:
    """A print of the one and a print of the other that look like one finger. score: -10 log10(FMR); position: a name."""

    print_id: str
    other_print_id: str
    position: str
    score: float
    llr: float


@dataclass(frozen=True)
class Duplicate:
    """Two persons who may be one. score, llr: of all their prints; agreements: the best of them, strongest first."""

    person: str
    other: str
    score: float
    llr: float
    extrapolated: bool
    agreements: tuple[Agreement, ...]


@dataclass(frozen=True)
class Failure:
    """A failure. name: of a file, or a print's id; line: of the list that names it."""

    name: str
    person: str
    code: str
    message: str
    line: int | None = None


@dataclass(frozen=True)
class Found:
    """One thing that a task found. number: its place, by which pages go on."""

    number: int
    kind: str
    what: Duplicate | Failure


def packed(head: dict[str, Any], body: bytes) -> bytes:
    """Packs what a task works with: a line of JSON, and bytes."""
    return json.dumps(head).encode() + b"\n" + body


def unpacked(content: bytes) -> tuple[dict[str, Any], bytes]:
    """Unpacks what `packed` was given."""
    head, _, body = content.partition(b"\n")
    return json.loads(head), body


def item_of(what: Duplicate | Failure) -> JobItem:
    """Makes the item of a finding. A task names a pair of persons once."""
    content = json.dumps(asdict(what)).encode()
    if isinstance(what, Failure):
        return JobItem(FAILURE, content, (what.person,) if what.person else ())
    persons = what.person, what.other
    return JobItem(DUPLICATE, content, persons, name=json.dumps(sorted(persons)), enrolled=True)


def found_in(number: int, kind: str, content: bytes) -> Found:
    told = json.loads(content)
    if kind == FAILURE:
        return Found(number, kind, Failure(**told))
    agreements = tuple(Agreement(**one) for one in told.pop("agreements"))
    return Found(number, kind, Duplicate(**told, agreements=agreements))


COLUMNS = {
    DUPLICATE: ("person", "other", "score", "llr", "extrapolated", "print", "other_print", "position"),
    FAILURE: ("line", "path", "person", "code", "error"),
}


def as_csv(kind: str, found: Iterable[Found]) -> Iterator[str]:
    """Yields the lines of a table of what was found of this kind, the first with the names of its columns."""
    yield spreadsheet.line(COLUMNS[kind])
    for one in found:
        yield spreadsheet.line(_row(one.what))


def _row(what: Duplicate | Failure) -> Sequence[object]:
    if isinstance(what, Failure):
        return "" if what.line is None else what.line, what.name, what.person, what.code, what.message
    best = what.agreements[0] if what.agreements else Agreement("", "", "", 0, 0)
    score = Decimal(f"{what.score:.2f}"), Decimal(f"{what.llr:.3f}"), "yes" if what.extrapolated else "no"
    return what.person, what.other, *score, best.print_id, best.other_print_id, best.position
