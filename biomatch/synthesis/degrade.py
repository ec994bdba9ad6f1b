"""Makes prints hard: wetness, dryness, pressure, smudges, partial contact, noise, flat contrast.

Each function takes an image (h, w) uint8 with dark ridges at 500 ppi, and a random generator where it draws, and returns a
new image of the same shape. An amount of 0 changes nothing, 1 is severe. Only `harder` moves ridges: by all others minutiae
stay where they are, and what a partial contact hides is dropped from them by `seen`.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.synthesis.distortion import Motion, PlaneMap, random_distortion, warp
from biomatch.template import Minutiae


@dataclass(frozen=True)
class HarderParams:
    """The numbers with which `harder` draws at strength 1."""

    turn_sd: float = 0.21  # rad: 12 degrees, as people put fingers down unguided
    wet_share: float = 0.4  # of prints are wet, as many are dry, the rest neither
    partial_share: float = 0.5  # of prints touch with a part only
    smudge_share: float = 0.35
    part_from: float = 1.25  # size (as of `contact_ellipse`) of a contact that hides next to nothing
    part_to: float = 0.45  # towards it a part is drawn: a fifth to three quarters of the way, at strength 1.5 half as far again


HARDER = HarderParams()


def smooth_noise(rng: np.random.Generator, height: int, width: int, grain_px: float) -> np.ndarray:
    """Draws noise (height, width) float32 of mean 0 and deviation 1, whose grains are about `grain_px` wide."""
    step = max(1.0, grain_px / 2)
    rows, columns = int(np.ceil(height / step)) + 4, int(np.ceil(width / step)) + 4
    coarse = cv2.GaussianBlur(rng.standard_normal((rows, columns)).astype(np.float32), (0, 0), 1.0)
    scale = np.array([[1 / step, 0, 1.5], [0, 1 / step, 1.5]])
    fine = cv2.warpAffine(coarse, scale, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP)
    fine -= fine.mean()
    noise: np.ndarray = fine / max(float(fine.std()), 1e-6)
    return noise


def background_level(image: np.ndarray) -> float:
    """Returns the grey that an empty sensor has: what is bright in the neighbourhood of the rim, else in the whole image."""
    rim = np.concatenate([image[:4].ravel(), image[-4:].ravel(), image[:, :4].ravel(), image[:, -4:].ravel()])
    return float(max(np.percentile(rim, 50), np.percentile(image, 85)))


def thicken(image: np.ndarray, px: float) -> np.ndarray:
    """Makes ridges wider by `px` (harder pressed), or thinner where negative; fractions are blended."""
    if px == 0:
        return image.copy()
    dark = px > 0
    whole, part = divmod(abs(px) / 2, 1.0)
    source = image
    for _ in range(int(whole)):
        source = _grow(source, dark)
    return cv2.addWeighted(source, 1 - part, _grow(source, dark), part, 0) if part else source


def wet(image: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Adds sweat: thick ridges that run together, and blots that fill the valleys in places."""
    if amount <= 0:
        return image.copy()
    height, width = image.shape
    swollen = thicken(image, 2.4 * amount).astype(np.float32)
    flooded = cv2.GaussianBlur(cv2.erode(image, _DISC5), (0, 0), 2.0).astype(np.float32)
    where = smooth_noise(rng, height, width, 36) + 0.35 * smooth_noise(rng, height, width, 9)
    blot = np.clip((where - (2.2 - 1.5 * amount)) * 2.5, 0, 0.85)
    return _grey(swollen * (1 - blot) + flooded * blot)


