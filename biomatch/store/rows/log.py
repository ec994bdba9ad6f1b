"""The template log on SQL: append, tombstone, change, replay from n. One writer at a time, each call one transaction.

A print's row stands under the number of the record that brought it. When the print changes, a new row is written under the new
record, and the old one stays as what the print was until then: PAST. A print that is not active stands under the record that
took it out of the searches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, Select, and_, delete, func, insert, or_, select, update

from biomatch.errors import PrintExists, PrintNotFound, SealKeyGone
from biomatch.gallery.interface import Appended, Entry, Source, Tombstoned
from biomatch.observe import NO_TRACE, Trace
from biomatch.sealing import of_person
from biomatch.store.commits import Commits
from biomatch.store.database import reading, settle
from biomatch.store.keys.keyring import Keyring
from biomatch.store.reserve import FOR_REMOVALS
from biomatch.store.rows import biography, tables
from biomatch.store.rows.labels import labels_between
from biomatch.store.rows.templates import read_template, seal_template

if TYPE_CHECKING:
    from biomatch.store.work import Work

PAGE = 1_000  # records read at a time: about 10 MB of templates
_OF_ENTRY = (  # columns of a print's row
    "person", "encounter", "template", "source_sha256", "media_type", "ppi", "state", "created", "sex", "born", "captured",
    "unit",
)  # fmt: skip
NAMES = 500  # names in one statement; SQLite takes at most 999 variables in old builds


class SqlTemplateLog:
    """A TemplateLog (gallery/interface.py) in a database. Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str, trace: Trace = NO_TRACE):
        self._engine = engine
        self._folder = folder
        self._keys = keys
        self._commits = commits
        self._bureau = bureau
        self._trace = trace

    @property
    def head(self) -> int:
        with reading(self._engine, self._folder) as connection:
            return _head(connection)

    def append(self, entries: Sequence[Entry], work: Work | None = None) -> int:
        self._keys.ready(of_person(entry.person) for entry in entries)

        def write(connection: Connection) -> int:
            _refuse_taken(connection, [entry.print_id for entry in entries])
            head = _head(connection)
            now = _now()
            numbered = list(enumerate(entries, head + 1))
            self._record(connection, tables.APPENDED, [(number, entry.print_id) for number, entry in numbered], now)
            self._insert_prints(connection, numbered, now)
            self._trace("rows-written", len(entries))
            return head + len(entries)

        head = self._run(write, work)
        self._trace("rows-committed", len(entries))
        return head

    def tombstone(self, print_ids: Sequence[str], work: Work | None = None) -> int:
        names = list(dict.fromkeys(print_ids))

        def write(connection: Connection) -> int:
            head = _head(connection)
            _delete(connection, names)
            self._record(connection, tables.TOMBSTONED, list(enumerate(names, head + 1)), _now())
            self._trace("tombstones-written", len(names))
            return head + len(names)

        head = self._run(write, work, FOR_REMOVALS)
        self._trace("tombstones-committed", len(names))
        return head

    def change(self, entries: Sequence[Entry], gone: Sequence[str] = (), work: Work | None = None) -> int:
        names = list(dict.fromkeys(gone))
        self._keys.ready(of_person(entry.person) for entry in entries)

        def write(connection: Connection) -> int:
            head = self._change(connection, entries, names)
            self._trace("change-written", len(entries))
            return head

        head = self._run(write, work)
        self._trace("change-committed", len(entries))
        return head

    def rewrite(self, connection: Connection, entries: Sequence[Entry]) -> None:
        """Rewrites enrolled prints as the entries say, in a transaction that writes more than these."""
        self._change(connection, entries, [])
        self._trace("change-written", len(entries))

    def _run(self, write: Callable[[Connection], int], work: Work | None, least: int | None = None) -> int:
        """Commits rows alone, or as the first of what a unit of work writes."""
        return self._commits.run(write, least=least) if work is None else work.commit(write, least=least)

    def replay(self, after: int = 0) -> Iterator[Appended | Tombstoned]:
        """Yields the records; prints whose key is gone are left out: `Store.lost_keys` names their persons. Raises
        GalleryDamaged."""
        while True:
            with reading(self._engine, self._folder) as connection:
                page = self._page(connection, after)
            for sequence, record in page:
                after = sequence
                if record is not None:
                    yield record
            if len(page) < PAGE:
                return

    def settle(self, *, thoroughly: bool = False) -> bool:
        return self._commits.alone(lambda: settle(self._engine, self._folder, thoroughly))

    def entries_at(self, sequence: int, print_ids: Sequence[str]) -> list[Entry]:
        """Returns prints as they were after a record of the log, in the order in which they had come; removed ones are left
        out."""
        r, p = tables.records.c, tables.prints.c
        then = and_(p.sequence <= sequence, or_(p.until.is_(None), p.until > sequence), r.kind == tables.APPENDED)
        found: list[tuple[int, Entry]] = []
        with reading(self._engine, self._folder) as connection:
            for some in _slices(print_ids):
                for row in connection.execute(_records().where(then, p.print_id.in_(some))):
                    marks = labels_between(connection, row.sequence, row.sequence)
                    found.append((row.sequence, self._entry(row, marks.get(row.sequence, frozenset()))))
        return [entry for _, entry in sorted(found, key=lambda one: one[0])]

    def _change(self, connection: Connection, entries: Sequence[Entry], gone: Sequence[str]) -> int:
        """Writes a change; returns the new head."""
        _delete(connection, gone)
        head, now = _head(connection), _now()
        there = _sequences(connection, [entry.print_id for entry in entries])
        ended = [entry.print_id for entry in entries if entry.print_id in there or not entry.active]
        tombstones = list(enumerate([*gone, *ended], head + 1))
        at = {print_id: number for number, print_id in tombstones}
        last = head + len(tombstones)
        appended = list(enumerate((entry.print_id for entry in entries if entry.active), last + 1))
        standing = at | {print_id: number for number, print_id in appended}
        self._record(connection, tables.TOMBSTONED, tombstones, now)
        self._record(connection, tables.APPENDED, appended, now)
        c = tables.prints.c
        for print_id, sequence in there.items():
            past = {"state": tables.PAST, "until": at[print_id]}
            connection.execute(update(tables.prints).where(c.sequence == sequence).values(past))
        self._insert_prints(connection, [(standing[entry.print_id], entry) for entry in entries], now)
        return last + len(appended)

    def _record(self, connection: Connection, kind: str, numbered: Sequence[tuple[int, str]], now: str) -> None:
        rows = [
            {"sequence": number, "kind": kind, "print_id": name, "created": now, "bureau": self._bureau}
            for number, name in numbered
        ]
        _insert(connection, tables.records, rows)

    def _insert_prints(self, connection: Connection, numbered: Sequence[tuple[int, Entry]], now: str) -> None:
        _insert(connection, tables.prints, [self._row(number, entry, now) for number, entry in numbered])
        for some in _slices([number for number, _ in numbered]):  # labels that somebody laid there are no print's
            connection.execute(delete(tables.labels).where(tables.labels.c.sequence.in_(some)))
        marks = [{"sequence": number, "label": label} for number, entry in numbered for label in sorted(entry.labels)]
        _insert(connection, tables.labels, marks)

    def _row(self, sequence: int, entry: Entry, now: str) -> dict[str, Any]:
        source = entry.source
        return {
            "sequence": sequence,
            "print_id": entry.print_id,
            "person": entry.person,
            "encounter": entry.encounter,
            "position": int(entry.template.position),
            "impression": int(entry.template.impression),
            "quality": entry.template.quality,
            "extractor": entry.template.extractor,
            "template": seal_template(self._keys, entry.person, sequence, entry.template),
            "source_sha256": source.sha256 if source else None,
            "media_type": source.media_type if source else None,
            "ppi": source.ppi if source else None,
            "created": entry.enrolled or now,
            "bureau": self._bureau,
            "state": tables.ACTIVE if entry.active else tables.INACTIVE,
            **biography.columns(entry.biography, entry.captured),
            "unit": entry.unit or None,
        }

    def _page(self, connection: Connection, after: int) -> list[tuple[int, Appended | Tombstoned | None]]:
        """Returns the next records; None in place of one whose print was removed later, or whose key is gone."""
        r = tables.records.c
        rows = connection.execute(_records().where(r.sequence > after).order_by(r.sequence).limit(PAGE)).all()
        if not rows:
            return []
        marks = labels_between(connection, rows[0].sequence, rows[-1].sequence)
        return [(row.sequence, self._as_record(row, marks.get(row.sequence, frozenset()))) for row in rows]

    def _as_record(self, row: Any, labels: frozenset[str]) -> Appended | Tombstoned | None:
        if row.kind == tables.TOMBSTONED:
            return Tombstoned(row.sequence, row.print_id)
        if row.state != tables.ACTIVE:
            return None
        try:
            return Appended(row.sequence, self._entry(row, labels))
        except SealKeyGone:
            return None

    def _entry(self, row: Any, labels: frozenset[str]) -> Entry:
        source = Source(row.source_sha256, row.media_type, row.ppi) if row.source_sha256 else None
        template = read_template(self._keys, row, self._folder)
        return Entry(
            row.person,
            row.encounter,
            row.print_id,
            template,
            labels,
            source,
            biography=biography.of_row(row),
            captured=biography.captured(row),
            enrolled=row.created,
            unit=row.unit or "",
        )


