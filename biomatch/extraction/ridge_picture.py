"""The compact ridge picture that a template carries for the ridge check: at most 6 kB.

Layout, little-endian: `<BBBBHHHH`: layout (1), scale (px of the print a picture px, 2 or more), bits a px (1 or 2), grid
(picture px a mask cell), height and width of the whole picture, top and left of the part that is kept; then, deflated
together, height and width of that part (`<HH`), its mask (one bit a cell) and its px (1 or 2 bits), rows packed from the
top left, high bits first. A px is the cosine of the ridge phase: -1 the middle of a ridge, 1 the middle of a valley.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from biomatch.errors import CorruptTemplate
from biomatch.template import MAX_SIDE


@dataclass(frozen=True)
class PictureParams:
    most_bytes: int = 6_000  # of a template, all told: ten million prints stay below 80 GB
    choices: tuple[tuple[int, int], ...] = ((2, 2), (2, 1), (3, 1), (4, 1), (6, 1))  # (scale, bits), the finest first
    grid: int = 4  # picture px a mask cell: half a period


@dataclass(frozen=True, eq=False)
class RidgePicture:
    """The ridge picture, decoded.

    picture  (h, w) int8  -3, -1, 1, 3 (2 bits) or -2, 2 (1 bit); negative on ridges; 0 outside the mask
    scale    int          px of the print a picture px: print (x, y) lies at picture (x / scale, y / scale)
    """

    picture: np.ndarray
    scale: int

    @property
    def mask(self) -> np.ndarray:
        """True where ridges were seen, (h, w) bool."""
        return np.asarray(self.picture != 0)


_HEAD = struct.Struct("<BBBBHHHH")
_PART = struct.Struct("<HH")
_LAYOUT = 1
_VALUES = {1: np.array([-2, 2], np.int8), 2: np.array([-3, -1, 1, 3], np.int8)}  # of a px, by its bits


def encode(phase_cosine: np.ndarray, mask: np.ndarray, params: PictureParams) -> bytes:
    """Encodes the finest of the layouts that stays within the bytes allowed; empty where the mask is.

    phase_cosine  (h, w) float32  -1 ridge .. 1 valley
    mask          (h, w) bool     foreground
    """
    if not mask.any():
        return b""
    data = b""
    for scale, bits in params.choices:
        data = _encode(phase_cosine, mask, scale, bits, params.grid)
        if len(data) <= params.most_bytes:
            return data
    return b""


def decode(data: bytes) -> RidgePicture:
    """Reads what `encode` wrote. Raises CorruptTemplate, also for a picture of more px than a print has."""
    try:
        layout, scale, bits, grid, height, width, top, left = _HEAD.unpack_from(data)
        body = zlib.decompressobj().decompress(data[_HEAD.size :], 4096 * 4096 // 4)
        rows, columns = _PART.unpack_from(body)
    except (struct.error, zlib.error) as error:
        raise CorruptTemplate(f"its ridge picture cannot be unpacked ({error})") from None
    mask_bytes = (-(-rows // max(grid, 1)) * -(-columns // max(grid, 1)) + 7) // 8
    wanted = _PART.size + mask_bytes + (rows * columns * bits + 7) // 8
    sane = layout == _LAYOUT and scale > 0 and bits in (1, 2) and grid > 0 and max(height, width) * scale <= MAX_SIDE
    if not sane or len(body) != wanted or top + rows > height or left + columns > width:
        raise CorruptTemplate("its ridge picture contradicts its own head")
    picture = np.zeros((height, width), np.int8)
    cells, px = body[_PART.size : _PART.size + mask_bytes], body[_PART.size + mask_bytes :]
    levels = _LEVELS[bits][np.frombuffer(px, np.uint8)].view(np.int8)
    fill(levels, np.frombuffer(cells, np.uint8), grid, picture[top : top + rows, left : left + columns])
    return RidgePicture(picture, scale)


@njit(nogil=True, cache=True)
def fill(levels: np.ndarray, cells: np.ndarray, grid: int, out: np.ndarray) -> None:
    """Puts the px of a picture that lie in its mask into their places.

    levels  (n,) int8   of each px, row after row
    cells   (m,) uint8  the mask, as the layout says; grid: px a cell
    out     (rows, columns) int8

    Twin: tests/extraction/test_ridge_picture.py
    """
    rows, columns = out.shape
    across = (columns + grid - 1) // grid
    seen = np.empty(across * grid, np.int8)  # all bits of a px that is, none of one that is not
    cell = 0
    for top in range(0, rows, grid):
        for c in range(across):
            seen[c * grid : (c + 1) * grid] = -(cells[cell >> 3] >> (7 - (cell & 7)) & 1)
            cell += 1
        for y in range(top, min(rows, top + grid)):
            row = levels[y * columns : (y + 1) * columns]
            for x in range(columns):
                out[y, x] = row[x] & seen[x]


def rescaled(data: bytes, factor: float) -> bytes:
    """Returns the ridge picture of the same print, so many times as large. Raises CorruptTemplate."""
    if not data:
        return data
    known = decode(data)
    height, width = (max(1, round(side * known.scale * factor)) for side in known.picture.shape)
    picture = cv2.resize(known.picture.astype(np.float32) / 3, (width, height), interpolation=cv2.INTER_LINEAR)
    mask = cv2.resize(known.mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return encode(picture, mask, PictureParams())


def placed(data: bytes, left: int, top: int, width: int, height: int) -> bytes:
    """Returns the ridge picture of a part of a print as that of the whole print, which has width x height px.

    left, top  px of the print where the part lies: multiples of every scale
    """
    if not data:
        return data
    layout, scale, bits, grid, _, _, own_top, own_left = _HEAD.unpack_from(data)
    rows, columns = (max(1, side // scale) for side in (height, width))
    head = _HEAD.pack(layout, scale, bits, grid, rows, columns, own_top + top // scale, own_left + left // scale)
    return head + data[_HEAD.size :]


def about(data: bytes, points: np.ndarray, reach_px: float) -> bytes:
    """Keeps what of a ridge picture lies between points (n, 2), px of the print, or so near to them. Raises CorruptTemplate."""
    if not data or not len(points):
        return b""
    known = decode(data)
    near: np.ndarray = np.zeros(known.picture.shape, np.uint8)
    hull = cv2.convexHull(np.asarray(points, np.float32) / known.scale)
    cv2.fillConvexPoly(near, np.rint(hull).astype(np.int32), 1)
    reach = max(1, round(reach_px / known.scale))
    near = cv2.dilate(near, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    height, width = near.shape[0] * known.scale, near.shape[1] * known.scale
    picture = cv2.resize(known.picture.astype(np.float32) / 3, (width, height), interpolation=cv2.INTER_NEAREST)
    mask = cv2.resize(near * known.mask, (width, height), interpolation=cv2.INTER_NEAREST) > 0
    return encode(picture, mask, PictureParams())


def _encode(cosine: np.ndarray, mask: np.ndarray, scale: int, bits: int, grid: int) -> bytes:
    height, width = (max(1, side // scale) for side in mask.shape)
    small = cv2.resize(cosine[: height * scale, : width * scale], (width, height), interpolation=cv2.INTER_AREA)
    cells = cv2.resize(mask.astype(np.float32), (-(-width // grid), -(-height // grid)), interpolation=cv2.INTER_AREA) > 0.5
    if not cells.any():
        return b""
    ys, xs = np.flatnonzero(cells.any(1)), np.flatnonzero(cells.any(0))
    cells = cells[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1]
    top, left = int(ys[0]) * grid, int(xs[0]) * grid
    part = small[top : (int(ys[-1]) + 1) * grid, left : (int(xs[-1]) + 1) * grid]
    rows, columns = part.shape
    inner = np.repeat(np.repeat(cells, grid, 0), grid, 1)[:rows, :columns]
    level = (part >= -0.6).astype(np.uint8) + (part >= 0) + (part >= 0.6)
    level *= inner
    flags = level >> 1 if bits == 1 else np.stack((level >> 1, level & 1), axis=-1)
    body = _PART.pack(rows, columns) + np.packbits(cells).tobytes() + np.packbits(flags).tobytes()
    head = _HEAD.pack(_LAYOUT, scale, bits, grid, height, width, top, left)
    return head + zlib.compress(body, 6)


def _levels_of_bytes(bits: int) -> np.ndarray:
    """Returns the values of all px that a byte holds, side by side, (256,) uint64 or uint32."""
    px = np.arange(256)[:, None] >> (8 - bits * np.arange(1, 8 // bits + 1)) & (2**bits - 1)
    words: np.ndarray = _VALUES[bits][px].view(np.uint64 if bits == 1 else np.uint32)[:, 0]
    return words


_LEVELS = {bits: _levels_of_bytes(bits) for bits in _VALUES}
