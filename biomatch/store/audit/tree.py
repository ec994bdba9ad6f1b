"""The audit tree: a leaf for each act, written in the act's own transaction, and the proofs that nothing was changed since.

A leaf's bytes are its entry, canonical JSON that holds nothing of the persons it concerns: what was done, when, by whom, what
for, by which versions, and one commitment for each item. An item is a print, a candidate or a probe: JSON with a salt,
beside the leaf. Erasing a person deletes salt and content: the commitment then tells nothing, and the tree stays what it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, distinct, func, select, true, update

from biomatch import json_text
from biomatch.crypto import commitment, new_salt
from biomatch.store.audit import merkle
from biomatch.store.audit.checkpoint import Checkpoint
from biomatch.store.rows import tables
from biomatch.store.rows.statements import add_rows

PAGE = 500  # leaves read at a time
SEALED_TABLES = 3
"""The first layout whose leaves commit to when a print came, and to the rows of tokens and settings."""
LAYOUT = 3  # of an entry and its items; 1: digests of correspondences are of JSON; 2: before SEALED_TABLES
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
_SIZE = select(func.coalesce(func.max(tables.audit_leaves.c.number) + 1, 0))  # statements are made once: each act comes here
_NODE = select(tables.audit_nodes.c.hash).where(
    tables.audit_nodes.c.level == bindparam("level"), tables.audit_nodes.c.place == bindparam("place")
)
_AMONG = {
    column: column.in_(bindparam("names", expanding=True)) for column in (tables.prints.c.person, tables.prints.c.print_id)
}
_COUNT = {column: select(func.count(distinct(column))).where(among) for column, among in _AMONG.items()}
_THERE = {column: select(column).distinct().where(among) for column, among in _AMONG.items()}
_NOTHING = {"salt": None, "content": None, "person": None, "print_id": None}  # of an item that is erased


@dataclass(frozen=True)
class Item:
    """One thing that an act concerned.

    person, print_id  at whose erasure it is erased
    label             it is erased when no print has this label any more
    """

    content: dict[str, Any]
    person: str | None = None
    print_id: str | None = None
    label: str | None = None


@dataclass(frozen=True)
class Act:
    """The content of one leaf before it is written.

    kind    what was done: "enrol", "identify", ...
    actor   who, as they were then: name, door, and what else is known of them
    details of the act, without personal data
    made_by versions that took part in it
    """

    kind: str
    actor: dict[str, Any]
    purpose: str = ""
    legal_basis: str = ""
    details: dict[str, Any] = field(default_factory=dict)
    made_by: dict[str, str] = field(default_factory=dict)
    items: tuple[Item, ...] = ()


@dataclass(frozen=True)
class KeptItem:
    """An item of a leaf. salt and content are None once it is erased."""

    place: int
    commitment: bytes
    salt: bytes | None
    content: str | None


@dataclass(frozen=True)
class Leaf:
    """A leaf as it is kept. entry: the JSON that was hashed."""

    number: int
    entry: str
    items: tuple[KeptItem, ...]

    @property
    def said(self) -> dict[str, Any]:
        return read_entry(self.entry)

    @property
    def hash(self) -> bytes:
        return merkle.leaf_hash(self.entry.encode())


def canonical(content: Any) -> str:
    """Writes a value as JSON in the one way that is hashed."""
    return _CANONICAL.encode(content)


def read_entry(entry: str) -> dict[str, Any]:
    """Raises ValueError."""
    found: dict[str, Any] = json_text.parse(entry)
    return found


@dataclass(frozen=True)
class Salted:
    """The kept and the published part of a leaf's item."""

    salt: bytes
    content: str
    commitment: str


def salted(items: Iterable[Item]) -> list[Salted]:
    """Gives each item a salt of its own."""
    found = []
    for item in items:
        salt, content = new_salt(), canonical(item.content)
        found.append(Salted(salt, content, commitment(salt, content.encode()).hex()))
    return found


def append(connection: Connection, act: Act, bureau: str, items: Sequence[Salted] | None = None) -> int:
    """Writes an act's leaf; its number.

    items  the act's, salted before the transaction, for which others wait; None: they are salted here

    What it says of somebody who was erased while the act was under way is erased from the first.
    """
    items = salted(act.items) if items is None else items
    number = size(connection)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    late = _late(connection, act.items)
    erased = [*act.details.get("erased", ()), *([number, place] for place in late)]
    entry = canonical(
        {
            "layout": LAYOUT,
            "number": number,
            "bureau": bureau,
            "at": now,
            "act": act.kind,
            "actor": act.actor,
            "purpose": act.purpose,
            "legalBasis": act.legal_basis,
            "details": act.details | ({"erased": erased} if erased else {}),
            "madeBy": act.made_by,
            "items": [one.commitment for one in items],
        }
    )
    columns = ("number", "entry", "created", "bureau", "act")
    add_rows(connection, tables.audit_leaves, columns, [(number, entry, now, bureau, act.kind)])
    kept = [
        (number, place, *((None,) * len(_NOTHING) if place in late else (one.salt, one.content, item.person, item.print_id)))
        for place, (one, item) in enumerate(zip(items, act.items, strict=True))
    ]
    add_rows(connection, tables.audit_items, ("leaf", "place", *_NOTHING), kept)
    nodes = merkle.completed(number, merkle.leaf_hash(entry.encode()), _reader(connection))
    add_rows(connection, tables.audit_nodes, ("level", "place", "hash"), nodes)
    return number


