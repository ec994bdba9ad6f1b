"""The skin where it lies on a surface: how firmly, how moist, how thick its ridges show, what is worn.

Heights are in units of a ridge's: 1 on a crest, -1 in a valley, touching where positive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from biomatch.synthesis.degrade import smooth_noise


@dataclass(frozen=True)
class Touch:
    """The way in which a finger is put down. The zeros are a perfect one.

    turn      rad, counter-clockwise as seen
    shift     (dx, dy) px
    skin      strength of the skin's distortion, 1 is usual
    pressure  -1 light .. 1 hard: thickness of ridges, and how much of the finger touches
    moisture  -1 dry .. 1 wet
    wear      0..1: breaks and worn patches in the ridges
    """

    turn: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)
    skin: float = 0.0
    pressure: float = 0.0
    moisture: float = 0.0
    wear: float = 0.0


@dataclass(frozen=True)
class TouchParams:
    """The numbers with which `draw_touch` draws at difficulty 1. Turn and shift as on prints of research sets, where people
    were asked to put a finger down as usual: nearly upright, the middle where the hand falls. Much differs in the skin's
    state."""

    turn_sd: float = 0.045  # rad, 2.6 degrees; 4 at the difficulty that research sets have
    stray_px: tuple[float, float] = (11.0, 15.0)  # sideways, along the finger; a sensor without a rest makes more of it
    careless_share: float = 0.1  # of touches are turned and shifted twice as far
    skin: tuple[float, float] = (0.6, 1.7)
    pressure_sd: float = 0.42
    moisture_sd: float = 0.42
    extreme_share: float = 0.3  # of touches are much drier or wetter
    wear: tuple[float, float] = (0.1, 0.8)


TOUCH = TouchParams()


def draw_touch(rng: np.random.Generator, difficulty: float = 1.0, params: TouchParams = TOUCH) -> Touch:
    """Draws a touch as people make it; difficulty 0 is a perfect one, 2 a careless one."""
    z = np.clip(rng.standard_normal(5), -2, 2) * difficulty
    if rng.random() < params.extreme_share:
        z[4] *= 1.8
    far = 2.0 if rng.random() < params.careless_share else 1.0
    return Touch(
        turn=float(z[0] * far * params.turn_sd),
        shift=(float(z[1] * far * params.stray_px[0]), float(z[2] * far * params.stray_px[1])),
        skin=float(rng.uniform(*params.skin) * difficulty),
        pressure=float(np.clip(z[3] * params.pressure_sd, -1, 1)),
        moisture=float(np.clip(z[4] * params.moisture_sd, -1, 1)),
        wear=float(min(rng.uniform(*params.wear) * difficulty, 1)),
    )


@dataclass(frozen=True)
class Contact:
    """The area that touches, px at 500 ppi from the pattern's origin, of an index finger of usual size."""

    half_width: float = 146.0  # 7.4 mm each way touch a flat surface
    above: float = 200.0  # to the tip
    most_half_width: float = 180.0  # large fingers reach no farther than the skin that was grown
    most_above: float = 228.0
    below: tuple[float, float] = (190.0, 390.0)  # some are put down with the tip only, others to the joint
    squareness: float = 2.15  # exponent of the outline above the core: 2 is an ellipse
    squareness_below: float = 3.4
    fade_px: tuple[float, float] = (2.0, 11.0)  # over which the touch grows lighter to its edge
    ragged_px: float = 2.4
    vary: float = 0.07  # of the axes, from touch to touch


PLAIN = Contact()
ROLLED = Contact(
    half_width=232.0, above=205.0, most_half_width=400.0, most_above=400.0, below=(255.0, 330.0), squareness=3.2,
    squareness_below=3.6, fade_px=(8.0, 18.0),
)  # fmt: skip


def depth(
    x: np.ndarray, y: np.ndarray, rng: np.random.Generator, touch: Touch, size: float, part: float, contact: Contact
) -> np.ndarray:
    """Measures px inside the edge of the contact area, negative outside, (h, w).

    x, y  (h, w)  px from the pattern's origin, on the skin
    size  of the finger; part under 1 leaves that share of the axes, somewhere off the middle
    """
    grown = size * part * (1 + 0.10 * touch.pressure)
    half_width = min(contact.half_width * grown * (1 + contact.vary * rng.uniform(-1, 1)), contact.most_half_width)
    above = min(contact.above * grown * (1 + contact.vary * rng.uniform(-1.4, 1)), contact.most_above)
    below = grown * rng.uniform(*contact.below)
    off = max(0.9 - part, 0) * rng.uniform(-1, 1, 2) * (60, 90)
    x, y = x - off[0], y - off[1]
    x = x - rng.normal(0, 0.05) * y  # no finger is even
    x = np.where(x < 0, x * (1 + contact.vary * rng.uniform(-1, 1)), x)
    taper = 1 - 0.07 * np.clip(-y / contact.above, 0, 1) - 0.05 * np.clip(y / contact.above, 0, 1.2)
    power = np.where(y < 0, contact.squareness, contact.squareness_below)
    far = (np.abs(x) / (half_width * taper)) ** power + (np.abs(y) / np.where(y < 0, above, below)) ** power
    inside = (1 - far ** (1 / power)) * half_width
    height, width = x.shape
    ragged = 3.0 * smooth_noise(rng, height, width, 130) + 0.7 * smooth_noise(rng, height, width, 11)
    edge: np.ndarray = inside + contact.ragged_px * ragged
    return edge


