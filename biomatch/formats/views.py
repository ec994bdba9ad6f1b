"""The common part of all finger minutiae records: minutiae of six bytes, and extended data behind them.

    minutia  2  type << 14 | x          2  reserved << 14 | y
             1  angle                   1  quality 0..100; 0, 254: not reported
    then     2  length of extended data, which is blocks: 2 type, 2 length (these 4 bytes counted), content

Types of blocks: 1 ridge counts, 2 cores and deltas, 3 zonal quality (ISO only), from 256 on a vendor's own. Their content is
kept as it stands, and written again: unchanged into a record of the same standard, cores and deltas translated into another.
Origin top left, y down, angles counter-clockwise from east: as in `Minutiae`. Sources: those of the standards' own files.
"""

from __future__ import annotations

import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch import deadlines
from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.template import BIFURCATION, MAX_SIDE, OTHER, QUALITY_STEPS, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

MAX_MINUTIAE = 255  # a byte counts them
MAX_VIEWS = 255
MAX_VIEWS_OF_ONE_FINGER = 16  # four bits number them
OWN_PPI = 500.0
PX_PER_CM = 197  # what 500 ppi is rounded to
CM_PER_INCH = 2.54
RIDGE_COUNTS, CORES_AND_DELTAS, ZONAL_QUALITY = 1, 2, 3
VENDORS_OWN = 256
_IN_BOTH = (RIDGE_COUNTS, CORES_AND_DELTAS)

_RESOLUTIONS = (39, 1575)  # px a cm: 100 to 4000 ppi
_MINUTIA = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1"), ("quality", "u1")])
_SHORT_MINUTIA = np.dtype([("x", ">u2"), ("y", ">u2"), ("angle", "u1")])
_COORDINATE = 0x3FFF
_MOST_POINTS = 15  # cores, deltas: four bits count them
_MOST_BLOCKS = 64  # of one view that are told apart: records of vendors have three at most
_NOT_REPORTED = (0, 254)
_BLOCK = struct.Struct(">HH")


@dataclass(frozen=True)
class Dialect:
    """The way in which a family of standards writes angles: steps in a turn; cores say for themselves that they have one, or
    for all."""

    name: str
    turn_steps: int
    flag_a_point: bool


ISO = Dialect("ISO", 256, flag_a_point=True)
ANSI = Dialect("ANSI", 180, flag_a_point=False)


@dataclass(frozen=True)
class Frame:
    """The picture that a view's numbers refer to: px, and px a cm."""

    width: int
    height: int
    across: int
    down: int


@dataclass(frozen=True)
class Block:
    """One block of extended data. type -1: bytes behind the blocks, or in their stead, whose lengths do not add up."""

    type: int
    data: bytes

    def to_bytes(self) -> bytes:
        return self.data if self.type < 0 else _BLOCK.pack(self.type, _BLOCK.size + len(self.data)) + self.data


@dataclass(frozen=True)
class SingularPoint:
    """A core (at most one angle) or a delta (none or three): px at 500 ppi, radians."""

    x: float
    y: float
    angles: tuple[float, ...] = ()


@dataclass(frozen=True)
class View:
    """A print, and what a record says of it beyond minutiae, in the record's own words.

    blocks   of extended data
    dialect  in which they are written
    frame    that they refer to
    """

    template: Template
    blocks: tuple[Block, ...] = ()
    dialect: Dialect = ISO
    frame: Frame | None = None

    @property
    def ppi(self) -> float:
        """Px an inch that the record was written at; 500 of a template of our own. The template is at 500 whatever it says."""
        return OWN_PPI if self.frame is None or self.frame.across == PX_PER_CM else self.frame.across * CM_PER_INCH

    @property
    def cores(self) -> tuple[SingularPoint, ...]:
        return self._points()[0]

    @property
    def deltas(self) -> tuple[SingularPoint, ...]:
        return self._points()[1]

    def block(self, kind: int) -> bytes | None:
        """Returns the first block of a type."""
        return next((block.data for block in self.blocks if block.type == kind), None)

    def _points(self) -> tuple[tuple[SingularPoint, ...], tuple[SingularPoint, ...]]:
        data = self.block(CORES_AND_DELTAS)
        if data is None or self.frame is None:
            return (), ()
        return read_points(data, self.dialect, self.frame)


def views_of(prints: Sequence[Template | View]) -> list[View]:
    return [one if isinstance(one, View) else View(one) for one in prints]


# reading


def check_frame(frame: Frame) -> None:
    """Raises CorruptTemplate."""
    for resolution in (frame.across, frame.down):
        if not _RESOLUTIONS[0] <= resolution <= _RESOLUTIONS[1]:
            raise CorruptTemplate(f"its resolution of {resolution} px a cm is not one that fingerprints are scanned at")


