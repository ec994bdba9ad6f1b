"""The kernels of steps one and two, with their tables, behind two functions of prepared prints."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from biomatch.comparison.features import PAIRING, measure_all
from biomatch.comparison.prepared import Block, Prepared, crowd, known_quality, similarities, turns_of
from biomatch.comparison.relaxation import PARAMS, averages_table, relaxed_scores, support_tables


@dataclass(frozen=True, eq=False)
class Evidence:
    """The evidence in the minutiae of one probe and m references.

    features     (m, COUNT) float64  by `features.NAMES`
    motions      (m, 3) float64      dx, dy, turn: lays the probe on the reference
    starts       (m + 1,) int64      reference r owns pairs starts[r] to starts[r + 1]
    probe_of, reference_of (p,) int64, weight (p,) float64  pairs, strongest first
    """

    features: np.ndarray
    motions: np.ndarray
    starts: np.ndarray
    probe_of: np.ndarray
    reference_of: np.ndarray
    weight: np.ndarray

    @classmethod
    def joined(cls, parts: Sequence[Evidence]) -> Evidence:
        """Joins the references of all parts, one after the other."""
        if len(parts) == 1:
            return parts[0]
        features, motions, probe_of, reference_of, weight = (
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("features", "motions", "probe_of", "reference_of", "weight")
        )
        counts = np.concatenate([np.diff(part.starts) for part in parts])
        return cls(features, motions, np.concatenate([[0], np.cumsum(counts)]), probe_of, reference_of, weight)

    def pairs(self, r: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Returns probe numbers, reference numbers and weights of the pairs with reference r."""
        own = slice(self.starts[r], self.starts[r + 1])
        return self.probe_of[own], self.reference_of[own], self.weight[own]


def relaxed(probe: Prepared, references: Block) -> np.ndarray:
    """Computes the relaxed score with every reference, (m,) float32, 0 where either side is empty."""
    ours, _ = Block.of([probe]).strongest(MOST)
    theirs, _ = references.strongest(MOST)
    return np.asarray(
        relaxed_scores(
            ours.x, ours.y, turns_of(ours.angle), theirs.x, theirs.y, turns_of(theirs.angle),
            similarities(ours.vectors, theirs.vectors), theirs.starts, _AVERAGES, _ROTATION, *_TABLES,
            PARAMS.rounds, PARAMS.keep,
        )
    )  # fmt: skip


def gather(probe: Prepared, references: Block, *, foreign: bool = False) -> Evidence:
    """Aligns the probe with every reference and measures what its minutiae say.

    foreign  either side's minutiae may be another extractor's: more of them take part, doubtful ones count for less
    """
    most, worth = (MOST_FOREIGN, _worth_of_foreign) if foreign else (MOST, _worth)
    ours, probe_kept = Block.of([probe]).strongest(most)
    theirs, kept = references.strongest(most)
    features, motions, starts, probe_of, reference_of, weight = measure_all(
        ours.x, ours.y, turns_of(ours.angle), worth(ours),
        theirs.x, theirs.y, turns_of(theirs.angle), worth(theirs),
        similarities(ours.vectors, theirs.vectors), theirs.starts, _AVERAGES, _ROTATION, *_TABLES,
        PARAMS.rounds, PARAMS.keep, _PAIRING,
    )  # fmt: skip
    of_reference = np.repeat(np.arange(len(references)), np.diff(starts))
    reference_of = kept[theirs.starts[of_reference] + reference_of] - references.starts[of_reference]
    return Evidence(features, motions, starts, probe_kept[probe_of], reference_of, weight)


def _worth(block: Block) -> np.ndarray:
    """Returns how much each minutia counts, (N,) float64, 0..1."""
    return known_quality(block, PAIRING.unknown_quality)


def _worth_of_foreign(block: Block) -> np.ndarray:
    """Returns the same where another extractor's qualities are believed less, and false minutiae are told by their company."""
    crowded: np.ndarray = FOREIGN_CROWDED ** crowd(block, FOREIGN_CROWD_PX)
    return _worth(block) ** FOREIGN_POWER * crowded


MOST = 56  # minutiae of a print that take part, the best by quality: weaker ones cost time and change no decision
MOST_FOREIGN = 120  # likewise where their qualities are another's: the true ones are not always among its best
FOREIGN_POWER = 2  # of another's qualities: MINDTCT's are kind to minutiae that are found once only
FOREIGN_CROWD_PX = 16.0  # less than two ridges: real minutiae seldom lie so near to each other, those of a smudge or scar do
FOREIGN_CROWDED = 0.35  # what is left of a foreign minutia's worth with each that lies so near
FOREIGN = (MOST_FOREIGN, FOREIGN_POWER, FOREIGN_CROWD_PX, FOREIGN_CROWDED)
_AVERAGES = averages_table()
_TURN = np.arange(256) * (2 * np.pi / 256)
_ROTATION = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1).astype(np.float32)
_TABLES = support_tables()
_PAIRING = np.array([v for k, v in dataclasses.asdict(PAIRING).items() if k != "unknown_quality"], np.float64)
