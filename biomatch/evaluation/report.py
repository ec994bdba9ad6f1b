"""The figures of an evaluation as plain data: shares, not percent; None where there is nothing to measure."""

from __future__ import annotations

from typing import Any

import numpy as np

from biomatch.evaluation import intervals, metrics, protocol
from biomatch.evaluation.intervals import Pairs
from biomatch.evaluation.metrics import Curve
from biomatch.evaluation.runner import Prints, SetScores
from biomatch.evaluation.searching import Found

FMR_POINTS = {"fmr100": 0.01, "fmr1000": 0.001, "zerofmr": 0.0}


def pooled(scores: dict[str, SetScores]) -> SetScores:
    """Joins all pairs of all sets, with their own scores, under one threshold."""
    parts = list(scores.values())
    return SetScores(
        Pairs(*(np.concatenate([getattr(part.pairs, name) for part in parts]) for name in ("score", "a", "b"))),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("llr", "first", "second")),
    )


def build(
    prints: Prints, scores: dict[str, SetScores], found: Found | None, times: dict[str, float | None] | None
) -> dict[str, Any]:
    """Builds the report as `biomatch evaluate --json` writes it (docs/evaluation.md)."""
    everything = pooled(scores)
    thresholds = _thresholds(everything.pairs)
    return {
        "pooled": _rates(everything.pairs, thresholds),
        "sets": {name: _rates(one.pairs, thresholds) for name, one in scores.items()},
        "identification": _identification(prints, found),
        "time": times or {"extract_ms_median": None, "compare_us_median": None},
        "calibration": _calibration(everything),
        "failures": [vars(failure) for failure in prints.failures],
        "intervals": {
            "pooled": _intervals(everything.pairs),
            "sets": {name: _intervals(one.pairs) for name, one in scores.items()},
        },
    }


def rates(scores: dict[str, SetScores]) -> dict[str, Any]:
    """Computes pooled rates of some sets, with their intervals."""
    everything = pooled(scores).pairs
    return {**_rates(everything, _thresholds(everything)), "intervals": _intervals(everything)}


def _thresholds(pairs: Pairs) -> dict[str, float] | None:
    mated = pairs.mated
    if not mated.any() or mated.all():
        return None
    curve = Curve.of(pairs.score[mated], pairs.score[~mated])
    return {name: curve.threshold_at(fmr) for name, fmr in FMR_POINTS.items()}


def _rates(pairs: Pairs, thresholds: dict[str, float] | None) -> dict[str, float | int | None]:
    """Computes EER at the pairs' own threshold, FNMR at the pooled ones."""
    mated, non_mated = pairs.score[pairs.mated], pairs.score[~pairs.mated]
    found: dict[str, float | int | None] = {"eer": None, **dict.fromkeys(FMR_POINTS)}
    if len(mated) and len(non_mated):
        found["eer"] = Curve.of(mated, non_mated).eer()
    if len(mated) and thresholds is not None:
        found |= {name: metrics.fnmr_above(mated, threshold) for name, threshold in thresholds.items()}
    return {**found, "genuine": len(mated), "impostor": len(non_mated)}


def _intervals(pairs: Pairs) -> dict[str, tuple[float, float]] | None:
    mated = pairs.mated
    return intervals.error_rates(pairs) if mated.any() and not mated.all() else None


def _calibration(scores: SetScores) -> dict[str, float | None]:
    mated = scores.pairs.mated
    if not mated.any() or mated.all() or np.isnan(scores.llr).any():
        return {"cllr": None, "cllr_min": None}
    return {
        "cllr": metrics.cllr(scores.llr[mated], scores.llr[~mated]),
        "cllr_min": metrics.cllr_min(scores.pairs.score[mated], scores.pairs.score[~mated]),
    }


def _identification(prints: Prints, found: Found | None) -> dict[str, Any]:
    if found is None or not len(found.probes):
        gallery = 0 if found is None else found.gallery
        return {"rank1": None, "rank10": None, "probes": 0, "gallery": gallery, "shortlist_miss": None}
    fingers = protocol.finger_numbers(prints.samples)[found.probes]
    tried = not np.isnan(found.missed).any()
    return {
        "rank1": float(np.mean(found.ranks <= 1)),
        "rank10": float(np.mean(found.ranks <= 10)),
        "probes": len(found.probes),
        "gallery": found.gallery,
        "shortlist_miss": float(np.mean(found.missed)) if tried else None,
        "rank1_interval": intervals.share(found.ranks <= 1, fingers),
        "shortlist_miss_interval": intervals.share(found.missed, fingers) if tried else None,
    }
