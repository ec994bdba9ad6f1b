"""What is an answer worth? Misses and false positives by size, effort, minutiae and quality -> rates.json, models/search_rates

Every probe is searched as it is and cropped to few minutiae, in galleries of growing size, two of each size. From the answers
the two laws of `calibration.search_rates` are fitted. The sets fall into groups that share no finger; a set that no model saw
is a group of its own. Of misses each group counts as much as any other, however many prints it has: on some sensors and of some
people mates are missed often, on others hardly ever, and a new one may be of either kind. The laws are held against searches
that were not fitted: each group's searches in one gallery are judged by laws that the other groups' searches in other galleries
gave. By folds, models search that never saw a group's sensors. Large galleries that are there already may be searched besides,
and take part in all laws: those of the other groups judge each group's searches there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from biomatch.bench.engine import familiarity
from biomatch.bench.engine.gather import Fold
from biomatch.bench.frame import Run
from biomatch.calibration.search_rates import (
    MODEL,
    Asked,
    SearchRates,
)
from biomatch.comparison import Comparer
from biomatch.descriptors.strangers import describer_among
from biomatch.evaluation import laws, origins, provenance
from biomatch.evaluation.engine import SHARED_FINGERS
from biomatch.evaluation.galleries import made
from biomatch.evaluation.galleries.kept import Table, kept
from biomatch.evaluation.galleries.population import Population, Print, crop, of_prints
from biomatch.evaluation.galleries.searcher import Opening, Searcher
from biomatch.evaluation.laws import EFFORTS, FIT, Answers, FitParams, fit
from biomatch.evaluation.plots import COLOURS, GRID, canvas
from biomatch.gallery.interface import Effort
from biomatch.gallery.search.stages import PARAMS
from biomatch.index import FAST, NORMAL, Codebooks
from biomatch.index.shortlist import WIDE
from biomatch.learned import ARRAYS, Models, packed, save_file, shipped
from biomatch.observe import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "rates"
SYNTHETIC = "synthetic"  # origin and kind of prints of the generator
OWN_KINDS = ("biomatch", SYNTHETIC)  # minutiae that the laws are of
LARGE = 2  # number of the first gallery that was there already


@dataclass(frozen=True)
class Plan:
    """The plan of the searches.

    sizes       prints in the galleries, planted ones included
    exhaustive  largest gallery that is also searched exhaustively
    cropped     clear minutiae that are left of cropped probes
    probes      so many of each group are cropped, and half as many of fingers without a mate ask, too
    large       galleries that are searched besides
    minutiae    what found those of the prints that are planted there, as `gather.real` takes it
    work        folder that keeps each gallery's answers, so that a run that was stopped goes on; None: nothing is kept
    """

    sizes: Sequence[int] = (10_000, 100_000)
    exhaustive: int = 1_000
    cropped: Sequence[int] = (10, 16, 24)
    probes: int = 200
    seed: int = 61
    models: Path | None = None
    large: Sequence[Opening] = ()
    minutiae: Sequence[str] = ()
    work: Path | None = None

    @property
    def opened(self) -> Models:
        return shipped() if self.models is None else Models(self.models)

    @property
    def large_sizes(self) -> list[int]:
        return [len(one.enrolment) for one in self.large]


def group_of(one: Print, apart: bool) -> str:
    """Names the group of a print: the set itself where it stands apart; else the sets that share fingers with the print's, or
    come from one source.

    Fingers of no such group fall into two.
    """
    if apart:
        return one.origin
    shared = [group for group, names in SHARED_FINGERS.items() if one.origin in names]
    return shared[0] if shared else str(one.finger.encode()[-1] & 1)


def measure(population: Population, plan: Plan, out: Path | None = None, progress: Progress = NO_PROGRESS) -> Run:
    """Searches, fits, checks; writes the model "search_rates" into `out`."""
    run = Run(
        NAME, threads=1, seed=plan.seed, models=plan.opened, sizes=[*plan.sizes, *plan.large_sizes],
        cropped=list(plan.cropped), probes=plan.probes, minutiae=list(plan.minutiae),
    )  # fmt: skip
    fitted = _judge(run, gather(population, plan, progress), plan)
    if out is not None:
        _save(out, fitted, [population], [plan.opened], plan, run.figures)
    return run


def measure_folds(folds: Mapping[str, Fold], plan: Plan, out: Path | None = None, progress: Progress = NO_PROGRESS) -> Run:
    """Does the same by folds: each group of sets is searched by models that never saw it, in galleries of its own."""
    run = Run(
        NAME, threads=1, seed=plan.seed, models={group: Models(fold.models) for group, fold in folds.items()},
        held_out={group: fold.sets for group, fold in folds.items()},
        sizes=list(plan.sizes), cropped=list(plan.cropped), probes=plan.probes,
    )  # fmt: skip
    parts = []
    for number, fold in enumerate(folds.values()):
        found = gather(fold.population, replace(plan, models=fold.models), progress)
        parts.append(replace(found, group=np.full(len(found.group), float(number))))
    fitted = _judge(run, Answers.joined(parts), plan)
    if out is not None:
        populations, opened = zip(*((fold.population, Models(fold.models)) for fold in folds.values()), strict=True)
        _save(out, fitted, populations, opened, plan, run.figures, held_out=True)
    return run


def _judge(run: Run, answers: Answers, plan: Plan) -> SearchRates:
    """Notes what was said and seen, and returns the laws that all answers give together."""
    run.note("searches", int(np.count_nonzero(~np.isnan(answers.stranger))))
    run.note("reliability", check(answers))
    large = enumerate(plan.large_sizes, LARGE)
    run.note("reliability_large", [{"prints": size} | check(answers, gallery) for gallery, size in large])
    fitted = fit(answers)
    run.note("miss", list(fitted.miss_weights))
    run.note("strangers", list(fitted.stranger_weights))
    return fitted


def _save(
    out: Path,
    fitted: SearchRates,
    populations: Sequence[Population],
    models: Sequence[Models],
    plan: Plan,
    figures: dict[str, Any],
    *,
    held_out: bool = False,
) -> None:
    """Saves the model and its card; models: that searched each population."""
    data = packed(laws.arrays(fitted))
    built_on = [(one, name) for one in models for name in one.names() if name != MODEL]
    people = [one for found in populations for one in (*found.planted, *found.probes, *found.non_mated)]
    sets = sorted({one.origin for one in people if one.origin != SYNTHETIC})
    stated = origins.stated(MODEL, data, sets, built_on)
    save_file(out, MODEL, ARRAYS, data, {**card(plan, figures, sets, held_out=held_out), **stated})


def card(plan: Plan, figures: dict[str, Any], sets: Sequence[str], *, held_out: bool = False) -> dict[str, Any]:
    """Makes the fields of the model's card; sets: whose prints took part."""
    checked = {"": figures["reliability"]} | {f"_among_{one['prints']}": one for one in figures["reliability_large"]}
    worst = {
        f"worst_{name}{where}": max(b["ratio"] for b in bins)
        for where, found in checked.items()
        for name, bins in found.items()
        if name != "prints" and bins
    }
    sizes = ",".join(str(size) for size in plan.sizes)
    kinds = "".join(f" --minutiae {name}" for name in plan.minutiae)
    large = f" --large {','.join(map(str, plan.large_sizes))}{kinds} --work WORK" if plan.large else ""
    among = ", ".join(f"{size:,}" for size in [*plan.sizes, *plan.large_sizes])
    searched = f"{figures['searches']:,} searches of prints of {', '.join(sets)}"
    if held_out:
        large, searched = " --held-out FOLDS", f"{searched} by models that never saw their sensors"
    return {
        "made_by": f"biomatch bench rates --data DIR --sizes {sizes} --probes {plan.probes}{large} --models-out models",
        "seed": plan.seed,
        "data": f"{searched}, whole and cropped, among {among}, mostly synthetic",
        "terms": f"{provenance.terms(sets)}; {provenance.GENERATOR}",
        "scores": worst,
        "limits": "synthetic galleries, no ridge pictures in them; live-scan plain prints and crops; larger is extrapolated",
    }


