"""The spacing of a print's ridges, over the range that wrong resolutions make, and what that says of the image's resolution.

Extraction reads ridges of 5 to 16 px and takes narrower ones for 5: from its periods a factor of two cannot be told. Here the
strongest wave among 2.5 to 26 px is found in the spectrum of each of a few blocks. The print's spacing is the median over these
blocks, each weighted by how much of its spectrum lies at that wave. It decides on a warning only: no minutia depends on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np

from biomatch.extraction.ridge_period import PeriodParams
from biomatch.imaging import PPI


@dataclass(frozen=True)
class SpacingParams:
    side_px: int = 96  # of a block: four of the widest ridges that are looked for
    least_side_px: int = 64  # of a block of an image that is smaller than that
    least_px: float = 2.5  # children's ridges at 2.5 times their resolution
    most_px: float = 26.0  # adults' at 0.4 times
    blocks: int = 24  # that are looked at: more make it slower, not better
    looked_through: int = 400  # among which these are found
    best: int = 5  # blocks of most variance, of which the last is the measure for others: a stain or a letter lies in fewer
    contrast: float = 0.15  # of that block's variance: below, a block shows no ridges
    least_contrast: float = 7.0  # grey levels, of that block: the grain of paper has 4.5, prints have 17 and more
    clear: float = 0.024  # share of the spectrum that lies at the strongest wave: noise has 0.019, prints have 0.04 and more


def of_print(pixels: np.ndarray, params: SpacingParams) -> float | None:
    """Measures px from ridge to ridge in (h, w) uint8; None where no wave stands out."""
    side = params.side_px if min(pixels.shape) >= params.side_px else params.least_side_px
    if min(pixels.shape) < side:
        return None
    found = [_strongest_wave(block, params) for block in _blocks(pixels, side, params)]
    if not found:
        return None
    spacing, share = np.array(found).T
    if np.median(share) < params.clear:
        return None
    order = np.argsort(spacing, kind="stable")
    reached = np.cumsum(share[order] ** 2)
    return float(spacing[order][np.searchsorted(reached, reached[-1] / 2)])


def _blocks(pixels: np.ndarray, side: int, params: SpacingParams) -> list[np.ndarray]:
    """Chooses some of the blocks that have contrast, spread over the image."""
    height, width = pixels.shape
    step = max(side // 2, round((height * width / params.looked_through) ** 0.5))
    every = [
        pixels[y : y + side, x : x + side] for y in range(0, height - side + 1, step) for x in range(0, width - side + 1, step)
    ]
    variance = np.array([cv2.meanStdDev(block)[1].item() ** 2 for block in every])
    best = float(np.sort(variance)[-min(params.best, len(variance))])
    if best < params.least_contrast**2:
        return []
    seen = np.flatnonzero(variance >= params.contrast * best)
    taken = np.linspace(0, len(seen) - 1, min(len(seen), params.blocks)).round().astype(int)
    return [every[number] for number in seen[taken]]


def _strongest_wave(block: np.ndarray, params: SpacingParams) -> tuple[float, float]:
    """Finds its length in px, and its share, 0..1, of the block's spectrum.

    The power of each frequency is weighted by its square, which levels the step from ink to paper at a print's outline.
    """
    window, radius, weight = _frame(len(block), params.least_px, params.most_px)
    own = block.astype(np.float32)
    spectrum = cv2.dft((own - own.mean()) * window, flags=cv2.DFT_COMPLEX_OUTPUT)
    power = np.square(spectrum).sum(-1) * weight
    y, x = np.unravel_index(int(power.argmax()), power.shape)
    side = len(block)
    near = power[np.ix_([(y + d) % side for d in (-1, 0, 1)], [(x + d) % side for d in (-1, 0, 1)])].sum()
    return 1 / float(radius[y, x]), 2 * float(near) / (
        float(power.sum()) + 1e-9
    )  # twice: each wave is there with its mirror image


@cache
def _frame(side: int, least_px: float, most_px: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Makes a window, waves a px, and the weight of each frequency, 0 beyond those looked for, (side, side) float32 each."""
    hanning = np.hanning(side).astype(np.float32)
    frequency = np.fft.fftfreq(side).astype(np.float32)
    radius = np.hypot(frequency[:, None], frequency[None, :])
    inside = (radius >= 1 / most_px) & (radius <= 1 / least_px)
    return np.outer(hanning, hanning), np.where(inside, radius, 1), np.where(inside, radius**2, 0)


_USUAL = (500, 1000, 250, 2000)  # ppi that scanners have, the likeliest first
_NEAR = 1.6  # factor by which ridges of one person may be wider or narrower than another's usual ones
_SAME = 1.2  # factor within which a proposed resolution would change nothing


def doubt_of(pixels: np.ndarray, ppi: float, params: SpacingParams, period: PeriodParams) -> str:
    """Returns the `doubt` of (h, w) uint8 at 500 ppi, and the resolution at which it was read.

    A resolution is proposed only where ridges read at it would be as far apart as a print's: what is no ridge, such as an
    eyelash, does not scale with the picture, and every advice would bring the next one.
    """
    spacing = of_print(pixels, params)
    if (likely := likely_ppi(spacing, ppi, period)) is None:
        return ""
    scale = ppi / likely
    sides = [max(1, round(side * scale)) for side in reversed(pixels.shape)]
    again = of_print(cv2.resize(pixels, sides, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR), params)
    return doubt(spacing, ppi, period, advised=again is not None and likely_ppi(again, likely, period) is None)


def doubt(spacing: float | None, ppi: float, params: PeriodParams, *, advised: bool = True) -> str:
    """Says why an image's resolution is probably wrong and what to do, in words; empty where nothing speaks against it.

    spacing  px from ridge to ridge at 500 ppi, as the image was read; None: it could not be measured
    ppi      at which the image was read
    advised  whether another resolution is proposed
    """
    likely = likely_ppi(spacing, ppi, params)
    if spacing is None or likely is None:
        return ""
    low, high = params.plausible_px
    told = f"the resolution is probably wrong: read at {ppi:g} ppi the ridges are {spacing:.1f} px apart at {PPI} ppi"
    if not advised:
        return f"{told}, where {low:g} to {high:g} are usual, and no other resolution fits them; see whether this is a print"
    return (
        f"{told}, where {low:g} to {high:g} are usual, so {ppi:g} ppi is about {params.usual_px / spacing:.1f} times what it "
        f"should be; give the true one, probably --ppi {likely} (the field ppi over HTTP)"
    )


def likely_ppi(spacing: float | None, ppi: float, params: PeriodParams) -> int | None:
    """Finds the resolution at which ridges would be as far apart as usual; None where the one that was taken may be right."""
    low, high = params.plausible_px
    return None if spacing is None or low <= spacing <= high else _likely(ppi * spacing / params.usual_px, ppi)


def _likely(ppi: float, read_at: float) -> int:
    """Returns the resolution that scanners have near this one, and that differs from what was tried."""
    for usual in _USUAL:
        if max(usual / ppi, ppi / usual) <= _NEAR and max(usual / read_at, read_at / usual) > _SAME:
            return usual
    return round(ppi / 50) * 50
