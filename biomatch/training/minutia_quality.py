"""The model "minutia_quality": the chance that a candidate is found again in other impressions of the finger.

Impressions of one finger are laid on each other by their candidates alone (`mates`). A candidate is tested by every other
impression whose foreground covers its place, and is real where two fifths of them show it again. A network of one hidden
layer learns that from the candidates' features; groups of sets that are left out in turn calibrate it.
"""

from __future__ import annotations

import itertools
import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.evaluation.protocol import Sample
from biomatch.extraction import pipeline
from biomatch.extraction.features import MIRRORED, Features
from biomatch.extraction.minutia_quality import probability
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage, decode
from biomatch.observe import NO_PROGRESS, NO_TRACE, Progress
from biomatch.synthesis.degrade import harder
from biomatch.training import mates
from biomatch.training.data import group_of

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class FitParams:
    reach_px: float = 9.0  # a candidate is found again within a period of its place
    believed: float = 0.3  # quality from which another impression's candidate counts as found
    edge_px: int = 12  # a place this near the other foreground's edge is not covered
    hard_every: int = 3  # every third print has a copy made hard: wet, dry, turned, stretched, partial, smudged
    hardness: float = 1.0  # as the hard public sets are
    tests_min: int = 2  # impressions that must cover a place before it teaches anything
    found_share: float = 0.4  # of the impressions that cover it: prints miss real minutiae, chance finds few false ones
    axes: int = 96  # principal axes of each patch: 97 % of what they hold
    hidden: int = 64
    epochs: int = 10  # more learns the training sensors by heart
    epochs_short: int = 6  # while sets are left out
    rows_short: int = 80_000
    penalty: float = 1e-3
    batch: int = 512


@dataclass(frozen=True, eq=False)
class Seen:
    """The part of one print that training keeps.

    own      (n, 4) float32  candidates: x, y, dx, dy
    covered  (h/4, w/4) uint8  1 where the foreground is, less its edge
    """

    sample: Sample
    own: np.ndarray
    scalars: np.ndarray
    patches: np.ndarray
    covered: np.ndarray

    @property
    def features(self) -> Features:
        return Features(self.scalars, self.patches.astype(np.float32))


def fit(
    samples: Sequence[Sample], seed: int, progress: Progress = NO_PROGRESS, params: FitParams | None = None
) -> tuple[Arrays, dict[str, object]]:
    """Fits the arrays of the model and figures for its card, from prints with several impressions a finger."""
    params = params or FitParams()
    prints = _look(samples, seed, params, progress)
    guess = [mates.first_guess(p.scalars) for p in prints]
    labels = found_again(prints, guess, params)
    arrays = _network(prints, labels, seed, params, short=True)
    labels = found_again(prints, [probability(p.features, arrays) for p in prints], params)
    held_out = _held_out(prints, labels, seed, params)
    arrays = _network(prints, labels, seed, params)
    truth, raw, groups = held_out
    slope, offset = _calibration(raw, truth)
    arrays |= {"slope": np.array(slope, np.float32), "offset": np.array(offset, np.float32)}
    scores = _figures(truth, raw, groups)
    return arrays, scores


def with_mates(samples: Sequence[Sample], params: FitParams | None = None) -> list[Sample]:
    """Chooses the samples that teach: those of fingers with enough impressions in one set."""
    params = params or FitParams()
    counts = Counter((s.set, s.finger) for s in samples)
    return [s for s in samples if counts[s.set, s.finger] > params.tests_min]


def _look(samples: Sequence[Sample], seed: int, params: FitParams, progress: Progress) -> list[Seen]:
    """Finds candidates and features of the fingers that have several impressions in one set, and of hard copies of some."""
    several = with_mates(samples, params)
    progress.start(f"looking at {len(several):,} prints", len(several))
    out = []
    for k, sample in enumerate(several):
        image = decode(sample.path.read_bytes(), ppi=sample.ppi)
        out.append(_seen(sample, image, params))
        if k % params.hard_every == 0:
            hard = harder(image.pixels, np.random.default_rng((seed, k)), params.hardness)
            out.append(_seen(sample, GreyImage.of(hard), params))
        progress.advance()
    progress.done()
    return out