def read_minutiae(
    data: bytes, at: int, count: int, frame: Frame, turn_steps: int, *, strict: bool, short: bool = False
) -> tuple[Minutiae, int]:
    """Reads `count` minutiae at an offset, and the offset behind them. short: without qualities.

    Raises BadTemplate; DeadlinePassed: a record may hold many prints.
    """
    deadlines.check()
    try:
        found = np.frombuffer(data, _SHORT_MINUTIA if short else _MINUTIA, count, at)
    except ValueError:
        raise CorruptTemplate("it ends within a print") from None
    x, y = found["x"] & _COORDINATE, found["y"] & _COORDINATE
    if len(found) and (x.max() >= frame.width or y.max() >= frame.height):
        raise CorruptTemplate(f"a minutia lies outside its {frame.width} x {frame.height} px")
    if len(found) and found["angle"].max() >= turn_steps:
        raise CorruptTemplate(f"an angle has {found['angle'].max()} of {turn_steps} steps")
    kind = (found["x"] >> 14).astype(np.uint8)
    quality = np.zeros(len(found), np.uint8) if short else found["quality"]
    if strict:
        _check_strictly(found, kind, quality)
    minutiae = Minutiae.of(
        x=x * (PX_PER_CM / frame.across),
        y=y * (PX_PER_CM / frame.down),
        angle=found["angle"] * (2 * np.pi / turn_steps),
        kind=np.where(kind > BIFURCATION, OTHER, kind),
        quality=np.where(quality > QUALITY_STEPS, 0, quality) / QUALITY_STEPS,
    )
    return minutiae, at + found.nbytes


def _check_strictly(found: np.ndarray, kind: np.ndarray, quality: np.ndarray) -> None:
    if (kind > BIFURCATION).any():
        raise CorruptTemplate(f"minutia {int(np.argmax(kind > BIFURCATION)) + 1} is of the reserved type 3")
    if (found["y"] > _COORDINATE).any():
        raise CorruptTemplate(f"minutia {int(np.argmax(found['y'] > _COORDINATE)) + 1} has reserved bits set beside y")
    odd = (quality > QUALITY_STEPS) & (quality < 254)
    if odd.any():
        raise CorruptTemplate(f"minutia {int(np.argmax(odd)) + 1} has a quality of {quality[odd][0]}")


def read_blocks(data: bytes, at: int, *, last: bool, strict: bool) -> tuple[tuple[Block, ...], int]:
    """Reads the extended data whose length stands at an offset, and the offset behind them.

    last  of the record: they reach to its end, whatever their length says, unless strict (NIST's samples miscount them)

    What stands behind _MOST_BLOCKS of them is kept in one piece.
    """
    if at + 2 > len(data):
        raise CorruptTemplate("it ends within a print")
    (length,) = struct.unpack_from(">H", data, at)
    start, end = at + 2, at + 2 + length
    if end != len(data) and last:
        if strict:
            raise CorruptTemplate(f"its extended data announce {length} bytes, there are {len(data) - start}")
        end = len(data)
    if end > len(data):
        raise CorruptTemplate("it ends within extended data")
    blocks: list[Block] = []
    at = start
    while at + _BLOCK.size <= end and len(blocks) < _MOST_BLOCKS:
        kind, size = _BLOCK.unpack_from(data, at)
        if last and not strict:
            size = min(size, end - at)
        if not _BLOCK.size <= size <= end - at:
            break
        blocks.append(Block(kind, data[at + _BLOCK.size : at + size]))
        at += size
    if at < end:
        if strict and len(blocks) < _MOST_BLOCKS:
            raise CorruptTemplate(f"the blocks of extended data do not add up to their {end - start} bytes")
        blocks.append(Block(-1, data[at:end]))
    return tuple(blocks), end


def read_points(data: bytes, dialect: Dialect, frame: Frame) -> tuple[tuple[SingularPoint, ...], tuple[SingularPoint, ...]]:
    """Reads cores and deltas of a block of type 2; what is cut off is left out."""
    at, found = 0, []
    for angles in (1, 3):
        points: list[SingularPoint] = []
        info = data[at] if at < len(data) else 0
        at += 1
        for _ in range(info & _MOST_POINTS):
            if at + 4 > len(data):
                break
            x, y = struct.unpack_from(">HH", data, at)
            flagged = bool(x & 0x4000) if dialect.flag_a_point else bool(info & 0x40)
            turns = data[at + 4 : at + 4 + angles] if flagged else b""
            at += 4 + len(turns)
            points.append(
                SingularPoint(
                    (x & _COORDINATE) * PX_PER_CM / frame.across,
                    (y & _COORDINATE) * PX_PER_CM / frame.down,
                    tuple(turn * 2 * np.pi / dialect.turn_steps for turn in turns),
                )
            )
        found.append(tuple(points))
    return found[0], found[1]


def made(minutiae: Minutiae, frame: Frame, position: int, impression: int, quality: int, made_by: str) -> Template:
    """Makes the template of a view. Raises BadTemplate."""
    return Template(
        minutiae=minutiae,
        width=_at_500_ppi(frame.width, frame.across),
        height=_at_500_ppi(frame.height, frame.down),
        position=_position(position),
        impression=_impression(impression),
        quality=quality if 1 <= quality <= QUALITY_STEPS else None,
        extractor=made_by,
    )


