"""The same bytes in one request are one print: it is extracted once, kept once, and counts once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from biomatch.bureau.cases import Upload
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition

COPY = "the same bytes as an earlier print of this request: it counts once"


def distinct(uploads: Sequence[Upload]) -> tuple[list[Upload], list[int]]:
    """One upload for each that differs in its bytes, and for every upload given the number of the one that stands for it.

    The first stands for its copies, with the finger that one of them names.
    """
    groups: dict[bytes, list[Upload]] = {}
    for upload in uploads:
        groups.setdefault(upload.data, []).append(upload)
    numbers = {data: number for number, data in enumerate(groups)}
    return [_first(group) for group in groups.values()], [numbers[upload.data] for upload in uploads]


def two_names(uploads: Sequence[Upload]) -> str | None:
    """Says which upload is given as two fingers, if one is."""
    names: dict[bytes, FingerPosition] = {}
    for upload in uploads:
        if upload.position is FingerPosition.UNKNOWN:
            continue
        first = names.setdefault(upload.data, upload.position)
        if first is not upload.position:
            return f"the same bytes are given as {first.name} and as {upload.position.name}"
    return None


def marked(template: Template) -> Template:
    """A copy's template, which says that it is one."""
    return warned(template, [COPY])


def warned(template: Template, warnings: Sequence[str]) -> Template:
    """Adds warnings to a print."""
    return replace(template, warnings=(*template.warnings, *warnings)) if warnings else template


def _first(group: Sequence[Upload]) -> Upload:
    named = (upload.position for upload in group if upload.position is not FingerPosition.UNKNOWN)
    return replace(group[0], position=next(named, FingerPosition.UNKNOWN))
