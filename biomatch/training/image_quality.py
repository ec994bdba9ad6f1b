"""The model "image_quality": the chance that a print is recognised in other impressions of its finger, from its measures.

A print is recognised where our own comparison reaches a false match rate of one in 100,000, so that this model is the last to
be trained. Prints on file are mostly good: each is joined by a careless copy and by one left behind as a latent, and by a
picture that shows no finger, which nobody recognises.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from biomatch.comparison import Comparer, Prepared, prepare
from biomatch.descriptors import Describer
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import CLASSICAL, open_extractor
from biomatch.imaging import GreyImage, decode
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.copies import careless, left_behind, no_finger
from biomatch.training.data import group_of

IMPRESSIONS_MIN = 3  # of a finger in one set: fewer say little about a print
IMPRESSIONS_MOST = 6  # more of one finger add little
OTHERS = 4  # impressions that a print is held against
RECOGNISED = 50.0  # -10 log10(FMR)
PENALTY = 0.3  # inverse strength of the ridge on the weights


class _Witness:
    """Extracts prints and says whether two are recognised as one finger's."""

    def __init__(self, models: Models, extractor: str):
        self._extractor = open_extractor(extractor, models)
        self._describer = Describer(models)
        self._comparer = Comparer(models)

    def see(self, image: GreyImage) -> tuple[np.ndarray, Prepared]:
        """Returns a print's measures as the model's inputs, and the print, ready to be compared."""
        template, measured = self._extractor.measure(image)
        return measured.vector(), prepare(template, self._describer)

    def measures(self, image: GreyImage) -> np.ndarray:
        """Returns the model's inputs alone."""
        return self._extractor.measure(image)[1].vector()

    def share(self, probe: Prepared, others: Sequence[Prepared]) -> float:
        """Counts the other impressions of the probe's finger in which it is recognised, as a share."""
        return float(np.mean([self._comparer.compare(probe, other).score >= RECOGNISED for other in others]))


def fit(
    samples: Sequence[Sample], models: Models, seed: int, progress: Progress = NO_PROGRESS, extractor: str = CLASSICAL
) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    """Fits the arrays of the model and figures for its card.

    models  where all other models are
    """
    fingers = _fingers(samples)
    rng = np.random.default_rng(seed)
    witness = _Witness(models, extractor)
    progress.start(f"measuring {sum(map(len, fingers)):,} prints", sum(map(len, fingers)))
    vectors: list[np.ndarray] = []
    nothing: list[np.ndarray] = []
    shares: list[float] = []
    groups: list[str] = []
    for own in fingers:
        images = [decode(sample.path.read_bytes(), ppi=sample.ppi) for sample in own]
        seen = [
            [witness.see(version) for version in (image, careless(image, rng), left_behind(image, rng))] for image in images
        ]
        for i, versions in enumerate(seen):
            others = [seen[j][0][1] for j in rng.permutation(len(own)) if j != i][:OTHERS]
            vectors += [vector for vector, _ in versions]
            shares += [witness.share(print_, others) for _, print_ in versions]
            groups += [group_of(own[0].set)] * len(versions)
            nothing.append(witness.measures(no_finger(rng, images[i].height, images[i].width)))
            progress.advance()
    progress.done()
    x, y, without = np.array(vectors), np.array(shares), np.array(nothing)
    return _among(without, x, y), _figures(x, y, np.array(groups), without)


def _among(nothing: np.ndarray, x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Fits as `_logistic` does, with pictures that show no finger beside the prints."""
    return _logistic(np.concatenate((x, nothing)), np.concatenate((y, np.zeros(len(nothing)))))


def _logistic(x: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """Fits a logistic regression on shares: each print counts as recognised with its share and as not recognised with the
    rest."""
    from sklearn.linear_model import LogisticRegression

    mean, deviation = x.mean(0), x.std(0) + 1e-9
    standard = np.clip((x - mean) / deviation, -3, 3)
    truth = np.repeat((1, 0), len(y))
    model = LogisticRegression(C=PENALTY, max_iter=1000)
    model.fit(np.concatenate((standard, standard)), truth, sample_weight=np.concatenate((y, 1 - y)) + 1e-9)
    return {"mean": mean, "deviation": deviation, "weight": model.coef_[0], "offset": np.array(model.intercept_[0])}


def _figures(x: np.ndarray, y: np.ndarray, groups: np.ndarray, nothing: np.ndarray) -> dict[str, object]:
    """Computes by left-out group the area under the ROC curve of the score, and the share recognised at low, middle and high
    scores."""
    scores: dict[str, object] = {"prints": len(y), "share": round(float(y.mean()), 3), "without_a_finger": len(nothing)}
    for group in sorted(set(groups)):
        own = groups == group
        others = ~own if (~own).any() else own
        arrays = _among(nothing, x[others], y[others])
        standard = np.clip((x[own] - arrays["mean"]) / arrays["deviation"], -3, 3)
        predicted = 1 / (1 + np.exp(-(standard @ arrays["weight"] + arrays["offset"])))
        scores[f"auc_{group}"] = round(_auc(predicted, y[own]), 3)
        for name, low, high in (("below_30", 0, 0.3), ("30_to_70", 0.3, 0.7), ("above_70", 0.7, 1.01)):
            inside = (predicted >= low) & (predicted < high)
            scores[f"recognised_{name}_{group}"] = round(float(y[own][inside].mean()), 3) if inside.any() else "none"
    return scores


def with_mates(samples: Sequence[Sample]) -> list[Sample]:
    """Chooses the samples that teach: a few of each finger that has enough."""
    return [sample for own in _fingers(samples) for sample in own]


def _fingers(samples: Sequence[Sample]) -> list[list[Sample]]:
    by_finger: dict[tuple[str, str], list[Sample]] = {}
    for sample in samples:
        by_finger.setdefault((sample.set, sample.finger), []).append(sample)
    return [own[:IMPRESSIONS_MOST] for own in by_finger.values() if len(own) >= IMPRESSIONS_MIN]


def _auc(predicted: np.ndarray, share: np.ndarray) -> float:
    """Computes the chance that a print which is recognised is predicted above one that is not; each counts as both, by its
    share."""
    order = np.argsort(predicted, kind="stable")
    below = np.cumsum(1 - share[order]) - 0.5 * (1 - share[order])
    return float((below * share[order]).sum() / max(share.sum() * (1 - share).sum(), 1e-9))