def _seen(sample: Sample, image: GreyImage, params: FitParams) -> Seen:
    seen = pipeline.look(image, Params(), NO_TRACE)
    found = seen.found
    own = np.stack((found.x, found.y, found.dx, found.dy), axis=1)
    inner = covered(seen.mask, params)
    return Seen(sample, own, seen.features.scalars, seen.features.patches.astype(np.float16), inner)


def covered(mask: np.ndarray, params: FitParams) -> np.ndarray:
    """Returns 1 where the foreground (h, w) bool is, less its edge, (h/4, w/4) uint8."""
    small = cv2.resize(mask.astype(np.uint8), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder(small, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    reach = 2 * (params.edge_px // 4) + 1
    return np.asarray(cv2.erode(framed, np.ones((reach, reach), np.uint8))[1:-1, 1:-1])


def found_again(prints: Sequence[Seen], quality: Sequence[np.ndarray], params: FitParams) -> list[np.ndarray]:
    """Counts for each print (n, 2) int: in how many impressions each candidate was found again, of how many that cover it."""
    counts = [np.zeros((len(p.own), 2), np.int64) for p in prints]
    by_finger: dict[tuple[str, str], list[int]] = {}
    for i, p in enumerate(prints):
        by_finger.setdefault((p.sample.set, p.sample.finger), []).append(i)
    for own in by_finger.values():
        for i, j in itertools.permutations(own, 2):
            if prints[i].sample == prints[j].sample:
                continue  # a copy shows the same false minutiae
            laid = mates.lay(prints[i].own, quality[i], prints[j].own, quality[j])
            if laid is None:
                continue
            tested = _covered(laid[:, :2], prints[j].covered)
            found = mates.found_again(laid, prints[j].own[quality[j] >= params.believed], params.reach_px)
            counts[i] += np.stack((tested & found, tested), axis=1)
    return counts


def _covered(place: np.ndarray, covered: np.ndarray) -> np.ndarray:
    rows, columns = np.rint(place[:, 1] / 4).astype(int), np.rint(place[:, 0] / 4).astype(int)
    inside = (rows >= 0) & (columns >= 0) & (rows < covered.shape[0]) & (columns < covered.shape[1])
    inside[inside] = covered[rows[inside], columns[inside]] > 0
    return inside


def _rows(prints: Sequence[Seen], labels: Sequence[np.ndarray], params: FitParams) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns scalars, patches and truth of the candidates that were tested often enough."""
    taken = [count[:, 1] >= params.tests_min for count in labels]
    scalars = np.concatenate([p.scalars[k] for p, k in zip(prints, taken, strict=True)])
    patches = np.concatenate([p.patches[k] for p, k in zip(prints, taken, strict=True)])
    truth = np.concatenate([c[k, 0] >= params.found_share * c[k, 1] for c, k in zip(labels, taken, strict=True)])
    return scalars, patches, truth


def _network(
    prints: Sequence[Seen], labels: Sequence[np.ndarray], seed: int, params: FitParams, *, short: bool = False
) -> Arrays:
    """Fits one hidden layer over standardised scalars and principal axes of the patches, folded into plain matrices."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    scalars, patches, truth = _rows(prints, labels, params)
    rng = np.random.default_rng(seed)
    if short and len(truth) > params.rows_short:
        pick = np.sort(rng.choice(len(truth), params.rows_short, replace=False))
        scalars, patches, truth = scalars[pick], patches[pick], truth[pick]
    scalars = np.concatenate((scalars, scalars * MIRRORED))
    mean, deviation = scalars.mean(0), scalars.std(0) + 1e-6
    axes = [_principal(patches[:, k], rng, params) for k in range(2)]
    both = [
        np.concatenate([v[:, k].reshape(len(v), -1).astype(np.float32) @ axes[k] for v in (patches, patches[:, :, ::-1, :])])
        for k in range(2)
    ]
    x = np.concatenate((np.clip((scalars - mean) / deviation, -4, 4), *both), axis=1).astype(np.float32)
    network = MLPClassifier(
        (params.hidden,),
        batch_size=params.batch,
        max_iter=params.epochs_short if short else params.epochs,
        alpha=params.penalty,
        random_state=seed,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are counted, not waited for
        network.fit(x, np.concatenate((truth, truth)))
    first, second = network.coefs_
    count = scalars.shape[1]
    from_patches = np.concatenate([axes[k] @ first[count + k * params.axes : count + (k + 1) * params.axes] for k in range(2)])
    return {
        "mean": mean.astype(np.float32),
        "deviation": deviation.astype(np.float32),
        "from_scalars": first[:count].astype(np.float32),
        "from_patches": from_patches.astype(np.float16),
        "hidden_bias": network.intercepts_[0].astype(np.float32),
        "output": second[:, 0].astype(np.float32),
        "output_bias": np.array(network.intercepts_[1][0], np.float32),
        "slope": np.array(1, np.float32),
        "offset": np.array(0, np.float32),
    }


def _principal(patches: np.ndarray, rng: np.random.Generator, params: FitParams) -> np.ndarray:
    """Finds principal axes of a patch, scaled so that the projections have deviations near 1, (side * side, axes) float32."""
    pick = rng.choice(len(patches), min(len(patches), 20_000), replace=False)
    x = patches[pick].reshape(len(pick), -1).astype(np.float32)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    return np.asarray(vectors[:, ::-1][:, : params.axes] / np.sqrt(values[::-1][: params.axes]).mean(), np.float32)


def _held_out(
    prints: Sequence[Seen], labels: Sequence[np.ndarray], seed: int, params: FitParams
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns truth, logits and groups of all tested candidates, each group judged by a network that never saw it."""
    groups = [group_of(p.sample.set) for p in prints]
    parts = []
    for group in sorted(set(groups)):
        own = [k for k, g in enumerate(groups) if g == group]
        others = [k for k, g in enumerate(groups) if g != group]
        if not others:
            others = own  # a single group cannot be left out
        arrays = _network([prints[k] for k in others], [labels[k] for k in others], seed, params, short=True)
        scalars, patches, truth = _rows([prints[k] for k in own], [labels[k] for k in own], params)
        chance = np.clip(probability(Features(scalars, patches.astype(np.float32)), arrays), 1e-6, 1 - 1e-6)
        parts.append((truth, np.log(chance / (1 - chance)), np.full(len(truth), group)))
    truth, raw, names = (np.concatenate(v) for v in zip(*parts, strict=True))
    return truth, raw, names


def _calibration(raw: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """Fits slope and offset of the logit, by logistic regression on what was held out."""
    from sklearn.linear_model import LogisticRegression

    fitted = LogisticRegression(C=1e3).fit(raw[:, None], truth)
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def _figures(truth: np.ndarray, raw: np.ndarray, groups: np.ndarray) -> dict[str, object]:
    """Computes the held-out area under the ROC and expected calibration error, calibrated on the other groups, by group."""
    from sklearn.metrics import roc_auc_score

    scores: dict[str, object] = {"candidates": len(truth), "real": round(float(truth.mean()), 3)}
    for group in sorted(set(groups)):
        own = groups == group
        slope, offset = _calibration(raw[~own], truth[~own]) if (~own).any() else (1.0, 0.0)
        chance = 1 / (1 + np.exp(-(slope * raw[own] + offset)))
        scores[f"auc_{group}"] = round(float(roc_auc_score(truth[own], chance)), 3)
        scores[f"calibration_error_{group}"] = round(calibration_error(chance, truth[own]), 3)
    return scores


def calibration_error(chance: np.ndarray, truth: np.ndarray, bins: int = 10) -> float:
    """Computes the expected calibration error: mean distance of promised and seen share over equal bins, weighted by their
    counts."""
    place = np.minimum((chance * bins).astype(int), bins - 1)
    total = 0.0
    for k in range(bins):
        own = place == k
        if own.any():
            total += float(own.mean() * abs(chance[own].mean() - truth[own].mean()))
    return total
