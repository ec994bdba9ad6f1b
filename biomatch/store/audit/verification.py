"""Checks log, prints, searches, tables, originals and old checkpoints against what the leaves of the audit tree say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from sqlalchemy import Connection, select

from biomatch.crypto import PublicKey, sha256
from biomatch.errors import BadCheckpoint, SealBroken, SealKeyGone
from biomatch.store import layout
from biomatch.store.audit import committed, merkle, told, tree
from biomatch.store.audit.checkpoint import Checkpoint, opened
from biomatch.store.audit.told import Finding, PrintTold, Told
from biomatch.store.blobs import Blobs
from biomatch.store.jobs import commitment as job_commitment
from biomatch.store.jobs import items as job_items
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import answers, passkeys, searches, settings, tables, tokens, users
from biomatch.store.rows.prints import every_print, originals
from biomatch.store.rows.templates import open_template
from biomatch.words import counted


@dataclass(frozen=True)
class Report:
    """The counts of what was recomputed and compared. No findings: nothing was changed.

    size, root  of the tree
    erased      items whose content is gone, as acts say
    """

    origin: str
    size: int
    root: str
    prints: int
    originals: int
    erased: int
    checkpoints: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def verify(
    connection: Connection,
    origin: str,
    key: PublicKey,
    keys: Keyring,
    blobs: Blobs,
    checkpoints: Sequence[str] = (),
) -> Report:
    """Verifies everything; `checkpoints` are signed notes that were handed out before."""
    leaves = told.read(connection, keys)
    kept = sorted(originals(connection))
    findings = chain(
        leaves.findings,
        _records(connection, leaves),
        _prints(connection, keys, leaves),
        _labels_of_no_print(connection),
        _searches(connection, keys, leaves),
        _tables(connection, keys, leaves, origin, key),
        _originals(blobs, kept),
        _checkpoints(leaves, origin, key, checkpoints),
    )
    return Report(
        origin,
        leaves.size,
        merkle.root(leaves.size, leaves.node).hex(),
        len(leaves.alive),
        len(kept),
        len(leaves.erased),
        len(checkpoints),
        tuple(findings),
    )


def _records(connection: Connection, leaves: Told) -> Iterator[Finding]:
    """Checks that the log holds what the acts wrote, in their order."""
    c = tables.records.c
    rows = connection.execute(select(c.sequence, c.kind, c.print_id).where(c.sequence > leaves.log_from).order_by(c.sequence))
    kept = [(row.sequence, row.kind, row.print_id) for row in rows]
    wanted = [(leaves.log_from + place, kind, name) for place, (kind, name) in enumerate(leaves.log, 1)]
    for one, other in zip(kept, wanted, strict=False):
        if one != other:
            yield Finding(f"record {other[0]}", "is not what the acts wrote")
            return
    if len(kept) != len(wanted):
        yield Finding("records", f"there are {len(kept)} where the acts wrote {len(wanted)}")


def _labels_of_no_print(connection: Connection) -> Iterator[Finding]:
    c, p = tables.labels.c, tables.prints.c
    found = select(c.sequence).distinct().outerjoin(tables.prints, c.sequence == p.sequence).where(p.sequence.is_(None))
    for sequence in connection.execute(found.order_by(c.sequence)).scalars():
        yield Finding(f"label of record {sequence}", "belongs to no print")


def _prints(connection: Connection, keys: Keyring, leaves: Told) -> Iterator[Finding]:
    """Checks that every print is what the last act on it committed to, and was what those before it did."""
    waiting: dict[tuple[str, int | None], PrintTold] = {(name, None): one for name, one in leaves.alive.items()}
    waiting |= {(name, until): one for name, past in leaves.past.items() for until, one in past.items()}
    for row, labels in every_print(connection):
        yield from _print(keys, leaves, row, waiting.pop((row.print_id, row.until), None), labels)
    for (name, until), lost in waiting.items():
        what = "is missing" if until is None else f"lacks what it was until record {until}"
        yield Finding(f"print {name}", f"{what}, and no act after leaf {lost.leaf} removed it")


def _print(keys: Keyring, leaves: Told, row: Any, known: PrintTold | None, marks: Iterable[str]) -> Iterator[Finding]:
    """Checks a row against what a leaf says of it. A past row does not say whether searches found it: either is right."""
    where, is_past = f"print {row.print_id}", row.state == tables.PAST
    try:
        template = open_template(keys, row)
    except (SealBroken, SealKeyGone) as error:
        yield Finding(where, f"cannot be opened: {error.message}")
        return
    if known is None or is_past is (row.until is None):
        yield Finding(where, "is there, and no act enrolled it")
        return
    if known.content is None:
        yield Finding(where, f"is there, but what leaf {known.leaf} says of it is erased")
        return
    fits = [
        committed.of_row(row, template, marks, active=active, timed=known.timed)
        for active in ((True, False) if is_past else (None,))
    ]
    if known.content not in [sha256(tree.canonical(one.content).encode()) for one in fits]:
        yield Finding(where, f"is not what leaf {known.leaf} committed to")
    elif not known.timed and leaves.came.get(row.print_id) != row.created:
        yield Finding(where, "did not come when the leaf over the older folder says")


def _searches(connection: Connection, keys: Keyring, leaves: Told) -> Iterator[Finding]:
    """Checks that what is kept for the repeat of each search is what its leaf committed to."""
    waiting = dict(leaves.made)
    c, after = tables.searches.c, ""
    while rows := connection.execute(select(tables.searches).where(c.search > after).order_by(c.search).limit(tree.PAGE)).all():
        after = rows[-1].search
        for row in rows:
            known, kept = waiting.pop(row.search, None), searches.digest(row.sequence, row.parameters, row.compared)
            if known is None:
                yield Finding(f"search {row.search}", "is there, and no act made it")
            elif row.search in leaves.emptied and row.leaf == known.leaf and searches.is_emptied(row):
                continue
            elif not known.fits(row, kept):
                yield Finding(f"search {row.search}", f"is not what leaf {known.leaf} committed to")
            elif row.probes is not None:
                yield from _probes(keys, row.search, row.probes)
            elif not known.erased or row.search in leaves.unlimited:
                yield Finding(
                    f"search {row.search}", f"has lost its probes, which leaf {known.leaf} tells of, and no act erased them"
                )
    for name, lost in waiting.items():
        yield Finding(f"search {name}", f"is missing, and leaf {lost.leaf} made it")


def _tables(connection: Connection, keys: Keyring, leaves: Told, origin: str, key: PublicKey) -> Iterator[Finding]:
    """Checks that tokens, users, passkeys, settings, tasks, their results and answers are what leaves say and seals bind, and
    that all rows are this bureau's.

    No table, index or trigger is there that this version does not make.
    """
    for where, what in layout.faults(connection):
        yield Finding(where, what)
    if (leaves.begun.get("origin"), leaves.begun.get("key")) != (origin, key.text):
        yield Finding("leaf 0", "begins another tree, or names another key")
    for name, what in sorted(tokens.faults(connection, keys, leaves.standing.tokens).items()):
        yield Finding(f"token {name}", what)
    for name, what in sorted(users.faults(connection, keys, leaves.standing.users).items()):
        yield Finding(f"user {name}", what)
    for name, what in sorted(passkeys.faults(connection, keys, leaves.standing.passkeys).items()):
        yield Finding(f"passkey {name}", what)
    for name, what in sorted(settings.faults(connection, leaves.standing.settings).items()):
        yield Finding(f"setting {name}", what)
    for name, what in job_commitment.faults(connection, keys, leaves.standing.tasks):
        yield Finding(f"task {name}", what)
    for job, number in job_items.faults(connection, keys):
        yield Finding(f"item {number} of task {job}", "is not what was written")
    for name in answers.faults(connection, keys):
        yield Finding(f"answer {name}", "is not what was written")
    bureau = origin.rpartition("/")[2]
    named = {"record": tables.records.c.sequence, "print": tables.prints.c.print_id, "search": tables.searches.c.search}
    for kind, column in named.items():
        for name in connection.execute(select(column).where(column.table.c.bureau != bureau)).scalars():
            yield Finding(f"{kind} {name}", "says that it is another bureau's")


def _probes(keys: Keyring, search: str, sealed: bytes) -> Iterator[Finding]:
    try:
        keys.open(searches.bound(search), sealed)
    except (SealBroken, SealKeyGone) as error:
        yield Finding(f"search {search}", f"has probes that cannot be opened: {error.message}")


def _originals(blobs: Blobs, kept: Sequence[tuple[str, str]]) -> Iterator[Finding]:
    for person, sha256_ in kept:
        try:
            data = blobs.get(person, sha256_)
        except (SealBroken, SealKeyGone) as error:
            yield Finding(f"original {sha256_}", f"cannot be opened: {error.message}")
            continue
        if data is None:
            yield Finding(f"original {sha256_}", "is missing")
        elif sha256(data).hex() != sha256_:
            yield Finding(f"original {sha256_}", "is not what was handed over")


def _checkpoints(leaves: Told, origin: str, key: PublicKey, notes: Sequence[str]) -> Iterator[Finding]:
    for place, note in enumerate(notes, 1):
        where = f"checkpoint {place}"
        try:
            found = opened(note, key)
        except BadCheckpoint as error:
            yield Finding(where, error.message)
            continue
        yield from _checkpoint(leaves, f"checkpoint of {counted(found.size, 'leaf', 'leaves')}", origin, found)


def _checkpoint(leaves: Told, where: str, origin: str, found: Checkpoint) -> Iterator[Finding]:
    if found.origin != origin:
        yield Finding(where, f"is of another tree, {found.origin}")
    elif found.size > leaves.size:
        lost = counted(found.size - leaves.size, "leaf", "leaves")
        yield Finding(where, f"is newer than this tree, which lacks {lost}: they were cut off, or this is an older backup")
    elif merkle.root(found.size, leaves.node) != found.root:
        yield Finding(where, "had another root: a leaf before it was changed")
