"""The identification protocol: who is found, at which rank, and whose mate the index leaves off its shortlist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biomatch.evaluation import metrics, protocol
from biomatch.evaluation.engine import OurEngine, Setup
from biomatch.evaluation.runner import Prints, one_thread
from biomatch.observe import NO_PROGRESS, Progress

DISTRACTORS = 20_000
DEEPEST = 50  # candidates that a search is asked for; ranks beyond are as good as not found
SHORTLIST = 200


@dataclass(frozen=True, eq=False)
class Found:
    """Searches of one evaluation, one value a probe.

    probes   (p,) int64    positions of the samples that were searched
    ranks    (p,) float64  rank of the best mate, inf when it is no candidate
    missed   (p,) float64  1 where no mate is on the shortlist among the distractors; NaN where that was not tried
    gallery  prints that were enrolled, distractors not counted
    """

    probes: np.ndarray
    ranks: np.ndarray
    missed: np.ndarray
    gallery: int


def wanted(setup: Setup, samples: Sequence[protocol.Sample]) -> list[tuple[int, str]]:
    """(position, engine key) of all prints that scoring and searching need: each gallery is extracted by its probes' engine."""
    roles = protocol.identification(samples)
    keys = sorted({setup.key(samples[int(at)].set) for at in roles.probes})
    own = {(at, setup.key(sample.set)) for at, sample in enumerate(samples)}
    return sorted(own | {(int(at), key) for at in roles.enrolled for key in keys})


def search_all(
    setup: Setup, prints: Prints, *, distractors: int = DISTRACTORS, seed: int = 20, progress: Progress = NO_PROGRESS
) -> Found:
    """Every probe against one gallery of all sets, and its shortlist against that gallery with synthetic templates added."""
    one_thread()
    samples = prints.samples
    roles = protocol.identification(samples)
    by_key: dict[str, list[int]] = {}
    for at in roles.probes:
        by_key.setdefault(setup.key(samples[int(at)].set), []).append(int(at))
    progress.start("Searching", len(roles.probes) * (2 if distractors else 1))
    ranks: dict[int, float] = {}
    missed: dict[int, float] = {}
    for key, probes in by_key.items():
        enrolled = {int(at): prints.ready[int(at), key] for at in roles.enrolled}
        gallery = _Gallery(setup.open(key), samples, {at: one for at, one in enrolled.items() if one is not None})
        for at in probes:
            ranks[at] = gallery.rank(prints.ready[at, key], samples[at].finger)
            progress.advance()
        if distractors:
            gallery.crowd(distractors, seed)
            for at in probes:
                missed[at] = gallery.misses(prints.ready[at, key], samples[at].finger)
                progress.advance()
        gallery.close()
    progress.done()
    order = [int(at) for at in roles.probes]
    return Found(
        roles.probes,
        np.array([ranks[at] for at in order]),
        np.array([missed.get(at, np.nan) for at in order]),
        len(roles.enrolled),
    )


class _Gallery:
    """An engine's gallery in memory; a person is a finger, a print's id its sample's position."""

    def __init__(self, engine: Any, samples: Sequence[protocol.Sample], enrolled: dict[int, Any]):
        from biomatch.gallery.local import LocalGallery
        from biomatch.gallery.memory import MemoryLog
        from biomatch.gallery.interface import Entry

        assert isinstance(engine, OurEngine)
        self._finger = {str(at): samples[at].finger for at in enrolled}
        self._local = LocalGallery(MemoryLog(), None, engine.models)
        self._local.enrol(
            [Entry(samples[at].finger, samples[at].set, str(at), print_.template) for at, print_ in enrolled.items()]
        )

    def crowd(self, count: int, seed: int) -> None:
        from biomatch.gallery.interface import Entry
        from biomatch.synthesis import synthesise_templates

        strangers = synthesise_templates(count, seed)
        for start in range(0, count, 1_000):
            block = enumerate(strangers[start : start + 1_000], start)
            self._local.enrol([Entry(f"synthetic {n}", "synthetic", f"synthetic {n}", template) for n, template in block])

    def rank(self, probe: Any, finger: str) -> float:
        if probe is None:
            return float("inf")
        candidates = self._local.identify([probe.template], top=DEEPEST).candidates
        scores = np.array([one.score for one in candidates])
        mated = np.array([one.person == finger for one in candidates], bool)
        return metrics.rank_of(scores[mated], scores[~mated])

    def misses(self, probe: Any, finger: str) -> float:
        if probe is None:
            return 1.0
        listed = self._local.shortlist(probe.template, length=SHORTLIST)
        return float(not any(self._finger.get(print_id) == finger for print_id in listed))

    def close(self) -> None:
        self._local.close()
