"""Do synthetic prints crowd like real ones? Four distributions side by side at equal size -> crowding.json

Real: one print of each finger. Synthetic: templates of `synthesis.synthesise_templates`, as many for the distances, five times
as many where a score is asked that only few of them pass. Every real print asks both, its own subject's prints left out:

    nearest     distance from each minutia's descriptor to the nearest one of another finger
    entry       how much oftener a real print passes the first step's score that the best share of synthetic ones reach
    score       likewise, of the comparison, by minutiae alone
    lists       how much oftener a real non-mated print stands on the index's list than by chance, among many synthetic ones

A gallery of synthetic prints is as hard as a real one where these numbers of times are one. Their 95 % intervals are by
bootstrap over subjects.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from biomatch.bench.frame import Run
from biomatch.comparison import Block, Comparer, Prepared
from biomatch.descriptors import Describer
from biomatch.descriptors.strangers import describer_among
from biomatch.errors import NothingToDo
from biomatch.evaluation import intervals
from biomatch.evaluation.galleries.population import Print, no_machine, subject
from biomatch.evaluation.galleries.searcher import ready
from biomatch.evaluation.plots import COLOURS, GRID, dress
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Entry
from biomatch.index.delta import Delta
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import synthesise_templates
from biomatch.template import Template

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "crowding"
SHARES = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)  # of the strangers: the tail is what fills a shortlist
POINTS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5)  # quantiles of distances
MORE = 5  # synthetic prints for each real one
LISTED = (0.02, 0.01, 0.005, 0.002, 0.001, 0.0005)  # of the gallery: lengths of lists
SYNTHETIC = 10_000  # prints of the gallery whose lists are looked at
_AT_ONCE = 1_000  # prints enrolled together
FEWEST = 20  # pairs in a tail that is reported
FEWEST_LISTED = 10  # real strangers that chance would bring, for a length of lists that is reported


@dataclass(frozen=True, eq=False)
class Crowd:
    """The scores of the real probes with one set of non-mated prints.

    nearest  (m,) float64     descriptor distances, one a minutia of a probe that has a descriptor
    relaxed  (p, n) float64   the first step's scores; NaN where both are of one subject
    raw      (p, n) float64   of the comparison by minutiae, likewise
    """

    nearest: np.ndarray
    relaxed: np.ndarray
    raw: np.ndarray


def measure(
    prints: Sequence[Print],
    seed: int = 71,
    models: Models | None = None,
    progress: Progress = NO_PROGRESS,
    probes: int = 200,
    synthetic: int = SYNTHETIC,
) -> Run:
    """Measures prints of real fingers: one of each is used. synthetic: prints beside them where lists are looked at.

    Raises NothingToDo where so few fingers ask that nobody is to be seen on their lists.
    """
    chosen = one_each(prints, seed)
    subjects = np.unique([subject(one) for one in chosen], return_inverse=True)[1]
    own = subjects[:, None] == subjects[None]
    asking = np.sort(np.random.default_rng(seed).permutation(len(chosen))[:probes])
    expected = _by_chance(~own[asking], max(LISTED), synthetic + len(chosen)).sum()
    if expected < FEWEST_LISTED:
        raise NothingToDo(
            f"{len(asking)} of {len(chosen)} fingers are too few to ask: chance brings {expected:.1f} real non-mated prints on "
            f"their longest lists, and {FEWEST_LISTED} are needed; give prints of more fingers, or more --probes"
        )
    run = Run(NAME, threads=1, seed=seed, models=models, probes=probes, synthetic=synthetic)
    describer, comparer = describer_among((one.template for one in prints), models), Comparer(models)
    real = [ready(one.template, describer) for one in chosen]
    made = [ready(t, describer) for t in synthesise_templates(MORE * len(real), seed)]
    progress.start("Non-mated prints", 2 * len(asking))
    crowds = {
        "real": crowd([real[i] for i in asking], real, own[asking], comparer, len(real), progress),
        "synthetic": crowd(
            [real[i] for i in asking], made, np.zeros((len(asking), len(made)), bool), comparer, len(real), progress
        ),
    }
    progress.done()
    run.note("fingers", len(real))
    for name, prints_ in (("real", real), ("synthetic", made)):
        run.note(f"minutiae, {name}", round(float(np.mean([len(p.vectors) for p in prints_])), 1))
    for name, value in compared(crowds["real"], crowds["synthetic"], subjects[asking], subjects).items():
        run.note(name, value)
    among = synthesise_templates(synthetic, seed)
    run.note("lists", on_lists(chosen, subjects, asking, among, describer, models, progress))
    return run


def one_each(prints: Sequence[Print], seed: int) -> list[Print]:
    """Chooses one print of every finger that is no machine's, by chance of any of its sensors."""
    rng = np.random.default_rng(seed)
    of_finger: dict[str, dict[str, Print]] = {}
    for one in sorted(prints, key=lambda p: (p.finger, p.origin, p.impression)):
        if no_machine(one):
            of_finger.setdefault(one.finger, {}).setdefault(one.origin, one)
    return [list(found.values())[rng.integers(len(found))] for found in of_finger.values()]


