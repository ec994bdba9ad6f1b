"""Cuts several fingers on one image into each finger: where it lies, and its own image.

    ridged      cells of 8 px where strokes run one way, as fine as ridges, over an area that letters and lines do not fill
    regions     such areas, each grown to its edge
    upright     how the hand is turned, from the regions' long axes
    tips        the uppermost region of each finger; below it lie its other phalanges
    fingers     as many as are expected, from left to right

A box holds the last phalanx, from the tip to its crease. Every number is our own, found on synthetic slaps and on inked cards
with print, handwriting, holes and neighbours' ridges among the fingers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from biomatch.errors import SeveralPrints
from biomatch.imaging.grey import GreyImage
from biomatch.vocabulary import FingerPosition
from biomatch.words import counted


@dataclass(frozen=True)
class SlapParams:
    """px at 500 ppi."""

    cell: int = 8  # a cell of the grid that everything but the gradients is done on: nearly a ridge period
    smooth: float = 7.0  # over which the gradient's direction is averaged: a little less than a ridge period
    strong: float = 0.22  # of the 95th percentile of the cells that have any flow: fainter ones belong to no finger
    weak: float = 0.16  # the same at a finger's edge
    least: float = 2.0  # grey levels a px: paper and glass have less
    waves: tuple[float, float, float] = (1.6, 4.8, 16.0)  # standard deviations: ridges lie between the first two
    wide: float = 12.0  # over which both powers are averaged
    fine: float = 1.2  # seen: ridges 1.6 to 20, handwriting 0.3 to 0.8, printed letters 1.0
    black: int = 40  # grey levels of a hole
    solid: int = 56  # diameter of the largest disc that a hole must hold
    around: int = 48  # beyond a hole the ridges are not looked at
    edge: int = 56  # by so much a region is grown: at a finger's edge, finger against paper is coarser than its ridges
    close: int = 24  # gaps in a finger that are filled: pores, creases, scratches
    hole: int = 170  # square root of the area of a hole that a finger may have: a card is punched with 6.5 mm
    open: int = 88  # what is narrower is no finger: letters, lines, handwriting, borders
    trim: int = 104  # the same of a whole region
    least_width: int = 110
    least_height: int = 130  # 6.6 mm: a little finger's tip
    most_lean: float = 0.8  # radians: further turned, a hand is not told from one that lies sideways
    shared: float = 0.45  # of its width a finger's part has another below it
    margin: int = 16  # around a finger that is cut out
    widest: int = 900  # wider is no finger: a rolled one has 1.6 inches, three that touch have 1,058 and more
    pair: int = 520  # two fingers side by side are wider: 1.04 inches. Seen: 638 and more on 100 synthetic and six real slaps
    two_tips: int = 400  # narrower is one finger: 0.8 inches
    notch: int = 48  # so deep it is between two tips; seen: at most 40 on 170 single prints, each turned in ten ways
    turns: float = 0.3  # so steeply ridges fall and rise beside it; seen: 0.05 on upright single prints
    below_tip: int = 144  # the ridges are looked at so far below the outline
    evened: float = 32.0  # and averaged so far along it
    flank: float = 0.15  # of the width on each side is not looked at
    blur: int = 8  # by so much the averages widen a region on each side
    off_middle: float = 0.2  # of its width from the middle of two fingers that touch lies the way between them
    twice: float = 1.3  # as wide as its neighbours are two fingers that touch
    whole: float = 0.6  # as wide as its neighbours is a finger that the edge does not cut
    by_height: float = 1.0  # weight of how much lower the last finger is than the first, in lengths of a finger
    by_size: float = 1.0  # weight of how much smaller it is, as a natural logarithm
    told: float = 0.1  # less says nothing; seen: 0.27 and more on 46 synthetic slaps, 0.54 and 1.4 on a real card
    least_tip: float = 0.4  # of the area of the phalanx below it has a tip: what is smaller is another print's edge
    longest: float = 1.9  # of its width is a last phalanx long, at most


PARAMS = SlapParams()


@dataclass(frozen=True)
class Region:
    """The place of one finger's ridges: px of the image; right and bottom are behind the last column and row."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Finger:
    """One finger of a slap. position: UNKNOWN where the fingers found are not those expected."""

    region: Region
    position: FingerPosition


