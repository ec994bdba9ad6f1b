"""The model "image_quality": the share of other impressions of its finger that a print fits, from its measures.

Whether two impressions fit is decided by their minutiae alone (`mates`), so that the model does not depend on how they are
compared later. Prints on file are mostly good: each is joined by a copy made hard (wet, dry, partial, stretched, smudged).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biomatch.evaluation.protocol import Sample
from biomatch.extraction import measures as measuring
from biomatch.extraction import minutia_quality, pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage, decode
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, NO_TRACE, Progress
from biomatch.synthesis.degrade import harder
from biomatch.template import Minutiae
from biomatch.training import mates
from biomatch.training.data import group_of

IMPRESSIONS_MIN = 3  # of a finger in one set: fewer say little about a print
IMPRESSIONS_MOST = 6  # more of one finger add little
HARDNESS = (0.4, 2.0)  # of the copies: from careless to hopeless
PENALTY = 0.1  # inverse strength of the ridge on the weights


def fit(
    samples: Sequence[Sample], models: Models, seed: int, progress: Progress = NO_PROGRESS
) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Arrays of the model and figures for its card.

    models  where the model "minutia_quality" is
    """
    by_finger: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        by_finger.setdefault((sample.set, sample.finger), []).append(sample)
    fingers = [own[:IMPRESSIONS_MOST] for own in by_finger.values() if len(own) >= IMPRESSIONS_MIN]
    rng = np.random.default_rng(seed)
    progress.start(f"measuring {sum(map(len, fingers)):,} prints", sum(map(len, fingers)))
    vectors: list[np.ndarray] = []
    shares: list[float] = []
    groups: list[str] = []
    for own in fingers:
        images = [decode(sample.path.read_bytes(), ppi=sample.ppi) for sample in own]
        copies = [GreyImage.of(harder(image.pixels, rng, rng.uniform(*HARDNESS))) for image in images]
        seen = [_measured(image, models) for image in (*images, *copies)]
        vectors += [vector for vector, _ in seen]
        shares += _fitting([found for _, found in seen])
        groups += [group_of(own[0].set)] * len(seen)
        progress.advance(len(own))
    progress.done()
    x, y, names = np.array(vectors), np.array(shares), np.array(groups)
    arrays = _logistic(x, y)
    return arrays, _figures(x, y, names)


def _measured(image: GreyImage, models: Models) -> tuple[np.ndarray, Minutiae]:
    params = Params()
    seen = pipeline.look(image, params, NO_TRACE)
    model = models.arrays(minutia_quality.MODEL)
    judged = minutia_quality.judge(seen.found, seen.features, model, params.judgement, NO_TRACE)
    measured = measuring.of(seen.mask, seen.flat, seen.contrast, seen.flow, seen.period, seen.views[-1], judged, NO_TRACE)
    return measured.vector(), judged


def _fitting(prints: Sequence[Minutiae]) -> list[float]:
    """Of prints and their copies (the second half): share of the other prints that each can be laid on."""
    own = [np.stack((m.x, m.y, np.cos(m.angle), -np.sin(m.angle)), axis=1) for m in prints]
    count = len(prints) // 2
    shares = []
    for i in range(len(prints)):
        others = [j for j in range(count) if j != i % count]
        laid = [mates.lay(own[i], prints[i].quality, own[j], prints[j].quality) is not None for j in others]
        shares.append(float(np.mean(laid)))
    return shares


def _logistic(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Logistic regression on shares: each print counts as fitting with its share and as not fitting with the rest."""
    from sklearn.linear_model import LogisticRegression

    mean, deviation = x.mean(0), x.std(0) + 1e-9
    standard = np.clip((x - mean) / deviation, -3, 3)
    truth = np.repeat((1, 0), len(y))
    model = LogisticRegression(C=PENALTY, max_iter=1000)
    model.fit(np.concatenate((standard, standard)), truth, sample_weight=np.concatenate((y, 1 - y)) + 1e-9)
    return {"mean": mean, "deviation": deviation, "weight": model.coef_[0], "offset": np.array(model.intercept_[0])}


def _figures(x: np.ndarray, y: np.ndarray, groups: np.ndarray) -> dict[str, object]:
    """By left-out group: rank correlation of score and share, and the share that fits of the worst tenth and of the rest."""
    scores: dict[str, object] = {"prints": len(y), "share": round(float(y.mean()), 3)}
    for group in sorted(set(groups)):
        own = groups == group
        arrays = _logistic(x[~own], y[~own]) if (~own).any() else _logistic(x, y)
        standard = np.clip((x[own] - arrays["mean"]) / arrays["deviation"], -3, 3)
        predicted = standard @ arrays["weight"] + arrays["offset"]
        worst = predicted <= np.quantile(predicted, 0.1)
        ranks = [np.argsort(np.argsort(v, kind="stable"), kind="stable").astype(float) for v in (predicted, y[own])]
        scores[f"rank_correlation_{group}"] = round(float(np.corrcoef(ranks[0], ranks[1])[0, 1]), 3)
        scores[f"fits_worst_tenth_{group}"] = round(float(y[own][worst].mean()), 3)
        scores[f"fits_others_{group}"] = round(float(y[own][~worst].mean()), 3)
    return scores
