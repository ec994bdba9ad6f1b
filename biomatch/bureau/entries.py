"""Uploads and templates -> entries of the gallery, and the receipts for them."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from biomatch.bureau.cases import EnrolledPrint, Upload
from biomatch.bureau.uploads import COPY
from biomatch.bureau.workshop import media_type
from biomatch.errors import BadName
from biomatch.gallery.filters import NOT_KNOWN, Biography
from biomatch.gallery.interface import Entry, Source
from biomatch.template import Template
from biomatch.words import is_visible

EVERYTHING = "ALL"  # OSIA's name for a search that no label filters
MAX_NAME = 200  # characters


def check_names(person: str, encounter: str | None, labels: frozenset[str]) -> None:
    """Checks names, which stand in addresses, in tables and on paper. Raises BadName."""
    check_name("person", person)
    if encounter is not None:
        check_name("encounter", encounter)
    for label in labels:
        check_name("gallery", label)
        if label == EVERYTHING:
            raise BadName("gallery", label)


def check_name(what: str, name: str) -> None:
    """Raises BadName. U+FFFD stands for bytes that are no text: several names would become one."""
    printable = name.isprintable() and "\ufffd" not in name and is_visible(name)
    if not 1 <= len(name) <= MAX_NAME or not printable or name != name.strip() or name in (".", ".."):
        raise BadName(what, name)


def new_entry(
    person: str,
    encounter: str,
    template: Template,
    upload: Upload,
    labels: frozenset[str],
    biography: Biography = NOT_KNOWN,
    *,
    active: bool = True,
) -> Entry:
    source = Source(hashlib.sha256(upload.data).hexdigest(), media_type(upload.data), upload.ppi)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return Entry(
        person,
        encounter,
        new_id(),
        template,
        labels,
        source,
        active=active,
        biography=biography,
        captured=upload.captured,
        enrolled=now,
    )


def new_id() -> str:
    """Makes an id that no other bureau makes."""
    return uuid.uuid4().hex


def receipt(entry: Entry, *, existed: bool = False) -> EnrolledPrint:
    template = entry.template
    return EnrolledPrint(
        person=entry.person,
        encounter=entry.encounter,
        print_id=entry.print_id,
        position=template.position,
        impression=template.impression,
        quality=template.quality,
        minutiae=len(template.minutiae),
        warnings=template.warnings,
        existed=existed,
    )


def of_copy(made: EnrolledPrint) -> EnrolledPrint:
    """Returns the receipt for an upload with the same bytes as an earlier one of its request, which was kept."""
    return replace(made, existed=True, warnings=(*made.warnings, COPY))
