"""The prints that benchmarks are run on: real ones where a folder of them is given, else the sample that ships."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

import cv2
import numpy as np

from biomatch.errors import FileUnreadable
from biomatch.evaluation import protocol
from biomatch.evaluation.protocol import Sample

SAMPLE_SETS = ("plain",)  # not its cards and rolled prints, which take many times as long
IMAGES = frozenset((".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg"))


def listed(data: Path | None, only: Sequence[str] = ()) -> list[Sample]:
    """Lists images of DATA/manifest.csv, or the plain prints of the sample. Raises BadManifest, NothingToDo."""
    only = only or (SAMPLE_SETS if data is None else ())
    folder = Path(str(resources.files("biomatch.sample_data"))) if data is None else data
    return [one for one in protocol.read(folder / "manifest.csv", only) if one.path.suffix.lower() in IMAGES]


def evenly(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Chooses at most `count` of them, spread over all. Raises FileUnreadable."""
    step = max(1, len(samples) // max(1, count))
    chosen = list(samples[::step][:count])
    need(one.path for one in chosen)
    return chosen


def need(paths: Iterable[Path]) -> None:
    """Makes sure before the work that files can be opened. Raises FileUnreadable for the first that cannot."""
    for path in paths:
        try:
            path.open("rb").close()
        except OSError as error:
            raise FileUnreadable(str(path), error.strerror or str(error)) from None


def grey(path: Path) -> np.ndarray:
    """Reads a picture, (h, w) uint8. Raises FileUnreadable."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise FileUnreadable(str(path), "it is no image" if path.exists() else "it is not there")
    return np.asarray(image)


def cut(image: np.ndarray, width: int, height: int) -> np.ndarray | None:
    """Cuts out the middle of a print (h, w); None where it is smaller than that."""
    if image.shape[0] < height or image.shape[1] < width:
        return None
    top, left = (image.shape[0] - height) // 2, (image.shape[1] - width) // 2
    return np.ascontiguousarray(image[top : top + height, left : left + width])


def png(image: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", image)[1])
