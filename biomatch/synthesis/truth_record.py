"""The truth of a print as plain values, for JSON and for a manifest's line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from biomatch.synthesis.person import Box, PlacedPrint
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition, ImpressionType

KINDS = ("other", "ending", "bifurcation")
COLUMNS = (
    "path", "person", "position", "impression", "ppi", "width", "height", "set", "finger", "kind", "type", "class",
    "minutiae", "cores", "deltas", "boxes", "seed", "generator",
)  # fmt: skip


def print_record(one: PlacedPrint, scale: float = 1.0) -> dict[str, Any]:
    """Describes one finger of an image, which shows `scale` px for a px at 500 ppi: all lengths are px of the image."""
    return {
        "position": position_name(one.finger.position),
        "class": str(one.finger.pattern.kind),
        "box": [one.box.x, one.box.y, one.box.width, one.box.height],
        "period": round(scale * float(np.median(one.finger.period)), 2),
        "cores": np.round(one.cores, 1).tolist(),
        "deltas": np.round(one.deltas, 1).tolist(),
        "minutiae": minutiae_records(one.minutiae),
    }


def minutiae_records(m: Minutiae) -> list[list[Any]]:
    """Lists x, y in px, direction in degrees counter-clockwise from east, and kind, of each."""
    degrees = np.round(np.degrees(m.angle.astype(np.float64)), 1)
    columns = (m.x.tolist(), m.y.tolist(), degrees.tolist(), [KINDS[k] for k in m.kind])
    return [list(row) for row in zip(*columns, strict=True)]


def manifest_row(
    path: str,
    person: str,
    position: str,
    number: int,
    group: str,
    kind: str,
    impression: ImpressionType,
    shape: tuple[int, int],
    prints: Sequence[PlacedPrint],
) -> dict[str, Any]:
    """Makes a line of the manifest; several fingers of one image are parted by ';' and points by spaces."""
    return {
        "path": path,
        "person": person,
        "position": position,
        "impression": number,
        "ppi": 500,
        "width": shape[1],
        "height": shape[0],
        "set": group,
        "finger": f"{person}/{position}",
        "kind": kind,
        "type": impression.name.lower().replace("_", "-"),
        "class": ";".join(str(one.finger.pattern.kind) for one in prints),
        "minutiae": ";".join(str(len(one.minutiae)) for one in prints),
        "cores": ";".join(_points(one.cores) for one in prints),
        "deltas": ";".join(_points(one.deltas) for one in prints),
        "boxes": ";".join(_box(one.box) for one in prints),
    }


def position_name(position: FingerPosition) -> str:
    """Names a position as on the command line: right-index."""
    return position.name.lower().replace("_", "-")


def _points(points: np.ndarray) -> str:
    return " ".join(f"{x:.0f}:{y:.0f}" for x, y in points)


def _box(box: Box) -> str:
    return f"{box.x}:{box.y}:{box.width}:{box.height}"
