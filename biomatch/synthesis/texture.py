"""What skin and sensor make of ridges: a network that learned it from real prints paints a print anew.

It is told where ridges run, where the finger lies, how dark and how rich in contrast it is there, on which kind of sensor and
where in its window; noise decides the rest: how ridges fray, where pores show, the grain, the marks of the device.
"""

from __future__ import annotations

import hashlib

import cv2
import numpy as np

from biomatch.errors import ModelDamaged
from biomatch.learned import Models, shipped

MODEL = "texture"
KINDS = ("glass prism", "soft optical", "compact optical", "large optical", "capacitive chip")  # as `sensor.SENSORS` name them
PLANES = 6 + len(KINDS)  # ridges, contact, mean, deviation, x, y, and one for each kind
NOISES = (1, 4, 16)  # px a grain of each plane of noise
STEP = 4  # sides that the network takes are multiples of it
TONE_PX = 12.0  # over which mean and deviation are told (standard deviation of a Gaussian)
_TONE_SHRINK = 4


class Texture:
    """May be called from one thread at a time."""

    def __init__(self, models: Models | None = None):
        """Raises ModelMissing, ModelDamaged."""
        models = models or shipped()
        try:
            self._net = cv2.dnn.readNetFromONNX(np.frombuffer(models.read(MODEL), np.uint8))
        except cv2.error as error:
            raise ModelDamaged(MODEL, f"OpenCV {cv2.__version__} cannot read it ({error.err})") from None
        shaped_by = (NOISES, TONE_PX, _TONE_SHRINK, cv2.__version__)
        self.version = f"{MODEL}/1-{models.version(MODEL)}-{hashlib.sha256(repr(shaped_by).encode()).hexdigest()[:8]}"

    def of(self, image: np.ndarray, ridges: np.ndarray, contact: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
        """(h, w) uint8: a print, painted anew.

        image    (h, w) uint8    whose mean and deviation it takes over, smoothly, where the finger lies
        ridges   (h, w) float32  1 on a ridge's crest, -1 in a valley
        contact  (h, w) float32  0..1, where the finger lies
        kind     of `KINDS`
        """
        height, width = image.shape
        told = given(ridges, contact, *tone(image, contact), KINDS.index(kind))
        whole = np.concatenate([told, noises(rng, height, width)])
        below, right = -height % STEP, -width % STEP
        self._net.setInput(np.pad(whole, ((0, 0), (0, below), (0, right)), mode="edge")[None])
        return greys(self._net.forward()[0, 0, :height, :width])


def given(ridges: np.ndarray, contact: np.ndarray, mean: np.ndarray, deviation: np.ndarray, kind: int) -> np.ndarray:
    """(PLANES, h, w) float32: what the network is told.

    ridges, contact, mean, deviation  (h, w) float32: -1 valley .. 1 crest; 0..1; grey levels
    kind  number of the sensor among `KINDS`
    """
    height, width = ridges.shape
    planes = np.zeros((PLANES, height, width), np.float32)
    planes[0] = ridges * contact
    planes[1] = contact
    planes[2] = (mean / 127.5 - 1) * contact
    planes[3] = deviation / 64 * contact
    planes[4] = np.linspace(-1, 1, width)[None, :]
    planes[5] = np.linspace(-1, 1, height)[:, None]
    planes[6 + kind] = 1
    return planes


def noises(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """(len(NOISES), height, width) float32 of deviation about 1."""
    planes = []
    for grain in NOISES:
        few = rng.standard_normal((-(-height // grain) + 1, -(-width // grain) + 1), dtype=np.float32)
        large = cv2.resize(few, None, fx=grain, fy=grain, interpolation=cv2.INTER_CUBIC) if grain > 1 else few
        planes.append(large[:height, :width])
    return np.stack(planes)


def tone(image: np.ndarray, contact: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(h, w) float32 each: mean and standard deviation, in grey levels, of what lies in contact about each px."""
    height, width = image.shape
    small = (max(width // _TONE_SHRINK, 1), max(height // _TONE_SHRINK, 1))
    grey, weight = image.astype(np.float32), contact.astype(np.float32)
    sums = []
    for one in (weight, weight * grey, weight * grey * grey):
        few = cv2.resize(one, small, interpolation=cv2.INTER_AREA)
        sums.append(cv2.resize(cv2.GaussianBlur(few, (0, 0), TONE_PX / _TONE_SHRINK), (width, height)))
    area = np.maximum(sums[0], 1e-3)
    mean = sums[1] / area
    return mean, np.sqrt(np.maximum(sums[2] / area - mean * mean, 0))


def greys(answer: np.ndarray) -> np.ndarray:
    """(h, w) uint8 of the network's answer (h, w) float32, -1 black .. 1 white."""
    return np.clip(np.rint((answer + 1) * 127.5), 0, 255).astype(np.uint8)