def lie(
    crest: np.ndarray,
    swells: np.ndarray,
    inside: np.ndarray,
    low: np.ndarray,
    rng: np.random.Generator,
    touch: Touch,
    fade: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Computes the height (h, w) float32 of the skin over the surface, and how moist it is there, (h, w) float32 0..1.

    crest   (h, w) float32  1 on a ridge's crest, -1 in a valley's floor
    swells  (h, w) float32  of the skin, drawn out along its ridges, deviation 1
    inside  (h, w) float32  px inside the edge of the contact area, negative outside
    low     (h, w) float32  px below the pattern's origin, on the skin
    fade    (h, w) float32  px from the edge over which the skin comes to lie firmly

    Moisture comes slowly over the print, and from pore to pore along each ridge by itself. Where it is, a ridge lies on
    the surface as a solid bar and somewhat wider; where it is not, it is a band of granules, whole in its course all the same.
    """
    height, width = crest.shape
    firm = np.clip(inside / fade, -4, 1)
    edge = (1 - np.maximum(firm, 0)) ** 1.6
    outside = 4 * np.clip(-firm, 0, 1)
    joint = np.clip((low - 70) / 130, 0, 1)
    bulge = 0.20 * np.clip(inside / 110, 0, 1) - 0.12 * joint  # pressure is most in the middle, least at the joint
    full = np.tanh(0.75 * touch.pressure + 0.55 * touch.moisture)
    usual = 0.18 + (0.46 if full > 0 else 0.28) * full  # a light dry touch is grainy, but there
    level = usual - 0.12 + bulge + _uneven(rng, height, width)
    level = np.where(level < 0, 0.45 * level, level)  # even where it hardly lies, a ridge's crest touches
    patch = 0.35 * smooth_noise(rng, height, width, 70) + 0.9 * smooth_noise(rng, height, width, 170)
    dry_edge = rng.uniform(0, 1.4)
    damp = 1.35 + 2.3 * touch.moisture + 0.6 * touch.pressure - dry_edge * edge - 0.8 * joint
    damp = damp + (0.45 + 0.6 * touch.wear) * patch + 0.9 * swells
    moist = (1 / (1 + np.exp(-1.7 * damp))).astype(np.float32)
    grain = 0.85 * smooth_noise(rng, height, width, 1.8) + 0.5 * smooth_noise(rng, height, width, 3.2)
    granules = (0.18 + 0.95 * (1 - moist)) * grain * np.clip(0.62 + 0.75 * crest, 0.16, 1)
    flooded = np.clip(smooth_noise(rng, height, width, 160) - 0.2, 0, 1.5) * np.clip(inside / 60, 0, 1)
    furrows = np.clip(1 + 0.8 * swells, 0.1, 2.5)  # water runs along the furrows, so they close by lengths
    sides = 0.28 * smooth_noise(rng, height, width, 3.2) + 0.26 * swells
    top = np.where(crest > _FLAT, _FLAT + 0.95 * (crest - _FLAT), crest)
    top = top - _FURROW * np.clip(-crest - 0.4, 0, 1) ** 2
    wetter = 0.25 * (moist - 0.7) + 0.6 * max(touch.moisture - 0.3, 0) * flooded * furrows
    surface = top + level + wetter + granules + sides - 0.85 * edge - outside
    return surface.astype(np.float32), moist


_FLAT = 0.25  # from here up ridges are flat
_FURROW = 1.1  # by how much more furrows are narrow and deep than a wave is: wet ridges leave hairlines of them


def _uneven(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Draws where a finger presses more: to one side, and in patches, (h, w) float32."""
    x, y = np.arange(width)[None, :] / width - 0.5, np.arange(height)[:, None] / height - 0.5
    lean = rng.normal(0, 0.4, 2)
    patches = 0.18 * smooth_noise(rng, height, width, 45) + 0.44 * smooth_noise(rng, height, width, 130)
    return np.asarray(lean[0] * x + lean[1] * y + patches, np.float32)


def pressed(x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draws by how much the skin is damper, or drier, where the pulp bulges most, (h, w) float32; x, y px from the origin, on
    the skin. It comes and goes with how long the finger has lain there."""
    middle, wide, high = rng.normal(0, 40, 2) + np.array((0, 20)), rng.uniform(50, 110), rng.uniform(60, 150)
    bulge = np.exp(-(((x - middle[0]) / wide) ** 2) - ((y - middle[1]) / high) ** 2)
    return np.asarray(rng.normal(0.1, 0.2) * (bulge - 0.4), np.float32)


def incipient(crest: np.ndarray, rng: np.random.Generator, share: float) -> np.ndarray:
    """Draws thin broken ridges along the middle of the valleys, in `share` of the print, (h, w) float32."""
    if share <= 0:
        return np.zeros_like(crest)
    height, width = crest.shape
    where = np.clip(
        0.6 * smooth_noise(rng, height, width, 60) + 0.9 * smooth_noise(rng, height, width, 6) + 1.4 * share - 0.7, 0, 1
    )
    middle: np.ndarray = np.clip(-crest, 0, 1) ** 14 * where
    return (1.05 * middle).astype(np.float32)
