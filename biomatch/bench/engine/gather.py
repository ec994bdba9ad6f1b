"""Real prints for an identification benchmark, extracted once and kept in the work folder."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from biomatch import quality
from biomatch.bench.engine import by_name
from biomatch.errors import NothingToDo
from biomatch.evaluation import peers, protocol, runner
from biomatch.evaluation.engine import OurSetup, group_of
from biomatch.evaluation.galleries.kept import Table, kept, packed, unpacked
from biomatch.evaluation.galleries.population import Population, Print, of_prints
from biomatch.extraction import DEFAULT, open_extractor
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress

OURS = "biomatch"  # the default extractor


def check(kinds: Sequence[str]) -> None:
    """Raises UnknownName, PeerMissing."""
    for name in kinds:
        by_name.check(name.partition(":")[0], more=(OURS,))


def real(
    data: Sequence[Path],
    work: Path,
    *,
    only: Sequence[str] = (),
    kinds: Sequence[str] = (OURS,),
    planted: int = 3,
    mated: bool = True,
    models: Path | None = None,
    processes: int = 2,
    progress: Progress = NO_PROGRESS,
) -> Population:
    """Reads prints with the minutiae of each kind. What cannot be read is left out.

    data   manifests, and folders with a manifest.csv
    kinds  names of extractors; "leader:fvc2000_db1+fvc2000_db2" is LEADER on these sets only
    mated  whether some finger must have two impressions in one set, so that it can be searched for

    Raises BadManifest, NothingToDo, UnknownName, PeerMissing.
    """
    check(kinds)
    manifests = protocol.lists_of(data)
    prints: list[Print] = []
    for name in kinds:
        kind, _, sets = name.partition(":")
        samples = protocol.read_several(manifests, sets.split("+") if sets else only)
        setup, version = _setup(kind, models)
        path = work / f"prints-{kind}-{_digest(samples, version)}.npz"

        def extract(kind: str = kind, setup: OurSetup = setup, samples: Sequence[protocol.Sample] = samples) -> Table:
            wanted = [(at, "") for at in range(len(samples))]
            made = runner.extract_all(setup, samples, wanted, processes=processes, progress=progress)
            if len(made.failures) == len(samples):
                raise NothingToDo(f"{kind} reads none of the {len(samples):,} prints; the first: {made.failures[0].reason}")
            return packed([made.ready[at, ""] and made.ready[at, ""].template for at in range(len(samples))])

        for sample, template in zip(samples, unpacked(kept(path, extract)), strict=True):
            if template is not None:
                prints.append(Print(template, sample.finger, sample.set, sample.impression, kind))
    found = of_prints(prints, planted)
    if mated and not found.probes:
        raise NothingToDo(
            f"{', '.join(map(str, data))} has no finger with two impressions in one set, so nobody can be searched for; "
            "give more of each"
        )
    return found


@dataclass(frozen=True, eq=False)
class Fold:
    """Prints of a group of sets, with minutiae found by models that never saw it, and the folder of these models."""

    population: Population
    models: Path
    sets: Sequence[str]


def folds(
    data: Sequence[Path],
    held_out: Path,
    work: Path,
    *,
    only: Sequence[str] = (),
    planted: int = 3,
    processes: int = 2,
    progress: Progress = NO_PROGRESS,
) -> dict[str, Fold]:
    """Returns the groups of sets that `held_out` has models for, as `biomatch train all --folds` makes them; by the group's
    name.

    Raises BadManifest, NothingToDo, ModelNotHeldOut, ModelMissing.
    """
    setup, sets_of = OurSetup(held_out=held_out), dict[str, list[str]]()
    for name in sorted({one.set for one in protocol.read_several(protocol.lists_of(data), only)}):
        if (held_out / group_of(name)).is_dir():
            sets_of.setdefault(setup.key(name), []).append(name)
    if not sets_of:
        raise NothingToDo(f"{held_out} has no models for any set of the prints; make them with `biomatch train all --folds`")
    found = {}
    for group, sets in sets_of.items():
        own = held_out / group
        people = real(data, work, only=sets, planted=planted, models=own, processes=processes, progress=progress)
        found[group] = Fold(people, own, sets)
    return found


def _setup(kind: str, models: Path | None) -> tuple[OurSetup, str]:
    """Returns the setup of a kind of minutiae, and what its templates depend on."""
    found = by_name.setup(DEFAULT if kind == OURS else kind, models)
    if kind in peers.FOREIGN:
        return found, kind
    read = Models(models) if models else shipped()
    return found, f"{open_extractor(found.extractor, read).version} {read.version(quality.MODEL)}"


def _digest(samples: Sequence[protocol.Sample], version: str) -> str:
    state = hashlib.sha256(version.encode())
    for one in samples:
        state.update(f"{one.set} {one.finger} {one.impression} {one.ppi}".encode() + _content(one.path))
    return state.hexdigest()[:10]


def _content(path: Path) -> bytes:
    """Reads a file; nothing where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
