"""Are the fingers of a slap found where they lie, and is the hand told? -> slaps.json

Images of four fingers of one hand, with the box of each in a manifest: what `biomatch synth slaps` and `biomatch synth card`
write, or real ones whose boxes were drawn by hand. A finger is found where its box and ours share at least SHARED of what they
cover together. A wrong claim of the hand is said where the hand is told rightly; where it is told wrongly, a right claim is
called wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from biomatch import imaging
from biomatch.bench.engine import prints
from biomatch.bench.frame import Run, rounded, timed
from biomatch.errors import BadManifest, NothingToDo
from biomatch.evaluation import protocol
from biomatch.evaluation.runner import one_thread
from biomatch.imaging import GreyImage, slap
from biomatch.imaging.slap import Region, Slap
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.vocabulary import FingerPosition

NAME = "slaps"
SHARED = 0.8  # intersection over union
FOUR = {
    "right-four": tuple(FingerPosition(code) for code in (2, 3, 4, 5)),
    "left-four": tuple(FingerPosition(code) for code in (10, 9, 8, 7)),
}
"""Fingers of each claim, from left to right."""


@dataclass(frozen=True)
class Listed:
    """One image. boxes: of each finger from left to right; None: known to be missing. groups: what it is counted with.
    generator: what made it, where it is synthetic."""

    path: Path
    claim: str
    boxes: tuple[Region | None, ...]
    groups: tuple[str, ...]
    ppi: float | None = None
    generator: str | None = None

    @property
    def hand(self) -> str:
        return self.claim.split("-")[0]

    @property
    def fingers(self) -> tuple[FingerPosition, ...]:
        """The fingers that it shows."""
        return tuple(position for position, box in zip(FOUR[self.claim], self.boxes, strict=True) if box is not None)


@dataclass(frozen=True)
class Cut:
    """The outcome of one image."""

    groups: tuple[str, ...]
    shared: tuple[float, ...]
    counted: bool
    told: bool | None
    seconds: float


def listed(folders: Sequence[Path]) -> list[Listed]:
    """Lists the slaps of several folders' manifests; other prints are passed over.

    Raises BadManifest, NothingToDo, FileUnreadable.
    """
    found = [one for folder in folders for one in _listed(folder / "manifest.csv")]
    if not found:
        raise NothingToDo(f"{', '.join(map(str, folders))} lists no image of four fingers: `biomatch synth slaps` makes some")
    prints.need(one.path for one in found)
    return found


def _listed(path: Path) -> list[Listed]:
    found = []
    for line, row in protocol.rows(path, ("path",)):
        if row.get("position") not in FOUR:
            continue
        try:
            boxes = tuple(_box(words) for words in (row["boxes"] or "").split(";"))
            ppi = float(row["ppi"]) if row.get("ppi") else None
            if len(boxes) != 4:
                raise ValueError(f"{len(boxes)} boxes, 4 are needed; an empty one says that the finger is missing")
            generator = row.get("generator") or None
            groups = ("synthetic", f"synthetic, {row.get('kind') or 'slap'}") if generator else ("real",)
            found.append(Listed(path.parent / row["path"], row["position"], boxes, groups, ppi, generator))
        except (KeyError, ValueError) as error:
            raise BadManifest(str(path), f"line {line}: {error}") from None
    return found


def _box(words: str) -> Region | None:
    """Reads a box, LEFT:TOP:WIDTH:HEIGHT, px."""
    if not words:
        return None
    left, top, width, height = (int(word) for word in words.split(":"))
    return Region(left, top, left + width, top + height)


def measure(folders: Sequence[Path], progress: Progress = NO_PROGRESS) -> Run:
    """Raises BadManifest, NothingToDo, FileUnreadable, BadImage."""
    one_thread()
    slaps = listed(folders)
    made_by = sorted({one.generator for one in slaps if one.generator})
    run = Run(NAME, threads=1, folders=[one.resolve().name for one in folders], generators=made_by)
    imaging.warm()
    progress.start("Slaps", len(slaps))
    cuts = []
    for one in slaps:
        cuts.append(cut(one))
        progress.advance()
    progress.done()
    for group in dict.fromkeys(group for one in slaps for group in one.groups):
        run.note(group, counted([one for one in cuts if group in one.groups]))
    run.record("time a slap", [one.seconds for one in cuts], unit="ms", scale=1e3)
    return run


def cut(one: Listed) -> Cut:
    """Cuts a slap as its claim says, and holds it against its boxes."""
    image = imaging.decode(one.path.read_bytes(), ppi=one.ppi)
    found: list[Slap] = []
    seconds = timed(lambda: found.append(slap.segment(image, one.fingers)))
    return held(one, found[0], image, seconds)


def held(one: Listed, found: Slap, image: GreyImage, seconds: float = 0.0) -> Cut:
    """Compares what was found with the truth."""
    scale = image.width / image.source_width
    boxes = [Region(*(round(side * scale) for side in (b.left, b.top, b.right, b.bottom))) for b in one.boxes if b is not None]
    shared = [max((overlap(one.region, box) for one in found.fingers), default=0.0) for box in boxes]
    told = None if found.hand is None else found.hand == one.hand
    return Cut(one.groups, tuple(shared), len(found.fingers) == len(boxes), told, seconds)


def overlap(a: Region, b: Region) -> float:
    """Computes intersection over union."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    both = max(width, 0) * max(height, 0)
    return both / (a.width * a.height + b.width * b.height - both)


def counted(cuts: Sequence[Cut]) -> dict[str, Any]:
    """Counts fingers and hands, and their shares; the hand of slaps of four fingers only, for fewer are not asked."""
    shared = np.array([value for one in cuts for value in one.shared])
    four = [one for one in cuts if len(one.shared) == 4]
    said = {name: sum(one.told is value for one in four) for name, value in (("right", True), ("wrong", False), ("none", None))}
    return {
        "slaps": len(cuts),
        "wrong_count": sum(not one.counted for one in cuts),
        "fingers": len(shared),
        "found": int((shared >= SHARED).sum()),
        "found_share": rounded((shared >= SHARED).mean()),
        "shared": {name: rounded(np.quantile(shared, point)) for name, point in (("p50", 0.5), ("p5", 0.05), ("p1", 0.01))},
        "of_four": len(four),
        "hand": said,
    }