@dataclass(frozen=True, eq=False)
class Slap:
    """The fingers that were found on an image of several.

    fingers  from left to right
    lean     radians by which the hand is turned, counter-clockwise; 0: upright
    hand     RIGHT or LEFT as the fingers' heights and sizes tell it; None: they do not
    labels   (rows, columns) int32, cells: number of the finger that each belongs to, from 1; 0 none, -1 another region
    warnings what does not fit the claim, in words
    """

    fingers: tuple[Finger, ...]
    lean: float
    hand: str | None
    labels: np.ndarray
    warnings: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Cells:
    """The kind of each cell of an image, (rows, columns) bool."""

    inked: np.ndarray
    ridged: np.ndarray


def cells(pixels: np.ndarray, params: SlapParams = PARAMS) -> Cells:
    """Finds the cells of (h, w) uint8 at 500 ppi."""
    half_size = (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2))
    half = cv2.resize(pixels, half_size, interpolation=cv2.INTER_AREA).astype(np.float32)
    size = (max(1, pixels.shape[1] // params.cell), max(1, pixels.shape[0] // params.cell))
    strength = _flow(half, size, params)
    some = strength[strength > params.least]
    if not some.size:
        return Cells(np.zeros(strength.shape, bool), np.zeros(strength.shape, bool))
    punched = _punched(half, size, params)
    usual = float(np.percentile(some, 95))
    inked = (strength > max(params.least, params.weak * usual)) | punched
    strong = strength > max(params.least, params.strong * usual)
    return Cells(inked, (strong & (_fineness(half, size, params) > params.fine)) | punched)


def _punched(half: np.ndarray, size: tuple[int, int], params: SlapParams) -> np.ndarray:
    """Finds holes of a card, which a scanner sees black, with the ridges that they cut off around them."""
    black = cv2.resize(half, size, interpolation=cv2.INTER_AREA) < params.black
    core = cv2.erode(black.astype(np.uint8), _disc(params.solid, params))
    return cv2.dilate(core, _disc(params.solid + 2 * params.around, params)).astype(bool)


def _flow(half: np.ndarray, size: tuple[int, int], params: SlapParams) -> np.ndarray:
    """Measures grey levels a px: the length of the mean doubled-angle gradient, rooted."""
    return np.sqrt(np.hypot(*_doubled_gradient(half, size, params)))


def _doubled_gradient(half: np.ndarray, size: tuple[int, int], params: SlapParams) -> tuple[np.ndarray, np.ndarray]:
    """Computes the mean gradient, its angle doubled, so that both sides of a stroke say the same."""
    dx, dy = cv2.Sobel(half, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(half, cv2.CV_32F, 0, 1, scale=1 / 8)
    even, odd = (_averaged(part, params.smooth, size) for part in (dx * dx - dy * dy, 2 * dx * dy))
    return even, odd


def _fineness(half: np.ndarray, size: tuple[int, int], params: SlapParams) -> np.ndarray:
    """Computes the power of waves as short as ridges, over that of waves as long as a pen's strokes and letters are apart."""
    short, middle, long = (cv2.GaussianBlur(half, (0, 0), sigma / 2) for sigma in params.waves)
    fine, coarse = (_averaged(part, params.wide, size) for part in ((short - middle) ** 2, (middle - long) ** 2))
    return fine / (coarse + 1)


def _averaged(values: np.ndarray, sigma: float, size: tuple[int, int]) -> np.ndarray:
    return cv2.resize(cv2.GaussianBlur(values, (0, 0), sigma / 2), size, interpolation=cv2.INTER_AREA)


def regions(found: Cells, params: SlapParams = PARAMS) -> np.ndarray:
    """Gives numbers to the areas that ridges fill, (rows, columns) int32: 0 ground."""
    seeds = _opened(cv2.morphologyEx(_framed(found.ridged), cv2.MORPH_CLOSE, _disc(params.close, params)), params)
    ground = _opened(cv2.morphologyEx(_framed(found.inked), cv2.MORPH_CLOSE, _disc(params.close, params)), params)
    labels = cv2.connectedComponents(seeds, connectivity=4)[1]
    for _ in range(round(params.edge / params.cell)):
        grown = cv2.dilate(labels.astype(np.float32), np.ones((3, 3), np.uint8)).astype(np.int32)
        labels = np.where((labels == 0) & (ground > 0), grown, labels)
    trimmed = np.zeros_like(labels)
    for label in range(1, int(labels.max()) + 1):  # of what it grew into that is no finger's edge: lines, handwriting
        one = cv2.morphologyEx((labels == label).astype(np.uint8), cv2.MORPH_OPEN, _disc(params.trim, params))
        trimmed[_largest(one)] = label
    return trimmed[_FRAME:-_FRAME, _FRAME:-_FRAME]


def _largest(mask: np.ndarray) -> np.ndarray:
    """Returns its largest connected part."""
    labels, sizes = cv2.connectedComponentsWithStats(mask, connectivity=4)[1:3]
    if len(sizes) == 1:
        return np.zeros(mask.shape, bool)
    return np.asarray(labels == 1 + int(np.argmax(sizes[1:, cv2.CC_STAT_AREA])))


def _opened(mask: np.ndarray, params: SlapParams) -> np.ndarray:
    return cv2.morphologyEx(_filled(mask, params), cv2.MORPH_OPEN, _disc(params.open, params))


_FRAME = 16  # cells around the grid, so that fingers that the edge cuts are not worn away there


def _framed(mask: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(mask.astype(np.uint8), _FRAME, _FRAME, _FRAME, _FRAME, cv2.BORDER_CONSTANT, value=0)


def _disc(diameter: int, params: SlapParams) -> np.ndarray:
    side = round(diameter / params.cell) | 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _filled(mask: np.ndarray, params: SlapParams) -> np.ndarray:
    """Fills holes that are no larger than a punched one."""
    filled = mask.copy()
    number, labels, sizes, _ = cv2.connectedComponentsWithStats(1 - mask, connectivity=4)
    for hole in range(1, number):
        if sizes[hole, cv2.CC_STAT_AREA] * params.cell**2 <= params.hole**2:
            filled[labels == hole] = 1
    return filled


@dataclass(frozen=True, eq=False)
class _Part:
    """A region in the hand's own frame: across from left to right, along from the tips down; px."""

    label: int
    area: float
    across: tuple[float, float]
    along: tuple[float, float]

    @property
    def width(self) -> float:
        return self.across[1] - self.across[0]

    @property
    def length(self) -> float:
        return self.along[1] - self.along[0]

    @property
    def middle(self) -> float:
        return sum(self.across) / 2


def lean_of(labels: np.ndarray, params: SlapParams = PARAMS) -> float:
    """Measures radians by which the regions' long axes lean, counter-clockwise; round ones and small ones count little."""
    leans, weights = [], []
    for label in range(1, int(labels.max()) + 1):
        y, x = np.nonzero(labels == label)
        if len(x) * params.cell**2 < params.least_width * params.least_height:
            continue
        (xx, xy), (_, yy) = np.cov(x, y)
        axis = 0.5 * np.arctan2(2 * xy, yy - xx)  # 0: along y; positive: its lower end lies further right
        excess = np.hypot(yy - xx, 2 * xy) / (xx + yy)
        if abs(axis) < params.most_lean:
            leans.append(axis)
            weights.append(excess * np.sqrt(len(x)))
    if not leans:
        return 0.0
    order = np.argsort(leans)
    heights = np.cumsum(np.asarray(weights)[order])
    return float(np.asarray(leans)[order][np.searchsorted(heights, heights[-1] / 2)])


def _parts(labels: np.ndarray, lean: float, params: SlapParams) -> list[_Part]:
    """Lists what is large enough to be a finger's."""
    found = []
    for label in range(1, int(labels.max()) + 1):
        y, x = (axis * float(params.cell) for axis in np.nonzero(labels == label))
        if not len(x):
            continue
        across, along = x * np.cos(lean) - y * np.sin(lean), x * np.sin(lean) + y * np.cos(lean)
        ends = [(float(values.min()), float(values.max()) + params.cell) for values in (across, along)]
        part = _Part(label, float(len(x)) * params.cell**2, ends[0], ends[1])
        if part.width >= params.least_width and part.length >= params.least_height:
            found.append(part)
    return found


def _tips(parts: Sequence[_Part], params: SlapParams) -> list[_Part]:
    """Lists the parts with no other above them."""
    return [part for part in parts if not any(_is_above(other, part, params) for other in parts if other is not part)]


def _is_above(one: _Part, other: _Part, params: SlapParams) -> bool:
    shared = min(one.across[1], other.across[1]) - max(one.across[0], other.across[0])
    over = sum(one.along) < sum(other.along) and shared > params.shared * min(one.width, other.width)
    return over and one.area > params.least_tip * other.area


def _split(labels: np.ndarray, part: _Part, pixels: np.ndarray, lean: float, params: SlapParams) -> np.ndarray:
    """Cuts one part of the labels in two along the lightest way from its top to its bottom: fingers that touch."""
    y, x = np.nonzero(labels == part.label)
    top, bottom, left, right = y.min(), y.max() + 1, x.min(), x.max() + 1
    size = (2 * labels.shape[1], 2 * labels.shape[0])
    ink = 255.0 - cv2.GaussianBlur(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), (0, 0), 1).astype(np.float32)
    ink = ink[2 * top : 2 * bottom, 2 * left : 2 * right]
    rows, columns = np.mgrid[0 : len(ink), 0 : ink.shape[1]]
    middle = ink.shape[1] / 2 + (rows - len(ink) / 2) * np.tan(lean)
    ink[np.abs(columns - middle) > params.off_middle * ink.shape[1]] = _FAR
    way = _lightest_way(ink)
    beyond = columns > way[:, None]
    new = labels.copy()
    here = new[top:bottom, left:right]
    here[(here == part.label) & beyond[::2, ::2]] = labels.max() + 1
    return new


_FAR = 1e6


def _lightest_way(cost: np.ndarray) -> np.ndarray:
    """Finds the column in each row, at most one further left or right than in the row before, of least cost in all, (rows,)
    int."""
    total = cost.copy()
    for row in range(1, len(cost)):
        before = np.pad(total[row - 1], 1, constant_values=np.inf)
        total[row] += np.minimum(np.minimum(before[:-2], before[2:]), before[1:-1])
    way = np.empty(len(cost), np.int64)
    way[-1] = int(np.argmin(total[-1]))
    for row in range(len(cost) - 2, -1, -1):
        low = max(way[row + 1] - 1, 0)
        way[row] = low + int(np.argmin(total[row, low : way[row + 1] + 2]))
    return way


def segment(image: GreyImage, expected: Sequence[FingerPosition], params: SlapParams = PARAMS) -> Slap:
    """Finds the fingers of a slap."""
    labels = regions(cells(image.pixels, params), params)
    lean = lean_of(labels, params)
    tips = _tips(_parts(labels, lean, params), params)
    tips = _without_neighbours(tips, labels, params)
    while len(tips) < len(expected) and tips:
        widest = max(tips, key=lambda tip: tip.width)
        if widest.width < 2 * params.least_width or widest.width < params.twice * np.median([tip.width for tip in tips]):
            break
        labels = _split(labels, widest, image.pixels, lean, params)
        tips = _without_neighbours(_tips(_parts(labels, lean, params), params), labels, params)
    tips = sorted(tips, key=lambda tip: -tip.area)
    kept = tips[: len(expected)]
    number = sum(tip.area > params.least_tip * kept[-1].area for tip in tips)  # edges of other prints are smaller
    return _described(sorted(kept, key=lambda tip: tip.middle), number, labels, lean, expected, params)


def _without_neighbours(tips: Sequence[_Part], labels: np.ndarray, params: SlapParams) -> list[_Part]:
    """Drops what the left or right edge cuts off from another print."""
    if not tips:
        return []
    usual = float(np.median([tip.width for tip in tips]))
    cut = {int(label) for column in (labels[:, 0], labels[:, -1]) for label in np.unique(column)}
    return [tip for tip in tips if tip.label not in cut or tip.width > params.whole * usual]


def _described(
    tips: Sequence[_Part],
    number: int,
    labels: np.ndarray,
    lean: float,
    expected: Sequence[FingerPosition],
    params: SlapParams,
) -> Slap:
    warnings = []
    if number != len(expected):
        warnings.append(f"{counted(len(expected), 'finger')} expected, {number} seen")
    hand = _hand(tips, params) if len(tips) == 4 else None
    claimed = {"right" if 1 <= position <= 5 else "left" for position in expected if position}
    if hand is not None and claimed == {"left" if hand == "right" else "right"}:
        warnings.append(f"the fingers' heights and sizes are those of a {hand} hand")
    sure = len(tips) == len(expected)
    kept = np.where(labels > 0, -1, 0).astype(np.int32)
    fingers = []
    for number, tip in enumerate(tips, start=1):
        region = _region(labels == tip.label, tip, lean, params)
        kept[labels == tip.label] = number
        fingers.append(Finger(region, expected[number - 1] if sure else FingerPosition.UNKNOWN))
    return Slap(tuple(fingers), lean, hand, kept, tuple(warnings))


def _region(mask: np.ndarray, tip: _Part, lean: float, params: SlapParams) -> Region:
    """Returns the region around the last phalanx: what lies further down than a phalanx is long belongs to the next one."""
    y, x = np.nonzero(mask)
    along = (x * np.sin(lean) + y * np.cos(lean)) * params.cell
    kept = along <= tip.along[0] + params.longest * tip.width
    y, x = y[kept], x[kept]
    c, blur = params.cell, params.blur
    return Region(
        int(x.min()) * c + blur, int(y.min()) * c + blur, (int(x.max()) + 1) * c - blur, (int(y.max()) + 1) * c - blur
    )


def _hand(tips: Sequence[_Part], params: SlapParams) -> str | None:
    """Tells the hand: the little finger is the lowest and the smallest of four; which end is it at?"""
    first, last = tips[0], tips[-1]
    lower = (last.along[0] - first.along[0]) / np.mean([tip.length for tip in tips])
    smaller = np.log(first.area / last.area)
    told = params.by_height * lower + params.by_size * smaller
    return None if abs(told) < params.told else ("right" if told > 0 else "left")


def boxed(image: GreyImage, expected: Sequence[FingerPosition], boxes: Sequence[Region]) -> Slap:
    """Takes what whoever made the slap says of it: boxes in px of the source, one a finger, in the same order."""
    x, y = image.width / image.source_width, image.height / image.source_height
    found = [Region(round(b.left * x), round(b.top * y), round(b.right * x), round(b.bottom * y)) for b in boxes]
    fingers = tuple(Finger(region, position) for region, position in zip(found, expected, strict=True))
    return Slap(fingers, 0.0, None, np.zeros((1, 1), np.int32), ())


def cut(image: GreyImage, found: Slap, params: SlapParams = PARAMS) -> tuple[GreyImage, ...]:
    """Cuts out each finger's own image, with a margin; what else lies in it (neighbours, print) is whitened where that is
    certain."""
    return tuple(_cut(image, found, number, params) for number in range(1, len(found.fingers) + 1))


def _cut(image: GreyImage, found: Slap, number: int, params: SlapParams) -> GreyImage:
    region = found.fingers[number - 1].region
    left, top = max(region.left - params.margin, 0), max(region.top - params.margin, 0)
    right, bottom = min(region.right + params.margin, image.width), min(region.bottom + params.margin, image.height)
    foreign = ((found.labels != 0) & (found.labels != number)).astype(np.uint8)
    foreign = cv2.resize(foreign, (image.width, image.height), interpolation=cv2.INTER_NEAREST)[top:bottom, left:right]
    pixels = np.where(foreign, np.uint8(255), image.pixels[top:bottom, left:right])
    return GreyImage(np.ascontiguousarray(pixels), image.ppi, right - left, bottom - top, image.warnings)


def check_single(image: GreyImage, params: SlapParams = PARAMS, *, latent: bool = False) -> GreyImage:
    """Returns the image, if it shows one print. Raises SeveralPrints: fingers lie side by side on it, as on a slap or a card.

    latent  what lies beside a latent is often no finger: the image is let through with a warning
    """
    count = count_side_by_side(image, params)
    if count < 2:
        return image
    if not latent:
        raise SeveralPrints(count)
    return replace(image, warnings=(*image.warnings, f"the image seems to show {count} prints; crop it to one of them"))


def count_side_by_side(image: GreyImage, params: SlapParams = PARAMS) -> int:
    """Counts fingers' prints that lie side by side, at least; 1 where they take no more room than one finger, or there are
    none.

    What is much smaller than the largest print is its neighbour's edge, and what lies below another its next phalanx.
    """
    if max(image.width, image.height) <= params.pair:
        return 1
    labels = regions(cells(image.pixels, params), params)
    tips = _without_neighbours(_tips(_parts(labels, lean_of(labels, params), params), params), labels, params)
    largest = max((tip.area for tip in tips), default=0.0)
    alike = [tip for tip in tips if tip.area > params.least_tip * largest]
    touching = sum(_is_of_two(image.pixels, labels, part, params) for part in _parts(labels, 0.0, params))
    if not touching and (not alike or max(tip.across[1] for tip in alike) - min(tip.across[0] for tip in alike) <= params.pair):
        return 1
    return len(alike) + touching


def _is_of_two(pixels: np.ndarray, labels: np.ndarray, part: _Part, params: SlapParams) -> bool:
    """Tells whether one region is of two fingers that touch, or of more: it is wider than any, or it has two tips.

    Between two tips the outline has a notch, and below the outline the ridges fall on the left of it and rise on the right. A
    finger that is turned shows one or the other, where it is cut off or its flank lies on top, but not both.
    """
    if part.width > params.widest:
        return True
    if part.width <= params.two_tips:
        return False
    mask = labels == part.label
    columns = np.flatnonzero(mask.any(axis=0))
    top = mask.argmax(axis=0)[columns]
    inner = slice(round(params.flank * len(columns)), round((1 - params.flank) * len(columns)))
    higher = np.maximum(np.minimum.accumulate(top), np.minimum.accumulate(top[::-1])[::-1])
    if params.cell * int((top - higher)[inner].max()) < params.notch:
        return False
    rise = _rise(pixels, labels.shape, params)
    rows, deepest = np.arange(len(mask))[:, None], top + round(params.below_tip / params.cell)
    looked_at = mask[:, columns] & (rows > top + 1) & (rows <= deepest + 1)
    along = (rise[:, columns] * looked_at).sum(axis=0) / np.maximum(looked_at.sum(axis=0), 1)
    along = cv2.GaussianBlur(along[None].astype(np.float32), (0, 0), params.evened / params.cell)[0][inner]
    return bool(np.minimum(-np.minimum.accumulate(along), along).max() > params.turns)


def _rise(pixels: np.ndarray, shape: tuple[int, ...], params: SlapParams) -> np.ndarray:
    """Measures -1 to 1, (rows, columns): 1 where ridges rise to the right by 45 degrees, -1 where they fall so, 0 where
    level."""
    size = (shape[1], shape[0])
    half = cv2.resize(pixels, (max(1, pixels.shape[1] // 2), max(1, pixels.shape[0] // 2)), interpolation=cv2.INTER_AREA)
    even, odd = _doubled_gradient(half.astype(np.float32), size, params)
    return np.asarray(odd / (np.hypot(even, odd) + 1e-6))
