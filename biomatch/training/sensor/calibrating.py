"""Fits a calibration to prints of an own sensor, and measures it on prints that it was not fitted to.

1. Compare the prints with one another: how far the shipped scores and likelihood ratios are off.
2. Search each print, whole and cropped, among synthetic ones: how far the shipped rates of searches are off.
3. Judge: the same by folds of fingers, each judged by what the others gave.
4. Fit to all. Every law stays near the shipped one, the nearer the less was seen.

What finds, describes and compares minutiae stays as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import MODEL, SearchRates
from biomatch.evaluation import laws, origins
from biomatch.learned import ARRAYS, CARD, Models, card_text, packed, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.sensor import judging, scores, searches
from biomatch.training.sensor.judging import Figure
from biomatch.training.sensor.prints import LEAST_FINGERS, LEAST_PRINTS, Prints, refuse_few

__all__ = ["LEAST_FINGERS", "LEAST_PRINTS", "Fitted", "Plan", "fit"]

LIMITS = (
    "for prints like those it was fitted to; trials among synthetic prints of one size: what a size does is the shipped law's, "
    "and so are the limits of likelihood ratios and the score beyond which rates are extrapolated"
)


@dataclass(frozen=True)
class Plan:
    """size: prints of each trial gallery; models: folder of those that are built on, None: those that ship."""

    size: int = 10_000
    seed: int = 1
    models: Path | None = None


@dataclass(frozen=True, eq=False)
class Fitted:
    """prints, fingers   that took part
    pairs, searches  that were judged
    figures          before and after
    files            of the calibration, by path, for `store.calibrations`
    """

    prints: int
    fingers: int
    pairs: int
    searches: int
    figures: tuple[Figure, ...]
    files: Mapping[str, bytes] = field(repr=False)


def fit(prints: Prints, plan: Plan, progress: Progress = NO_PROGRESS) -> Fitted:
    """Raises TooFewPrints, ModelMissing, ModelDamaged."""
    refuse_few(prints)
    models = shipped() if plan.models is None else Models(plan.models)
    calibration, law = Calibration.of(models), SearchRates.of(models)
    pairs = scores.compare(prints, models, np.random.default_rng([plan.seed, 0]), progress)
    trials = searches.gather(prints, plan.size, plan.seed, plan.models, progress)
    before = judging.shipped(calibration, law, pairs, trials)
    after = judging.refitted(calibration, law, pairs, trials, prints.fingers, np.random.default_rng([plan.seed, 1]))
    figures = judging.figures(pairs, trials, prints.fingers, before, after)
    adapted = scores.adapted(calibration, pairs)
    arrays = {
        "calibration": adapted.arrays(),
        MODEL: laws.arrays(searches.adapted(law, trials.by(adapted))),
    }
    files = _files(arrays, _card(prints, plan, figures), prints.digest, models)
    return Fitted(len(prints.samples), prints.fingers, len(pairs.a), len(trials.finger), figures, files)


def _card(prints: Prints, plan: Plan, figures: tuple[Figure, ...]) -> dict[str, Any]:
    """Counts and a hash say which prints took part: a card names nobody."""
    values = {
        f"{one.name}_{side}": value
        for one in figures
        for side, found in (("before", one.before), ("after", one.after))
        if (value := found.value) is not None and math.isfinite(value)
    }
    return {
        "made_by": f"biomatch calibrate --size {plan.size} --seed {plan.seed}",
        "seed": plan.seed,
        "data": f"{len(prints.samples):,} prints of {prints.fingers:,} fingers of the gallery's owner, sha256 {prints.digest}",
        "terms": "the gallery's owner has them; the generator of the synthetic prints is biomatch's own",
        "scores": values,
        "limits": LIMITS,
    }


def _files(
    arrays: Mapping[str, Mapping[str, np.ndarray]], card: Mapping[str, Any], digest: str, models: Models
) -> dict[str, bytes]:
    built_on = [(models, name) for name in models.names()]
    files = {}
    for name, each in arrays.items():
        data = packed(each)
        origin = origins.stated(name, data, [f"prints {digest[:16]}"], built_on)
        files[f"{name}/{ARRAYS}"] = data
        files[f"{name}/{CARD}"] = card_text(ARRAYS, data, {**card, **origin}).encode()
    return files