def _records() -> Select[Any]:
    """Selects records with the prints that they brought, where those are still there."""
    r, p = tables.records.c, tables.prints
    joined = tables.records.outerjoin(p, r.sequence == p.c.sequence)
    return select(r.sequence, r.kind, r.print_id, *(p.c[name] for name in _OF_ENTRY)).select_from(joined)


def _head(connection: Connection) -> int:
    return connection.execute(select(func.max(tables.records.c.sequence))).scalar_one() or 0


def _refuse_taken(connection: Connection, print_ids: Sequence[str]) -> None:
    seen = set(_sequences(connection, print_ids))
    for print_id in print_ids:
        if print_id in seen:
            raise PrintExists(print_id)
        seen.add(print_id)


def _delete(connection: Connection, names: Sequence[str]) -> None:
    """Deletes everything that these prints ever were. Raises PrintNotFound."""
    found = _sequences(connection, names)
    for print_id in names:
        if print_id not in found:
            raise PrintNotFound(print_id)
    for some in _slices(names):
        connection.execute(delete(tables.prints).where(tables.prints.c.print_id.in_(some)))


def _sequences(connection: Connection, print_ids: Sequence[str]) -> dict[str, int]:
    """Returns the row of each of these prints that is enrolled, active or not."""
    c = tables.prints.c
    found: dict[str, int] = {}
    for some in _slices(print_ids):
        found.update(
            (print_id, sequence)
            for print_id, sequence in connection.execute(
                select(c.print_id, c.sequence).where(c.print_id.in_(some), c.state != tables.PAST)
            )
        )
    return found


def _slices(values: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(values), NAMES):
        yield values[start : start + NAMES]


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
