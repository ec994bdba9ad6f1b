"""Checks the rows of jobs against what the leaves of the audit tree say of them, and against their seals."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from biomatch.store.audit.standing import KnownTask
from biomatch.store.jobs.job import OPEN
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import seals, tables


def faults(connection: Connection, keys: Keyring, known: Mapping[str, KnownTask]) -> Iterator[tuple[str, str]]:
    """Yields jobs whose rows are not what the leaves say (`known`) or what was written, and how each differs, in words."""
    missing = dict(known)
    for row in connection.execute(select(tables.jobs).order_by(tables.jobs.c.job)).all():
        said = missing.pop(row.job, None)
        if said is None:
            yield row.job, "is there, and no act began it"
        elif not seals.holds(keys, tables.jobs, row._mapping):
            yield row.job, "is not what was written"
        elif not _is_as_said(row, said):
            yield row.job, f"is not what leaf {said.leaf} says of it"
    for name, said in missing.items():
        yield name, f"is missing, and leaf {said.leaf} tells of it"


def adopt(connection: Connection, keys: Keyring, known: Mapping[str, KnownTask]) -> list[str]:
    """Seals what an older version wrote and the leaves (`known`) do not gainsay; all jobs that are there."""
    c = tables.jobs.c
    rows = connection.execute(select(tables.jobs).order_by(c.job)).all()
    for row in rows:
        if row.seal is None and row.job in known and _is_as_said(row, known[row.job]):
            connection.execute(
                update(tables.jobs).where(c.job == row.job).values(seal=seals.seal(keys, tables.jobs, row._mapping))
            )
    return [row.job for row in rows]


def _is_as_said(row: Any, said: KnownTask) -> bool:
    """Tells whether a job's row is what the leaves on it say."""
    try:
        actor, counts = json.loads(row.actor), json.loads(row.counts)
    except ValueError:
        return False
    stands = row.state in OPEN if said.state is None else row.state == said.state
    asked = (row.kind, actor, row.token) == (said.kind, said.actor, said.actor.get("token", ""))
    return stands and asked and said.counts in (None, counts)
