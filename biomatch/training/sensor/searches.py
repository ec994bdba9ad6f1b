"""Trial searches of the owner's prints among synthetic ones, and the shipped laws of searches adapted to them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from biomatch.calibration import Calibration
from biomatch.calibration.classes import impression_class
from biomatch.calibration.search_rates import Asked, SearchRates
from biomatch.comparison.comparer import is_foreign
from biomatch.evaluation import laws
from biomatch.evaluation.galleries.population import PLANTED, Population, Print, crop, of_prints
from biomatch.evaluation.galleries.searcher import Opening, Searched, Searcher
from biomatch.evaluation.laws import EFFORTS, FIT, Answers, Near
from biomatch.gallery.interface import Effort
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Template
from biomatch.training.sensor.prints import Prints

GALLERIES = 2
CROPPED = (10, 16, 24)  # clear minutiae of which one count, drawn by lot, is left of a cropped probe
TRIED = (Effort.FAST, Effort.NORMAL)
FIXED = float("inf")  # of what trials in galleries of one size cannot tell: what a size does
MISSES = (1.0, FIXED, FIXED, 1.0, 1.0, 1.0, 1.0, 1.0, FIXED, 1.0, FIXED)  # a standard deviation of 1, log odds
NON_MATED = (4.0, FIXED, 4.0, 4.0, 4.0, 4.0, 400.0, 4.0, FIXED)  # the seventh is of score times minutiae: tens of units
SHARES = (1 / GALLERIES, 1 / (GALLERIES * len(TRIED)))  # of misses and strangers: each print and each crop counts once


@dataclass(frozen=True, eq=False)
class Trials:
    """One row a search and mate, as `answers` has them.

    finger   (n,) int64 of the probe
    whole    (n,) bool: not cropped
    impression   (n,) int64 class of the probe, and so of all its pairs
    mate     (n,) float64 score of the mate as a candidate; -inf where it is none, NaN where there is no mate
    mate_stage, stranger_stage   (n,) str: of "minutiae", "ridges" and "foreign", that gave the scores
    """

    answers: Answers
    finger: np.ndarray
    whole: np.ndarray
    impression: np.ndarray
    mate: np.ndarray
    mate_stage: np.ndarray
    stranger_stage: np.ndarray

    def __getitem__(self, which: np.ndarray) -> Trials:
        return Trials(*(getattr(self, field.name)[which] for field in fields(self)))

    def by(self, calibration: Calibration) -> Trials:
        """Returns the same with the scores that an adapted calibration gives."""
        stranger = self._stretched(calibration, self.answers.stranger, self.stranger_stage)
        mate = self._stretched(calibration, self.mate, self.mate_stage)
        return replace(self, answers=replace(self.answers, stranger=stranger), mate=mate)

    def _stretched(self, calibration: Calibration, score: np.ndarray, stage: np.ndarray) -> np.ndarray:
        out = score.copy()
        for name in np.unique(stage):
            for kind in np.unique(self.impression):
                own = (stage == name) & (self.impression == kind) & np.isfinite(score)
                out[own] = calibration.stretch(str(name), int(kind))(score[own])
        return out


def gather(prints: Prints, size: int, seed: int, models: Path | None = None, progress: Progress = NO_PROGRESS) -> Trials:
    """Searches with every print, whole and once cropped, in galleries of so many prints, mostly synthetic ones."""
    people = of_prints([_print(prints, n) for n in range(len(prints.samples))], 1)
    number = {one.finger: int(finger) for one, finger in zip(prints.samples, prints.finger, strict=True)}
    asking = [(one, people.mates(n)) for n, one in enumerate(people.probes)]
    asking += [(one, np.zeros(0, np.int64)) for one in people.non_mated]
    rows: list[tuple[float, ...]] = []
    stages: list[tuple[int, bool, int, float, str, str]] = []
    for gallery in range(GALLERIES):
        with TemporaryDirectory() as folder:
            progress.start(f"Making trial gallery {gallery + 1} of {GALLERIES}", None)
            searcher = Searcher(_opening(Path(folder), people, size, seed + gallery, models))
            progress.start(f"Searching in trial gallery {gallery + 1} of {GALLERIES}", len(asking))
            rng = np.random.default_rng([seed, gallery])
            for one, mates in asking:
                kind = impression_class(one.template.impression, one.template.impression)
                for template in _shown(one.template, rng):
                    for effort in TRIED:
                        found = searcher.search(template, one.finger, mates, effort)
                        for k in range(max(1, len(mates))):
                            rows.append(_row(template, effort, size, gallery, found, k))
                            whole = template is one.template
                            stages.append((number[one.finger], whole, kind, *_told(template, found, k)))
                progress.advance()
            progress.done()
    columns = [np.array(column) for column in zip(*stages, strict=True)]
    return Trials(Answers.of(rows), *columns)


def _print(prints: Prints, n: int) -> Print:
    one = prints.samples[n]
    return Print(prints.prepared[n].template, one.finger, one.set, one.impression, "biomatch")


def _opening(folder: Path, people: Population, size: int, seed: int, models: Path | None) -> Opening:
    return Opening(folder, people, max(0, size - len(people.planted)), seed, models, None, False)


def _shown(template: Template, rng: np.random.Generator) -> list[Template]:
    """Returns a print whole, and once cropped."""
    count = int(rng.choice(CROPPED))
    return [template, crop(template, count, rng)] if count < len(template.minutiae) else [template]


def _row(template: Template, effort: Effort, size: int, gallery: int, found: Searched, k: int) -> tuple[float, ...]:
    """Makes a row of `Answers`; k: number of the mate."""
    asked = Asked.of(template, size, effort)
    quality = np.nan if asked.quality is None else float(asked.quality)
    missed = float(not found.listed[k]) if len(found.mates) else np.nan
    stranger = found.stranger if k == 0 else np.nan
    return size, asked.minutiae, asked.clear, quality, EFFORTS.index(effort), 0, gallery, missed, stranger


def _told(template: Template, found: Searched, k: int) -> tuple[float, str, str]:
    """Returns the mate's score, and which stage gave that one and the best non-mated one."""
    if is_foreign(template):
        stages = ["foreign", "foreign"]
    else:
        names = (f"{PLANTED} {found.mates[k]}" if len(found.mates) else "", found.best)
        stages = ["ridges" if name in found.ridges else "minutiae" for name in names]
    return (float(found.scores[k]) if len(found.mates) else np.nan), stages[0], stages[1]


def adapted(shipped: SearchRates, trials: Trials) -> SearchRates:
    """Adapts the shipped laws, as far as these trials speak against them."""
    return laws.fit(trials.answers, FIT, Near(shipped, MISSES, NON_MATED, *SHARES))


def stated_misses(law: SearchRates, answers: Answers) -> np.ndarray:
    """Computes the stated probabilities of a miss, (n,) float64."""
    return np.array([law.miss(one) for one in answers.asked()])


def stated_false_positives(law: SearchRates, answers: Answers) -> np.ndarray:
    """Computes the stated false positive probability of the best non-mated candidate of each, (n,) float64."""
    return np.array([law.false_positive(s, one) for s, one in zip(answers.stranger, answers.asked(), strict=True)])


def thresholds(law: SearchRates, answers: Answers, fpir: float) -> np.ndarray:
    """Computes the thresholds, (n,) float64."""
    return np.array([law.threshold(fpir, one) for one in answers.asked()])