def _late(connection: Connection, items: Sequence[Item]) -> list[int]:
    """Finds the places of items on persons, prints and labels that are not there: rows come before their leaf, and go with
    it."""
    there = {
        column: _among(connection, column, {name for item in items if (name := getattr(item, column.name)) is not None})
        for column in _AMONG
    }
    return [
        place
        for place, item in enumerate(items)
        if any(getattr(item, column.name) not in (None, *found) for column, found in there.items())
        or not (item.label is None or has_label(connection, item.label))
    ]


def has_label(connection: Connection, label: str) -> bool:
    """Tells whether a print has this label, or had it before it changed."""
    c = tables.labels.c
    return connection.execute(select(c.label).where(c.label == label).limit(1)).first() is not None


def _among(connection: Connection, column: Any, names: set[str]) -> set[str]:
    """Keeps the names that a print's row has, or had before it changed."""
    found: set[str] = set()
    asked = sorted(names)
    for start in range(0, len(asked), PAGE):
        some = {"names": asked[start : start + PAGE]}
        if connection.execute(_COUNT[column], some).scalar_one() == len(some["names"]):  # nearly always, and one row tells
            found.update(some["names"])
        else:
            found.update(connection.execute(_THERE[column], some).scalars())
    return found


def erase(
    connection: Connection, *, persons: Sequence[str] = (), print_ids: Sequence[str] = (), filters: Sequence[int] = ()
) -> list[tuple[int, int]]:
    """Takes away what leaves say of these persons and prints; leaf and place of each item. The tree stays what it was.

    filters  leaves of searches, of which the item goes that says whom they were limited to
    """
    c = tables.audit_items.c
    found: set[tuple[int, int]] = set()
    of_filter = c.content.contains('"where":{', autoescape=True)
    for column, names, which in ((c.person, persons, true()), (c.print_id, print_ids, true()), (c.leaf, filters, of_filter)):
        for start in range(0, len(names), PAGE):
            some = column.in_(names[start : start + PAGE]) & which
            found |= {(leaf, place) for leaf, place in connection.execute(select(c.leaf, c.place).where(some))}
            connection.execute(update(tables.audit_items).where(some).values(_NOTHING))
    return sorted(found)


def size(connection: Connection) -> int:
    """Counts the leaves."""
    found: int = connection.execute(_SIZE).scalar_one()
    return found


def checkpoint(connection: Connection, origin: str, of: int | None = None) -> Checkpoint:
    """Returns the tree's present checkpoint, or that of a size that it has passed."""
    count = size(connection) if of is None else of
    return Checkpoint(origin, count, merkle.root(count, _reader(connection)))


def inclusion(connection: Connection, number: int, count: int) -> list[bytes]:
    return merkle.inclusion(number, count, _reader(connection))


def consistency(connection: Connection, first: int, second: int) -> list[bytes]:
    return merkle.consistency(first, second, _reader(connection))


def leaves(connection: Connection, first: int = 0, limit: int = PAGE) -> list[Leaf]:
    """Returns so many leaves from number `first` on."""
    if first >= size(connection):  # it may be larger than the database's numbers are
        return []
    c = tables.audit_leaves.c
    rows = connection.execute(select(c.number, c.entry).where(c.number >= first).order_by(c.number).limit(limit)).all()
    if not rows:
        return []
    i = tables.audit_items.c
    kept: dict[int, list[Any]] = {}
    found = select(i.leaf, i.place, i.salt, i.content).where(i.leaf.between(rows[0].number, rows[-1].number))
    for row in connection.execute(found.order_by(i.leaf, i.place)):
        kept.setdefault(row.leaf, []).append(row)
    return [Leaf(row.number, row.entry, _items(row.entry, kept.get(row.number, []))) for row in rows]


def entries_of(connection: Connection, kinds: Iterable[str]) -> list[tuple[int, str]]:
    """Returns numbers and entries of all leaves of these acts, in order: of acts that are few."""
    c = tables.audit_leaves.c
    found = select(c.number, c.entry).where(c.act.in_(tuple(kinds))).order_by(c.number)
    return [(row.number, row.entry) for row in connection.execute(found)]


def is_older(connection: Connection) -> bool:
    """Tells whether the last leaf is of a version that did not commit to tokens and settings yet."""
    c = tables.audit_leaves.c
    entry = connection.execute(select(c.entry).order_by(c.number.desc()).limit(1)).scalar_one()
    try:
        return bool(read_entry(entry)["layout"] < SEALED_TABLES)
    except (ValueError, KeyError, TypeError):  # tampered with: `verify` says where
        return False


def every_leaf(connection: Connection) -> Iterator[Leaf]:
    first = 0
    while page := leaves(connection, first):
        yield from page
        first = page[-1].number + 1


def _items(entry: str, rows: Iterable[Any]) -> tuple[KeptItem, ...]:
    """Returns the items by the leaf's own count: one whose row is gone counts as erased."""
    by_place = {row.place: row for row in rows}
    try:
        said = [bytes.fromhex(one) for one in json_text.parse(entry)["items"]]
    except (ValueError, KeyError, TypeError):  # tampered with: `verify` says where
        said = []
    return tuple(
        KeptItem(place, value, getattr(by_place.get(place), "salt", None), getattr(by_place.get(place), "content", None))
        for place, value in enumerate(said)
    )


def _reader(connection: Connection) -> merkle.Node:
    def node(level: int, place: int) -> bytes:
        return bytes(connection.execute(_NODE, {"level": level, "place": place}).scalar_one())

    return node
