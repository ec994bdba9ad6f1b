"""Templates as bytes, told apart by structure: our own layout, and finger minutiae records of two standards and four editions.

views          what the editions have in common; extended data
iso19794       ISO/IEC 19794-2:2005          iso19794_2011  its second edition
ansi378        ANSI INCITS 378-2004          ansi378_2009   its second edition (only read)
nist           ANSI/NIST-ITL transactions: images, marks and texts of a case
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import StrEnum

from biomatch.errors import BadTemplate, CorruptTemplate, RecordNotRead, TooManyMinutiae, UnknownFormat
from biomatch.formats import ansi378, ansi378_2009, iso19794, iso19794_2011
from biomatch.formats.views import View
from biomatch.template import MOST_READ, Template, is_template

__all__ = [
    "RecordFormat",
    "View",
    "is_record",
    "read_template",
    "read_templates",
    "read_views",
    "write",
    "write_iso2005",
]

_RECORD = b"FMR\0"  # how every finger minutiae record begins, of any standard and year
_EDITIONS = (iso19794, ansi378, iso19794_2011, ansi378_2009)  # 2011 before 2009: it proves itself by its lengths


class RecordFormat(StrEnum):
    """The kind of record to write."""

    ISO2005 = "iso2005"
    ISO2011 = "iso2011"
    ANSI2004 = "ansi2004"


_WRITERS: dict[RecordFormat, Callable[[Sequence[Template | View]], bytes]] = {
    RecordFormat.ISO2005: iso19794.write,
    RecordFormat.ISO2011: iso19794_2011.write,
    RecordFormat.ANSI2004: ansi378.write,
}


def is_record(data: bytes) -> bool:
    """Tells whether bytes begin as a template or a minutiae record does, sound or not."""
    return is_template(data) or data.startswith(_RECORD)


def read_templates(data: bytes) -> list[Template]:
    """Reads a template's one print, or all prints of a record.

    This is for bytes from outside: at most MOST_READ minutiae of a print are taken. Raises BadTemplate, CorruptTemplate,
    DeadlinePassed, RecordNotRead, TooManyMinutiae, TooManyPrints, UnknownFormat.
    """
    return [view.template for view in read_views(data)]


def read_views(data: bytes, *, strict: bool = False) -> list[View]:
    """Reads the same with what a record says beyond minutiae."""
    if is_template(data):
        template = Template.from_bytes(data)
        if len(template.minutiae) > MOST_READ:
            raise TooManyMinutiae(len(template.minutiae), MOST_READ)
        return [View(template)]
    for edition in _EDITIONS:
        if edition.is_record(data):
            return edition.read_views(data, strict=strict)
    if data.startswith(_RECORD):
        raise _refused(data)
    raise UnknownFormat("the file")


def read_template(data: bytes) -> Template:
    """Reads the print of a template, or of a record that holds one. Raises as `read_templates`, and BadTemplate for several."""
    templates = read_templates(data)
    if len(templates) > 1:
        raise BadTemplate(f"the record holds {len(templates)} prints where one is needed; split it", prints=len(templates))
    return templates[0]


def write(prints: Sequence[Template | View], form: RecordFormat) -> bytes:
    """Writes one record of prints; extended data go with a View. Raises BadTemplate. What is lost: see the editions' own
    `write`."""
    return _WRITERS[form](prints)


def write_iso2005(templates: Sequence[Template]) -> bytes:
    """Writes one ISO/IEC 19794-2:2005 record. See `iso19794.write` for what it cannot hold."""
    return iso19794.write(templates)


def _refused(data: bytes) -> BadTemplate:
    version = data[4:7].decode("latin-1").strip()
    if version in ("20", "030", "035") or len(data) < 8:
        return CorruptTemplate("the length that its head announces is not the one it has")
    return RecordNotRead(version)
