"""All models, in the order in which they need each other."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from biomatch.comparison.prepared import prepare
from biomatch.descriptors import Describer, patch
from biomatch.descriptors.patch import Patches
from biomatch.descriptors.strangers import MODEL as STRANGERS
from biomatch.descriptors.strangers import StrangerDescriber
from biomatch.errors import ExtraMissing, NothingToDo
from biomatch.evaluation import origins, provenance
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import CLASSICAL, LEARNED, open_extractor
from biomatch.extraction.network import MODEL as NETWORK
from biomatch.extraction.network import SYNTHETIC_MODEL
from biomatch.extraction.opening import DEFAULT, LEARNED_SYNTHETIC
from biomatch.learned import ARRAYS, Models, packed, save_file
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.fingers import MODEL as FINGERS
from biomatch.training import (
    calibration,
    codebooks,
    comparison,
    data,
    fingers,
    foreign,
    image_quality,
    minutia_quality,
    projection,
    strangers,
    telling,
)
from biomatch.training.data import Print
from biomatch.training.evidence import KINDS, PairEvidence, collect

_HARDNESSES = (0.0, data.HARDNESS)
_SEEN_FINGERS = 1_200  # synthetic ones whose prints are made and looked at
_SYNTHETIC_FINGERS = 1_500  # of minutiae alone, beside some 150 real ones: with 4,000 the vectors fit real prints less well
_COPIES = "degraded copies of them; minutiae of MINDTCT in them, too"
_PRESSED = f"{_SYNTHETIC_FINGERS:,} synthetic fingers, of minutiae alone, as the model fingers draws them"
_SEEN_BY = f"no print of a person took part, but what found the minutiae learned from such; {provenance.GENERATOR}"
Arrays = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Run:
    """One training: what it reads, where it writes, and what stands on every card."""

    samples: Sequence[Sample]
    out: Path
    left_out: str | None
    cache: Path | None
    seed: int
    progress: Progress
    extractors: tuple[str, ...] = (CLASSICAL,)

    def has(self, name: str) -> bool:
        """Tells whether the model is there already, made from the same prints and on the same models."""
        models = Models(self.out)
        return name in models.names() and models.card(name).get("inputs") == self.inputs(name)

    def inputs(self, name: str) -> str:
        """Digests all that a model is made from, beside the code."""
        prints = [(s.set, s.finger, s.impression, s.ppi) for s in self.samples]
        built_on = sorted(models.sha256(one) for models, one in self.before(name))
        return hashlib.sha256(repr((prints, self.seed, self.extractors, built_on)).encode()).hexdigest()[:16]

    def save(self, name: str, arrays: Arrays, scores: Mapping[str, object], limits: str, shown: Mapping[str, Any]) -> None:
        """Writes a model and its card; shown: its data and their terms, as `provenance` says them."""
        data = packed(arrays)
        origin = origins.stated(name, data, self.sets, self.before(name))
        save_file(self.out, name, ARRAYS, data, {**self.card(scores, limits, shown), "inputs": self.inputs(name), **origin})

    def before(self, name: str) -> list[tuple[Models, str]]:
        """Lists models that this one may have been built on."""
        return origins.before(Models(self.out), name, ORDER)

    @property
    def sets(self) -> list[str]:
        return sorted({s.set for s in self.samples})

    def card(self, scores: Mapping[str, object], limits: str, shown: Mapping[str, Any]) -> dict[str, Any]:
        """Makes the fields of a card."""
        command = " ".join(("biomatch train --data DIR --out models", *(f"--extractor {name}" for name in self.extractors)))
        return {
            "made_by": command if self.left_out is None else f"{command} --leave-out {self.left_out}",
            "seed": self.seed,
            **shown,
            "minutiae": ", ".join(self.extractors),
            "scores": scores,
            "limits": limits,
        }

    @property
    def mated(self) -> list[Sample]:
        """The samples less the fillers, which have no mates."""
        return [s for s in self.samples if not s.set.endswith(data.FILLER_SUFFIX)]

    @property
    def best(self) -> str:
        """The extractor that vectors and the index are made for."""
        return DEFAULT if DEFAULT in self.extractors else self.extractors[0]

    def prints(self, hardness: float = 0.0, extractor: str | None = None) -> list[Print]:
        """Returns the training prints or degraded copies of them, extracted by the best extractor, or another, with the models
        written so far."""
        name = extractor or self.best
        return data.templates(self.samples, self.out, self.cache, self.progress, hardness=hardness, extractor=name)


def train(
    places: Sequence[Path],
    out: Path,
    *,
    leave_out: str | None = None,
    only: str | None = None,
    cache: Path | None = None,
    seed: int = 1,
    extractors: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
) -> None:
    """Rebuilds the models from prints.

    places     as `data.read` takes them
    leave_out  groups of sets (or sets) that take no part, joined by +
    only       the name of one model; the models that it builds on are read from `out`
    cache      folder that keeps templates for the next time
    extractors whose minutiae are learned from: vectors and scores from those of all, the index from those of the default,
               where it is among them, image quality from those of the first; a network must lie in `out`. None: the
               classical one, and the learned one where it does

    Raises NothingToDo, BadManifest, ModelMissing. The same data and seed give the same files.
    """
    samples = data.read(places)
    check_name(only)
    _train(_Run(without(samples, leave_out), out, leave_out, cache, seed, progress, _chosen(extractors, out)), only)


def train_fold(
    samples: Sequence[Sample],
    out: Path,
    group: str,
    *,
    only: str | None,
    cache: Path | None,
    seed: int,
    extractors: Sequence[str],
    progress: Progress,
) -> None:
    """Trains without a group, less the models that `out` has: those that saw nobody, and those of a run that was stopped.

    samples  those of all groups but this one
    """
    run = _Run(samples, out, group, cache, seed, progress, _chosen(extractors, out))
    names = STEPS if only is None else (only,)
    for name in names:
        if name not in SAW_NOBODY and not run.has(name):
            _train(run, name)


def check_name(only: str | None) -> None:
    """Raises NothingToDo: there is no such model."""
    if only is not None and only not in STEPS:
        raise NothingToDo(f"there is no model '{only}'; the models are {', '.join(STEPS)}")


def _chosen(extractors: Sequence[str], out: Path) -> tuple[str, ...]:
    return tuple(extractors) or (CLASSICAL, *((LEARNED,) if _has_network(out) else ()))


def _has_network(folder: Path) -> bool:
    """Tells whether a folder of models holds the extractor's network."""
    return folder.is_dir() and NETWORK in Models(folder).names()