def gather(population: Population, plan: Plan, progress: Progress = NO_PROGRESS) -> Answers:
    """Makes every search of the plan."""
    parts: list[Answers] = []
    everyone = {id(one): one for one in (*population.planted, *population.probes, *population.non_mated)}
    people = of_prints(list(everyone.values()), 1)
    asking = _asking(people, plan)
    shared = [_asking(one.population, plan) for one in plan.large]
    progress.start("Searching", 2 * len(plan.sizes) * len(asking) + sum(map(len, shared)))
    for gallery in (0, 1):
        for size in plan.sizes:
            with TemporaryDirectory() as folder:
                synthetic = max(0, size - len(people.planted))
                opening = Opening(Path(folder), people, synthetic, plan.seed + gallery, plan.models, None, False)
                parts.append(_kept(opening, asking, (size, gallery), plan, progress))
    for number, (opening, own) in enumerate(zip(plan.large, shared, strict=True), LARGE):
        parts.append(_kept(opening, own, (len(opening.enrolment), number), plan, progress))
    progress.done()
    return Answers.joined(parts)


def _kept(opening: Opening, asking: Sequence[Asking], where: tuple[int, int], plan: Plan, progress: Progress) -> Answers:
    """Returns the answers that the work folder has of a gallery, else those of its searches; where: its prints and its
    number."""

    def make() -> Table:
        return vars(Answers.of(_search(Searcher(opening), asking, where, plan, progress)))

    if plan.work is None:
        return Answers(**make())
    models, people = plan.opened, opening.population
    describer = describer_among(people.templates, models)
    searched_by = f"{describer.version} {Codebooks.load(models).version} {Comparer(models).version}"
    asked = f"{[(one.group, one.cropped) for one in asking]} {people.digest} {people.asked} {opening.seed} {opening.synthetic}"
    how = f"{plan.cropped} {plan.exhaustive} {plan.seed} {PARAMS} {FAST} {NORMAL} {WIDE} {made.maker()}"
    return Answers(**kept(plan.work / f"answers-{where[0]}-{where[1]}-{made.digest(searched_by, asked, how)}.npz", make))


