"""The enrolled prints, read from the rows: by person, by print, by label, by source."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, bindparam, distinct, func, select, tuple_

from biomatch.errors import EncounterNotFound, PersonNotFound, PrintNotFound
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.gallery.interface import Entry, Source
from biomatch.store.blobs import Original
from biomatch.store.database import reading
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import biography, tables
from biomatch.store.rows.labels import labels_between
from biomatch.store.rows.log import NAMES
from biomatch.store.rows.statements import as_list, in_one_row, rows_of
from biomatch.store.rows.templates import read_template
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType

_PAGE = 500  # rows read at a time, with their templates


@dataclass(frozen=True)
class StoredPrint:
    """A print as it is kept, but for its template.

    created   ISO 8601, UTC: when it first came
    active    False where no search finds it
    captured  the day on which it was taken; None: nobody said
    unit      whose it is; empty: of no unit
    """

    person: str
    encounter: str
    print_id: str
    position: FingerPosition
    impression: ImpressionType
    quality: int | None
    extractor: str
    labels: frozenset[str]
    source_sha256: str | None
    media_type: str | None
    ppi: float | None
    created: str
    active: bool = True
    biography: Biography = NOT_KNOWN
    captured: date | None = None
    unit: str = ""

    @property
    def has_image(self) -> bool:
        """True where the source is an image, and can be shown."""
        return _is_image(self.media_type)


@dataclass(frozen=True)
class Shown:
    """The fields of a print that a search shows with its answer, as in `StoredPrint`."""

    labels: frozenset[str]
    has_image: bool


@dataclass(frozen=True)
class StoredPerson:
    """A person's prints, in the order of their enrolment."""

    person: str
    prints: tuple[StoredPrint, ...]

    @property
    def encounters(self) -> dict[str, tuple[StoredPrint, ...]]:
        """The prints by encounter, the oldest encounter first."""
        found: dict[str, tuple[StoredPrint, ...]] = {}
        for stored in self.prints:
            found[stored.encounter] = (*found.get(stored.encounter, ()), stored)
        return found


KEPT = tables.prints.c.state != tables.PAST
"""Rows that say what a print is now."""

_IS_NAMED = tables.prints.c.print_id.in_(bindparam("names", expanding=True))


