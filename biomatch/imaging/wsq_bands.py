"""WSQ's 64 subbands: where each lies in the picture of coefficients, and the filter banks that make and undo them.

The picture is split into low and high halves along both directions, again and again, 20 times in all. A half that came out
of a high filter has its spectrum turned round, so its own halves lie in the other order: high first. Whatever length a side
has, low gets the larger half. The last quarter (60..63) is never coded.

Lines are continued beyond their ends by reflection: about the end sample itself where filters are odd, about the edge behind
it where they are even (then the high half changes its sign). Source: the FBI's specification IAFIS-IC-0110, as NBIS does it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

BANDS = 64
CODED_BANDS = 60


@dataclass(frozen=True)
class Area:
    """A rectangle of the picture, px; `flip_x`, `flip_y`: its high half comes first in that direction."""

    x: int
    y: int
    width: int
    height: int
    flip_x: bool = False
    flip_y: bool = False

    @property
    def size(self) -> int:
        return self.width * self.height

    def quarters(self) -> tuple[Area, Area, Area, Area]:
        """Returns top left, top right, bottom left, bottom right."""
        left, top = _first_half(self.width, self.flip_x), _first_half(self.height, self.flip_y)
        right, bottom = self.width - left, self.height - top
        return (
            Area(self.x, self.y, left, top),
            Area(self.x + left, self.y, right, top, flip_x=True),
            Area(self.x, self.y + top, left, bottom, flip_y=True),
            Area(self.x + left, self.y + top, right, bottom, flip_x=True, flip_y=True),
        )


def _first_half(length: int, flipped: bool) -> int:
    return length // 2 if flipped else (length + 1) // 2


@dataclass(frozen=True)
class Layout:
    """splits: areas in the order in which they are split; bands: the coded subbands in the order of the file."""

    splits: tuple[Area, ...]
    bands: tuple[Area, ...]


def layout(width: int, height: int) -> Layout:
    """Returns the subbands of a picture of that size."""
    whole = Area(0, 0, width, height)
    first = whole.quarters()
    second = first[0].quarters()
    third = [area.quarters() for area in second[:3]]  # of the low quarter, and of the two mixed ones
    lowest = third[0][0].quarters()
    low_bands = [*lowest[0].quarters(), *lowest[1:]]
    low_bands += [band for area in third[0][1:] for band in area.quarters()]
    mixed_bands = [band for areas in third[1:] for area in areas for band in area.quarters()]
    high_bands = [band for area in first[1:3] for band in area.quarters()]
    return Layout(
        splits=(whole, *first[:3], *second[1:3], *third[1], *third[2], second[0], *third[0], lowest[0]),
        bands=(*low_bands, *mixed_bands, second[3], *high_bands),
    )


def decompose(picture: np.ndarray, splits: tuple[Area, ...], low: np.ndarray, high: np.ndarray) -> None:
    """Turns a picture (h, w) float32 into its coefficients, in place. low, high: analysis filters of odd length, float32."""
    for area in splits:
        if area.size:
            _split(_cut(picture, area), low, high, area.flip_x, area.flip_y)


def reconstruct(picture: np.ndarray, splits: tuple[Area, ...], low: np.ndarray, high: np.ndarray) -> None:
    """Turns coefficients (h, w) float32 into the picture, in place. low, high: synthesis filters, both odd or both even,
    float32."""
    for area in reversed(splits):
        if area.size:
            _join(_cut(picture, area), low, high, area.flip_x, area.flip_y)


def _cut(picture: np.ndarray, area: Area) -> np.ndarray:
    return picture[area.y : area.y + area.height, area.x : area.x + area.width]


@njit(nogil=True, cache=True)
def _mirrored(at: int, length: int) -> int:
    """Returns the index of the sample that stands at `at` when a line of `length` is reflected about its end samples."""
    if length == 1:
        return 0
    period = 2 * (length - 1)
    at %= period
    return at if at < length else period - at


@njit(nogil=True, cache=True)
def _source(at: int, length: int, odd: bool, is_high: bool) -> tuple[int, int]:
    """Finds where coefficient `at` of a half lies, and its sign, when the half is continued beyond its ends.

    at       int   any number
    length   int   of the joined line
    odd      bool  whether the filters are of odd length
    is_high  bool  which half
    returns  (int, int) index within the half, and 1, -1 or 0: nothing there
    """
    count = length // 2 if is_high else (length + 1) // 2
    if count == 0:
        return 0, 0
    if odd:
        shift = 1 if is_high else 0
        return (_mirrored(2 * at + shift, length) - shift) // 2, 1
    at %= length
    if at < count:
        return at, 1
    at = length - 1 - at
    if at >= count:
        return 0, 0
    return at, -1 if is_high else 1


@njit(nogil=True, cache=True)
def _split(area: np.ndarray, low: np.ndarray, high: np.ndarray, flip_x: bool, flip_y: bool) -> None:
    """Splits one area into its four quarters, in place; rows first.

    area    (h, w) float32  a view of the picture
    low     (n,) float32    analysis filter, n odd
    high    (m,) float32    analysis filter, m odd
    flip_x  bool            the high half goes to the left
    flip_y  bool            the high half goes to the top
    """
    height, width = area.shape
    lows, highs = (width + 1) // 2, width // 2
    pad = max(len(low), len(high)) + 1
    evens, odds = np.empty(lows + 2 * pad, np.float32), np.empty(lows + 2 * pad, np.float32)
    low_x, high_x = (highs, 0) if flip_x else (0, lows)
    for y in range(height):
        row = area[y]
        for k in range(-pad, lows + pad):
            evens[k + pad] = row[_mirrored(2 * k, width)]
            odds[k + pad] = row[_mirrored(2 * k + 1, width)]
        _half_filter(evens, odds, low, -(len(low) // 2), pad, row[low_x : low_x + lows])
        _half_filter(evens, odds, high, 1 - len(high) // 2, pad, row[high_x : high_x + highs])
    lows, highs = (height + 1) // 2, height // 2
    low_y, high_y = (highs, 0) if flip_y else (0, lows)
    kept = area.copy()
    for k in range(lows):
        _weighted_rows(kept, low, 2 * k - len(low) // 2, area[low_y + k])
    for k in range(highs):
        _weighted_rows(kept, high, 2 * k + 1 - len(high) // 2, area[high_y + k])


@njit(nogil=True, cache=True)
def _half_filter(evens: np.ndarray, odds: np.ndarray, taps: np.ndarray, first: int, pad: int, out: np.ndarray) -> None:
    """Computes out[k] = sum of taps[i] * line[2 k + first + i], the line given as its even and odd samples, padded."""
    out[:] = 0
    for i in range(len(taps)):
        offset = first + i
        line = odds if offset % 2 else evens
        start = pad + (offset - offset % 2) // 2
        tap = taps[i]
        for k in range(len(out)):
            out[k] += tap * line[start + k]


@njit(nogil=True, cache=True)
def _weighted_rows(area: np.ndarray, taps: np.ndarray, first: int, out: np.ndarray) -> None:
    """Computes out = sum of taps[i] * row first + i, rows mirrored at the ends."""
    out[:] = 0
    for i in range(len(taps)):
        row = area[_mirrored(first + i, area.shape[0])]
        tap = taps[i]
        for x in range(len(out)):
            out[x] += tap * row[x]


@njit(nogil=True, cache=True)
def _join(area: np.ndarray, low: np.ndarray, high: np.ndarray, flip_x: bool, flip_y: bool) -> None:
    """Joins four quarters to their area, in place; columns first.

    area    (h, w) float32  a view of the picture
    low     (n,) float32    synthesis filter
    high    (m,) float32    synthesis filter, odd or even as n is
    flip_x  bool            the high half lies to the left
    flip_y  bool            the high half lies to the top
    """
    height, width = area.shape
    odd = len(low) % 2 == 1
    lows, highs = (height + 1) // 2, height // 2
    low_y, high_y = (highs, 0) if flip_y else (0, lows)
    kept = area.copy()
    for y in range(height):
        out = area[y]
        out[:] = 0
        _gather_rows(kept, low_y, y, height, low, odd, False, out)
        _gather_rows(kept, high_y, y, height, high, odd, True, out)
    lows, highs = (width + 1) // 2, width // 2
    low_x, high_x = (highs, 0) if flip_x else (0, lows)
    pad = max(len(low), len(high)) // 2 + 2
    low_line, high_line = np.empty(lows + 2 * pad, np.float32), np.empty(lows + 2 * pad, np.float32)
    evens, odds = np.empty(lows, np.float32), np.empty(lows, np.float32)
    for y in range(height):
        row = area[y]
        for k in range(-pad, lows + pad):
            at, sign = _source(k, width, odd, False)
            low_line[k + pad] = row[low_x + at] * sign if sign else 0
            at, sign = _source(k, width, odd, True)
            high_line[k + pad] = row[high_x + at] * sign if sign else 0
        evens[:] = 0
        odds[:] = 0
        for is_high in (False, True):
            line, taps = (high_line, high) if is_high else (low_line, low)
            centre = _centre(len(taps), odd, is_high)
            for i in range(len(taps)):
                out = evens if (centre - i) % 2 == 0 else odds
                start = pad + (i - centre + (centre - i) % 2) // 2
                tap = taps[i]
                for k in range(lows):
                    out[k] += tap * line[start + k]
        for k in range(lows):
            row[2 * k] = evens[k]
        for k in range(highs):
            row[2 * k + 1] = odds[k]


@njit(nogil=True, cache=True)
def _centre(length: int, odd: bool, is_high: bool) -> int:
    """Returns c of: coefficient n of a half adds taps[c + 2 n - m] to sample m of the line."""
    if odd:
        return length // 2 + (1 if is_high else 0)
    return length // 2


@njit(nogil=True, cache=True)
def _gather_rows(
    area: np.ndarray, top: int, at: int, length: int, taps: np.ndarray, odd: bool, is_high: bool, out: np.ndarray
) -> None:
    """Adds to `out`, row `at` of the joined area, what the half that begins at row `top` gives it."""
    centre = _centre(len(taps), odd, is_high)
    for i in range((at + centre) % 2, len(taps), 2):
        place, sign = _source((i - centre + at) // 2, length, odd, is_high)
        if sign == 0:
            continue
        tap = taps[i] * sign
        row = area[top + place]
        for x in range(len(out)):
            out[x] += tap * row[x]
