"""Searches that were made, so that each can be repeated: parameters, probes, and which prints were compared.

What was found lies in the leaf of the audit tree, which also commits to what is kept here. Probes are sealed under a key of the
search's own; a person's enrolled prints, under that person's. Print ids stay when a print is removed, like those of the log.
"""

from __future__ import annotations

import json
import math
import struct
import threading
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, case, exists, func, select, update

from biomatch.crypto import sha256
from biomatch.errors import CorruptTemplate, GalleryDamaged, SealBroken, SealKeyGone, SearchNotFound
from biomatch.gallery.filters import EVERYBODY, Filter
from biomatch.gallery.interface import ComparedPrint, Effort
from biomatch.json_text import parse
from biomatch.sealing import of_person
from biomatch.store.audit import tree
from biomatch.store.audit.tree import Act, Leaf
from biomatch.store.commits import Commits
from biomatch.store.database import reading
from biomatch.store.keys.keyring import SEARCH, Keyring
from biomatch.store.rows import tables
from biomatch.store.rows.prints import has_rows
from biomatch.store.rows.statements import add_rows
from biomatch.template import Template

_AT_ONCE = 500  # names in one statement
_KEYS_AT_ONCE = 32  # made for searches to come: some 0.3 ms
_NOTHING = "[]"  # was compared
_LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class StoredSearch:
    """The parts of a search that a repeat needs.

    search    its id
    sequence  the last record of the log that the gallery had taken in
    prints    that were searched
    probes    in the order in which they were searched with; empty: they were erased with the person whose prints they are
    where     who took part. without: whose enrolled prints the probes are; None: they came with the request, or were erased.
              label: None also where it was erased with the last print that had it
    leaf      of the audit tree that tells what was found
    """

    search: str
    sequence: int
    top: int
    effort: Effort
    fpir: float | None
    prints: int
    compared: tuple[ComparedPrint, ...]
    probes: tuple[Template, ...]
    where: Filter = EVERYBODY
    leaf: int = 0