class Prints:
    """Reads of one gallery. Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, keys: Keyring):
        self._engine = engine
        self._folder = folder
        self._keys = keys
        c, dialect = tables.prints.c, engine.dialect.name
        labels = as_list(dialect, tables.labels.c.label, tables.labels.c.sequence == c.sequence)
        self._shown = in_one_row(dialect, c.print_id, c.media_type, labels).where(_IS_NAMED, KEPT)

    def of_person(self, person: str, encounter: str | None = None) -> StoredPerson:
        """Raises PersonNotFound, EncounterNotFound."""
        found = self._read(tables.prints.c.person == person)
        if not found:
            raise PersonNotFound(person)
        if encounter is not None:
            found = [stored for stored in found if stored.encounter == encounter]
            if not found:
                raise EncounterNotFound(person, encounter)
        return StoredPerson(person, tuple(found))

    def named(self, print_ids: Sequence[str]) -> dict[str, StoredPrint]:
        """Returns the prints of these that are enrolled, by id."""
        found: dict[str, StoredPrint] = {}
        for start in range(0, len(print_ids), NAMES):
            some = {"names": print_ids[start : start + NAMES]}
            with self._reading() as connection:
                found.update((stored.print_id, stored) for _, stored in _stored_rows(connection, _NAMED, some))
        return found

    def shown(self, print_ids: Sequence[str]) -> dict[str, Shown]:
        """Returns what a search's answer shows of these prints, by id."""
        found: dict[str, Shown] = {}
        for start in range(0, len(print_ids), NAMES):
            some = {"names": print_ids[start : start + NAMES]}
            with self._reading() as connection:
                for print_id, media_type, labels in rows_of(connection, self._shown, some):
                    found[print_id] = Shown(frozenset(labels or ()), _is_image(media_type))
        return found

    def from_sources(self, sha256s: Sequence[str]) -> list[StoredPrint]:
        """Returns prints that were made from any of these bytes."""
        found: list[StoredPrint] = []
        for start in range(0, len(sha256s), NAMES):
            found += self._read(tables.prints.c.source_sha256.in_(sha256s[start : start + NAMES]))
        return found

    def template(self, print_id: str) -> Template:
        """Raises PrintNotFound, GalleryDamaged, SealKeyGone."""
        c = tables.prints.c
        with self._reading() as connection:
            row = connection.execute(
                select(c.sequence, c.person, c.print_id, c.template).where(c.print_id == print_id, KEPT)
            ).one_or_none()
        if row is None:
            raise PrintNotFound(print_id)
        return read_template(self._keys, row, self._folder)

    def entries(self, stored: Sequence[StoredPrint]) -> list[Entry]:
        """Returns the same prints with their templates, as they would be enrolled. Raises PrintNotFound where one went
        meanwhile."""
        return [self.entry(one, self.template(one.print_id)) for one in stored]

    @staticmethod
    def entry(stored: StoredPrint, template: Template) -> Entry:
        """Makes the entry of a print with this template, as it would be enrolled."""
        source = None
        if stored.source_sha256 and stored.media_type:
            source = Source(stored.source_sha256, stored.media_type, stored.ppi)
        return Entry(
            stored.person,
            stored.encounter,
            stored.print_id,
            template,
            stored.labels,
            source,
            stored.active,
            stored.biography,
            stored.captured,
            stored.created,
            stored.unit,
        )

    def persons_of(self, print_ids: Sequence[str]) -> set[str]:
        """Returns all persons under whose name these prints ever were."""
        c, found = tables.prints.c, set[str]()
        with self._reading() as connection:
            for start in range(0, len(print_ids), NAMES):
                some = c.print_id.in_(print_ids[start : start + NAMES])
                found |= set(connection.execute(select(c.person).distinct().where(some)).scalars())
        return found

    def page(self, label: str | None, after: tuple[str, str], limit: int) -> list[tuple[str, str]]:
        """Returns persons and encounters with a print that carries the label (None: any), in order, after `after`."""
        c = tables.prints.c
        query = select(c.person, c.encounter).distinct().where(KEPT, tuple_(c.person, c.encounter) > after)
        if label is not None:
            query = query.join(tables.labels).where(tables.labels.c.label == label)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(c.person, c.encounter).limit(limit))
            return [(row.person, row.encounter) for row in rows]

    def persons_behind(self, after: str, label: str | None, limit: int) -> list[str]:
        """Returns persons with an active print that carries the label (None: any), in order, after `after`."""
        with self._reading() as connection:
            found = _searchable(select(tables.prints.c.person).distinct(), label).where(tables.prints.c.person > after)
            return list(connection.execute(found.order_by(tables.prints.c.person).limit(limit)).scalars())

    def count_persons(self, label: str | None) -> int:
        """Counts the persons with an active print that carries the label (None: any)."""
        with self._reading() as connection:
            return connection.execute(_searchable(select(func.count(distinct(tables.prints.c.person))), label)).scalar_one()

    def outdated(self, version: str, after: int, limit: int) -> list[tuple[int, StoredPrint]]:
        """Returns prints of images that another extractor's version made, by the record that brought each, after `after`."""
        with self._reading() as connection:
            return _select(connection, and_(tables.prints.c.sequence > after, _outdated(version)), limit)

    def count_outdated(self, version: str) -> int:
        with self._reading() as connection:
            found = select(func.count()).select_from(tables.prints).where(KEPT, _outdated(version))
            return connection.execute(found).scalar_one()

    def all(self) -> Iterator[StoredPrint]:
        """Yields every print, in the order of enrolment, a page at a time."""
        after = 0
        while True:
            with self._reading() as connection:
                page = _select(connection, tables.prints.c.sequence > after, limit=NAMES)
            yield from (stored for _, stored in page)
            if len(page) < NAMES:
                return
            after = page[-1][0]

    def originals(self) -> set[Original]:
        """Returns all originals that a print was made from."""
        with self._reading() as connection:
            return originals(connection)

    def has_rows(self, person: str) -> bool:
        """Tells whether a row says something of a person, or did before it changed."""
        with self._reading() as connection:
            return has_rows(connection, person)

    def persons(self) -> set[str]:
        """Returns all persons under whose name a row is, or was before it changed."""
        with self._reading() as connection:
            return set(connection.execute(select(tables.prints.c.person).distinct()).scalars())

    def labels(self) -> dict[str, int]:
        """Counts the prints that carry each label."""
        c = tables.labels.c
        query = select(c.label, func.count()).join(tables.prints).where(KEPT).group_by(c.label).order_by(c.label)
        with self._reading() as connection:
            rows = connection.execute(query)
            return {row[0]: row[1] for row in rows}

    def units(self) -> dict[str, int]:
        """Counts the prints of each unit, those of none left out."""
        c = tables.prints.c
        query = select(c.unit, func.count()).where(KEPT, c.unit.is_not(None)).group_by(c.unit).order_by(c.unit)
        with self._reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def has_label(self, label: str) -> bool:
        c = tables.labels.c
        with self._reading() as connection:
            found = select(c.sequence).join(tables.prints).where(c.label == label, KEPT).limit(1)
            return connection.execute(found).first() is not None

    def counts(self) -> tuple[int, int, int]:
        """Counts persons, encounters and prints."""
        c = tables.prints.c
        pairs = select(c.person, c.encounter).where(KEPT).distinct().subquery()
        with self._reading() as connection:
            return (
                connection.execute(select(func.count(distinct(c.person))).where(KEPT)).scalar_one(),
                connection.execute(select(func.count()).select_from(pairs)).scalar_one(),
                connection.execute(select(func.count()).select_from(tables.prints).where(KEPT)).scalar_one(),
            )

    def extractors(self) -> dict[str, int]:
        """Counts the prints that each extractor version made."""
        c = tables.prints.c
        with self._reading() as connection:
            kept = select(c.extractor, func.count()).where(KEPT)
            rows = connection.execute(kept.group_by(c.extractor).order_by(c.extractor))
            return {row[0]: row[1] for row in rows}

    def _read(self, condition: Any) -> list[StoredPrint]:
        with self._reading() as connection:
            return [stored for _, stored in _select(connection, condition)]

    def _reading(self) -> AbstractContextManager[Connection]:
        return reading(self._engine, self._folder)