def check_head(position: int, impression: int, quality: int, reserved: int) -> None:
    """Checks what strict reading asks of a view's head. Raises CorruptTemplate."""
    if _impression(impression) is ImpressionType.UNKNOWN and impression != ImpressionType.UNKNOWN:
        raise CorruptTemplate(f"impression type {impression} is none of the standard's")
    if QUALITY_STEPS < quality < 254:
        raise CorruptTemplate(f"the quality of finger {position} is {quality}, outside 0..100")
    if reserved:
        raise CorruptTemplate(f"a reserved byte is {reserved}, not 0")


def _at_500_ppi(side: int, px_per_cm: int) -> int:
    scaled = round(side * PX_PER_CM / px_per_cm)
    if not 0 < scaled <= MAX_SIDE:
        raise BadTemplate(f"a side of {side} px at {px_per_cm} px a cm is outside what is read, 1..{MAX_SIDE} px at 500 ppi")
    return scaled


def _position(code: int) -> FingerPosition:
    try:
        return FingerPosition(code)
    except ValueError:
        raise CorruptTemplate(f"finger position {code} is none of 0..10") from None


def _impression(code: int) -> ImpressionType:
    try:
        return ImpressionType(code)
    except ValueError:
        return ImpressionType.UNKNOWN


# writing


def check_number(views: Sequence[View]) -> None:
    """Raises BadTemplate: none, or more than a record can number."""
    if not views:
        raise BadTemplate("a record needs a print; give one template or more")
    fullest = max(Counter(view.template.position for view in views).values())
    if len(views) > MAX_VIEWS or fullest > MAX_VIEWS_OF_ONE_FINGER:
        raise BadTemplate(
            f"{len(views)} prints, {fullest} of one finger: a record holds {MAX_VIEWS}, {MAX_VIEWS_OF_ONE_FINGER} of one "
            "finger; write several records",
            prints=len(views),
            of_one_finger=fullest,
        )


def numbered(views: Sequence[View]) -> list[tuple[View, int]]:
    """Gives each view its number among those of its finger, from 0."""
    counts: Counter[FingerPosition] = Counter()
    found = []
    for view in views:
        found.append((view, counts[view.template.position]))
        counts[view.template.position] += 1
    return found


def written_minutiae(template: Template, turn_steps: int) -> tuple[int, bytes]:
    """Counts the minutiae, at most 255 (the best by quality, in their order), and writes their bytes at 500 ppi."""
    minutiae = best(template.minutiae, MAX_MINUTIAE)
    found = np.zeros(len(minutiae), _MINUTIA)
    x = np.minimum(np.rint(minutiae.x), template.width - 1).astype(np.uint16)
    found["x"] = x | (minutiae.kind.astype(np.uint16) << 14)
    found["y"] = np.minimum(np.rint(minutiae.y), template.height - 1)
    found["angle"] = np.rint(minutiae.turns * (turn_steps / 256)).astype(np.int64) % turn_steps
    found["quality"] = np.rint(minutiae.quality * QUALITY_STEPS)
    return len(minutiae), found.tobytes()


def impression_code(template: Template, most: int) -> int:
    """Returns the code; 0, live-scan plain, for types that the standard has no code for."""
    return int(template.impression) if template.impression <= most else 0


def written_blocks(view: View, dialect: Dialect) -> bytes:
    """Writes extended data with their length, without what the standard cannot hold, or refers to minutiae that were left
    out."""
    same = dialect == view.dialect and (view.frame is None or (view.frame.across, view.frame.down) == (PX_PER_CM, PX_PER_CM))
    blocks = [block for block in view.blocks if same or block.type in _IN_BOTH or block.type >= VENDORS_OWN]
    if len(view.template.minutiae) > MAX_MINUTIAE:
        blocks = [block for block in blocks if block.type != RIDGE_COUNTS]
    body = b"".join(
        (block if same or block.type != CORES_AND_DELTAS else _translated(view, dialect)).to_bytes() for block in blocks
    )
    if len(body) > 0xFFFF:
        raise BadTemplate(f"its extended data have {len(body):,} bytes, a record holds 65,535")
    return struct.pack(">H", len(body)) + body


def _translated(view: View, dialect: Dialect) -> Block:
    """Writes cores and deltas in another dialect, at 500 ppi. Where one flag stands for all, angles are kept if all have
    them."""
    parts = b""
    for points in (view.cores, view.deltas):
        whole = all(point.angles for point in points) and bool(points)
        parts += bytes((len(points) | (0x40 if whole and not dialect.flag_a_point else 0),))
        for point in points:
            kept = point.angles if dialect.flag_a_point or whole else ()
            flag = 0x4000 if kept and dialect.flag_a_point else 0
            x, y = (min(round(place), _COORDINATE) for place in (point.x, point.y))
            turns = bytes(round(angle / (2 * np.pi) * dialect.turn_steps) % dialect.turn_steps for angle in kept)
            parts += struct.pack(">HH", x | flag, y) + turns
    return Block(CORES_AND_DELTAS, parts)


def best(minutiae: Minutiae, count: int) -> Minutiae:
    """Chooses at most `count` minutiae: those of the highest quality, in their order; among equals the earlier."""
    ranked = np.argsort(-minutiae.quality, kind="stable")[:count]
    return minutiae[np.sort(ranked)]
