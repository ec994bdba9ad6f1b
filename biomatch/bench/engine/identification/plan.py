"""Says what is measured at each size, under which name, and in which gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from biomatch.descriptors.strangers import describer_among
from biomatch.errors import BadSize, CacheDamaged
from biomatch.evaluation.galleries import made
from biomatch.evaluation.galleries.population import Population
from biomatch.evaluation.galleries.searcher import Opening
from biomatch.gallery.caches import snapshot
from biomatch.gallery.interface import Effort
from biomatch.index import Codebooks, Reach
from biomatch.learned import Models, shipped
from biomatch.words import counted

NAME, LARGE, SETS, FOLDS = "identification", "identification_large", "identification_sets", "identification_folds"
MOST = 10_000_000  # prints: a gallery of 50 GB
MORE_MB = 500  # a further million prints: 200 MB of keys, traits and places, and as much again while they are read
REACHES = tuple(Reach(queries, nprobe, 64) for queries in (8, 12, 24, 48) for nprobe in (2, 4, 8, 16, 32))


@dataclass(frozen=True)
class Plan:
    """Says what is measured at each size.

    sizes       prints, planted ones included
    efforts     of the searches whose errors are counted
    exhaustive  probes that are compared with every print, in galleries of up to `exhaustive_up_to`
    reached     probes that the index is asked for with every reach
    cropped     clear minutiae that are left of cropped probes; what a search would compare is listed for them
    crops       probes that are cropped, of good prints
    timed       probes that are searched again by one and by two threads
    memory_mb   of the process that searches a million prints or fewer; more get MORE_MB a million; None: no limit
    exhausted_at_once  of the exhaustive probes: what is read of a print serves these, and among a million ten take some minutes
    """

    sizes: Sequence[int]
    efforts: Sequence[Effort] = (Effort.NORMAL,)
    exhaustive: int = 200
    reached: int = 200
    cropped: Sequence[int] = (16, 12)
    crops: int = 600
    timed: int = 200
    memory_mb: int | None = 2_560
    seed: int = 41
    models: Path | None = None
    processes: int = 2
    exhausted_at_once: int = 10
    exhaustive_up_to: int = 1_000_000  # prints: among ten million a probe would take five minutes
    reaches: Sequence[Reach] = field(default=REACHES)
    sets_only: bool = False  # who is left off the list, set by set, and nothing else: no times, no memory


def name_of(plan: Plan) -> str:
    """Names the result."""
    if plan.sets_only:
        return SETS
    return LARGE if plan.sizes and min(plan.sizes) > plan.exhaustive_up_to else NAME


def check(plan: Plan, planted: int) -> None:
    """Raises BadSize."""
    if not plan.sizes:
        raise BadSize("the gallery's sizes", "none", "give at least one, such as --sizes 1000")
    for size in plan.sizes:
        if size <= planted:
            fewest = f"{counted(planted, 'print')} must fit into it; give a larger size"
            raise BadSize("a gallery", f"of {size:,} prints", fewest)
        if size > MOST:
            raise BadSize("a gallery", f"of {size:,} prints", f"at most {MOST:,} are measured")
    if plan.memory_mb is not None and plan.memory_mb < 200:
        raise BadSize("the memory limit", f"{plan.memory_mb} MB", "an interpreter with its libraries needs 200 MB")


def opening(population: Population, plan: Plan, size: int, work: Path) -> Opening:
    """Returns the gallery that a run with this work folder has at a size."""
    models = shipped() if plan.models is None else Models(plan.models)
    folder = work / f"gallery-{size}-{made.digest(built_by(population, plan, models))}"
    limit = None if plan.memory_mb is None else plan.memory_mb + MORE_MB * max(0, -(-size // 1_000_000) - 1)
    return Opening(folder, population, size - len(population.planted), plan.seed, plan.models, limit)


def prints_in(folder: Path) -> int:
    """Counts prints of the gallery in a folder, as its snapshot says: fewer while it is being built, 0 where there is none."""
    try:
        found = snapshot.read(folder, None)
    except CacheDamaged:
        return 0
    return 0 if found is None else found.sequence


def built_by(population: Population, plan: Plan, models: Models) -> str:
    versions = f"{describer_among(population.templates, models).version} {Codebooks.load(models).version} {made.maker()}"
    return f"{versions} {plan.seed} {population.digest}"
