"""The steps at one size. Each leaves a table in the work folder, and is not done again where that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, cast

import numpy as np

from biomatch.bench.engine.identification import tables
from biomatch.bench.engine.identification.groups import good
from biomatch.bench.engine.identification.plan import Plan, built_by, opening
from biomatch.comparison import Comparer
from biomatch.descriptors.strangers import describer_among
from biomatch.errors import BiomatchError
from biomatch.evaluation import machine
from biomatch.evaluation.galleries import made, searcher
from biomatch.evaluation.galleries.kept import Table, kept, read, write
from biomatch.evaluation.galleries.population import Population, crop
from biomatch.evaluation.galleries.searcher import Searcher, in_batches, tasks
from biomatch.gallery.interface import Effort
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.search.stages import PARAMS
from biomatch.index import FAST, NORMAL
from biomatch.learned import Models
from biomatch.observe import Progress
from biomatch.workers import TRUSTED, Pool

AT_ONCE = 16  # probes a job: progress moves, and little is lost when a run is broken off
PRINTS_A_JOB = 16_384  # of an exhaustive search


class Steps:
    """The steps at one size."""

    def __init__(
        self,
        population: Population,
        plan: Plan,
        size: int,
        work: Path,
        models: Models,
        progress: Progress,
        say: Callable[[str], None],
    ):
        self._population, self._plan, self._size, self._work = population, plan, size, work
        self._progress, self._say, self._models = progress, say, models
        compared_by = f"{built_by(population, plan, models)} {Comparer(models).version}"
        searched_by = f"{compared_by} {population.asked} {PARAMS} {FAST} {NORMAL}"
        self._tables = work / f"tables-{size}-{made.digest(searched_by)}"
        self._own = work / f"own-{made.digest(compared_by)}.npz"  # the same at every size
        self._opening = opening(population, plan, size, work)
        self._gallery = self._opening.folder

    def tables(self) -> dict[str, Table]:
        plan = self._plan
        found = {"build": self._kept("build", self._build)}
        found["own"] = kept(self._own, self._compare_own)
        limit = self._opening.memory_mb
        with self._process() as ask:
            found["loaded"] = self._kept("loaded", partial(_loaded, ask, limit), limit)
            for effort in plan.efforts:
                found[f"mated {effort}"] = self._kept(f"mated-{effort}", partial(self._search, ask, effort))
            if plan.sets_only:
                return found
            for effort in plan.efforts:
                found[f"strangers {effort}"] = self._kept(f"strangers-{effort}", partial(self._non_mated, ask, effort))
            found["together"] = self._kept("together", partial(self._together, ask), plan.timed)
            found["reach"] = self._kept("reach", partial(self._reach, ask), plan.reached, plan.reaches)
            found["cropped"] = self._kept("cropped", partial(self._crop, ask), plan.cropped, plan.crops)
            found["memory"] = self._kept("memory", partial(_memory, ask), limit)
            found["crowd"] = self._kept("crowd", partial(self._crowd, ask), plan.reached)
        if plan.exhaustive and self._size <= plan.exhaustive_up_to:
            found["exhaustive"] = self._exhaust()
        elif plan.exhaustive:
            self._say(f"{self._size:,} prints: no exhaustive search among more than {plan.exhaustive_up_to:,}")
        return found

    def _kept(self, name: str, make: Callable[[], Table], *of: object) -> Table:
        """Returns a table that is kept, or makes it. of: what of the plan the step follows from, beside what the folder is
        named for."""
        path = self._tables / f"{name}{f'-{made.digest(repr(of))}' if of else ''}.npz"
        if path.exists():
            self._say(f"{self._size:,} prints: {name} is there already, in {path.parent}")
        return kept(path, make)

    @contextmanager
    def _process(self, count: int = 1) -> Iterator[Any]:
        """Yields a function that asks the process for a job; it starts when it is first asked."""
        opening = replace(self._opening, cold=count == 1)  # several are not timed
        with Pool(partial(Searcher, opening), searcher.work, processes=count, caps=TRUSTED) as pool:
            yield pool.call if count == 1 else pool

    def _build(self) -> Table:
        templates = made.Made(self._work, self._plan.seed)
        templates.make(self._opening.synthetic, self._plan.processes, self._progress)
        log = replace(self._opening.enrolment, made=templates).log
        moment = _moment()
        began, cpu = perf_counter(), process_time()
        describer = describer_among(self._population.templates, self._models)
        gallery = LocalGallery(log, self._gallery, self._models, describer=describer, progress=self._progress)
        stages = cast(dict[str, float], gallery.info()["build_seconds"])
        vectors = len(gallery.state.index)
        gallery.close()
        taken = [(path.name.split("-")[0].split(".")[0], searcher.on_disk(path)) for path in sorted(self._gallery.iterdir())]
        return moment | {
            "seconds": np.array([perf_counter() - began, process_time() - cpu]),
            "files": np.array([name for name, _ in taken]),
            "bytes": np.array([count for _, count in taken]),
            "vectors": np.array(vectors),
            "stages": np.array(list(stages)),
            "stage_seconds": np.array(list(stages.values())),
        }

    def _search(self, ask: Any, effort: Effort) -> Table:
        every = range(len(self._population.probes))
        found = self._asked(f"Searching {self._size:,} ({effort})", tasks(self._population, every), ask, "search", effort)
        probes = self._population.probes
        return tables.searches(found) | tables.asked(probes) | tables.trials(self._population)

    def _non_mated(self, ask: Any, effort: Effort) -> Table:
        none = np.zeros(0, np.int64)
        given = [(one.template, one.finger, none) for one in self._population.non_mated]
        found = self._asked(f"Non-mated searches in {self._size:,} ({effort})", given, ask, "search", effort)
        return tables.searches(found) | tables.asked(self._population.non_mated)

    def _compare_own(self) -> Table:
        count = len(self._population.probes)
        self._progress.start("Comparing with mates", count)
        found = [np.zeros(0)]
        for n in range(count):
            found.append(searcher.own_scores(self._population, n, self._models))
            self._progress.advance()
        self._progress.done()
        return {"score": np.concatenate(found)}

    def _reach(self, ask: Any) -> Table:
        chosen = self._sample(self._plan.reached)
        given = tasks(self._population, chosen)
        cpu, places = [], []
        for reach in self._plan.reaches:
            what = f"Index of {self._size:,}: {reach.queries} minutiae, {reach.nprobe} lists"
            found = self._asked(what, given, ask, "reach", reach)
            cpu.append([seconds for seconds, _ in found])
            places.append(np.concatenate([*(own for _, own in found), np.zeros(0, np.int64)]))
        reaches = np.array([(reach.queries, reach.nprobe, reach.k) for reach in self._plan.reaches])
        return {"reaches": reaches, "probes": np.array(chosen, np.int64), "cpu": np.array(cpu), "places": np.array(places)}

    def _crop(self, ask: Any) -> Table:
        probes = self._population.probes
        clear = [n for n in self._drawn(len(probes)) if probes[n].kind == probes[0].kind and good(probes[n])]
        chosen = sorted(clear[: self._plan.crops])
        rng = np.random.default_rng(self._plan.seed)
        cpu, places = [], []
        for count in self._plan.cropped:
            given = [(crop(one, count, rng), finger, mates) for one, finger, mates in tasks(self._population, chosen)]
            found = self._asked(f"Probes of {count} minutiae in {self._size:,}", given, ask, "listed")
            cpu.append([seconds for seconds, _ in found])
            places.append(np.concatenate([*(own for _, own in found), np.zeros(0, np.int64)]))
        counts = np.array(self._plan.cropped, np.int64)
        return {"minutiae": counts, "probes": np.array(chosen, np.int64), "cpu": np.array(cpu), "places": np.array(places)}

    def _crowd(self, ask: Any) -> Table:
        chosen = self._sample(self._plan.reached)
        listed = self._asked(f"Non-mated prints on lists of {self._size:,}", tasks(self._population, chosen), ask, "crowd")
        return {"probes": np.array(chosen, np.int64), "listed": np.array(listed)}

    def _together(self, ask: Any) -> Table:
        given = [self._population.probes[n].template for n in self._sample(self._plan.timed)]
        table = _moment()
        self._progress.start(f"Searching {self._size:,} side by side", 2)
        for threads in (1, 2):
            walls, wall, cpu = ask("together", given, threads)
            table[f"walls {threads}"], table[f"whole {threads}"] = walls, np.array([wall, cpu])
            self._progress.advance()
        self._progress.done()
        return table

    def _exhaust(self) -> Table:
        """Compares some probes at a time with every print, each group kept: a run for more of them later goes on behind those
        that are there."""
        groups = in_batches(self._drawn(self._plan.exhaustive), self._plan.exhausted_at_once)
        tables = [self._kept(f"exhaustive-{some[0]}-{len(some)}", partial(self._exhaust_some, some)) for some in groups]
        probes = np.concatenate([*(table["probes"] for table in tables), np.zeros(0, np.int64)])
        counts = np.concatenate([*(table["counts"] for table in tables), np.zeros(0, np.int64)])
        order = np.argsort(probes, kind="stable")
        rows = np.argsort(np.repeat(probes, counts), kind="stable")
        trials = {name: np.concatenate([*(table[name] for table in tables), np.zeros(0)])[rows] for name in ("scores", "ranks")}
        return {"probes": probes[order], **trials, "stranger": np.concatenate([t["stranger"] for t in tables])[order]}

    def _exhaust_some(self, chosen: Sequence[int]) -> Table:
        given = tasks(self._population, chosen)
        templates = [template for template, _, _ in given]
        path = self._tables / f"exhaustive-{chosen[0]}-{len(chosen)}-so-far.npz"
        most = PARAMS.refined_exhaustive + max((len(self._population.own(finger)) for _, finger, _ in given), default=0)
        numbers, scores = searcher.nothing(len(given), most)
        so_far = read(path) or {"numbers": numbers, "scores": scores, "done": np.array(0)}
        starts = range(int(so_far["done"]), self._size, PRINTS_A_JOB)
        self._progress.start(f"Comparing {len(given)} probes with all of {self._size:,}", len(starts))
        with self._process(max(2, self._plan.processes)) as pool:
            jobs = (("exhaust", templates, low, min(low + PRINTS_A_JOB, self._size), most) for low in starts)
            for low, reply in zip(starts, pool.map(jobs), strict=True):
                more, values = _raised(reply)
                for p in range(len(given)):
                    so_far["numbers"][p], so_far["scores"][p] = searcher.best(
                        so_far["numbers"][p], so_far["scores"][p], more[p], values[p], most
                    )
                so_far["done"] = np.array(low + PRINTS_A_JOB)
                write(path, so_far)
                self._progress.advance()
            settled = []
            for (template, finger, mates), own in zip(given, so_far["numbers"], strict=True):
                settled.append((template, own[own >= 0], finger, mates))
            found = [one for some in in_batches(settled, AT_ONCE) for one in pool.call("settle", some)]
        self._progress.done()
        path.unlink(missing_ok=True)
        return {
            "probes": np.array(chosen, np.int64),
            "counts": np.array([len(one[0]) for one in found], np.int64),
            "scores": np.concatenate([one[0] for one in found]),
            "ranks": np.concatenate([one[1] for one in found]),
            "stranger": np.array([one[2] for one in found]),
        }

    def _sample(self, count: int) -> list[int]:
        """Returns numbers of so many probes that have a mate, spread over all, the same each time, ascending."""
        return sorted(self._drawn(count))

    def _drawn(self, count: int) -> list[int]:
        """Returns the same in the order in which they were drawn: fewer are the first of more."""
        mated = [n for n in range(len(self._population.probes)) if len(self._population.mates(n))]
        rng = np.random.default_rng(self._plan.seed)
        return [int(n) for n in rng.permutation(mated)[:count]]

    def _asked(self, what: str, given: Sequence[Any], ask: Any, job: str, *more: Any) -> list[Any]:
        self._progress.start(what, len(given))
        found: list[Any] = []
        for some in in_batches(given, AT_ONCE):
            found += ask(job, some, *more)
            self._progress.advance(len(some))
        self._progress.done()
        return found


def _loaded(ask: Any, limit_mb: int | None) -> Table:
    found = ask("loaded")
    return {
        "limit_mb": np.array(np.nan if limit_mb is None else limit_mb),
        "seconds": np.array([found.load_s, found.load_cpu_s]),
        "prints": np.array(found.prints),
        "memory": np.array([found.memory.anonymous, found.memory.page_cache]),
    }


def _moment() -> Table:
    """Returns `machine.moment` as columns: a step may have been done long before the run that tells of it."""
    return {name: np.array(value) for name, value in machine.moment().items()}


def _memory(ask: Any) -> Table:
    found = ask("memory")
    return {"memory": np.array([found.anonymous, found.page_cache])}


def _raised(reply: Any) -> Any:
    if isinstance(reply, BiomatchError):
        raise reply
    return reply
