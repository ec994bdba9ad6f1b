"""Takes in the tables of a gallery that an older version wrote, whose leaves did not commit to them: one leaf over all of it.

What the older leaves do say goes before what stands in a table: a token that none of them made, or that they say is another, is
not taken in, and neither is a setting or a task that they gainsay.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from biomatch.store.audit import standing, tree
from biomatch.store.audit.tree import Act, Item
from biomatch.store.jobs import commitment as job_commitment
from biomatch.store.jobs import items as job_items
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import answers, settings, tables, tokens
from biomatch.store.rows.tables import PAST

_TIMES = 10_000  # in one item: 700 kB


def adopt_tables(connection: Connection, keys: Keyring, bureau: str) -> int:
    """Seals answers, tasks and their results, and writes the leaf; its number."""
    known = standing.of_everything(connection, keys)
    answers.adopt(connection, keys)
    job_items.adopt(connection, keys)
    details = {
        "tokens": tokens.adopted(connection, keys, known.tokens),
        **settings.told(keys, settings.all_of(connection) | known.settings),
        "tasks": job_commitment.adopt(connection, keys, known.tasks),
    }
    items = tuple(Item({"created": times}) for times in _times(connection))
    return tree.append(connection, Act(standing.ADOPT_TABLES, {}, details=details, items=items), bureau)


def _times(connection: Connection) -> Iterator[dict[str, str]]:
    """Yields the times of enrolment by print id, some at a time: the prints' own leaves do not say them."""
    c, after = tables.prints.c, 0
    while rows := connection.execute(
        select(c.sequence, c.print_id, c.created).where(c.sequence > after, c.state != PAST).order_by(c.sequence).limit(_TIMES)
    ).all():
        after = rows[-1].sequence
        yield {row.print_id: row.created for row in rows}
