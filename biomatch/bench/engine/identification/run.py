"""How well and how fast is one among many found, as the gallery grows? -> identification.json

For each size: a gallery of synthetic prints with planted ones among them is built, opened in a process of its own under a
memory limit, and searched, probe by probe. Every step leaves a table in the work folder: a run that was broken off goes on
there (steps.py). figures.py turns the tables into the result. Where all galleries hold more than a million prints it is named
identification_large: such a run takes hours, and stands beside the others. One that tells only who is left off the list, set by
set, is named identification_sets; with folds, where each group of sets is searched with models that never saw it,
identification_folds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from biomatch.bench.engine.gather import Fold
from biomatch.bench.engine.identification import figures, left_off
from biomatch.bench.engine.identification.plan import FOLDS, Plan, check, name_of
from biomatch.bench.engine.identification.steps import Steps
from biomatch.bench.frame import Run
from biomatch.evaluation.galleries.kept import Table, write
from biomatch.evaluation.galleries.population import Population
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress


def measure(
    population: Population,
    plan: Plan,
    work: Path,
    *,
    facts: dict[str, Any] | None = None,
    raw: Path | None = None,
    progress: Progress = NO_PROGRESS,
    say: Callable[[str], None] = lambda _: None,
) -> Run:
    """Measures all sizes, smallest first. Raises BadSize, FileUnwritable, BadInstallation."""
    check(plan, len(population.planted))
    models = shipped() if plan.models is None else Models(plan.models)
    run = Run(
        name_of(plan),
        threads=1,
        seed=plan.seed,
        models=models,
        efforts=[str(effort) for effort in plan.efforts],
        exhaustive=plan.exhaustive,
        reached=plan.reached,
        memory_mb=plan.memory_mb,
        **(facts or {}),
    )
    found: dict[int, dict[str, Table]] = {}
    for size in sorted(set(plan.sizes)):
        at = Steps(population, plan, size, work, models, progress, say)
        found[size] = at.tables()
        if raw is not None:
            for name, table in found[size].items():
                write(raw / f"{size} {name}.npz", table)
        if not plan.sets_only:
            say(figures.line(size, figures.of_size(size, found[size], population)))
    run.figures.update((left_off.by_set if plan.sets_only else figures.build)(found, population))
    return run


def measure_folds(
    folds: Mapping[str, Fold],
    plan: Plan,
    work: Path,
    *,
    facts: dict[str, Any] | None = None,
    progress: Progress = NO_PROGRESS,
    say: Callable[[str], None] = lambda _: None,
) -> Run:
    """Measures who is left off the list, group by group, each in galleries of its own.

    Raises BadSize, FileUnwritable, BadInstallation.
    """
    for fold in folds.values():
        check(plan, len(fold.population.planted))
    run = Run(
        FOLDS,
        threads=1,
        seed=plan.seed,
        models={group: Models(fold.models) for group, fold in folds.items()},
        held_out={group: fold.sets for group, fold in folds.items()},
        efforts=[str(effort) for effort in plan.efforts],
        **(facts or {}),
    )
    found: dict[str, tuple[Population, dict[int, dict[str, Table]]]] = {}
    for group, fold in folds.items():
        of_fold = replace(plan, models=fold.models, sets_only=True)
        sizes = {
            size: Steps(fold.population, of_fold, size, work, Models(fold.models), progress, say).tables()
            for size in sorted(set(plan.sizes))
        }
        found[group] = (fold.population, sizes)
        say(f"{group}: done")
    run.figures.update(left_off.by_fold(found))
    return run
