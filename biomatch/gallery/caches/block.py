"""The bytes of one print in an arena: what is written when it is enrolled, and what a comparison reads of it.

block:  head       4 x uint32      CRC-32 of what follows it in the block (0: overwritten); bytes of block, near and far
        near       sealed, or as it is: what a comparison reads of every print on a list
                   2 x uint32      minutiae; how many of them, the first ones, have a descriptor here: the others' are
                                   zeros, as those of the weakest are, which come last where an extractor of ours made them
                   (d, 32) bytes   descriptors as `grid.packed` has them
                   (n, 7) bytes    minutiae as `Minutiae.packed` has them; padding to a multiple of 8 bytes
        far        likewise: what it reads of the best, and names
                   2 x uint16      width, height
                   4 x uint8       position, impression, quality (255: none), 0
                   uint32          bytes of the ridge picture
                   ridges          the ridge picture as the template has it
                   texts           UTF-8, three groups separated by U+001E, their parts by U+001F: print id, person,
                                   encounter, SHA-256 of the image in hex or nothing; labels; extractor, warnings
        padding    to a multiple of 8 bytes
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numba import njit

from biomatch.comparison import Prepared
from biomatch.descriptors import DIMENSIONS, grid
from biomatch.gallery.interface import Entry
from biomatch.sealing import Sealing, of_person
from biomatch.template import ANGLES, MINUTIA_BYTES, QUALITIES, QUALITIES_AT, STEP_PX, TURNS_AT, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

HEAD = struct.Struct("<4I")
CRC = struct.Struct("<I")
NEAR_HEAD = struct.Struct("<2I")
NEAR, FAR = 0, 1  # the parts
EMPTY = bytes(NEAR_HEAD.size)  # the near part of a print without minutiae
_FAR_HEAD = struct.Struct("<2H4BI")
_BOUND = struct.Struct("<QB")  # print number, part
_NO_QUALITY = 255
_PART, _GROUP = "\x1f", "\x1e"


@dataclass(frozen=True)
class Names:
    """The names in a print's block: whose print it is. image: SHA-256 of the image that it was made from, in hex; empty: no
    image."""

    print_id: str
    person: str
    encounter: str
    labels: frozenset[str]
    image: str = ""

    @classmethod
    def of(cls, entry: Entry) -> Names:
        return cls(entry.print_id, entry.person, entry.encounter, entry.labels, entry.image)


def block_of(entry: Entry, vectors: np.ndarray, number: int, sealing: Sealing, lineage: bytes) -> bytes:
    """Writes the block of one print; vectors (n, 64) int8."""
    owner = of_person(entry.person)
    near = sealing.seal(owner, bound(lineage, number, NEAR), _near(entry.template.minutiae, vectors))
    far = sealing.seal(owner, bound(lineage, number, FAR), _far(entry))
    size = _padded(HEAD.size + len(near) + len(far))
    block = (HEAD.pack(0, size, len(near), len(far)) + near + far).ljust(size, b"\0")
    return CRC.pack(checksum(block)) + block[CRC.size :]


def _near(minutiae: Minutiae, vectors: np.ndarray) -> bytes:
    described = int(np.flatnonzero(vectors.any(axis=1)).max(initial=-1)) + 1
    head = NEAR_HEAD.pack(len(minutiae), described)
    data = head + grid.packed(np.ascontiguousarray(vectors[:described], np.int8)).tobytes() + minutiae.packed()
    return data.ljust(_padded(len(data)), b"\0")


def _far(entry: Entry) -> bytes:
    template = entry.template
    texts = _GROUP.join((
        _PART.join((entry.print_id, entry.person, entry.encounter, entry.image)),
        _PART.join(sorted(entry.labels)),
        _PART.join((template.extractor, *template.warnings)),
    ))  # fmt: skip
    head = _FAR_HEAD.pack(
        template.width, template.height, int(template.position), int(template.impression),
        _NO_QUALITY if template.quality is None else template.quality, 0, len(template.ridges),
    )  # fmt: skip
    return head + template.ridges + texts.encode()


def bound(lineage: bytes, number: int, part: int) -> bytes:
    """Returns what a part is bound to when it is sealed: it opens under this number in this arena alone."""
    return lineage + _BOUND.pack(number, part)


def print_of(near: bytes, far: bytes) -> tuple[Prepared, Names]:
    """Reads one print as the comparison's later steps want it, and whose it is."""
    (n, described), at = NEAR_HEAD.unpack_from(near), NEAR_HEAD.size
    vectors = np.zeros((n, DIMENSIONS), np.int8)
    size = described * grid.BYTES
    vectors[:described] = grid.unpacked(np.frombuffer(near, np.uint8, size, at).reshape(-1, grid.BYTES))
    minutiae = Minutiae.unpacked(near, n, at + size)
    width, height, position, impression, score, _, ridges = _FAR_HEAD.unpack_from(far)
    names, labels, provenance = _texts(far)
    extractor, *warnings = provenance.split(_PART)
    template = Template(
        minutiae,
        width,
        height,
        FingerPosition(position),
        ImpressionType(impression),
        None if score == _NO_QUALITY else score,
        extractor,
        far[_FAR_HEAD.size : _FAR_HEAD.size + ridges],
        tuple(warnings),
    )
    return Prepared(template, vectors), _names(names, labels)