@dataclass(frozen=True, eq=False)
class Asking:
    """A print that is searched for.

    group    number of the probe's group of sets
    mates    (m,) int64 planted numbers, each in turn the only one that is enrolled; of a non-mated print (0,)
    cropped  whether crops of the print search, too
    """

    group: int
    probe: Print
    mates: np.ndarray
    cropped: bool


def _asking(people: Population, plan: Plan) -> list[Asking]:
    """Lists prints that our own extractor or generator made: all as they are, and of each group at most so many cropped."""
    names = {one.origin for one in (*people.probes, *people.non_mated)}
    apart = {name for name in names if _is_new(name, plan.opened)}
    probes = [(group_of(one, one.origin in apart), n) for n, one in enumerate(people.probes) if one.kind in OWN_KINDS]
    non_mated = [(group_of(one, one.origin in apart), n) for n, one in enumerate(people.non_mated) if one.kind in OWN_KINDS]
    found = []
    for number, group in enumerate(sorted({group for group, _ in (*probes, *non_mated)})):
        rng = np.random.default_rng([plan.seed, number])
        own = rng.permutation([n for name, n in probes if name == group]).astype(int)
        for k, n in enumerate(own.tolist()):
            one = people.probes[n]
            found.append(Asking(number, one, people.mates(n), k < plan.probes))
        for n in [n for name, n in non_mated if name == group][: plan.probes // 2]:
            one = people.non_mated[n]
            found.append(Asking(number, one, np.zeros(0, np.int64), cropped=True))
    return found


def _is_new(origin: str, models: Models) -> bool:
    return origin != SYNTHETIC and familiarity.of(origin, models) != familiarity.PRINTS


def _search(
    searcher: Searcher, asking: Sequence[Asking], where: tuple[int, int], plan: Plan, progress: Progress
) -> list[tuple[float, ...]]:
    """Makes rows of `Answers`; where: prints, and number of the gallery."""
    size, gallery = where
    rng = np.random.default_rng(plan.seed)
    rows: list[tuple[float, ...]] = []
    for one in asking:
        whole = one.probe.template
        crops = [crop(whole, m, rng) for m in plan.cropped if m < len(whole.minutiae)] if one.cropped else []
        for template in (whole, *crops):
            for effort in Effort:
                if effort is Effort.EXHAUSTIVE and size > plan.exhaustive:
                    continue
                found = searcher.search(template, one.probe.finger, one.mates, effort)
                asked = Asked.of(template, size, effort)
                quality = np.nan if asked.quality is None else float(asked.quality)
                known = (size, asked.minutiae, asked.clear, quality, EFFORTS.index(effort), one.group, gallery)
                off = [np.nan] if effort is Effort.EXHAUSTIVE or not len(one.mates) else (~found.listed).astype(float)
                rows += [(*known, missed, found.stranger if k == 0 else np.nan) for k, missed in enumerate(off)]
        progress.advance(1)
    return rows


def check(answers: Answers, large: int | None = None, params: FitParams = FIT) -> dict[str, list[dict[str, float]]]:
    """Checks said against seen rates of searches that were not fitted, in bins: each group's in one gallery, by the laws of the
    other groups in the other galleries. Of misses each group counts as much as any other.

    large  number of a gallery that was there already: each group's there, by the laws of the other groups in all, since what a
           size does cannot be told from smaller ones
    """
    said_miss, tried, said_false = [], [], []
    for group in np.unique(answers.group):
        for gallery in (0, 1) if large is None else (large,):
            other = answers[(answers.group != group) & ((answers.gallery != gallery) | (answers.gallery >= LARGE))]
            own = answers[(answers.group == group) & (answers.gallery == gallery)]
            if not len(other.size) or not len(own.size):
                continue
            rates, mated = fit(other, params), own[~np.isnan(own.missed)]
            said_miss.append(np.array([rates.miss(one) for one in mated.asked()]))
            tried.append(mated)
            own = own[~np.isnan(own.stranger)]
            said = [rates.false_positive(t, one) for one, t in zip(own.asked(), own.stranger, strict=True)]
            said_false.append(np.array(said))
    if not said_miss:
        return {"miss": [], "false_positive": []}
    mated = Answers.joined(tried)
    return {
        "miss": reliability(np.concatenate(said_miss), mated.missed, mated.weights, params),
        "false_positive": levels(np.concatenate(said_false), params),
    }


def reliability(said: np.ndarray, event: np.ndarray, weights: np.ndarray, params: FitParams = FIT) -> list[dict[str, float]]:
    """Makes bins from the highest claims down, each with as many events as a share of all, at least `fewest_events`; the last
    one has what is left over. Their rates are means by the weights."""
    order = np.argsort(-said, kind="stable")
    each = max(params.fewest_events, int(event.sum()) // params.bins)
    ends = np.searchsorted(np.cumsum(event[order]), np.arange(each, int(event.sum()) + 1, each)) + 1
    ends[-1:] = len(order)
    out, start = [], 0
    for end in ends.tolist():
        own = order[start:end]
        means = [float(np.average(one[own], weights=weights[own])) for one in (said, event)]
        out.append(_bin(means[0], means[1], int(event[own].sum()), len(own)))
        start = end
    return out[::-1]


def levels(said: np.ndarray, params: FitParams = FIT) -> list[dict[str, float]]:
    """Counts how often the best non-mated candidate's own false positive probability is p or less, which should happen at the
    rate p."""
    out = []
    for p in (0.001, 0.003, 0.01, 0.03, 0.1, 0.3):
        events = int(np.count_nonzero(said <= p))
        if events >= params.fewest_events:
            out.append(_bin(p, events / len(said), events, len(said)))
    return out


def _bin(said: float, seen: float, events: int, searches: int) -> dict[str, float]:
    ratio = max(said / seen, seen / said) if seen and said else 1.0
    return {"said": said, "seen": seen, "events": events, "searches": searches, "ratio": round(ratio, 3)}


def draw(found: dict[str, Any]) -> Figure:
    """Draws said against seen, both figures; the band is a factor of 1.5."""
    figure, axes = canvas(
        "Error rates that an answer states", "Said", "Seen, on probes, non-mated prints and sensors that were not fitted"
    )
    line = np.array([1e-4, 1.0])
    axes.fill_between(line, line / 1.5, line * 1.5, color=GRID, alpha=0.6, linewidth=0)
    galleries = [("", found["reliability"]), *((f", among {one['prints']:,}", one) for one in found["reliability_large"])]
    for (name, label), colour in zip((("miss", "miss"), ("false_positive", "false positive")), COLOURS, strict=False):
        for (where, bins), marker in zip(((where, one[name]) for where, one in galleries), _MARKERS, strict=False):
            if bins:  # the bars are short: mates of one search are missed together
                said, seen, events = (np.array([b[key] for b in bins]) for key in ("said", "seen", "events"))
                spread, face = 1.96 * seen / np.sqrt(events), "white" if where else colour
                axes.errorbar(
                    said, seen, yerr=spread, fmt=marker, color=colour, markerfacecolor=face, markersize=5, capsize=3,
                    label=f"{label}{where}",
                )  # fmt: skip
    axes.set(xscale="log", yscale="log", xlim=(3e-4, 1), ylim=(3e-4, 1))
    axes.legend(frameon=False, fontsize=8)
    return figure


_MARKERS = "osd^v"  # of galleries of one size after the other
