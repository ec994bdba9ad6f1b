"""The inputs and findings of a job, one row each, sealed: findings under the job's key, inputs under another, which goes when
the job ends, and a waiting template under the key of its person.

Persons stand beside it as keyed hashes: enough to erase what tells of them, and nothing to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, tuple_, update

from biomatch.sealing import of_person
from biomatch.store.keys.keyring import JOB, Keyring
from biomatch.store.rows import seals, tables
from biomatch.store.rows.prints import has_rows

INPUT, STAGED = "input", "staged"
"""What a job works with, and takes away when it ends; items of other kinds are its result."""
WORKING = (INPUT, STAGED)

_AT_ONCE = 400  # names in one statement, twice


@dataclass(frozen=True)
class JobItem:
    """persons: of whom it tells, at most two. name: a job has one item of a name; the first one stays.

    owner     of the key that it is sealed under; None: the job
    enrolled  its persons are; one who is not was erased meanwhile, and the item is left out
    """

    kind: str
    content: bytes
    persons: tuple[str, ...] = ()
    name: str | None = None
    owner: str | None = None
    enrolled: bool = False


@dataclass(frozen=True)
class StoredItem:
    """number: grows with each item of a job. content: as it is kept, sealed."""

    number: int
    kind: str
    content: bytes


def owner_of(job: str) -> str:
    return f"{JOB}/{job}"


def owner_of_inputs(job: str) -> str:
    return f"{JOB}/{job}/inputs"


def add(connection: Connection, keys: Keyring, job: str, items: Sequence[JobItem]) -> int:
    """Adds results, and counts the new ones: an item whose name is taken is left out."""
    c = tables.job_items.c
    names = [None if item.name is None else keys.alias(f"item/{item.name}") for item in items]
    taken = _taken(connection, job, [name for name in names if name is not None])
    number = connection.execute(select(func.coalesce(func.max(c.number), -1)).where(c.job == job)).scalar_one()
    rows = []
    for item, name in zip(items, names, strict=True):
        late = item.enrolled and not all(has_rows(connection, person) for person in item.persons)
        if name in taken or late:
            continue
        if name is not None:
            taken.add(name)
        number += 1
        person, other = [*(keys.alias(of_person(one)) for one in item.persons), None, None][:2]
        owner = item.owner or (owner_of_inputs(job) if item.kind == INPUT else owner_of(job))
        content = keys.seal(owner, _bound(job, number), item.content)
        row = {
            "job": job,
            "number": number,
            "kind": item.kind,
            "name": name,
            "person": person,
            "other": other,
            "content": content,
        }
        rows.append(row | {"seal": seals.seal(keys, tables.job_items, row)})
    if rows:
        connection.execute(insert(tables.job_items), rows)
    return sum(row["kind"] not in WORKING for row in rows)


def page(connection: Connection, job: str, kind: str | None, after: int, limit: int) -> list[StoredItem]:
    """Returns the items of a kind (None: the result, of any kind) after number `after`."""
    c = tables.job_items.c
    wanted = c.kind.not_in(WORKING) if kind is None else c.kind == kind
    query = select(c.number, c.kind, c.content).where(c.job == job, wanted, c.number > after)
    return [
        StoredItem(row.number, row.kind, bytes(row.content))
        for row in connection.execute(query.order_by(c.number).limit(limit))
    ]


def opened(keys: Keyring, job: str, item: StoredItem) -> bytes:
    """Raises SealBroken, SealKeyGone."""
    return keys.open(_bound(job, item.number), item.content)


def take_away(connection: Connection, job: str, kinds: Iterable[str], *, up_to: int | None = None) -> None:
    """Deletes the items of these kinds, up to this number; None: all."""
    c = tables.job_items.c
    some = (c.job == job, c.kind.in_(tuple(kinds)))
    connection.execute(delete(tables.job_items).where(*some, *(() if up_to is None else (c.number <= up_to,))))


def erase(connection: Connection, keys: Keyring, persons: Sequence[str]) -> None:
    """Takes away whatever tells of one of these persons."""
    c = tables.job_items.c
    for start in range(0, len(persons), _AT_ONCE):
        some = [keys.alias(of_person(person)) for person in persons[start : start + _AT_ONCE]]
        connection.execute(delete(tables.job_items).where(or_(c.person.in_(some), c.other.in_(some))))


def faults(connection: Connection, keys: Keyring) -> Iterator[tuple[str, int]]:
    """Yields job and number of items that are not what was written."""
    c = tables.job_items.c
    for row in connection.execute(select(tables.job_items).order_by(c.job, c.number)).yield_per(_AT_ONCE):
        if not seals.holds(keys, tables.job_items, row._mapping):
            yield row.job, row.number


def adopt(connection: Connection, keys: Keyring) -> None:
    """Seals what an older version wrote."""
    c, last = tables.job_items.c, ("", -1)
    while rows := connection.execute(
        select(tables.job_items)
        .where(c.seal.is_(None), tuple_(c.job, c.number) > last)
        .order_by(c.job, c.number)
        .limit(_AT_ONCE)
    ).all():
        last = rows[-1].job, rows[-1].number
        for row in rows:
            sealed = seals.seal(keys, tables.job_items, row._mapping)
            connection.execute(update(tables.job_items).where(c.job == row.job, c.number == row.number).values(seal=sealed))


def _taken(connection: Connection, job: str, names: Sequence[str]) -> set[str | None]:
    c, found = tables.job_items.c, set[str | None]()
    for start in range(0, len(names), _AT_ONCE):
        some = (c.job == job, c.name.in_(names[start : start + _AT_ONCE]))
        found |= set(connection.execute(select(c.name).where(*some)).scalars())
    return found


def _bound(job: str, number: int) -> bytes:
    return f"item {number} of job {job}".encode()