def names_of(far: bytes) -> Names:
    """Reads whose print it is."""
    names, labels, _ = _texts(far)
    return _names(names, labels)


def checksum(block: bytes | memoryview) -> int:
    """Computes the CRC-32 of what follows it in a block, never 0."""
    return zlib.crc32(memoryview(block)[CRC.size :]) or 1


@njit(nogil=True, cache=True)
def counts(data, starts, head):  # type: ignore[no-untyped-def]
    """Counts the minutiae of each print, (m,) int64, and how many of them, the first ones, have a descriptor kept; none where a
    near part would go on behind the data. Arguments as in `gathered`."""
    minutiae, described = np.empty(len(starts), np.int64), np.empty(len(starts), np.int64)
    for i in range(len(starts)):
        n, d = data[starts[i] : starts[i] + 8].view(np.uint32)
        minutiae[i], described[i] = n, d
        end = starts[i] + head + grid.BYTES * described[i] + MINUTIA_BYTES * minutiae[i]
        if described[i] > minutiae[i] or end > len(data):
            minutiae[i] = described[i] = 0
    return minutiae, described


@njit(nogil=True, cache=True)
def gathered(data, starts, head):  # type: ignore[no-untyped-def]
    """Reads the minutiae of many blocks, laid end to end.

    data        (n,) uint8   the arena, or near parts that were opened
    starts      (m,) int64   first byte of each near part
    head        bytes of its head
    returns     x, y, angle, quality (N,) float32, vectors (N, 64) int8, (m + 1,) int64: where each print's begin

    Twin: `print_of`, one by one
    """
    minutiae, described = counts(data, starts, head)
    ends = np.zeros(len(starts) + 1, np.int64)
    ends[1:] = np.cumsum(minutiae)
    rows = np.empty((4, ends[-1]), np.float32)
    vectors = np.zeros((ends[-1], DIMENSIONS), np.int8)
    for i in range(len(starts)):
        n, at, size = minutiae[i], starts[i] + head, grid.BYTES * described[i]
        grid.unpack(data[at : at + size], vectors[ends[i] : ends[i + 1]].reshape(-1))
        at += size
        places = data[at : at + TURNS_AT * n].view(np.uint16)
        turns, qualities = data[at + TURNS_AT * n :], data[at + QUALITIES_AT * n :]
        for j in range(n):
            k = ends[i] + j
            rows[0, k], rows[1, k] = STEP_PX * np.float32(places[j]), STEP_PX * np.float32(places[n + j])
            rows[2, k], rows[3, k] = ANGLES[turns[j]], QUALITIES[qualities[j]]
    return rows[0], rows[1], rows[2], rows[3], vectors, ends


def _texts(far: bytes) -> list[str]:
    """Reads the three groups of texts: names, labels, provenance."""
    return far[_FAR_HEAD.size + _FAR_HEAD.unpack_from(far)[-1] :].decode().split(_GROUP)


def _names(names: str, labels: str) -> Names:
    print_id, person, encounter, image = names.split(_PART)
    return Names(print_id, person, encounter, frozenset(labels.split(_PART) if labels else ()), image)


def _padded(size: int) -> int:
    return -(-size // 8) * 8
