"""Decodes bytes of PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, PGM or bare pixels to GreyImage, each step one function.

Orientation tags (EXIF) are ignored: a phone's idea of upright would turn the print.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.errors import BadResolution, FileTooLarge, ImageTooLarge, PrintTooLarge, UnreadableImage
from biomatch.imaging import header, pgm
from biomatch.imaging.grey import PPI, GreyImage
from biomatch.imaging.polarity import is_inverted
from biomatch.template import MAX_SIDE


@dataclass(frozen=True)
class Limits:
    """The most that is read, checked before anything is decoded."""

    max_bytes: int = 64 * 1024 * 1024  # an uncompressed colour image of max_pixels
    max_pixels: int = 20_000_000  # a palm at 500 ppi (4,200 x 4,200), four fingers at 1000 ppi (3,200 x 3,000)


LIMITS = Limits()
FINGER = Limits(max_bytes=8 * 1024 * 1024, max_pixels=4_000_000)  # 2 x 2 inches at 1000 ppi
SLAP = Limits(max_bytes=24 * 1024 * 1024, max_pixels=12_000_000)  # four fingers, 3.2 x 3 inches at 1000 ppi
PALM = LIMITS

PLAUSIBLE_TAG = (300.0, 1200.0)  # ppi; outside, a tag tells of a screen or of nothing (FVC's say 1)
POSSIBLE = (100.0, 4000.0)  # ppi that a caller may give: from a poor photograph to a latent scanner
_ALIKE = 0.005  # share by which two resolutions may differ: nearer than this the pixels stay as they are

ASSUMED = f"the file does not say its resolution; {PPI} ppi was assumed"
TURNED = "the print had bright ridges; it was inverted"


def decode(data: bytes, *, ppi: float | None = None, limits: Limits = LIMITS, bare: tuple[int, int] | None = None) -> GreyImage:
    """Decodes one print to 8-bit grey at 500 ppi with dark ridges.

    ppi   of the source; None: the file's tag where it is plausible (300..1200), else 500 with a warning
    bare  width, height: the bytes are nothing but 8-bit grey pixels, row by row

    Decodes in this process; `Decoder` does it in a sandboxed one, for bytes that come from outside.
    Raises BadResolution, FileTooLarge, ImageTooLarge, PrintTooLarge, UnreadableImage.
    """
    if len(data) > limits.max_bytes:
        raise FileTooLarge(len(data), limits.max_bytes)
    if ppi is not None and not POSSIBLE[0] <= ppi <= POSSIBLE[1]:
        raise BadResolution(ppi)
    head = header.read(data) if bare is None else _bare_header(data, *bare)
    if head.width * head.height > limits.max_pixels:
        raise ImageTooLarge(head.width, head.height, limits.max_pixels)
    scale, warnings = _resolution(head, ppi)
    _check_size(head, scale)
    pixels = resample(to_grey(_pixels(data, head)), scale)
    if is_inverted(pixels):
        pixels, warnings = np.bitwise_not(pixels), (*warnings, TURNED)
    return GreyImage(pixels, scale, head.width, head.height, warnings)


_BARE = "bare pixels"


def _bare_header(data: bytes, width: int, height: int) -> header.Header:
    if width < 1 or height < 1 or width * height != len(data):
        raise UnreadableImage(f"{width} x {height} pixels of one byte were announced, there are {len(data):,} bytes")
    return header.Header(_BARE, width, height, None)


def _resolution(head: header.Header, ppi: float | None) -> tuple[float, tuple[str, ...]]:
    if ppi is not None:
        return float(ppi), ()
    if head.ppi is None:
        return float(PPI), (ASSUMED,)
    if not PLAUSIBLE_TAG[0] <= head.ppi <= PLAUSIBLE_TAG[1]:
        return float(PPI), (f"the file says {head.ppi:g} ppi, which no fingerprint scanner has; {PPI} ppi was assumed",)
    return head.ppi, ()


def _check_size(head: header.Header, ppi: float) -> None:
    if max(head.width, head.height) * PPI / ppi > MAX_SIDE:
        raise PrintTooLarge(head.width, head.height, ppi, MAX_SIDE / PPI)


def _pixels(data: bytes, head: header.Header) -> np.ndarray:
    """Decodes (h, w) or (h, w, 3 or 4) uint8 or uint16, as the file has them; colours as blue, green, red, opacity."""
    if head.kind == _BARE:
        return np.frombuffer(data, np.uint8).reshape(head.height, head.width)
    if head.kind == "WSQ":
        from biomatch.imaging import wsq  # its kernels are loaded where one is read

        return wsq.decode(data)
    if head.kind == "PGM":
        return pgm.decode(data)
    try:
        found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    if found is None:
        raise UnreadableImage(f"it begins as {head.kind}, but its pixels are damaged or of a rare kind")
    if found.shape[:2] != (head.height, head.width):
        raise UnreadableImage("its header and its pixels differ in size")
    if found.dtype not in (np.uint8, np.uint16):
        raise UnreadableImage(f"its pixels are {found.dtype}, not 8 or 16 bit")
    return np.asarray(found)


def to_grey(pixels: np.ndarray) -> np.ndarray:
    """Turns grey of any depth, colour, or colour with opacity (laid on white) into (h, w) uint8."""
    pixels = _to_8_bit(pixels)
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        opacity = pixels[..., 3]
        grey = cv2.cvtColor(pixels, cv2.COLOR_BGRA2GRAY)
        return _on_white(grey, opacity) if opacity.any() else grey  # nothing but zeros is padding, not glass
    if pixels.ndim == 3:
        return cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY) if pixels.shape[2] == 3 else pixels[..., 0]
    return pixels


def _to_8_bit(pixels: np.ndarray) -> np.ndarray:
    """Takes the upper eight of the bits that are used: 10- and 12-bit scans come in 16-bit files, in the lower bits."""
    if pixels.dtype == np.uint8:
        return pixels
    used = int(pixels.max()).bit_length()
    return (pixels >> max(used - 8, 0)).astype(np.uint8)


def _on_white(grey: np.ndarray, opacity: np.ndarray) -> np.ndarray:
    """Puts grey on white, rounded in whole numbers, so that it is the same everywhere."""
    seen = grey.astype(np.uint16) * opacity
    glass = (255 - opacity).astype(np.uint16) * 255
    return ((seen + glass + 127) // 255).astype(np.uint8)


def is_alike(ppi: float, other: float) -> bool:
    """Tells whether two resolutions are so near each other that pixels stay as they are."""
    return abs(other / ppi - 1) < _ALIKE


def resample(pixels: np.ndarray, ppi: float) -> np.ndarray:
    """Resamples (h, w) uint8 at `ppi` to (h', w') uint8 at 500 ppi: area means down, Lanczos up."""
    if is_alike(ppi, PPI):
        return np.ascontiguousarray(pixels)
    height, width = (max(1, round(side * PPI / ppi)) for side in pixels.shape)
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA if ppi > PPI else cv2.INTER_LANCZOS4))