def dry(image: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Makes skin dry: thin ridges, broken and speckled where the contact is poor."""
    if amount <= 0:
        return image.copy()
    height, width = image.shape
    thin = thicken(image, -1.6 * amount).astype(np.float32)
    level = background_level(image)
    poor = 0.5 * smooth_noise(rng, height, width, 40)
    speckle = smooth_noise(rng, height, width, 3.2) + 0.5 * smooth_noise(rng, height, width, 7) + poor
    lost = np.clip((speckle - (1.9 - 1.5 * amount)) * 1.5, 0, 1)
    faint = lost * np.clip((level - thin) / max(level, 1), 0, 1) * 0.9
    return _grey(thin + faint * level)


def smudge(image: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Drags a print: blur along one direction, in a patch or two."""
    if amount <= 0:
        return image.copy()
    height, width = image.shape
    length = int(5 + 14 * amount) | 1
    stroke = np.zeros((length, length), np.float32)
    turn = rng.uniform(0, np.pi)
    reach = (length - 1) / 2
    tip = (reach + reach * np.cos(turn), reach - reach * np.sin(turn))
    end = (reach - reach * np.cos(turn), reach + reach * np.sin(turn))
    cv2.line(stroke, (round(tip[0]), round(tip[1])), (round(end[0]), round(end[1])), 1.0)
    dragged = cv2.filter2D(image, cv2.CV_32F, stroke / stroke.sum(), borderType=cv2.BORDER_REPLICATE)
    where = np.clip((smooth_noise(rng, height, width, 90) - (1.2 - 0.9 * amount)) * 2, 0, 1)
    return _grey(image * (1 - where) + dragged * where)


def contact_ellipse(rng: np.random.Generator, height: int, width: int, size: float) -> np.ndarray:
    """Draws (height, width) float32, 1 where the finger touches and 0 where not, with a ragged soft edge.

    `size` is the ellipse's axes as a share of the image's sides; its centre is drawn so that it mostly lies inside.
    """
    room = np.array([width, height]) * max(0.0, 1 - size) / 2
    cx, cy = np.array([width, height]) / 2 + rng.uniform(-1, 1, 2) * room
    axes = np.array([width, height]) / 2 * size * rng.uniform(0.85, 1.15, 2)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    inside = 1 - np.hypot((x - cx) / axes[0], (y - cy) / axes[1])
    ragged = inside * float(axes.mean()) + 4 * smooth_noise(rng, height, width, 30) + 2 * smooth_noise(rng, height, width, 6)
    mask: np.ndarray = np.clip(ragged / 8 + 0.5, 0, 1).astype(np.float32)
    return mask


def press_part(image: np.ndarray, mask: np.ndarray, level: float | None = None) -> np.ndarray:
    """Presses only what `mask` (h, w) float 0..1 covers; elsewhere the sensor's empty grey shows."""
    empty = background_level(image) if level is None else level
    return _grey(image * mask + empty * (1 - mask))


def seen(minutiae: Minutiae, mask: np.ndarray) -> Minutiae:
    """Keeps the minutiae that lie where `mask` (h, w) float 0..1 is at least a half."""
    x, y = np.rint(minutiae.x).astype(int), np.rint(minutiae.y).astype(int)
    height, width = mask.shape
    inside = (x >= 0) & (y >= 0) & (x < width) & (y < height)
    at = mask[np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)]
    return minutiae[inside & (at >= 0.5)]


def add_noise(image: np.ndarray, rng: np.random.Generator, deviation: float, grain_px: float = 1.0) -> np.ndarray:
    """Adds sensor noise of a standard deviation in grey levels."""
    height, width = image.shape
    if grain_px <= 1:
        return _grey(image + deviation * rng.standard_normal((height, width), dtype=np.float32))
    return _grey(image + deviation * smooth_noise(rng, height, width, grain_px))


def flatten(image: np.ndarray, rng: np.random.Generator, amount: float) -> np.ndarray:
    """Lowers contrast, unevenly over the print: at amount 1 a third of it is left where it is weakest."""
    height, width = image.shape
    level = background_level(image)
    weak = np.clip(0.5 + 0.35 * smooth_noise(rng, height, width, 120), 0, 1)
    gain = 1 - 0.66 * amount * weak
    return _grey(level + (image - level) * gain)


def harder(image: np.ndarray, rng: np.random.Generator, strength: float = 1.0, params: HarderParams = HARDER) -> np.ndarray:
    """Makes a print (h, w) uint8 as hard as careless capture makes it: turned, distorted, partial, wet or dry, smudged.

    Strength 0 changes nothing, 1 is what the hard FVC sets hold, 2 is worse. The same generator state gives the same image.
    """
    height, width = image.shape
    level = background_level(image)
    turn = float(rng.normal(0, params.turn_sd * strength))
    shift = rng.normal(0, 0.04 * strength, 2) * (width, height)
    maps: list[PlaneMap] = [
        random_distortion(rng, width, height, 1.3 * strength),
        Motion(turn, (width / 2, height / 2), (float(shift[0]), float(shift[1]))),
    ]
    hard = _grey(warp(image, maps, width, height, level))
    if rng.random() < params.partial_share * min(1.0, strength):
        size = params.part_from - (params.part_from - params.part_to) * rng.uniform(0.2, 0.75) * min(1.5, strength)
        hard = press_part(hard, contact_ellipse(rng, height, width, size), level)
    mood, amount = rng.random(), rng.uniform(0.25, 0.8) * strength
    if mood < params.wet_share:
        hard = wet(hard, rng, amount)
    elif mood < 2 * params.wet_share:
        hard = dry(hard, rng, amount)
    if rng.random() < params.smudge_share:
        hard = smudge(hard, rng, rng.uniform(0.2, 0.7) * strength)
    hard = flatten(hard, rng, rng.uniform(0, 0.7) * min(1.0, strength))
    return add_noise(hard, rng, float(rng.uniform(2, 7) * strength))


_DISC5 = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
_CROSS3 = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def _grow(image: np.ndarray, dark: bool) -> np.ndarray:
    """Makes dark (or bright) parts wider by one px on each side, without stair steps."""
    moved = cv2.erode(image, _CROSS3) if dark else cv2.dilate(image, _CROSS3)
    return cv2.GaussianBlur(moved, (0, 0), 0.5)


def _grey(values: np.ndarray) -> np.ndarray:
    grey: np.ndarray = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return grey