def without(samples: Sequence[Sample], names: str | None) -> list[Sample]:
    """Drops samples of some groups of sets, or sets, joined by +. Raises NothingToDo."""
    kept = list(samples)
    for name in names.split("+") if names is not None else ():
        before, kept = kept, [s for s in kept if name not in (s.set, data.group_of(s.set))]
        if len(kept) == len(before) or not kept:
            groups = sorted({data.group_of(s.set) for s in samples})
            raise NothingToDo(f"'{name}' is no group that can be left out; the groups are {', '.join(groups)}")
    return kept


def _train(run: _Run, only: str | None) -> None:
    steps = dict.fromkeys(STEPS.values()) if only is None else (STEPS[only],)
    for step in steps:
        if step is not _minutia_quality or CLASSICAL in run.extractors:  # a network judges its minutiae itself
            step(run)


def _minutia_quality(run: _Run) -> None:
    arrays, scores = minutia_quality.fit(run.samples, run.seed, run.progress)
    taught = minutia_quality.with_mates(run.samples)
    learned_from = provenance.of_prints(taught, "a degraded copy of every third")
    run.save("minutia_quality", arrays, scores, "plain prints; latents are judged as plain ones", learned_from)


def _fingers(run: _Run) -> None:
    arrays, scores = fingers.fit(run.samples, open_extractor(run.best, Models(run.out)), run.seed, run.progress)
    limits = "live-scan prints of few sensors: no rolled prints, no latents; the sampler's own numbers make strangers crowd"
    run.save(FINGERS, arrays, scores, limits, provenance.of_prints(fingers.of_persons(run.samples)))


def need_torch() -> None:
    """Raises ExtraMissing where what networks are trained with is not installed."""
    for package in ("torch", "onnx"):
        if find_spec(package) is None:
            raise ExtraMissing(package, "train")


