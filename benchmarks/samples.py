"""Real prints for benchmarks: where they lie, and how they are cut."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from biomatch.evaluation import protocol
from biomatch.evaluation.protocol import Sample

ROOT = Path(__file__).resolve().parents[1]
WIDTH, HEIGHT = 388, 374  # px: what an extraction is timed on


def arguments(purpose: str) -> argparse.ArgumentParser:
    """Options that all benchmarks share."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder with manifest.csv")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder for the figures")
    return parser


def prints(data: Path, *sets: str) -> list[Sample]:
    return protocol.read(data / "manifest.csv", sets)


def cut(sample: Sample) -> bytes:
    """The middle of a larger print, 388 x 374 px, as PNG."""
    image = cv2.imread(str(sample.path), cv2.IMREAD_GRAYSCALE)
    assert image is not None
    assert image.shape >= (HEIGHT, WIDTH)
    top, left = (image.shape[0] - HEIGHT) // 2, (image.shape[1] - WIDTH) // 2
    return bytes(cv2.imencode(".png", np.ascontiguousarray(image[top : top + HEIGHT, left : left + WIDTH]))[1])
