"""Template: what is known of one print. Minutiae as arrays, ridge picture, position, impression, quality, provenance.

Everything is kept on the grid on which it is written (positions 1/8 px, directions 1/256 turn, qualities 1/100), so that a
template compares the same, bit for bit, before and after it was stored.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.vocabulary import FingerPosition, ImpressionType

POSITION_STEPS = 8  # a px: an eighth is finer than any extractor is exact
TURN_STEPS = 256  # a turn: the step of ISO/IEC 19794-2, 1.4 degrees
QUALITY_STEPS = 100  # the range of ISO/IEC 19794-2
CLEAR = 0.4  # quality of a minutia that an examiner would mark, too
MAX_MINUTIAE = 65_535  # that the layout can count: what a gallery holds is opened, whatever version 0.1 took in
MOST_READ = 1_024  # minutiae of a print that a caller hands over: our extractors find at most 255, and records hold no more
MAX_PART = 65_535  # bytes of a ridge picture, and of all texts
MAX_SIDE = 4_095  # px; the largest palm at 500 ppi is shorter

OTHER, ENDING, BIFURCATION = 0, 1, 2

MINUTIA_BYTES = 7  # of one, packed
TURNS_AT, KINDS_AT, QUALITIES_AT = 4, 5, 6  # bytes a minutia that lie before this column; x and y are the first
STEP_PX = np.float32(1 / POSITION_STEPS)
ANGLES = (np.arange(TURN_STEPS) * (2 * np.pi / TURN_STEPS)).astype(np.float32)  # radians of each direction
QUALITIES = (np.minimum(np.arange(256), QUALITY_STEPS) / QUALITY_STEPS).astype(np.float32)  # of each byte of a quality


@dataclass(frozen=True, eq=False)
class Minutiae:
    """n minutiae as parallel arrays, on the template's grid.

    Attributes
    ----------
    x
        (n,) float32, px at 500 ppi, to the right from the image's left edge.
    y
        (n,) float32, px at 500 ppi, down from the image's top edge.
    angle
        (n,) float32, radians in [0, 2 pi), counter-clockwise from east as seen (y up); the direction of
        ISO/IEC 19794-2: along the ridge that ends, into it, or into the valley that ends.
    kind
        (n,) uint8: 0 other, 1 ridge ending, 2 bifurcation.
    quality
        (n,) float32, 0..1, the probability that the minutia is real; 0 where it is not known.
    """

    x: np.ndarray
    y: np.ndarray
    angle: np.ndarray
    kind: np.ndarray
    quality: np.ndarray

    @classmethod
    def of(
        cls,
        x: Sequence[float] | np.ndarray,
        y: Sequence[float] | np.ndarray,
        angle: Sequence[float] | np.ndarray,
        kind: Sequence[int] | np.ndarray | None = None,
        quality: Sequence[float] | np.ndarray | None = None,
    ) -> Minutiae:
        """Makes minutiae from numbers, rounded to the grid. Raises BadTemplate on unequal lengths, values that are not finite,
        or out of range."""
        xs, ys, angles = (np.asarray(v, np.float64).reshape(-1) for v in (x, y, angle))
        kinds = np.zeros(len(xs), np.uint8) if kind is None else np.asarray(kind, np.uint8).reshape(-1)
        qualities = np.zeros(len(xs)) if quality is None else np.asarray(quality, np.float64).reshape(-1)
        if not len(xs) == len(ys) == len(angles) == len(kinds) == len(qualities):
            raise BadTemplate("the arrays of minutiae differ in length; give one value of each for every minutia")
        if not all(np.isfinite(v).all() for v in (xs, ys, angles, qualities)):
            raise BadTemplate("a minutia has a value that is not a finite number; drop it or extract the print again")
        if len(xs) > MAX_MINUTIAE:
            raise BadTemplate(f"{len(xs):,} minutiae, at most {MAX_MINUTIAE:,} are kept", count=len(xs))
        _check_range(xs, ys, kinds)
        turns = np.rint(np.remainder(angles, 2 * np.pi) * (TURN_STEPS / (2 * np.pi))).astype(np.int64) % TURN_STEPS
        return cls(
            x=(np.rint(xs * POSITION_STEPS) / POSITION_STEPS).astype(np.float32),
            y=(np.rint(ys * POSITION_STEPS) / POSITION_STEPS).astype(np.float32),
            angle=(turns * (2 * np.pi / TURN_STEPS)).astype(np.float32),
            kind=kinds,
            quality=(np.rint(np.clip(qualities, 0, 1) * QUALITY_STEPS) / QUALITY_STEPS).astype(np.float32),
        )

    def packed(self) -> bytes:
        """Packs the minutiae, `MINUTIA_BYTES` each, column after column: x, y uint16 in 1/8 px, little-endian; direction in
        1/256 turn, kind, and quality in 1/100, uint8."""
        columns = (
            np.rint(self.x * POSITION_STEPS).astype("<u2"),
            np.rint(self.y * POSITION_STEPS).astype("<u2"),
            self.turns,
            self.kind,
            np.rint(self.quality * QUALITY_STEPS).astype(np.uint8),
        )
        return b"".join(column.tobytes() for column in columns)

    @classmethod
    def unpacked(cls, data: bytes, count: int, at: int = 0) -> Minutiae:
        """Reads `count` minutiae that `packed` wrote, from byte `at`."""
        x, y = (np.frombuffer(data, "<u2", count, at + 2 * count * i) * STEP_PX for i in range(2))
        turns, kind, quality = (
            np.frombuffer(data, np.uint8, count, at + count * i) for i in (TURNS_AT, KINDS_AT, QUALITIES_AT)
        )
        return cls(x, y, ANGLES[turns], kind, QUALITIES[quality])

    @classmethod
    def none(cls) -> Minutiae:
        return cls.of([], [], [])

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, which: np.ndarray | slice) -> Minutiae:
        """Picks minutiae by an index array, a mask or a slice."""
        return Minutiae(self.x[which], self.y[which], self.angle[which], self.kind[which], self.quality[which])

    @property
    def turns(self) -> np.ndarray:
        """The directions in 1/256 turn, (n,) uint8."""
        return (np.rint(self.angle * (TURN_STEPS / (2 * np.pi))).astype(np.int64) % TURN_STEPS).astype(np.uint8)

    @property
    def clear(self) -> np.ndarray:
        """(n,) bool: the minutiae of quality `CLEAR` or more; all of them where no quality is known (all are 0)."""
        return self.quality >= CLEAR if self.quality.any() else np.ones(len(self), bool)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Minutiae):
            return NotImplemented
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in ("x", "y", "turns", "kind", "quality"))


def _check_range(x: np.ndarray, y: np.ndarray, kind: np.ndarray) -> None:
    """Raises BadTemplate on places in px, or kinds, out of range."""
    if len(x) and (min(x.min(), y.min()) < 0 or max(x.max(), y.max()) > MAX_SIDE):
        raise BadTemplate(f"a minutia lies outside 0..{MAX_SIDE} px; are its coordinates in px at 500 ppi?")
    if len(kind) and kind.max() > BIFURCATION:
        raise BadTemplate(f"a minutia is of kind {kind.max()}; kinds are {OTHER}, {ENDING} and {BIFURCATION}")


@dataclass(frozen=True)
class Template:
    """One print. `to_bytes` and `from_bytes` write and read it.

    Attributes
    ----------
    minutiae
        Where they lie, and how sure each is.
    width, height
        px at 500 ppi of the image that it came from.
    position, impression
        Which finger, and how it was taken, as far as it is known.
    quality
        0..100, of the whole print; None where nobody measured it (foreign records).
    extractor
        Name and version of what found the minutiae, such as "classical/1-3f2a9c01".
    ridges
        The compact ridge picture that the ridge check reads, as bytes of comparison's own layout; empty: none.
    warnings
        What whoever reads a result should know, in words.

    Raises
    ------
    BadTemplate
        A value that no print has.
    """

    minutiae: Minutiae
    width: int
    height: int
    position: FingerPosition = FingerPosition.UNKNOWN
    impression: ImpressionType = ImpressionType.UNKNOWN
    quality: int | None = None
    extractor: str = "unknown"
    ridges: bytes = b""
    warnings: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if not (0 < self.width <= MAX_SIDE and 0 < self.height <= MAX_SIDE):
            raise BadTemplate(
                f"a print of {self.width} x {self.height} px cannot be kept; sides are 1..{MAX_SIDE} px at 500 ppi",
                width=self.width,
                height=self.height,
            )
        if self.quality is not None and not 0 <= self.quality <= QUALITY_STEPS:
            raise BadTemplate(f"a quality of {self.quality} is outside 0..{QUALITY_STEPS}", quality=self.quality)
        for name, size in (("ridge picture", len(self.ridges)), ("texts", len(self._texts()))):
            if size > MAX_PART:
                raise BadTemplate(f"the {name} of a template has {size:,} bytes, at most {MAX_PART:,} are kept", size=size)

    def labelled(self, position: FingerPosition, impression: ImpressionType) -> Template:
        """Returns the same print with its finger position and impression type."""
        return replace(self, position=position, impression=impression)

    def _texts(self) -> bytes:
        return "\x1f".join((self.extractor, *self.warnings)).encode()

    def to_bytes(self) -> bytes:
        """Writes our own layout, little-endian: head, minutiae as columns, ridge picture, texts; at the end CRC-32 of all
        before it."""
        m = self.minutiae
        texts = self._texts()
        head = _HEAD.pack(
            _MAGIC,
            self.width,
            self.height,
            int(self.position),
            int(self.impression),
            _NO_QUALITY if self.quality is None else self.quality,
            len(m),
            len(self.ridges),
            len(texts),
        )
        body = m.packed() + self.ridges + texts
        return head + body + struct.pack("<I", zlib.crc32(head + body))

    @classmethod
    def from_bytes(cls, data: bytes) -> Template:
        """Reads what `to_bytes` wrote. Raises CorruptTemplate."""
        if not is_template(data):
            raise CorruptTemplate("it does not begin as a biomatch template of version 1")
        if len(data) < _HEAD.size + 4:
            raise CorruptTemplate("it ends within its head")
        _, width, height, position, impression, quality, count, ridge_size, text_size = _HEAD.unpack_from(data)
        if len(data) != _HEAD.size + count * MINUTIA_BYTES + ridge_size + text_size + 4:
            raise CorruptTemplate(f"its length of {len(data):,} bytes is not the one that its head announces")
        if zlib.crc32(data[:-4]) != struct.unpack("<I", data[-4:])[0]:
            raise CorruptTemplate("its checksum is wrong")
        at = _HEAD.size + count * MINUTIA_BYTES
        texts = data[at + ridge_size : -4]
        minutiae = Minutiae.unpacked(data, count, _HEAD.size)
        try:
            _check_range(minutiae.x, minutiae.y, minutiae.kind)
            extractor, *warnings = texts.decode().split("\x1f")
            return cls(
                minutiae=minutiae,
                width=width,
                height=height,
                position=FingerPosition(position),
                impression=ImpressionType(impression),
                quality=None if quality == _NO_QUALITY else quality,
                extractor=extractor,
                ridges=data[at : at + ridge_size],
                warnings=tuple(warnings),
            )
        except (ValueError, BadTemplate) as error:
            raise CorruptTemplate(str(error)) from None


_MAGIC = b"BMT\x01"
_HEAD = struct.Struct("<4sHHBBBHHH")
_NO_QUALITY = 255


def is_template(data: bytes) -> bool:
    """Tells whether bytes begin as a template of ours does."""
    return data[:4] == _MAGIC
