"""How many of a print's minutiae does an extractor find, and how many of those it finds are true? -> minutiae.json

The truth is that of synthetic prints, which is exact, and, with DATA, of two latents (CISL, NIST SD27) whose minutiae people
marked. A minutia is found where one lies within 8 px and points within 15 degrees, each of both with one of the other only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from biomatch.bench.engine import by_name, prints
from biomatch.bench.frame import Run, rounded
from biomatch.errors import FileUnreadable, NothingToDo, reason_of
from biomatch.evaluation import peers
from biomatch.evaluation.runner import one_thread
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import draw_touch, impression, latent, master, rolled
from biomatch.synthesis.master import NAIL_TO_NAIL
from biomatch.synthesis.sensor import SENSORS
from biomatch.template import Minutiae

NAME = "minutiae"
PPI = 500.0
FOREIGN_LEAST = 0.1  # of LEADER's score: weaker ones are false nearly always
MARKED = {"sd27_good_latent": 1, "cisl_A01_latent": -1}  # files, and whether their angles run with y up or down
KINDS = ("plain", "careless", "rolled", "latent", "marked latent")


@dataclass(frozen=True)
class MatchParams:
    reach_px: float = 8.0
    turn: float = np.radians(15)
    levels: int = 50  # of quality at which both shares are counted


PARAMS = MatchParams()


@dataclass(frozen=True, eq=False)
class Marked:
    """A print as PNG, and its true minutiae."""

    kind: str
    png: bytes
    truth: Minutiae


def measure(
    data: Path | None = None,
    fingers: int = 20,
    extractors: Sequence[str] = (),
    *,
    seed: int = 41,
    models: Path | None = None,
    progress: Progress = NO_PROGRESS,
) -> Run:
    """Measures recall, precision and their mean at the level of quality where that is highest, for each kind of print.

    data        folder with latents/*.mnt; None: synthetic prints only
    fingers     synthetic ones: each pressed with care and without; every fourth rolled, every second one left a latent
    extractors  names; none: all whose models or packages are there

    Raises UnknownName, PeerMissing, ModelMissing, NothingToDo, FileUnreadable.
    """
    one_thread()
    opened = Models(models) if models is not None else shipped()
    found = {name: _opened(name, opened) for name in extractors or by_name.available(opened)}
    run = Run(NAME, threads=1, seed=seed, models=opened, fingers=fingers, peer=peers.nbis_version())
    real = marked(data) if data is not None else []
    chosen = [*synthetic(fingers, seed), *real]
    progress.start("Finding minutiae", len(chosen) * len(found))
    pairs: dict[str, dict[str, list[tuple[Minutiae, np.ndarray, int]]]] = {name: {} for name in found}
    off: dict[str, list[np.ndarray]] = {name: [] for name in found}
    for one in chosen:
        for name, extract in found.items():
            minutiae = extract(one.png)
            own, theirs = assigned(minutiae, one.truth)
            hit = np.zeros(len(minutiae), bool)
            hit[own] = True
            pairs[name].setdefault(one.kind, []).append((minutiae, hit, len(one.truth)))
            off[name].append(np.hypot(minutiae.x[own] - one.truth.x[theirs], minutiae.y[own] - one.truth.y[theirs]))
            progress.advance()
    progress.done()
    run.note("prints", {kind: sum(one.kind == kind for one in chosen) for kind in KINDS if any(o.kind == kind for o in chosen)})
    for name, kinds in pairs.items():
        run.note(name, {kind: best(kinds[kind]) for kind in KINDS if kind in kinds} | {"off_px": _middle(off[name])})
    return run


def _opened(name: str, models: Models) -> Callable[[bytes], Minutiae]:
    extract = by_name.extraction(name, models, PPI)
    if name == "leader":
        return lambda png: peers.leader_template(png, PPI, least=FOREIGN_LEAST).minutiae
    return lambda png: extract(png).minutiae


def synthetic(fingers: int, seed: int) -> Iterator[Marked]:
    """Yields prints of so many fingers with their truth. The same seed gives the same prints."""
    for number in range(fingers):
        rng = np.random.default_rng((seed, number))
        wide = number % 4 == 3
        finger = master((seed, number, 0), params=NAIL_TO_NAIL) if wide else master((seed, number, 0))
        sensors = rng.permutation(len(SENSORS))
        made = {
            "plain": impression(finger, rng, draw_touch(rng, 0.7), SENSORS[sensors[0]]),
            "careless": impression(finger, rng, draw_touch(rng, 2.0), SENSORS[sensors[1]]),
        }
        if wide:
            made["rolled"] = rolled(finger, rng)
        if number % 2 == 0:
            made["latent"] = latent(finger, rng)
        for kind, one in made.items():
            yield Marked(kind, prints.png(one.image), one.minutiae)


def marked(data: Path) -> list[Marked]:
    """Reads the latents of a data folder whose minutiae people marked. Raises NothingToDo, FileUnreadable."""
    found = []
    for name, sense in MARKED.items():
        path = data / "latents" / f"{name}.mnt"
        if path.is_file():
            x, y, angle = _marks(path)
            truth = Minutiae.of(x, y, sense * angle, np.zeros(len(x), int), np.ones(len(x)))
            found.append(Marked("marked latent", prints.png(prints.grey(path.with_suffix(".bmp"))), truth))
    if not found:
        raise NothingToDo(f"{data / 'latents'} has none of {', '.join(f'{name}.mnt' for name in MARKED)}")
    return found


def _marks(path: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Reads x, y, px, and angle, each (n,), from the lines behind a head of two. Raises FileUnreadable."""
    try:
        rows = [[float(word) for word in line.split()] for line in path.read_text().splitlines()[2:] if line.strip()]
        x, y, angle = np.array(rows).T
    except (OSError, ValueError) as error:
        raise FileUnreadable(str(path), reason_of(error)) from None
    return x, y, angle


def assigned(found: Minutiae, truth: Minutiae, params: MatchParams = PARAMS) -> tuple[np.ndarray, np.ndarray]:
    """Returns indices of minutiae that are each other's: as many pairs as there can be, and of these the nearest."""
    apart = np.hypot(found.x[:, None] - truth.x, found.y[:, None] - truth.y)
    turned = np.cos(found.angle[:, None] - truth.angle)
    close = (apart <= params.reach_px) & (turned >= np.cos(params.turn))
    own, theirs = linear_sum_assignment(np.where(close, apart, 1e3 * params.reach_px))
    kept = close[own, theirs]
    return own[kept], theirs[kept]


def best(seen: Sequence[tuple[Minutiae, np.ndarray, int]], params: MatchParams = PARAMS) -> dict[str, Any]:
    """Finds the level of quality with the highest F1 over all prints, and the shares there.

    seen  of each print: what was found, which of it is true, how many there are
    """
    quality = np.concatenate([one.quality for one, _, _ in seen])
    hit = np.concatenate([hit for _, hit, _ in seen])
    there = sum(many for _, _, many in seen)
    levels = np.unique(np.quantile(quality, np.linspace(0, 1, params.levels), method="lower")) if len(quality) else np.zeros(1)
    counts = [(int((hit & (quality >= level)).sum()), int((quality >= level).sum())) for level in levels]
    scores = [2 * right / max(many + there, 1) for right, many in counts]
    at = int(np.argmax(scores))
    right, many = counts[at]
    return {
        "f1": rounded(scores[at]),
        "recall": rounded(right / max(there, 1)),
        "precision": rounded(right / max(many, 1)),
        "quality": rounded(levels[at]),
        "recall_all": rounded(hit.sum() / max(there, 1)),
        "count": there,
    }


def _middle(off: Sequence[np.ndarray]) -> float:
    every = np.concatenate(off)
    return rounded(float(np.median(every))) if len(every) else 0.0