def _patch(run: _Run) -> None:
    need_torch()
    from biomatch.training.patch.prints import seen
    from biomatch.training.patch.training import train_patches

    seer = LEARNED_SYNTHETIC if SYNTHETIC_MODEL in Models(run.out).names() else run.best
    prints = seen(_SEEN_FINGERS, run.seed, run.out, run.cache, seer, run.progress)
    network, scores = train_patches(prints, run.cache, seed=run.seed, progress=run.progress)
    limits = "ridges of plain prints, rolled ones and latents, within 48 px of a minutia"
    data = f"{len(prints):,} synthetic prints of {_SEEN_FINGERS:,} fingers (seed {run.seed}): no print of a person"
    shown = provenance.of_synthetic(data) if seer == LEARNED_SYNTHETIC else provenance.of_synthetic(data, _SEEN_BY)
    built_on = [(Models(run.out), SYNTHETIC_MODEL)] if seer == LEARNED_SYNTHETIC else run.before(patch.MODEL)
    origin = origins.stated(patch.MODEL, network, [], built_on)
    card = {**run.card(scores, limits, shown), "minutiae": seer, **origin}
    save_file(run.out, patch.MODEL, "network.onnx", network, card)


def _projection(run: _Run) -> None:
    versions, patches = _versions(run), _patches(run)
    arrays, scores = projection.fit(versions, run.seed, patches)
    limits = (
        "plain prints, parts and degraded copies, synthetic ones; 64 dimensions of cylinders of 90 and 60 px and of patches"
    )
    told = {"told_held_out": _told(run, versions, patches)} if run.left_out is None else {}
    learned_from = provenance.of_prints(run.samples, f"{_COPIES}; {_PRESSED}")
    run.save("projection", arrays, {**scores, **told}, limits, learned_from)


def _strangers(run: _Run) -> None:
    arrays, scores = strangers.fit(run.prints(), Models(run.out).arrays("projection"), _patches(run), run.seed)
    limits = "what pictures add on average to vectors of plain prints; for made-up prints without pictures"
    run.save(STRANGERS, arrays, scores, limits, provenance.of_prints(run.samples))


def _told(run: _Run, versions: Sequence[Sequence[Print]], patches: Patches) -> Mapping[str, Mapping[str, Mapping[str, float]]]:
    """Measures how well minutiae of each group are told by vectors that learned from the others, with patches and without."""
    out = {}
    for group in sorted({data.group_of(s.set) for s in run.samples}):
        others = [[p for p in prints if p.group != group] for prints in versions]
        own, hard = ([p for p in prints if p.group == group] for prints in versions[:2])
        describers = [Describer.of_arrays(projection.fit(others, run.seed, some)[0], some) for some in (None, patches)]
        out[group] = dict(zip(("cylinders", "with_patches"), telling.told(own, hard, describers, run.seed), strict=True))
    return out


def _patches(run: _Run) -> Patches:
    return Patches(Models(run.out).read(patch.MODEL))


def _versions(run: _Run) -> list[list[Print]]:
    """Returns the training prints, with synthetic ones since real fingers are few; the training prints degraded, and as the
    other extractors and MINDTCT see them."""
    first = [*run.prints(), *data.pressed(_SYNTHETIC_FINGERS, run.seed, Models(run.out))]
    others = [run.prints(extractor=name) for name in run.extractors if name != run.best]
    return [first, run.prints(data.HARDNESS), *others, foreign.templates(run.samples, run.cache, run.progress)]


def _index(run: _Run) -> None:
    models = Models(run.out)
    arrays, scores = codebooks.fit(run.prints(), Describer(models), StrangerDescriber(models), run.seed)
    limits = "distractors are recombined from the same few fingers: recall in a large gallery is lower"
    learned_from = provenance.of_prints(run.samples, "distractors recombined from the same prints")
    run.save("index", arrays, scores, limits, learned_from)