def crowd(
    probes: Sequence[Prepared],
    others: Sequence[Prepared],
    own: np.ndarray,
    comparer: Comparer,
    near: int,
    progress: Progress = NO_PROGRESS,
) -> Crowd:
    """Compares probes with others. own (p, n) bool: pairs of one subject, which do not count; `near`: how many of the others
    the distances are taken to."""
    block = Block.of(others)
    kept = [_described(one) for one in others[:near]]
    counts, vectors = np.array([len(one) for one in kept]), np.concatenate(kept)
    stored = Delta.empty().extended(np.arange(len(vectors)), vectors)
    plain = [Prepared(_bare(one), one.vectors) for one in others]
    nearest, relaxed, raw = [], [], []
    for probe, mine in zip(probes, own, strict=True):
        squares, _ = stored.search(_described(probe), 1, ~np.repeat(mine[:near], counts))
        nearest.append(np.sqrt(squares[:, 0]))
        relaxed.append(np.where(mine, np.nan, comparer.relaxed(probe, block)))
        scores = [one.raw for one in comparer.refine(Prepared(_bare(probe), probe.vectors), plain)]
        raw.append(np.where(mine, np.nan, scores))
        progress.advance(1)
    return Crowd(np.concatenate(nearest).astype(np.float64), np.array(relaxed), np.array(raw))


def _described(one: Prepared) -> np.ndarray:
    """Returns the vectors (n, 64) int8 without the zeros of minutiae that no index reads, which lie at no distance from each
    other."""
    return one.vectors[one.vectors.any(axis=1)]


def on_lists(
    real: Sequence[Print],
    subjects: np.ndarray,
    asking: np.ndarray,
    synthetic: Sequence[Template],
    describer: Describer,
    models: Models | None = None,
    progress: Progress = NO_PROGRESS,
) -> dict[str, dict[str, Any]]:
    """Counts by share of the gallery that a list holds real non-mated prints on lists, and how many times as many as by chance.

    subjects  (n,) int64: whose prints are struck off a list
    asking    numbers of those that ask
    """
    entries = [Entry(f"s{n}", "", f"s{n}", template) for n, template in enumerate(synthetic)]
    entries += [Entry(f"r{n}", "", f"r{n}", one.template) for n, one in enumerate(real)]
    lengths = {share: _length(share, len(entries)) for share in LISTED}
    place = np.full((len(asking), len(real)), len(entries))
    non_mated = subjects[asking, None] != subjects
    progress.start("Lists", len(asking))
    with closing(LocalGallery(MemoryLog(), models=models, describer=describer)) as gallery:
        for start in range(0, len(entries), _AT_ONCE):
            gallery.enrol(entries[start : start + _AT_ONCE])
        gallery.compact()
        for row, n in enumerate(asking.tolist()):
            struck = {f"r{k}" for k in np.flatnonzero(~non_mated[row])}
            found = gallery.shortlist(real[n].template, length=max(lengths.values()) + len(struck))
            for at, name in enumerate(name for name in found if name not in struck):
                if name.startswith("r"):
                    place[row, int(name[1:])] = at
            progress.advance(1)
    progress.done()
    out = {}
    for share, length in lengths.items():
        by_chance = _by_chance(non_mated, share, len(entries))
        if by_chance.sum() >= FEWEST_LISTED:
            listed = place < length
            out[str(share)] = {"seen": int(listed.sum()), **_times(listed, by_chance, subjects[asking], subjects)}
    return out


