"""Writes what a trace receives as images: one file a stage, in the order in which they came."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import cv2
import numpy as np

from biomatch.bureau.drawing import Panel, print_picture
from biomatch.cli.console import write_bytes, writing
from biomatch.errors import FileUnwritable
from biomatch.template import Minutiae, Template

ANGLES = frozenset(("orientation",))  # rad, shown as colours: red is horizontal, cyan vertical


class ImageTrace:
    """A Trace into a folder. pixels (h, w) uint8: the print, drawn behind minutiae."""

    def __init__(self, folder: Path, pixels: np.ndarray):
        self._folder, self._pixels, self._count = folder, pixels, 0

    def __enter__(self) -> ImageTrace:
        with writing(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
        self("image", self._pixels)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return None

    def __call__(self, name: str, value: object) -> None:
        path = self._folder / f"{self._count:02d}-{name}.png"
        minutiae = value.minutiae if isinstance(value, Template) else value
        if isinstance(minutiae, Minutiae):
            height, width = self._pixels.shape
            write_bytes(path, print_picture(Panel(name, Template(minutiae, width, height), self._pixels)))
        elif isinstance(value, np.ndarray) and value.ndim == 2:
            picture = turns(value) if name in ANGLES else grey(value)
            if not cv2.imwrite(str(path), picture):
                raise FileUnwritable(str(path), "the image could not be encoded or stored")
        else:
            return
        self._count += 1


def grey(values: np.ndarray) -> np.ndarray:
    """Turns (h, w) of any kind into uint8: booleans as black and white, bytes as they are, the rest between its 1 % and 99 %
    points."""
    if values.dtype == bool:
        return values.astype(np.uint8) * 255
    if values.dtype == np.uint8:
        return values
    finite = values[np.isfinite(values)]
    low, high = np.percentile(finite, (1, 99)) if finite.size else (0.0, 1.0)
    scaled = (np.nan_to_num(values.astype(np.float64), nan=low) - low) / max(high - low, 1e-9)
    shade: np.ndarray = (np.clip(scaled, 0, 1) * 255).astype(np.uint8)
    return shade


def turns(angle: np.ndarray) -> np.ndarray:
    """Turns (h, w) orientations in radians into (h, w, 3) uint8 BGR: the hue goes once round in half a turn."""
    hue = (np.mod(np.nan_to_num(angle), np.pi) * (180 / np.pi)).astype(np.uint8)
    full = np.full_like(hue, 220)
    colour: np.ndarray = cv2.cvtColor(np.dstack((hue % 180, full, full)), cv2.COLOR_HSV2BGR)
    return colour