def _comparison(run: _Run) -> None:
    by_extractor, foreign = _held_out_evidence(run)
    evidence = PairEvidence.join(list(by_extractor.values()))
    arrays, scores = comparison.fit(evidence)
    of_foreign, foreign_scores = comparison.fit_foreign(foreign)
    figures = dict(comparison.rates(foreign, foreign_scores, "foreign"))
    ends = np.cumsum([len(one.mated) for one in by_extractor.values()])[:-1]
    for name, own in zip(by_extractor, np.split(np.arange(len(evidence.mated)), ends), strict=True):
        figures |= {f"{name}_{key}": value for key, value in comparison.figures(evidence[own], scores[own]).items()}
    limits = (
        "scores are held out by group of sets, but a network may have learned from them, see its card; foreign minutiae are "
        "MINDTCT's"
    )
    learned_from = provenance.of_prints(run.mated, _COPIES)
    run.save("comparison", arrays | of_foreign, figures, limits, learned_from)
    calibrated, counts = calibration.fit(
        {
            "minutiae": (evidence, scores.minutiae),
            "ridges": (evidence, scores.ridges),
            "foreign": (foreign, foreign_scores),
        }
    )
    limits = (
        "pairs with a degraded copy of a plain print stand for latents; rolled prints are read as plain ones; beyond the "
        "impostors' tail the rate is extrapolated"
    )
    run.save("calibration", calibrated, counts, limits, learned_from)


def _held_out_evidence(run: _Run) -> tuple[dict[str, PairEvidence], PairEvidence]:
    """Collects evidence of the training prints and their degraded copies, by extractor, each group described by a projection
    that was trained on the others; and the same of foreign minutiae."""
    ours: dict[str, list[PairEvidence]] = {name: [] for name in run.extractors}
    theirs: list[PairEvidence] = []
    made = {name: {hardness: run.prints(hardness, name) for hardness in _HARDNESSES} for name in run.extractors}
    others = {hardness: foreign.templates(run.samples, run.cache, run.progress, hardness=hardness) for hardness in _HARDNESSES}
    mated, patches = _versions(run), _patches(run)
    for group in sorted({p.group for p in made[run.best][0.0]}):
        arrays, _ = projection.fit([[p for p in prints if p.group != group] for prints in mated], run.seed, patches)
        describer = Describer.of_arrays(arrays, patches)
        populations = [*((KINDS, made[name], parts) for name, parts in ours.items()), (foreign.KINDS, others, theirs)]
        for kinds, versions, parts in populations:
            own = {hardness: _own(versions, hardness, group) for hardness in versions}
            prepared = {hardness: [prepare(p.template, describer) for p in prints] for hardness, prints in own.items()}
            for kind in kinds:
                probe, reference = KINDS[kind]
                rng = np.random.default_rng(run.seed)
                pairs = (own[0.0], prepared[probe], prepared[reference], kind, rng, run.progress)
                parts.append(collect(*pairs, foreign=parts is theirs))
    return {name: PairEvidence.join(parts) for name, parts in ours.items()}, PairEvidence.join(theirs)


def _own(made: Mapping[float, Sequence[Print]], hardness: float, group: str) -> list[Print]:
    """Returns prints of a group in one version, of those that all versions have."""
    everywhere = set.intersection(*({p.path for p in prints} for prints in made.values()))
    return [p for p in made[hardness] if p.group == group and p.path in everywhere]


def _image_quality(run: _Run) -> None:
    arrays, scores = image_quality.fit(run.samples, Models(run.out), run.seed, run.progress, run.extractors[0])
    limits = "degraded copies of plain prints stand for latents; rolled prints are judged as plain ones"
    shown = image_quality.with_mates(run.samples)
    learned_from = provenance.of_prints(shown, "a careless and a latent copy of each, and pictures without a finger")
    run.save("image_quality", arrays, scores, limits, learned_from)


STEPS: Mapping[str, Callable[[_Run], None]] = {
    "minutia_quality": _minutia_quality,
    FINGERS: _fingers,
    patch.MODEL: _patch,
    "projection": _projection,
    STRANGERS: _strangers,
    "index": _index,
    "comparison": _comparison,
    "calibration": _comparison,
    "image_quality": _image_quality,  # by how well prints are recognised
}
SAW_NOBODY = (SYNTHETIC_MODEL, patch.MODEL)  # they learn from synthetic prints alone
ORDER = (SYNTHETIC_MODEL, NETWORK, *STEPS)  # a model may have been built on each that comes before it