class Searches:
    """Safe from many threads."""

    def __init__(self, engine: Engine, folder: Path, commits: Commits, keys: Keyring, bureau: str):
        self._engine = engine
        self._folder = folder
        self._commits = commits
        self._keys = keys
        self._bureau = bureau
        self._making = threading.Lock()
        self._new_ids: list[str] = []

    def new_id(self) -> str:
        """Returns the id of a new search, whose key is made already: keys are made some at a time, so that a search waits for
        the disk only once.

        What is left over is destroyed by `close`; after a kill it stays, and nothing was sealed under it. Raises DiskFull,
        StoreFailed.
        """
        with self._making:
            if not self._new_ids:
                ids = [uuid.uuid4().hex for _ in range(_KEYS_AT_ONCE)]
                self._keys.ready(f"{SEARCH}/{one}" for one in ids)
                self._new_ids = ids
            return self._new_ids.pop()

    def record(self, search: StoredSearch, act: Act) -> int:
        """Keeps a search with its leaf, in one transaction; durable on return. The leaf's number."""
        compared = _compared_text(search.compared)
        person, label = search.where.without, search.where.label
        criteria = replace(search.where, label=None).criteria  # a digest without salt is over it: a label could be guessed
        parameters = tree.canonical(
            {"top": search.top, "effort": search.effort.value, "fpir": search.fpir, "prints": search.prints}
            | ({"where": criteria} if criteria else {})
        )
        kept = digest(search.sequence, parameters, compared)
        act = replace(act, details={**act.details, "search": search.search, "kept": kept})
        probes, items = self._sealed(search), tree.salted(act.items)

        def write(connection: Connection) -> int:
            leaf = tree.append(connection, act, self._bureau, items)
            there = person is None or has_rows(connection, person)  # else they were erased meanwhile
            held = label is None or tree.has_label(connection, label)
            whose = (probes, person) if there and (held or person is None) else (None, None)
            row = (search.search, leaf, search.sequence, parameters, compared, *whose, self._bureau, label if held else None)
            add_rows(connection, tables.searches, tables.searches.c.keys(), [row])
            return leaf

        return self._commits.run(write)

    def _sealed(self, search: StoredSearch) -> bytes | None:
        """Seals the probes; returns None where the person of whom they are prints was erased meanwhile, and gets no key
        again."""
        place, data = bound(search.search), _packed(search.probes)
        if search.where.without is None:
            return self._keys.seal(f"{SEARCH}/{search.search}", place, data)
        try:
            return self._keys.seal_known(of_person(search.where.without), place, data)
        except SealKeyGone:
            return None

    def get(self, search: str) -> StoredSearch:
        """Raises SearchNotFound, GalleryDamaged."""
        with reading(self._engine, self._folder) as connection:
            row = connection.execute(select(tables.searches).where(tables.searches.c.search == search)).first()
        if row is None:
            raise SearchNotFound(search)
        return self._stored(row)

    def as_kept(self, search: str) -> tuple[str, int]:
        """Returns a digest of what a repeat works with, which the search's leaf commits to; and that leaf's number."""
        with reading(self._engine, self._folder) as connection:
            row = connection.execute(select(tables.searches).where(tables.searches.c.search == search)).one()
        return digest(row.sequence, row.parameters, row.compared), row.leaf

    def close(self) -> None:
        """Destroys the keys of searches that did not come. Raises StoreFailed."""
        with self._making:
            self._keys.destroy(f"{SEARCH}/{one}" for one in self._new_ids)
            self._new_ids = []

    def _stored(self, row: Any) -> StoredSearch:
        try:
            parameters, compared = parse(row.parameters), _compared(row.compared)
            return StoredSearch(
                search=row.search,
                sequence=row.sequence,
                top=parameters["top"],
                effort=Effort(parameters["effort"]),
                fpir=parameters["fpir"],
                prints=parameters["prints"],
                compared=compared,
                probes=() if row.probes is None else self._unpacked(row.search, bytes(row.probes)),
                where=replace(Filter.of_criteria(parameters.get("where", {}), row.person), label=row.label),
                leaf=row.leaf,
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise GalleryDamaged(str(self._folder), f"what is kept of search {row.search} does not read ({error!r})") from None

    def _unpacked(self, search: str, data: bytes) -> tuple[Template, ...]:
        try:
            data = self._keys.open(bound(search), data)
            found, at = [], 0
            while at < len(data):
                (length,) = _LENGTH.unpack_from(data, at)
                at += _LENGTH.size + length
                found.append(Template.from_bytes(data[at - length : at]))
        except (SealBroken, CorruptTemplate) as error:
            raise GalleryDamaged(str(self._folder), f"the probes of search {search}: {error.values['reason']}") from error
        return tuple(found)


def erase(connection: Connection, persons: Sequence[str]) -> None:
    """Takes away the probes that were these persons' prints, and the label beside them: one item of the leaf says both.

    A label that an older version kept among the parameters stays until `forget_labels` empties the row.
    """
    c = tables.searches.c
    label = case((c.parameters.contains('"label":'), c.label), else_=None)
    for start in range(0, len(persons), _AT_ONCE):
        some = c.person.in_(persons[start : start + _AT_ONCE])
        connection.execute(update(tables.searches).where(some).values(probes=None, person=None, label=label))


@dataclass(frozen=True)
class Forgotten:
    """The fields that were taken from searches limited to labels which no print has any more.

    leaves     of these searches
    unlimited  searches that lost the label and kept their probes
    emptied    searches of an older version, which lost all that a repeat needs: their digest is over the label
    """

    leaves: list[int]
    unlimited: list[str]
    emptied: list[str]

    @property
    def told(self) -> dict[str, Any]:
        """Returns what the leaf of the act says of this."""
        said = {"unlimited": self.unlimited, "emptied": self.emptied}
        return {name: sorted(names) for name, names in said.items() if names}


def forget_labels(connection: Connection) -> Forgotten:
    """Takes away the labels that searches were limited to, where no print has the label any more.

    The probes of such a search go too where they are a person's enrolled prints: whose they are is said beside the label.
    """
    c, found = tables.searches.c, Forgotten([], [], [])
    for label in _labels_of_nobody(connection):
        for row in connection.execute(select(c.search, c.leaf, c.parameters, c.person).where(c.label == label)).all():
            change: dict[str, Any] = {"label": None}
            parameters = parse(row.parameters)
            if parameters.get("where", {}).pop("label", None) is not None:
                change |= {"parameters": tree.canonical(parameters), "compared": _NOTHING, "probes": None, "person": None}
                found.emptied.append(row.search)
            elif row.person is not None:
                change |= {"probes": None, "person": None}
            else:
                found.unlimited.append(row.search)
            connection.execute(update(tables.searches).where(c.search == row.search).values(change))
            found.leaves.append(row.leaf)
    return found


def _labels_of_nobody(connection: Connection) -> list[str]:
    """Lists the labels that searches were limited to and that no print has: the index is read once a label, not once a
    search."""
    c = tables.searches.c
    each = select(func.min(c.label).label("label")).cte("each", recursive=True)
    following = select(func.min(c.label)).where(c.label > each.c.label).scalar_subquery()
    each = each.union_all(select(following).where(each.c.label.is_not(None)))
    held = exists().where(tables.labels.c.label == each.c.label)
    return list(connection.execute(select(each.c.label).where(each.c.label.is_not(None), ~held)).scalars())


def is_emptied(row: Any) -> bool:
    """Tells whether a search's row says no more than that there was one, of how many prints, and how it was set."""
    return (row.compared, row.probes, row.person, row.label) == (_NOTHING, None, None, None)


def digest(sequence: int, parameters: str, compared: str) -> str:
    """Digests what a repeat works with, beside the probes, which the leaf commits to one by one."""
    return sha256(f"{sequence}\n{parameters}\n{compared}".encode()).hex()


def probes_erased(leaf: Leaf) -> bool:
    """Tells whether a search's probes may be gone: they were prints of a person of whom its leaf says no more.

    Leaves that are older than `SEALED_TABLES` do not say whose they were.
    """
    said = leaf.said
    if said["layout"] < tree.SEALED_TABLES:
        return True
    of_filter = leaf.items[said["details"]["probes"] + said["details"]["candidates"] :]
    return any(item.content is None for item in of_filter)


def bound(search: str) -> bytes:
    return f"the probes of search {search}".encode()


def _packed(probes: Sequence[Template]) -> bytes:
    parts = [probe.to_bytes() for probe in probes]
    return b"".join(_LENGTH.pack(len(part)) + part for part in parts)


def _compared_text(compared: Sequence[ComparedPrint]) -> str:
    return json.dumps(
        [[one.probe, one.print_id, one.scale, None if math.isnan(one.votes) else one.votes, one.ridges] for one in compared],
        separators=(",", ":"),
    )


def _compared(text: str) -> tuple[ComparedPrint, ...]:
    return tuple(
        ComparedPrint(probe, print_id, scale, math.nan if votes is None else votes, ridges)
        for probe, print_id, scale, votes, ridges in parse(text)
    )