def _is_image(media_type: str | None) -> bool:
    return media_type is not None and media_type.startswith("image/")


def _outdated(version: str) -> ColumnElement[bool]:
    return and_(tables.prints.c.extractor != version, tables.prints.c.media_type.startswith("image/"))


def _searchable(query: Select[Any], label: str | None) -> Select[Any]:
    query = query.where(tables.prints.c.state == tables.ACTIVE)
    return query if label is None else query.join(tables.labels).where(tables.labels.c.label == label)


def has_rows(connection: Connection, person: str) -> bool:
    found = select(tables.prints.c.sequence).where(tables.prints.c.person == person).limit(1)
    return connection.execute(found).first() is not None


def every_print(connection: Connection) -> Iterator[tuple[Any, frozenset[str]]]:
    """Yields each print's row, whatever its state, with its labels, in the order in which they came; read some at a time."""
    c, after = tables.prints.c, 0
    while rows := connection.execute(select(tables.prints).where(c.sequence > after).order_by(c.sequence).limit(_PAGE)).all():
        marks = labels_between(connection, rows[0].sequence, rows[-1].sequence)
        after = rows[-1].sequence
        for row in rows:
            yield row, marks.get(row.sequence, frozenset())


def originals(connection: Connection) -> set[Original]:
    c = tables.prints.c
    rows = connection.execute(select(c.person, c.source_sha256).distinct().where(c.source_sha256.is_not(None), KEPT))
    return {(row.person, row.source_sha256) for row in rows}


def _chosen(condition: Any) -> Select[Any]:
    columns = [column for column in tables.prints.c if column.name != "template"]
    return select(*columns).where(condition, KEPT).order_by(tables.prints.c.sequence)


_NAMED = _chosen(_IS_NAMED)
_LABELS = select(tables.labels.c.sequence, tables.labels.c.label).where(
    tables.labels.c.sequence.in_(bindparam("numbers", expanding=True))
)


def _select(connection: Connection, condition: Any, limit: int | None = None) -> list[tuple[int, StoredPrint]]:
    return _stored_rows(connection, _chosen(condition).limit(limit), {})


def _stored_rows(connection: Connection, query: Select[Any], values: dict[str, Any]) -> list[tuple[int, StoredPrint]]:
    rows = connection.execute(query, values).all()
    marks: dict[int, frozenset[str]] = {}
    numbers = [row.sequence for row in rows]
    for start in range(0, len(numbers), NAMES):
        for sequence, label in connection.execute(_LABELS, {"numbers": numbers[start : start + NAMES]}):
            marks[sequence] = marks.get(sequence, frozenset()) | {label}
    return [(row.sequence, _stored(row, marks.get(row.sequence, frozenset()))) for row in rows]


def _stored(row: Any, labels: frozenset[str]) -> StoredPrint:
    return StoredPrint(
        person=row.person,
        encounter=row.encounter,
        print_id=row.print_id,
        position=FingerPosition(row.position),
        impression=ImpressionType(row.impression),
        quality=row.quality,
        extractor=row.extractor,
        labels=labels,
        source_sha256=row.source_sha256,
        media_type=row.media_type,
        ppi=row.ppi,
        created=row.created,
        active=row.state == tables.ACTIVE,
        biography=biography.of_row(row),
        captured=biography.captured(row),
        unit=row.unit or "",
    )
