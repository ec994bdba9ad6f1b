"""Templates as bytes, told apart by content: our own layout, ISO/IEC 19794-2:2005, and ANSI INCITS 378-2004 (only read)."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.errors import BadTemplate, CorruptTemplate, RecordNotRead, UnknownFormat
from biomatch.formats import ansi378, iso19794
from biomatch.template import Template, is_template

__all__ = ["is_record", "read_template", "read_templates", "write_iso2005"]

_RECORD = b"FMR\0"  # how every finger minutiae record begins, of any standard and year


def is_record(data: bytes) -> bool:
    """Whether bytes begin as a template or a minutiae record does, sound or not."""
    return is_template(data) or data.startswith(_RECORD)


def read_templates(data: bytes) -> list[Template]:
    """A template's one print, or all prints of a record. Raises BadTemplate, CorruptTemplate, RecordNotRead, UnknownFormat."""
    if is_template(data):
        return [Template.from_bytes(data)]
    if iso19794.is_record(data):
        return iso19794.read(data)
    if ansi378.is_record(data):
        return ansi378.read(data)
    if data.startswith(_RECORD):
        raise _refused(data)
    raise UnknownFormat("the file")


def read_template(data: bytes) -> Template:
    """The print of a template, or of a record that holds one. Raises as `read_templates`, and BadTemplate for several."""
    templates = read_templates(data)
    if len(templates) > 1:
        raise BadTemplate(f"the record holds {len(templates)} prints where one is needed; split it", prints=len(templates))
    return templates[0]


def write_iso2005(templates: Sequence[Template]) -> bytes:
    """One ISO/IEC 19794-2:2005 record. See `iso19794.write` for what it cannot hold."""
    return iso19794.write(templates)


def _refused(data: bytes) -> BadTemplate:
    version = data[4:7].decode("latin-1").strip()
    if version == "20" or len(data) < 8:
        return CorruptTemplate("the length that its head announces is not the one it has")
    return RecordNotRead(version)
