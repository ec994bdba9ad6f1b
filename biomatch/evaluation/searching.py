"""The identification protocol: which mates are found, at which rank, and which the index leaves off its shortlist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation import metrics, protocol
from biomatch.evaluation.engine import OurEngine, Setup
from biomatch.evaluation.runner import Prints, one_thread
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.workers import TRUSTED, Pool

DISTRACTORS = 20_000
DEEPEST = 50  # candidates that a search is asked for; ranks beyond are as good as not found


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
    """Lists (position, engine key) of all prints that scoring and searching need: each gallery is extracted by its probes'
    engine."""
    roles = protocol.identification(samples)
    keys = sorted({setup.key(samples[int(at)].set) for at in roles.probes})
    own = {(at, setup.key(sample.set)) for at, sample in enumerate(samples)}
    return sorted(own | {(int(at), key) for at in roles.enrolled for key in keys})


def search_all(
    setup: Setup,
    prints: Prints,
    *,
    distractors: int = DISTRACTORS,
    seed: int = 20,
    processes: int = 1,
    progress: Progress = NO_PROGRESS,
) -> Found:
    """Searches with every probe in one gallery of all sets, and makes its shortlist with synthetic templates added."""
    roles = protocol.identification(prints.samples)
    jobs = list(_jobs(setup, prints, roles, distractors, seed, processes))
    progress.start("Searching", len(roles.probes))
    ranks: dict[int, float] = {}
    missed: dict[int, float] = {}
    for found in _each(jobs, processes):
        for at, rank, miss in found:
            ranks[at], missed[at] = rank, miss
        progress.advance(len(found))
    progress.done()
    order = [int(at) for at in roles.probes]
    return Found(
        roles.probes, np.array([ranks[at] for at in order]), np.array([missed[at] for at in order]), len(roles.enrolled)
    )


@dataclass(frozen=True)
class _Job:
    """Some probes, the prints that they are searched in, and the engine that made both. Failed prints are None."""

    setup: Setup
    key: str
    samples: Sequence[protocol.Sample]
    enrolled: dict[int, Any]
    probes: dict[int, Any]
    distractors: int
    seed: int


def _jobs(
    setup: Setup, prints: Prints, roles: protocol.Identification, distractors: int, seed: int, processes: int
) -> Iterator[_Job]:
    """Yields one gallery for each engine, or as many as keep all processes busy."""
    by_key: dict[str, list[int]] = {}
    for at in roles.probes:
        by_key.setdefault(setup.key(prints.samples[int(at)].set), []).append(int(at))
    for key, members in by_key.items():
        enrolled = {int(at): prints.ready[int(at), key] for at in roles.enrolled}
        for part in np.array_split(members, max(1, processes // len(by_key))):
            probes = {int(at): prints.ready[int(at), key] for at in part}
            yield _Job(setup, key, prints.samples, enrolled, probes, distractors, seed)


def _each(jobs: Sequence[_Job], processes: int) -> Iterator[list[tuple[int, float, float]]]:
    if processes == 1:
        yield from map(_search, jobs)
        return
    with Pool(one_thread, _work, processes=processes, caps=TRUSTED) as pool:
        for found in pool.map((job,) for job in jobs):
            if isinstance(found, BiomatchError):
                raise found
            yield found


def _work(_: None, job: _Job) -> list[tuple[int, float, float]]:
    return _search(job)


def _search(job: _Job) -> list[tuple[int, float, float]]:
    """Returns position, rank, and whether the shortlist missed (NaN without distractors), a probe."""
    one_thread()
    finger = {at: job.samples[at].finger for at in job.probes}
    gallery = _Gallery(job.setup.open(job.key), job.samples, {at: one for at, one in job.enrolled.items() if one is not None})
    ranks = [gallery.rank(one, finger[at]) for at, one in job.probes.items()]
    missed = [float("nan")] * len(ranks)
    if job.distractors:
        gallery.crowd(job.distractors, job.seed)
        missed = [gallery.misses(one, finger[at]) for at, one in job.probes.items()]
    gallery.close()
    return list(zip(job.probes, ranks, missed, strict=True))


class _Gallery:
    """An engine's gallery in memory; a person is a finger, a print's id its sample's position."""

    def __init__(self, engine: Any, samples: Sequence[protocol.Sample], enrolled: dict[int, Any]):
        from biomatch.descriptors.strangers import describer_among
        from biomatch.gallery.interface import Entry
        from biomatch.gallery.local import LocalGallery
        from biomatch.gallery.memory import MemoryLog

        assert isinstance(engine, OurEngine)
        self._finger = {str(at): samples[at].finger for at in enrolled}
        describer = describer_among((print_.template for print_ in enrolled.values()), engine.models)
        self._local = LocalGallery(MemoryLog(), None, engine.models, describer=describer)
        self._local.enrol(
            [Entry(samples[at].finger, samples[at].set, str(at), print_.template) for at, print_ in enrolled.items()]
        )

    def crowd(self, count: int, seed: int) -> None:
        from biomatch.gallery.interface import Entry
        from biomatch.synthesis import synthesise_templates

        non_mated = synthesise_templates(count, seed)
        for start in range(0, count, 1_000):
            block = enumerate(non_mated[start : start + 1_000], start)
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
        listed = self._local.shortlist(probe.template)
        return float(not any(self._finger.get(print_id) == finger for print_id in listed))

    def close(self) -> None:
        self._local.close()
