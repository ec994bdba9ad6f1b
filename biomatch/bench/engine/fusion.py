"""Do fused scores keep what they state? Several impressions, several fingers, several probes' misses -> fusion.json

    impressions  persons of one finger: probes of 1 to 3 prints against 1 to 3 enrolled ones
    fingers      persons of 1, 2, 4 and 10 fingers, one print of each on both sides
    misses       two prints of one finger searched with: how often both miss the mate, beside the product of what each misses

Each of the first two with the fingers' names known and unknown, as a verification states it. Of non-mated persons, the share
that reaches a score is held against the false match rate that the score states, and the mean likelihood ratio against one.

Sets of one finger a person give persons of several fingers by putting together fingers of different people: what fingers of
one hand have in common is not in these figures.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.bench.frame import Run, rounded
from biomatch.bench.report.cells import MISSING, Results, head, percent, row
from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import Asked, SearchRates
from biomatch.comparison import Comparer, Comparison, prepare
from biomatch.comparison.evidence import Evidence
from biomatch.descriptors import Describer
from biomatch.evaluation import metrics, protocol, runner
from biomatch.evaluation.engine import OurSetup
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Effort, Entry
from biomatch.gallery.search import candidates
from biomatch.gallery.search.fusion import Compared, Fused, asked_fingers, fuse
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition

NAME = "fusion"
SYNTHETIC = "synthetic"
IMPRESSIONS = ((1, 1), (1, 2), (1, 3), (2, 2), (3, 3))  # prints of the probe, enrolled prints
FINGERS = (1, 2, 4, 10)
SCORES = (10, 20, 30)  # at which rates of non-mated persons are counted
ACCEPTED = (30, 40)  # at which mated persons are counted who stay below
POSITIONS = tuple(FingerPosition(number) for number in range(1, 11))
_NO_EVIDENCE = Evidence(
    np.zeros((1, 0)), np.zeros((1, 3)), np.zeros(2, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
)
_AT_ONCE = 1_000  # prints enrolled together


@dataclass(frozen=True)
class Plan:
    """mated, non_mated  persons of each case. synthetic: fingers, of `presses` impressions each. gallery: prints beside the
    mates where misses are counted; 0: they are not."""

    mated: int = 500
    non_mated: int = 5_000
    synthetic: int = 100
    presses: int = 6
    gallery: int = 20_000
    seed: int = 97


@dataclass(frozen=True, eq=False)
class Scores:
    """All prints of a set with each other.

    prints  (f, ...) numbers of the prints of each finger
    score, llr  (n, n) float64; extrapolated (n, n) bool
    """

    prints: Sequence[np.ndarray]
    score: np.ndarray
    llr: np.ndarray
    extrapolated: np.ndarray

    @classmethod
    def of(cls, templates: Sequence[Template], fingers: Sequence[str], progress: Progress = NO_PROGRESS) -> Scores:
        describer, comparer = Describer(), Comparer()
        ready = [prepare(one, describer) for one in templates]
        score, llr, beyond = np.zeros((3, len(ready), len(ready)))
        progress.start("Comparing", len(ready))
        for at, one in enumerate(ready):
            found = comparer.refine(one, ready[at + 1 :], len(ready)) if at + 1 < len(ready) else []
            for values, name in ((score, "score"), (llr, "llr"), (beyond, "extrapolated")):
                values[at, at + 1 :] = values[at + 1 :, at] = [getattr(each, name) for each in found]
            progress.advance()
        progress.done()
        names = np.array(fingers)
        return cls([np.flatnonzero(names == name) for name in np.unique(names)], score, llr, beyond > 0)


def measure(places: Sequence[Path], plan: Plan = Plan(), *, processes: int = 1, progress: Progress = NO_PROGRESS) -> Run:
    """Measures fusion. places: manifests or folders of prints; each of their sets is measured alone. None: synthetic fingers
    only.

    Raises BadManifest, NothingToDo, FileUnreadable.
    """
    samples = [one for place in places for one in protocol.read(place)]
    run = Run(NAME, threads=processes, seed=plan.seed, mated=plan.mated, non_mated=plan.non_mated, gallery=plan.gallery)
    sets: dict[str, list[tuple[str, Template]]] = {SYNTHETIC: synthetic(plan)}
    setup = OurSetup()
    made = runner.extract_all(setup, samples, [(at, "") for at in range(len(samples))], processes=processes, progress=progress)
    for at, sample in enumerate(samples):
        if (one := made.ready[at, ""]) is not None:
            sets.setdefault(sample.set, []).append((sample.finger, one.template))
    for name, prints in sets.items():
        fingers, templates = zip(*prints, strict=True)
        scores = Scores.of(templates, fingers, progress)
        run.note(name, {"prints": len(prints), "fingers": len(scores.prints), "cases": cases(scores, plan)})
    if plan.gallery and samples:
        run.note("misses", misses({name: prints for name, prints in sets.items() if name != SYNTHETIC}, plan, progress))
    return run


def synthetic(plan: Plan) -> list[tuple[str, Template]]:
    """Makes fingers with their names and impressions."""
    rng = np.random.default_rng(plan.seed)
    made = synthesise_templates(plan.synthetic, plan.seed)
    return [(str(n), press_again(one, rng)) for n, one in enumerate(made) for _ in range(plan.presses)]


def cases(scores: Scores, plan: Plan) -> dict[str, Any]:
    """Computes figures of every case for which there are prints enough."""
    calibration, rng = Calibration.of(), np.random.default_rng(plan.seed)
    found: dict[str, Any] = {}
    for named in (True, False):
        words = "named" if named else "unnamed"
        for asked, enrolled in IMPRESSIONS:
            positions = (POSITIONS[0] if named else FingerPosition.UNKNOWN,) * max(asked, enrolled)
            drawn = [_impressions(scores, asked, enrolled, mated, plan, rng) for mated in (True, False)]
            found[f"{asked} of {enrolled} impressions, {words}"] = _figures(scores, drawn, positions, calibration)
        for count in FINGERS:
            positions = POSITIONS[:count] if named else (FingerPosition.UNKNOWN,) * count
            drawn = [_fingers(scores, count, mated, plan, rng) for mated in (True, False)]
            found[f"{count} fingers, {words}"] = _figures(scores, drawn, positions, calibration)
    return {name: figures for name, figures in found.items() if figures is not None}


Trial = tuple[np.ndarray, np.ndarray]  # numbers of the probe's prints, and of the enrolled ones


def _impressions(scores: Scores, asked: int, enrolled: int, mated: bool, plan: Plan, rng: np.random.Generator) -> list[Trial]:
    """Draws persons of one finger."""
    probes = [own for own in scores.prints if len(own) >= asked + (enrolled if mated else 0)]
    others = [own for own in scores.prints if len(own) >= enrolled]
    if not probes or len(others) < 2:
        return []
    trials: list[Trial] = []
    while len(trials) < (plan.mated if mated else plan.non_mated):
        own = rng.permutation(probes[rng.integers(len(probes))])
        other = own[asked:] if mated else rng.permutation(others[rng.integers(len(others))])
        if mated or not np.isin(own, other).any():
            trials.append((own[:asked], other[:enrolled]))
    return trials


def _fingers(scores: Scores, count: int, mated: bool, plan: Plan, rng: np.random.Generator) -> list[Trial]:
    """Draws persons of several fingers, drawn anew for each."""
    usable = [own for own in scores.prints if len(own) >= 2]
    if len(usable) < 2 * count:
        return []
    trials: list[Trial] = []
    while len(trials) < (plan.mated if mated else plan.non_mated):
        drawn = [rng.permutation(usable[n])[:2] for n in rng.permutation(len(usable))[: 2 * count]]
        trials.append((
            np.array([one[0] for one in drawn[:count]]),
            np.array([one[1] for one in (drawn[:count] if mated else drawn[count:])]),
        ))  # fmt: skip
    return trials


def _figures(
    scores: Scores, drawn: Sequence[Sequence[Trial]], positions: Sequence[FingerPosition], calibration: Calibration
) -> dict[str, Any] | None:
    """Computes figures of mated and of non-mated persons; None where there are no prints for one of them."""
    mated, others = ([_fused(scores, trial, positions, calibration) for trial in trials] for trials in drawn)
    if not mated or not others:
        return None
    score, llr = (np.array([getattr(one, name) for one in others]) for name in ("score", "llr"))
    own, own_llr = (np.array([getattr(one, name) for one in mated]) for name in ("score", "llr"))
    return {
        "mated": len(mated),
        "non_mated": len(others),
        "non_mated_reaching": {str(at): {"stated": 10 ** (-at / 10), "seen": rounded((score >= at).mean())} for at in SCORES},
        "mean_lr": rounded(float(np.mean(10.0**llr))),
        "highest_llr": rounded(llr.max()),
        "mated_below": {str(at): rounded((own < at).mean()) for at in ACCEPTED},
        "median_llr": rounded(float(np.median(own_llr))),
        "cllr": rounded(metrics.cllr(own_llr, llr)),
    }


def _fused(scores: Scores, trial: Trial, positions: Sequence[FingerPosition], calibration: Calibration) -> Fused:
    probes, enrolled = trial
    compared = [
        Compared(number, int(print_), positions[number], positions[place], _comparison(scores, int(probe), int(print_)), np.nan)
        for number, probe in enumerate(probes)
        for place, print_ in enumerate(enrolled)
    ]
    return fuse(compared, calibration.fingers, calibration.shown, asked=asked_fingers(positions[: len(probes)]))


def _comparison(scores: Scores, a: int, b: int) -> Comparison:
    return Comparison(float(scores.score[a, b]), float(scores.llr[a, b]), bool(scores.extrapolated[a, b]), 0.0, _NO_EVIDENCE, 0)


def misses(sets: dict[str, list[tuple[str, Template]]], plan: Plan, progress: Progress = NO_PROGRESS) -> dict[str, Any]:
    """Searches with two impressions of each finger, whose first impression is enrolled among synthetic prints.

    Each of the two is searched with alone. "one" and "both": shares of the pairs in which the first, and both, missed the mate;
    "stated": what `candidates.missed` says of the two; "stated_as_independent": the product.
    """
    entries = [Entry(f"s{n}", "", f"s{n}", one) for n, one in enumerate(synthesise_templates(plan.gallery, plan.seed + 1))]
    searched: list[tuple[str, list[Template]]] = []
    for name, prints in sets.items():
        by_finger: dict[str, list[Template]] = {}
        for finger, template in prints:
            by_finger.setdefault(finger, []).append(template)
        for finger, (first, *others) in by_finger.items():
            entries.append(Entry(f"{name} {finger}", "", f"{name} {finger}", first))
            searched.append((f"{name} {finger}", others))
    rates, lost, said = SearchRates.of(), list[tuple[bool, bool]](), list[tuple[float, float]]()
    with closing(LocalGallery(MemoryLog())) as gallery:
        for start in range(0, len(entries), _AT_ONCE):
            gallery.enrol(entries[start : start + _AT_ONCE])
        gallery.compact()
        progress.start("Searching", len(searched))
        for name, probes in searched:
            missed = [name not in gallery.shortlist(probe) for probe in probes]
            asked = [Asked.of(probe, len(gallery), Effort.NORMAL) for probe in probes]
            for a, b in itertools.combinations(range(len(probes)), 2):
                each = [rates.miss(asked[a]), rates.miss(asked[b])]
                lost.append((missed[a], missed[b]))
                said.append((math.prod(each), candidates.missed(each)))
            progress.advance()
        progress.done()
    either, stated = np.array(lost), np.array(said)
    return {
        "pairs": len(either),
        "one": rounded(either.mean()),
        "both": rounded(either.all(axis=1).mean()),
        "second_where_first": rounded(either.all(axis=1).sum() / max(1.0, either.sum() / 2)),
        "stated_as_independent": rounded(stated[:, 0].mean()),
        "stated": rounded(stated[:, 1].mean()),
    }


def table(results: Results) -> Iterator[str]:
    """Yields every case of every set: how many times its stated rate non-mated persons reach a score; what mated persons
    get."""
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    reached = [f"at {at}" for at in SCORES]
    lost = [f"mated below {at}, %" for at in ACCEPTED]
    yield from head("prints", "case", *reached, "mean LR", *lost, "Cllr", numbers=range(2, 7 + len(lost)))
    for name, one in document["figures"].items():
        for case, found in one.get("cases", {}).items():
            reaching = (found["non_mated_reaching"][str(at)] for at in SCORES)
            times = (f"{each['seen'] / each['stated']:.2f}" for each in reaching)
            below = (percent(found["mated_below"][str(at)]) for at in ACCEPTED)
            yield row(name, case, *times, f"{found['mean_lr']:.2g}", *below, f"{found['cllr']:.3f}")


def table_of_misses(results: Results) -> Iterator[str]:
    """Yields what two impressions of one finger miss when they are searched with."""
    found = results.get(NAME, {"figures": {}})["figures"].get("misses")
    if found is None:
        yield MISSING
        return
    yield from head("pairs of probes", "one misses, %", "both miss, %", "stated, %", "as independent, %", numbers=range(5))
    yield row(
        f"{found['pairs']:,}",
        *(percent(found[name]) for name in ("one", "both", "stated", "stated_as_independent")),
    )