def _length(share: float, prints: int) -> int:
    """Returns the length of a list that holds this share of a gallery."""
    return max(1, round(share * prints))


def _by_chance(non_mated: np.ndarray, share: float, prints: int) -> np.ndarray:
    """Returns how likely each real print is on each probe's list where chance alone makes it, (p, n) float64.

    strangers  (p, n) bool: the other ones are struck off
    prints     in the gallery
    """
    among = prints - np.count_nonzero(~non_mated, axis=1, keepdims=True)
    return non_mated * (_length(share, prints) / among)


def _bare(one: Prepared) -> Any:
    """Returns its template without the ridge picture, which synthetic ones do not have."""
    return replace(one.template, ridges=b"")


def compared(real: Crowd, made: Crowd, asking: np.ndarray, subjects: np.ndarray) -> dict[str, Any]:
    """Computes the figures of the three distributions, and their ratios.

    asking, subjects  (p,), (n,) int64: whose the probes are, and the real prints that they ask
    """
    distances = {
        str(point): {"real": round(float(a), 4), "synthetic": round(float(b), 4)}
        for point, a, b in zip(POINTS, np.quantile(real.nearest, POINTS), np.quantile(made.nearest, POINTS), strict=True)
    }
    kinds = {"entry": (real.relaxed, made.relaxed), "score": (real.raw, made.raw)}
    ratios = {name: _ratios(*pair, asking, subjects) for name, pair in kinds.items()}
    return {"nearest": distances, **ratios}


def _ratios(real: np.ndarray, made: np.ndarray, asking: np.ndarray, subjects: np.ndarray) -> dict[str, dict[str, Any]]:
    """Finds for each share how many times as many real non-mated prints pass the score that this share of synthetic ones
    passes.

    Scores of each probe are held against those of the same probe. Of n synthetic prints k reach a score that was not made
    from them with a chance of k / (n + 1) each.
    """
    out = {}
    there = ~np.isnan(real)
    ordered = -np.sort(-made, axis=1)
    for share in SHARES:
        reaching = round(share * (made.shape[1] + 1))
        if not reaching or share * made.size < FEWEST:
            continue
        by_chance = there * (reaching / (made.shape[1] + 1))
        passed = (real > ordered[:, reaching - 1 : reaching]) & there
        out[str(share)] = _times(passed, by_chance, asking, subjects)
    return out


def _times(seen: np.ndarray, by_chance: np.ndarray, asking: np.ndarray, subjects: np.ndarray) -> dict[str, Any]:
    found = seen.sum() / by_chance.sum()
    low, high = intervals.times(seen, by_chance, asking, subjects)
    return {"times": round(float(found), 2), "interval": [round(low, 2), round(high, 2)]}


def draw(found: dict[str, Any]) -> Figure:
    """Draws ratios by share with their intervals, and distances by quantile; the grey band is a factor of two."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.0, 4.0), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    dress(
        left,
        "Real non-mated prints beside synthetic ones",
        "Share of synthetic non-mated prints above a score, or on a list",
        "Real non-mated prints there, times as many",
    )
    left.fill_between([3e-4, 0.4], 0.5, 2, color=GRID, alpha=0.6, linewidth=0)
    kinds = (("entry", "first step"), ("score", "comparison"), ("lists", "lists of the index"))
    for (name, label), colour in zip(kinds, COLOURS, strict=False):
        shares = [float(share) for share in found[name]]
        low, high = np.array([one["interval"] for one in found[name].values()]).T
        left.fill_between(shares, low, high, color=colour, alpha=0.15, linewidth=0)
        left.plot(shares, [one["times"] for one in found[name].values()], "o-", color=colour, markersize=4, label=label)
    left.set(xscale="log", yscale="log", xlim=(0.4, 3e-4), ylim=(0.25, 20))
    left.legend(frameon=False)
    dress(right, "Nearest descriptor of another finger", "Quantile", "Distance")
    points = [float(point) for point in found["nearest"]]
    for name, colour in zip(("real", "synthetic"), COLOURS, strict=False):
        right.plot(points, [one[name] for one in found["nearest"].values()], "o-", color=colour, markersize=4, label=name)
    right.set(xscale="log")
    right.legend(frameon=False)
    return figure
