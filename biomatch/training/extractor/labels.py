"""Labels for real prints: a teacher's minutiae, corrected by the other impressions of the finger; and synthetic ones, exact.

The teacher is LEADER (Cappelli and Ferrara, arXiv 2602.15493), which takes no part at run time. What it finds in one
impression and not in those that cover the same skin is false; what it misses in one and finds in most others is unsure there.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from biomatch.extraction import pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.observe import NO_TRACE
from biomatch.synthesis.impression import Impression
from biomatch.synthesis.master import Master
from biomatch.synthesis.ridge_map import ridge_map
from biomatch.template import Minutiae
from biomatch.training import mates
from biomatch.training.extractor.labelled import ANGLE_STEPS, GRID, PERIOD_STEPS, LabelledPrint


@dataclass(frozen=True)
class LabelParams:
    taken: float = 0.3  # score from which the teacher's minutiae count
    doubtful: float = 0.1  # and from which they are not held to be false
    reach_px: float = 11.0  # two impressions show the same minutia within a period or so
    edge_px: int = 12  # so near another foreground's edge a place is not covered
    tests_least: int = 2  # impressions that must cover a place before they speak
    real: float = 0.3  # share of them that find it again: the minutia is real
    real_weak: float = 0.5  # likewise where the teacher's own score is below `taken`
    false: float = 0.1  # at most this share: it is none
    sure_alone: float = 0.6  # score that is believed where nobody else saw the place
    missed: float = 0.5  # share of the others that show what is missing here: nobody knows
    ahead_px: float = 2.8  # along its direction, from where synthesis lays a minutia to where LEADER (2.7), MINDTCT (2.8) and
    # the classical extractor (2.9) mark it; the spread across it is 2.5
    clear_coherence: float = 0.35  # of the picture's gradients, from which direction and period are labels


PARAMS = LabelParams()


@dataclass(frozen=True, eq=False)
class Taught:
    """A real print as the teacher sees it.

    found    (n, 5) float32    x, y, ISO direction, kind, score
    covered  (h/4, w/4) uint8  1 where the finger is, less its edge
    """

    finger: str
    pixels: np.ndarray
    found: np.ndarray
    foreground: np.ndarray
    covered: np.ndarray
    angle: np.ndarray
    period: np.ndarray


def look(finger: str, image: GreyImage, teacher: Minutiae, params: LabelParams = PARAMS) -> Taught:
    """Looks at a real print with the teacher's minutiae (quality: its scores); the foreground and the ridges are the classical
    ones."""
    seen = pipeline.look(image, Params(), NO_TRACE)
    small = (image.width // GRID, image.height // GRID)
    mask = cv2.resize(seen.mask.astype(np.uint8) * 255, small, interpolation=cv2.INTER_AREA)
    framed = cv2.copyMakeBorder((mask > 127).astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    reach = 2 * (params.edge_px // GRID) + 1
    covered = cv2.erode(framed, np.ones((reach, reach), np.uint8))[1:-1, 1:-1]
    every = (slice(GRID // 2, GRID * small[1], GRID), slice(GRID // 2, GRID * small[0], GRID))
    clear = seen.flow.coherence[every] > params.clear_coherence
    found = np.stack([teacher.x, teacher.y, teacher.angle, teacher.kind, teacher.quality], axis=1)
    return Taught(finger, image.pixels, found, mask, covered, _turns(seen.flow.angle[every]),
                  np.where(clear, _steps(seen.period[every]), 0).astype(np.uint8))  # fmt: skip


def agreed(prints: Sequence[Taught], params: LabelParams = PARAMS) -> list[LabelledPrint]:
    """Makes labels of prints, of which those of one finger speak for each other."""
    counts = [np.zeros((len(one.found), 2), np.int64) for one in prints]
    lost: list[list[np.ndarray]] = [[] for _ in prints]
    by_finger: dict[str, list[int]] = {}
    for number, one in enumerate(prints):
        by_finger.setdefault(one.finger, []).append(number)
    for own in by_finger.values():
        for i, j in itertools.permutations(own, 2):
            a, b = prints[i], prints[j]
            laid = mates.lay(_vectors(a), a.found[:, 4], _vectors(b), b.found[:, 4])
            if laid is None:
                continue
            tested = _covered(laid[:, :2], b.covered)
            there = _vectors(b)
            again = mates.found_again(laid, there[b.found[:, 4] >= params.taken], params.reach_px)
            counts[i] += np.stack((tested & again, tested), axis=1)
            anything = mates.found_again(laid, there, params.reach_px)
            lost[j].append(laid[tested & ~anything & (a.found[:, 4] >= params.taken)])
    return [_labelled(one, count, missing, params) for one, count, missing in zip(prints, counts, lost, strict=True)]


def of_synthetic(finger: Master, made: Impression, params: LabelParams = PARAMS) -> LabelledPrint:
    """Makes labels of a synthetic print: its truth, at the place where extractors mark such a minutia."""
    height, width = made.image.shape
    angle, period = ridge_map(finger, made)
    small = (width // GRID, height // GRID)
    every = (slice(GRID // 2, GRID * small[1], GRID), slice(GRID // 2, GRID * small[0], GRID))
    contact = cv2.resize(made.contact, small, interpolation=cv2.INTER_AREA)
    m = made.minutiae
    x, y = m.x + params.ahead_px * np.cos(m.angle), m.y - params.ahead_px * np.sin(m.angle)
    table = np.stack([x, y, m.angle, m.kind, np.ones(len(m))], axis=1).astype(np.float32)
    foreground = np.rint(255 * contact).astype(np.uint8)
    return LabelledPrint(made.image, table, foreground, _turns(angle[every]), _steps(period[every]), real=False)


def _labelled(one: Taught, count: np.ndarray, missing: Sequence[np.ndarray], params: LabelParams) -> LabelledPrint:
    score, tested = one.found[:, 4], count[:, 1] >= params.tests_least
    share = count[:, 0] / np.maximum(count[:, 1], 1)
    needed = np.where(score >= params.taken, params.real, params.real_weak)
    sure = np.where(tested, share >= needed, score >= params.sure_alone)
    false = np.where(tested, share <= params.false, score < params.taken)
    kept = one.found[~false].copy()
    kept[:, 4] = sure[~false]
    unsure = _often(missing, params)
    return LabelledPrint(
        one.pixels, np.concatenate([kept, unsure]).astype(np.float32), one.foreground, one.angle, one.period, real=True
    )


def _often(missing: Sequence[np.ndarray], params: LabelParams) -> np.ndarray:
    """Finds places where most other impressions show what this one does not, as minutiae that nobody is sure of, (k, 5)."""
    if len(missing) < 3:
        return np.zeros((0, 5), np.float32)
    every = np.concatenate(missing)
    apart = np.hypot(every[:, None, 0] - every[:, 0], every[:, None, 1] - every[:, 1])
    alike = (apart < params.reach_px) & (every[:, None, 2] * every[:, 2] + every[:, None, 3] * every[:, 3] > 0.9)
    votes = alike.sum(1)
    out: list[tuple[float, ...]] = []
    for k in np.argsort(-votes, kind="stable"):
        if votes[k] >= max(2, params.missed * len(missing)) and all(
            np.hypot(*(every[k, :2] - o[:2])) > params.reach_px for o in out
        ):
            x, y, dx, dy = every[k]
            out.append((x, y, np.arctan2(-dy, dx) % (2 * np.pi), 0, 0))
    return np.array(out, np.float32).reshape(-1, 5)


def _vectors(one: Taught) -> np.ndarray:
    """Returns x, y and direction (y down), as `mates` takes them, (n, 4)."""
    x, y, angle = one.found[:, :3].T
    return np.stack([x, y, np.cos(angle), -np.sin(angle)], axis=1)


def _covered(place: np.ndarray, covered: np.ndarray) -> np.ndarray:
    rows, columns = (np.rint(place[:, k] / GRID).astype(int) for k in (1, 0))
    inside = (rows >= 0) & (columns >= 0) & (rows < covered.shape[0]) & (columns < covered.shape[1])
    inside[inside] = covered[rows[inside], columns[inside]] > 0
    return inside


def _turns(angle: np.ndarray) -> np.ndarray:
    return (np.rint(angle * (ANGLE_STEPS / np.pi)).astype(np.int64) % ANGLE_STEPS).astype(np.uint8)


def _steps(period: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(period * PERIOD_STEPS), 1, 255).astype(np.uint8)
