"""Folds: for each group of sensors, models that never saw it, so that its prints are as those of a new sensor.

    OUT/GROUP/    one folder of models each, as `biomatch evaluate --held-out OUT` and the benchmarks take them

Sets of one kind of sensor, or with the same fingers, are one group (`evaluation.engine.group_of`). What learned from synthetic
prints alone is the same in all folds: the network that the others go on from, and that of patches. A fold's own network is
trained from there. A command that was stopped goes on with the model that it was at.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from biomatch.errors import NothingToDo
from biomatch.evaluation import origins
from biomatch.evaluation.protocol import Sample
from biomatch.extraction.network import MODEL as NETWORK
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training import data
from biomatch.training.network import NetworkParams, train_network_of_fold
from biomatch.training.steps import SAW_NOBODY, check_name, train_fold

FEWEST_FINGERS = 5  # with two impressions: of fewer, nothing can be told


def train_folds(
    places: Sequence[Path],
    out: Path,
    cache: Path,
    *,
    network: NetworkParams | None = None,
    models: bool = True,
    only: str | None = None,
    start: Path | None = None,
    seed: int = 1,
    extractors: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
) -> list[str]:
    """Trains the models of each fold that are not there yet; names of the groups.

    places      as `data.read` takes them
    network     how long each fold's network is trained; None: only one that lies there already is used
    models      whether the others are trained, too
    only        of the others, only the one of this name
    start       folder with the models that saw nobody; None: the package

    Raises NothingToDo, BadManifest, ModelNotHeldOut, ModelMissing, ExtraMissing, PeerMissing.
    """
    check_name(only)
    samples = data.read(places)
    groups = _groups(samples)
    begun = shipped() if start is None else Models(start)
    for name in SAW_NOBODY:
        origins.check_saw_nobody(begun, name)
    for number, group in enumerate(groups, start=1):
        others, own = [s for s in samples if data.group_of(s.set) != group], out / group
        progress.start(f"fold {number} of {len(groups)}: without {group}", None)
        progress.done()
        for name in SAW_NOBODY:
            begun.copy(name, own)
        if network is not None and not _has_network(own):
            train_network_of_fold(others, own, cache, group, seed, network, progress)
        if models:
            train_fold(others, own, group, only=only, cache=cache, seed=seed, extractors=extractors, progress=progress)
    return groups


def _groups(samples: Sequence[Sample]) -> list[str]:
    """Lists the groups of sets that can be left out. Raises NothingToDo."""
    group_of_finger: dict[str, str] = {}
    impressions: dict[str, dict[str, int]] = {}
    for sample in samples:
        group = data.group_of(sample.set)
        if (other := group_of_finger.setdefault(sample.finger, group)) != group:
            raise NothingToDo(
                f"finger '{sample.finger}' is in groups '{other}' and '{group}', so that neither can be held out; give the "
                "finger another name where it is not the same one, else leave one of its sets out of the list"
            )
        if not sample.set.endswith(data.FILLER_SUFFIX):
            counts = impressions.setdefault(group, {})
            counts[sample.finger] = counts.get(sample.finger, 0) + 1
    if len(impressions) < 2:
        raise NothingToDo(
            "the prints are all of one group, so that nothing is left to learn from; give prints of other sensors"
        )
    for name in sorted(impressions):
        mated = sum(count > 1 for count in impressions[name].values())
        if mated < FEWEST_FINGERS:
            raise NothingToDo(
                f"group '{name}' shows {mated} fingers with two impressions, and a fold needs {FEWEST_FINGERS}; give more of "
                "them, or leave its sets out of the list"
            )
    return sorted(impressions)


def _has_network(folder: Path) -> bool:
    """Tells whether the fold's network was trained to its end: its scores are written last."""
    return NETWORK in Models(folder).names() and "scores" in Models(folder).card(NETWORK)
