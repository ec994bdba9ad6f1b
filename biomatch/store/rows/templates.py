"""A row's template, sealed under the key of the person and bound to the row's number: it opens in no other row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, LargeBinary, func, select

from biomatch.errors import CorruptTemplate, GalleryDamaged, SealBroken
from biomatch.sealing import of_person
from biomatch.store.keys.keyfile import NUMBER
from biomatch.store.keys.keyring import Keyring
from biomatch.store.rows import tables
from biomatch.template import Template


def seal_template(keys: Keyring, person: str, sequence: int, template: Template) -> bytes:
    return keys.seal(of_person(person), _bound(sequence, person), template.to_bytes())


def open_template(keys: Keyring, row: Any) -> bytes:
    """Opens the template of a row with sequence, person and template; returns its bytes. Raises SealBroken, SealKeyGone."""
    return keys.open(_bound(row.sequence, row.person), row.template)


def key_numbers(connection: Connection, limit: int | None = None) -> Iterator[bytes]:
    """Yields the beginnings of the templates of the newest rows (None: of all), which name the keys that they are sealed
    under."""
    c = tables.prints.c
    head = func.substr(c.template, 1, NUMBER.size, type_=LargeBinary)
    yield from map(bytes, connection.execute(select(head).order_by(c.sequence.desc()).limit(limit)).scalars())


def read_template(keys: Keyring, row: Any, folder: Path) -> Template:
    """Reads the template of a row that has print_id, too. Raises SealKeyGone; GalleryDamaged, which names the print."""
    try:
        return Template.from_bytes(open_template(keys, row))
    except SealBroken as error:
        raise GalleryDamaged(str(folder), f"print {row.print_id} cannot be opened, {error.values['reason']}") from error
    except CorruptTemplate as error:
        raise GalleryDamaged(str(folder), f"print {row.print_id} cannot be read, {error.values['reason']}") from error


def _bound(sequence: int, person: str) -> bytes:
    return f"the template of record {sequence} of {person}".encode()
