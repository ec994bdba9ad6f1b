"""Seals what a version before encryption left in the clear: templates in their rows, and originals named by their hash.

A kill leaves it to be done again: rows are sealed in the transaction that marks the gallery as sealed, and the clear files,
which are noted before it, are removed after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, select, update

from biomatch.sealing import of_person
from biomatch.store.blobs import Blobs
from biomatch.store.commits import Commits
from biomatch.store.database import translated
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import tables
from biomatch.store.rows.prints import originals
from biomatch.store.rows.templates import seal_template
from biomatch.store.unfinished import Unfinished
from biomatch.template import Template

_AT_ONCE = 1_000  # rows


def seal_all(
    folder: Path, commits: Commits, keys: Keyring, blobs: Blobs, unfinished: Unfinished, mark: Callable[[Connection], None]
) -> None:
    """Seals all templates and originals. mark: writes that it was done. The opening takes the clear files away. Raises
    CorruptTemplate, DiskFull, StoreFailed."""

    def seal(connection: Connection) -> None:
        c, after = tables.prints.c, 0
        keys.ready(map(of_person, connection.execute(select(c.person).distinct()).scalars()))
        while rows := connection.execute(
            select(c.sequence, c.person, c.template).where(c.sequence > after).order_by(c.sequence).limit(_AT_ONCE)
        ).all():
            for row in rows:
                sealed = seal_template(keys, row.person, row.sequence, Template.from_bytes(row.template))
                connection.execute(update(tables.prints).where(c.sequence == row.sequence).values(template=sealed))
            after = rows[-1].sequence
        unfinished.note(0, (), {sha256 for _, sha256 in originals(connection)})
        for original in _clear_originals(connection, folder):
            blobs.put([original])
        mark(connection)

    commits.run(seal)


def _clear_originals(connection: Connection, folder: Path) -> Iterator[tuple[str, bytes]]:
    with translated(folder):
        for person, sha256 in sorted(originals(connection)):
            path = folder / "blobs" / sha256[:2] / sha256
            if path.exists():
                yield person, path.read_bytes()
