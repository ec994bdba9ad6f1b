"""PGM of bytes (P5): a head of text, then grey pixels, row by row, without compression.

    P5, width, height, the brightest grey level (1..65535), each parted by space; comments begin with # and end with their line;
    one space; a byte a pixel, or two, the higher first, where the brightest level is above 255

Source: the pgm page of Netpbm's manual.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from biomatch.errors import UnreadableImage

_LONGEST_HEAD = 4096  # bytes: a few lines of comments
_APART = rb"(?:[ \t\r\n\v\f]|#[^\r\n]*+[\r\n])++"
_HEAD = re.compile(rb"P5" + _APART + rb"(\d{1,9})" + _APART + rb"(\d{1,9})" + _APART + rb"(\d{1,5})[ \t\r\n\v\f]")


@dataclass(frozen=True)
class PgmHeader:
    """width, height in px; most: the brightest grey level; begin: offset of the pixels."""

    width: int
    height: int
    most: int
    begin: int

    @property
    def kind(self) -> np.dtype:
        """The type of a pixel as it stands."""
        return np.dtype(">u2" if self.most > 255 else "u1")


def read_header(data: bytes) -> PgmHeader:
    """Raises UnreadableImage: the head is damaged, or fewer pixels follow than it says."""
    if data.startswith(b"P2"):
        raise UnreadableImage("it is a PGM of text (P2); write it as bytes (P5)")
    found = _HEAD.match(data[:_LONGEST_HEAD])
    if found is None:
        raise UnreadableImage("its head does not say its size and its brightest grey level")
    width, height, most = map(int, found.groups())
    head = PgmHeader(width, height, most, found.end())
    if not 1 <= head.most <= 65_535:
        raise UnreadableImage(f"it has {head.most} grey levels above black, 1 to 65,535 are read")
    if len(data) - head.begin < head.width * head.height * head.kind.itemsize:
        raise UnreadableImage("the file is cut off")
    return head


def decode(data: bytes) -> np.ndarray:
    """Decodes to (h, w) uint8 or uint16: levels up to 255 are spread over all of them, deeper ones stay. Raises
    UnreadableImage."""
    head = read_header(data)
    pixels = np.frombuffer(data, head.kind, head.width * head.height, head.begin).reshape(head.height, head.width)
    if pixels.max(initial=0) > head.most:
        raise UnreadableImage(f"it has a pixel that is brighter than its head says ({head.most})")
    if head.most > 255:
        return pixels.astype(np.uint16)
    return pixels if head.most == 255 else ((pixels.astype(np.uint16) * 255 + head.most // 2) // head.most).astype(np.uint8)
