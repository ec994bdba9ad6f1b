"""Labels of prints, by the number of the print's row."""

from __future__ import annotations

from sqlalchemy import Connection, select

from biomatch.store.rows import tables


def labels_between(connection: Connection, first: int, last: int) -> dict[int, frozenset[str]]:
    """Returns the labels of the prints whose rows have these numbers; prints without any are left out."""
    c = tables.labels.c
    found: dict[int, frozenset[str]] = {}
    for sequence, label in connection.execute(select(c.sequence, c.label).where(c.sequence.between(first, last))):
        found[sequence] = found.get(sequence, frozenset()) | {label}
    return found
