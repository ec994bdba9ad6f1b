"""The content of each print to which the audit tree commits."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from biomatch.crypto import sha256
from biomatch.gallery.interface import Entry
from biomatch.store.audit.tree import Item
from biomatch.store.rows import biography, tables


def of_entry(entry: Entry) -> Item:
    """Makes the item of a print that is being enrolled."""
    template, source = entry.template, entry.source
    content = _content(
        entry.person,
        entry.encounter,
        entry.print_id,
        int(template.position),
        int(template.impression),
        template.quality,
        template.extractor,
        template.to_bytes(),
        (source.sha256, source.media_type, source.ppi) if source else (None, None, None),
        entry.labels,
        entry.active,
        biography.columns(entry.biography, entry.captured) | {"unit": entry.unit or None},
        entry.enrolled,
    )
    return Item(content, entry.person, entry.print_id)


def of_row(row: Any, template: bytes, labels: Iterable[str], *, active: bool | None = None, timed: bool = True) -> Item:
    """Makes the item of a print from its row.

    template  the row's, opened
    active    whether searches found it; None: as the row says, which of one that is past does not
    timed     with when it came; False: as leaves before `audit.SEALED_TABLES` have it
    """
    content = _content(
        row.person,
        row.encounter,
        row.print_id,
        row.position,
        row.impression,
        row.quality,
        row.extractor,
        template,
        (row.source_sha256, row.media_type, row.ppi),
        labels,
        row.state == tables.ACTIVE if active is None else active,
        {"sex": row.sex, "born": row.born, "captured": row.captured, "unit": row.unit},
        row.created if timed else None,
    )
    return Item(content, row.person, row.print_id)


def _content(
    person: str,
    encounter: str,
    print_id: str,
    position: int,
    impression: int,
    quality: int | None,
    extractor: str,
    template: bytes,
    source: tuple[str | None, str | None, float | None],
    labels: Iterable[str],
    active: bool,
    about: dict[str, Any],
    created: str | None,
) -> dict[str, Any]:
    return {
        "person": person,
        "encounter": encounter,
        "print": print_id,
        "position": position,
        "impression": impression,
        "quality": quality,
        "extractor": extractor,
        "template": sha256(template).hex(),
        "source": source[0],
        "mediaType": source[1],
        "ppi": source[2],
        "labels": sorted(labels),
        **({} if active else {"status": "INACTIVE"}),
        **{name: value for name, value in about.items() if value is not None},
        **({} if created is None else {"created": created}),
    }
