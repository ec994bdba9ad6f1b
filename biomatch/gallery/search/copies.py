"""Finds prints that are the same print: copies are no further evidence.

Two prints are copies where they have the same minutiae, or were made from the same image. The second matters where another
version of the extractor, or another stated resolution, made other minutiae of one image. A minutiae record is not asked for its
bytes: it may hold several fingers.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from biomatch.comparison import Prepared
from biomatch.template import Minutiae

Marks = tuple[Hashable, ...]


def marks_of(minutiae: Minutiae | None, image: str = "") -> Marks:
    """Returns what a print has in common with its copies, and with no other print.

    image  SHA-256 of the image that it was made from, in hex; empty: it came as a template or a record
    """
    return (*((minutiae.packed(),) if minutiae is not None and len(minutiae) else ()), *((image,) if image else ()))


def originals(prints: Sequence[Marks]) -> list[int]:
    """Finds for each print, by its marks, the number of the first print that it is a copy of; its own number where it is none.

    A copy of a copy is a copy of the first.
    """
    first: dict[Hashable, int] = {}
    found: list[int] = []
    for number, marks in enumerate(prints):
        known = {first[mark] for mark in marks if mark in first}
        original = min(known, default=number)
        for mark, of in first.items():
            if of in known:
                first[mark] = original
        first.update(dict.fromkeys(marks, original))
        found = [original if of in known else of for of in found]
        found.append(original)
    return found


def distinct(probes: Sequence[Prepared]) -> list[tuple[int, Prepared]]:
    """Returns the prints of a probe with their numbers, without copies of earlier ones."""
    of = originals([marks_of(one.template.minutiae) for one in probes])
    return [(number, one) for number, one in enumerate(probes) if of[number] == number]
