"""Do a card's plain prints find their rolled mates among other people's prints?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from biomatch.evaluation.protocol import Sample
from biomatch.extraction import Extractor, open_extractor
from biomatch.formats import nist
from biomatch.gallery.interface import Entry
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.memory import MemoryLog
from biomatch.imaging import GreyImage, decode, slap
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition


def ranks(data: bytes, others: Sequence[Sample], progress: Progress = NO_PROGRESS) -> dict[FingerPosition, int]:
    """Finds the rank of each plain print's rolled mate among the rolled ones and the others; 0: it is no candidate.

    data  a transaction. Raises BadTransaction, BadImage.
    """
    extractor = open_extractor()
    card = [(extractor.extract(image), position, is_rolled) for image, position, is_rolled in prints_of(data)]
    entries = [Entry(f"{CARD} {position}", "", f"{CARD} {position}", one) for one, position, is_rolled in card if is_rolled]
    progress.start("Extracting", len(others))
    for number, one in enumerate(others):
        entries.append(Entry(one.finger, "", str(number), _extracted(extractor, one)))
        progress.advance()
    progress.done()
    gallery = LocalGallery(MemoryLog())
    gallery.enrol(entries)
    found = {}
    for plain, position, is_rolled in card:
        if not is_rolled:
            persons = [candidate.person for candidate in gallery.identify([plain]).candidates]
            mate = f"{CARD} {position}"
            found[position] = persons.index(mate) + 1 if mate in persons else 0
    return found


CARD = "card"


def prints_of(data: bytes) -> Iterator[tuple[GreyImage, FingerPosition, bool]]:
    """Yields each print of a transaction, slaps cut apart: its image, finger, and whether it is rolled."""
    for one in nist.images(nist.read(data)):
        image = decode(one.data, ppi=one.ppi, bare=one.bare)
        if one.is_slap:
            found = slap.segment(image, one.fingers)
            for finger, piece in zip(found.fingers, slap.cut(image, found), strict=True):
                yield piece, finger.position, False
        else:
            yield image, one.fingers[0], one.impression.is_rolled


def _extracted(extractor: Extractor, one: Sample) -> Template:
    return extractor.extract(decode(one.path.read_bytes(), ppi=one.ppi))
